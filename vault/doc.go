// Package vault is the indexed footage: the index says what there is and when it
// must go, the store has the bytes, the spool has what is on its way in.
//
// # Invariants
//
//  1. A segment is readable if and only if the index has it as stored and its
//     deadline lies ahead. [Vault.Open] asks for itself, on every read, and does
//     not rely on anything having been swept (R6). What is kept, or restricted, for
//     the person in it alone opens to the privacy right only ([Terms].Reserved,
//     [Vault.OpenFor], [TimelineFor]; R34); a reader that states no right has none.
//  2. Every segment has a deadline from the moment it is in the index, computed
//     from its first frame (R2). Only the rules of the room holds move it, and only
//     between Keep and Ceiling, which are fixed when it is recorded ([Terms]).
//  3. Deciding that a segment is due and retiring it happen in one write
//     transaction ([Retire]), and so does placing a hold: one sees the other.
//  4. The object is complete and durable before its row exists, and the row exists
//     before the spool file is removed. After any crash there is no row without an
//     object and a key that opens it, and no object without a row, a spool file or
//     an [Intent].
//
// # The way in
//
// [Vault.Ingest] is one pass over the spool, and recovery after a crash is the
// same pass. For each finished recording: lay out its object (remux), ask the
// rule, seal it and put it into the store (its key is on disk before), write the row
// (with the rule asked again in that transaction), remove the spool file. What cannot be read is set aside
// with a gap in its place, and goes at the deadline that its name gives. What
// comes due in the spool is never uploaded.
//
// Rows are written one transaction after another, each with all whose objects have
// come meanwhile, while the next objects are on their way. An upload of which nothing
// moves is given up; a slow one is not.
//
// An hour's key that is damaged gets another beside it, so that what comes in goes on,
// and stays for whoever can put it right.
//
// The spool and the store have a loop each ([Vault.Run]), so a store that hangs keeps
// nothing waiting that needs no store. Of a backlog the oldest goes first, and every
// fourth segment is the newest, so that today's footage is seen while it drains.
// [Vault.ReadRoom] says how long the spool's room lasts.
//
// # Whose store it is
//
// At the root of the store lies an object that names the vault, whose id the index
// has, too ([Claim]). Nothing is put into a store, read from it or deleted there before
// it has been found to be the right one: in a wrong bucket everything would look
// deleted. [Vault.Check] holds a store, the index, the keys and the spool to
// invariant 4.
//
// # The way out
//
//	stored --Retire--> intent --Purge: key, object, see that it is gone--> nothing
//
// From Retire on nobody can read it. Purge destroys the keys that nothing stored
// needs any more before it deletes objects (R18; vault/seal/README.md). An intent lives until the store has been
// seen without any version of the object (R11); failures are tried again for ever
// and stop nothing else (R22). [Vault.Inventory] finds what the index has
// forgotten and gives it an intent when its own name says that it is due (R12).
//
// # What is told
//
// Gaps, removals and early deletions are told to Options.Note in the transaction
// that they happen in: what cannot be written down does not happen.
//
// # Full disks
//
// Deletion needs no room but what the index writes, and has that reserved
// ([index.DB.Reserve]): nothing new is taken in once it cannot be. Whatever else is
// full keeps footage waiting in the spool. When the spool comes near its limit, or its
// disk near the recorder's reserve, the oldest footage that nobody holds goes early,
// each piece with a gap and all with an alarm (R15): of the vault where the store lies
// on that disk, otherwise of the spool. Held footage never goes; when only that is left,
// recording stops.
//
// One thing waits for room: while some of an hour is held, its identity is destroyed
// after the held segments' own keys have been written, which takes a block of the disk.
//
// That all this holds after a kill or a power cut at any moment, cmd/testcam/powercut
// tries at every system call, and it fills real disks.
//
// # Check and repair
//
// [Vault.Check] compares all there is, while it moves: what looks wrong is looked at
// again before it is a finding. It reads the index some hundred rows at a time, so that
// no transaction of it keeps freed pages from being used again for longer than the rows
// of one camera take, and it remembers a number for each camera-hour and a list of
// findings that has an end. A repair decides anew in its own transaction, and none
// deletes what is not due: an object without a row is adopted from its own name and
// content, if these agree; a row without an object becomes a gap. That is also how an
// index that was lost comes back: every object is an orphan then.
//
// # Hours
//
// A day of 64 cameras is 184,320 rows, and reading them takes a third of a second:
// too long for a timeline that redraws itself. So the index also has a row for
// each camera-hour with the segments in brief ([Piece]): a dozen bytes each, in a
// thirtieth of the time. [Timeline] is made of them, and so is whatever counts
// footage or lists what is missing.
//
// One function writes segments, and changes their places in the order of deletion,
// their hours and their totals in the same transaction; a batch writes each hour
// once. Hours have each segment's own deadline, so they are exact at any instant,
// whether a sweep has come or not. All the same only the segment's row says whether
// it may be read, retired or held. [Reckon] derives hours and totals anew and tells
// where they differ, for tests, checks and repairs.
//
// Ways not taken: runs instead of pieces (removing a segment from a run needs its
// neighbours, and the deadlines inside are lost, so that the hour in which
// deletion works would be wrong or read from the rows); a rebuild of the hour from
// its rows with each write (by estimate a quarter of the sweep's speed); rows of
// fixed width that need no decoding (still 184,320 of them, a hundred nanoseconds
// each, and another format to keep); coverage in memory (a million rows to read at
// each start, and a second state to keep in step with commits).
//
// # What a deadline is exact to
//
// Reading stops at the microsecond. The bytes go when the sweeper has retired the
// segment and the store has done the deletion: milliseconds for a directory. A
// deadline belongs to a whole segment and counts from its first frame, so the last
// frame of a segment goes up to a segment's length early, and never late.
package vault
