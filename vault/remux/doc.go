// Package remux turns one spool file into one plain MP4 without copying it: a
// virtual file whose header is made in memory and whose media is ranges of the
// spool file.
//
//	movie, err := remux.Open(path)      // reads boxes, never media
//	file, err := movie.Encode(meta)     // lays out ftyp, moov, mdat
//	sealed, err := keys.Seal(camera, start, file, file.Size())
//	err = store.Put(ctx, key, store.Object{Size: sealed.Size(), Body: sealed})
//	err = movie.Close()
//
// # What goes in
//
// Fragmented MP4 as the recorder writes it, and any fragmented or plain MP4 that
// something else has put into the spool: moov first or last, other tracks, any
// timescale, data offsets in every form that ISO/IEC 14496-12 allows. Only the
// first track with H.264, H.265 or AV1 is taken, so no audio reaches an object
// (R39). Content that cannot be made into a recording is [ErrDamaged]; every
// other error is the disk's.
//
// # What comes out
//
//   - ftyp, moov, mdat, in this order; moov holds the movie header, one track and
//     the metadata box of package spool.
//   - The samples in the order of the source, bit for bit; the sample description
//     byte for byte. One chunk for each contiguous range of the source, which is
//     one for each fragment. 64-bit offsets and times only where they are needed.
//   - 90 kHz throughout, decode times from zero. Times of another scale are
//     rounded one by one from the start, so that no error adds up.
//   - The first frame, a key frame, is shown at time zero, as in the spool: the
//     wall time of a frame is the segment's start and the time at which it is
//     shown. Composition offsets are shifted so that the smallest is zero, and
//     where the first frame is then shown later than time zero, as it is with
//     B-frames, an edit list of one entry starts the presentation there. ffmpeg
//     lays out B-frames so by default, so every player has met it: ffmpeg,
//     Chromium and VLC show every picture, the first one at zero, and a player
//     that ignores edit lists is merely a few frames late. The other way, signed
//     offsets (ctts version 1) and no edit list, works in these three as well, but
//     goes wrong badly in a player that reads the offsets as unsigned.
//   - Leading pictures of an open group, which follow the first key frame but are
//     shown before it and need the segment before to be decoded, are kept. They
//     lie before time zero: players pass over them (but Chromium refuses H.264
//     that begins so, in any layout), and where the segment before is played in
//     front of this one they fall into their place.
//   - The source's own edit list is not followed: every frame that the camera sent
//     is shown.
//   - The same input and metadata give the same bytes.
//
// # More than one
//
// [Joint] lays out several recordings, or stretches of them, as one movie in the same
// way: each stretch begins to be shown when the one before it ends, whatever their
// decode times are. Package movie reads what it lays out.
//
// # Bounds
//
// Memory is bounded whatever a file claims: boxes are read up to maxBox, frames
// up to maxSamples, and the frames of a file may not add up to more bytes than
// the file has.
package remux
