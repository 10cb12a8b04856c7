// Package dir keeps objects as files of one directory: the object "a/b/c.mp4" is
// the file a/b/c.mp4, so an operator reads the store with ls. It is the default
// store, and the fastest.
//
// # Durability
//
// Put writes to a file of its own in <root>/.tmp, fsyncs it, renames it to its
// place, and fsyncs the folder. Folders on the way are made when they are
// needed, and the first time a folder is used after Open its parent is fsynced,
// whoever made it. So when Put returns nil, the object outlives a power cut, as
// far as the drive honours a flush: one that lies about its cache, or a file
// system mounted with barriers off, loses what it claimed to have. One copy on
// one disk is all there is; redundancy is the business of what lies below (RAID,
// ZFS).
//
// A kill or a power cut at any moment leaves the object whole under its key, or
// not at all there, and at most a file in .tmp, which the next Open removes.
// Nothing is ever written to a file that has a key.
//
// Delete unlinks the file, fsyncs its folder, and removes the folders that
// became empty. When it returns nil, the name does not come back after a power
// cut. The blocks that held the bytes are free, not overwritten: on an SSD
// overwriting would not reach them, which is why deletion that must hold against
// a forensic look has to rest on destroyed keys and not on this package.
//
// # Direct writes
//
// Objects of a mebibyte or more are written past the page cache (O_DIRECT), where the
// file system takes that: the copy into fresh memory costs more than the rest of Put, and
// pushes out what is read. So what has just been stored is read from the disk.
//
// # Rules
//
//   - One Store at a time has a root: Open removes what another is writing.
//   - The root is opened once and held; every path is resolved below it and never
//     leaves it, through a symbolic link or otherwise. So a disk that goes away
//     under us is not mistaken for the empty folder it was mounted on, which would
//     seem to prove that everything has been deleted.
//   - Files and folders are made readable for our own user alone.
//   - Things that are neither folders nor regular files are not objects.
package dir
