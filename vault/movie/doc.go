// Package movie shows a camera's footage of any span as one plain MP4, which is read
// from the sealed segments as it is asked for: nothing is copied, decoded, encoded or
// written to a disk.
//
//	m, err := movie.Open(ctx, vault, camera, span, movie.Limits{})
//	r, err := m.Reader(ctx) // io.ReadSeeker, io.ReaderAt
//
// # What it is
//
//   - ftyp, moov, mdat, in this order. The header is made from the sample tables of the
//     segments and kept in memory, some twelve bytes a frame; all else is ranges of the
//     segments' media, packet by packet what the camera sent.
//   - The same span of the same footage is the same bytes, with the same ETag.
//   - It begins at the last key frame at or before the beginning that was asked for,
//     and ends before the first key frame at or after the end. Where pictures that are
//     shown before that key frame follow it (an open group), it and they are in: no
//     picture before the end is missing. The next movie begins with the same key frame.
//   - Segments that adjoin are joined without a seam: the first picture of each is shown
//     at the time at which the one before ends, and the leading pictures of an open
//     group fall into their places. Where the movie begins, and behind a gap, leading
//     pictures are left out, since they cannot be decoded there; Dropped counts them.
//   - Gaps take no time in it. Spans is the map from wall time to media time and back.
//   - Another codec, other parameter sets or another size of the picture end a movie,
//     as a limit does: Next says where the next one begins.
//   - 64-bit offsets and an edit list only where they are needed, as in package remux.
//
// # What may be read
//
// Every read asks the index for its segment first (vault invariant 1): from the
// deadline on it is vault.ErrGone, also in the middle of a movie and of what has been
// read ahead. The same goes for what becomes reserved for the privacy right
// (vault.ErrReserved, R34); a movie is laid out by the right of its viewer, of what that
// may see. A Movie holds no footage and no key. A Reader has at most three segments
// open and two megabytes read ahead. It takes no lease of a key, so a viewer cannot
// delay that one is destroyed.
//
// Reading asks the store once for the header and the first block of each segment, and
// then once for each block, which double from 128 KiB to 2 MiB while reading goes on:
// a player that pauses leaves no request to the store open.
package movie
