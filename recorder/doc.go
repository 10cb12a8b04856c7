// Package recorder records cameras into the spool.
//
// # Invariants
//
//  1. A segment begins on a key frame (R47), has video only (R39), and its frames
//     are the camera's NAL units or OBUs: unchanged, unfiltered, in order. A frame of
//     which a packet is missing is left out, whole, and counted: a decoder would fill
//     it in with what was not there. The frames after it are kept, and those that may
//     need it, up to the next key frame, say so (spool.Loss).
//  2. From when a camera is first enabled, each instant lies in one segment or in one
//     gap (R50), also while the gap goes on. Segments of one run touch to the microsecond;
//     between runs lie gaps, each with a cause. A camera that is withheld
//     (Camera.Withheld) is not connected to, and before it was first let through it has
//     no gap either. Starts ascend strictly, also across restarts and when the
//     appliance's clock is set back.
//  3. Inside a segment time is the camera's RTP clock and never steps. Where a
//     segment ends, its last frame is made a little longer or shorter to follow the
//     appliance's clock: by 1/1000 of the segment and half a frame at most.
//  4. A camera waits neither for the disk nor for another camera. What the disk
//     cannot take is dropped, as a gap, with an alarm.
//
// # Time
//
// A run begins at the appliance's time of day. From then on its time is carried by
// the camera's RTP clock, which is led after the appliance's clock at the end of
// each segment. All is UTC: the two nights of the year are like any other.
//
//	the clock is set forward     by 2 s or more: the next segment starts at the new
//	                             time, after a gap that says so
//	the clock is set back        the recording goes on with the time that it has, since
//	                             what has been recorded cannot be recorded again; each
//	                             segment says how far it is ahead (footage.Clock), until
//	                             the clock has caught up
//	the RTP clock jumps          the segment ends; the next key frame begins a run,
//	                             after a gap that says so
//	another SSRC                 is nothing but a jump
//
// Each segment keeps what adjtimex(2) said of the appliance's clock when it began,
// and how far the camera's own clock was off by its last sender report (R49). Both
// describe; neither decides.
//
// # The disk
//
// What must be durable is written in an order in which a crash between any two steps
// can be told afterwards: the data of a segment before a gap or a mark at its end, a
// gap before the segment that ends it, the next segment or the mark before the
// segment has its name. The steps of one camera follow each other in its lane; no
// camera waits in another's, and frames are written while up to eight of them wait
// for the disk. What is written of open segments is made durable every five seconds,
// with one sync of the file system for all: other programs' data on it, if there is
// much, take their time.
//
//	512 MB of the disk are left  the next key frame ends the segment, and no other is
//	                             begun: the index needs room to delete anything
//	the disk is full, read-only  the segment ends with what was written; each key frame
//	or has errors                tries another one
//	the disk is too slow         up to 128 MB wait for it, 32 MB of one camera; then
//	                             segments end, and each key frame tries another one
//	it does not answer           the same; after a minute the cameras' health says so
//	the spool is at its limit    no segment is begun (R15: the vault makes room before,
//	                             unless all that is left is held)
//
// Each is a gap that names it and [footage.AlarmSpool], which ends when nothing has
// gone wrong for a minute.
//
// # The way of the data
//
//	rtsp.Play      connects, authenticates and keeps alive; chooses among the senders
//	               of packets, and puts those of UDP into order
//	batch.Loop     reads every connection five times a second, UDP ports twenty times,
//	               and takes the packets out
//	camera         one camera's life: play, watch for stalls, try again
//	track          packets to access units (rtp) to frames with times (fmp4.Timeline,
//	               clock) to fragments of half a second (fmp4.Seal), in the buffer that
//	               will be written
//	writer         keeps each camera's jobs in its lane, and does them
//	journal        segments, gaps and the mark of one camera, in the spool
//
// A byte is copied by read(2) or recvmmsg(2), from the packet to the fragment's buffer, and from
// there by write(2). With B-frames the few frames whose decode time is not yet known are
// copied once more, into the next fragment's buffer.
//
// A fragment is written when half a second of frames is complete and the next
// frame has come, which gives the last one its duration. Killed at any moment,
// less than a second of a camera is lost.
//
// Packets that are read at once count as having come when they are read: up to
// 200 ms late, never early. The clock looks for the least lateness, and the latest
// frame of a batch is as fresh as it can be, so that a recording's times are late by
// no more than a frame.
//
// # Trials
//
// [Recorder.Try] asks a camera for its video once, for whoever sets it up: a session,
// a loop and sockets of its own beside the recording's, which it shares nothing with
// but the camera, and a track whose fragments nobody keeps. A camera that serves only
// so many clients refuses the trial, not the recording that is there before it.
//
// # Goroutines
//
//	camera.run     one a camera, from camera.start to camera.stop; owns the session
//	               and, beside it, camera.watch
//	batch.Loop     one, and another for each connection with TLS; packets come on it,
//	               and camera.mu, taken once for a batch, guards the track
//	writer.write   one; fills the page cache and waits for nothing else
//	writer.sync    eight; begin and end segments, write gaps and marks. A journal is
//	               its lane's: it is at one of these goroutines at a time
//	syncLoop       one; makes open segments durable every five seconds
//
// Close stops them in the order in which the data flows.
package recorder
