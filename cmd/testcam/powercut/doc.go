// Package powercut finds out what a program leaves on its disk when it is killed, or
// the power fails, between any two of its system calls.
//
// The program runs once under strace(1), which writes down every call that changes a
// file, with its data. [Disk] replays the calls and keeps apart what has been written
// and what has been synced. After each call [Disk.Images] gives the states in which the
// disk may be found: everything is there (a kill); only what was synced is (a power
// cut); and mixtures that a file system may leave, in which names survive without their
// data, data without their names, and later writes without earlier ones. This is the
// method of ALICE (Pillai et al., All File Systems Are Not Created Equal, OSDI 2014),
// which found most of what it found with just such states.
//
// The model is harsher than any one file system. What it takes as given: a rename
// within one folder is atomic; a folder's fsync makes its names durable and nothing
// else; a file's fsync makes its bytes and its length durable and not its name; a syncfs
// makes all bytes and all names durable; a write of at most a sector does not tear.
//
// The test here is about the vault: real rooms, the real recovery, and what was said to
// be done must be done.
package powercut
