// Package remux turns one spool file into one plain MP4 without copying it: a
// virtual file whose header is made in memory and whose media is ranges of the
// spool file.
//
//	movie, err := remux.Open(path)      // reads boxes, never media
//	file, err := movie.Encode(meta)     // lays out ftyp, moov, mdat
//	sum, crc, err := file.Digest(ctx)   // one pass
//	err = store.Put(ctx, key, store.Object{Size: file.Size(), SHA256: sum, CRC32C: crc, Body: file.Reader()})
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
//   - Presentation from zero. Composition offsets are shifted so that the smallest
//     is zero (which needs no signed offsets), and where the first picture is then
//     still shown later than time zero, as it is with B-frames, one edit list entry
//     starts the presentation there. This is how x264 and ffmpeg have always laid
//     out B-frames, so every player has met it, and one that ignores edit lists is
//     merely a few frames late. The other way, negative offsets and no edit list,
//     goes badly wrong in a player that reads offsets as unsigned.
//   - The source's own edit list is not followed: every frame that the camera sent
//     is shown.
//   - The same input and metadata give the same bytes.
//
// # Bounds
//
// Memory is bounded whatever a file claims: boxes are read up to maxBox, frames
// up to maxSamples, and the frames of a file may not add up to more bytes than
// the file has.
package remux
