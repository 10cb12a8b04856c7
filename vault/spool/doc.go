// Package spool is the disk area where a segment lives from its first frame
// until the vault has it. The recorder writes it, the vault empties it, and they
// meet nowhere else.
//
//	<data_dir>/spool/<camera>/<start>.part   a segment being written
//	<data_dir>/spool/<camera>/<start>.mp4    a complete segment
//	<data_dir>/spool/<camera>/<start>.bad    a complete segment that could not be read
//	<data_dir>/spool/<camera>/<from>.gap     a span without footage, as JSON
//	<data_dir>/spool/<camera>/mark.json      up to when the camera's time is accounted for, when there is no part
//	<data_dir>/spool/<camera>/*.tmp          a gap or mark whose writing did not end
//
// <start> and <from> have the Compact form of footage.Instant.
//
// # A segment
//
// A segment is fragmented MP4 with one video track: ftyp and moov, then
// fragments (moof and mdat) of at most a second, each written whole with one
// write, the first one together with ftyp and moov. The timescale is
// [Timescale]; the decode time is 0 at the first frame and has no hole, so the
// sum of the samples' durations is the length of the segment: it starts at the
// time in its name and ends at [End] of that sum. When the next segment
// continues it without a missing frame, that end is the next one's start to the
// microsecond. The moov carries [Meta]: camera, site, start and run, and what was
// known of the clocks, each under a key of its own (com.sjudager.camera,
// com.sjudager.clock ...). A file that lacks the clock's keys is as good.
//
// Recordings made by something else may be dropped in under a right name
// (written elsewhere and renamed, so that they appear whole). What has a name
// that is not of this grammar is left alone; Strangers lists it.
//
// # After a crash
//
// Whatever the recorder acknowledges is durable: a file is synced before it is
// renamed. What can be found after the process or the machine ended at any point:
//
//   - A .part file: a segment that was being written. Everything up to the last
//     whole fragment is good; a power cut loses at most what was written since
//     the last [Spool.Sync]. [Spool.Recover] cuts it there, moves the mark to its
//     end and completes it, or removes it when not even one fragment is whole.
//   - A .mp4 file: complete. After a power cut it may be a .part again, and whole.
//   - A .gap file: complete and durable; of a gap that goes on, a piece. A gap is
//     written before the segment that ends it, so it may end where no segment
//     follows; the next gap then begins at the same instant, has the same name
//     and takes its place.
//   - A mark: durable, and never ahead of the footage. It tells where a segment
//     ended that the vault has taken away in the meantime. While a camera is
//     recorded it is left as it is, since the part tells as much: a segment is
//     completed when the next one has its first fragment, or after the mark is set.
//   - A .tmp file: of no value; Recover removes it.
//
// After a write that failed, for want of space say, what it left is cut off before
// the segment gets its name; until that succeeds it stays a .part.
//
// Running Recover twice, or being killed in the middle of it, does no harm.
package spool
