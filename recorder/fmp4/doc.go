// Package fmp4 writes what lies in a spool segment: fragmented MP4 (ISO/IEC
// 14496-12 and -15) with one video track, timescale 90000.
//
// [Init] is ftyp and moov, [Seal] puts moof and the header of mdat in front of a
// fragment's data, in room left for them, so that a fragment is one piece of
// memory and one write. [Timeline] gives the frames, which come with the times
// at which they are shown, the times at which they are decoded.
//
// # Times
//
// Time 0 of a segment is when its first frame, a key frame, is shown, and that
// is also its decode time: the composition offset of the first sample is 0 in
// every segment. The offsets are signed (trun version 1): with B-frames, a frame
// that is decoded early for others' sake has a positive one, a B-frame may have a
// negative one. So there is no initial shift, no edit list is needed, and the
// wall time of a frame is the segment's start + decode time + offset.
//
// Decode times are the frames' own presentation times in ascending order: the
// n-th frame is decoded when the n-th earliest frame is shown. They ascend
// strictly, begin at 0 and have no hole, not between fragments either, so the sum of the
// durations is the segment's length. Presentation times are exactly the
// camera's; decode times of B-frame streams may be a little off where a frame was
// lost or the order of frames deepens, which no player minds.
//
// A picture that follows the first key frame and is shown before it (the leading
// pictures of an open group) has a negative presentation time: it belongs to the
// time of the segment before, without which it cannot be decoded.
//
// # Sample entries
//
// avc1, hvc1 and av01, with the parameter sets in avcC and hvcC, and the sequence
// header in av1C: what the most players take. Those that the camera sends in the
// stream stay in the samples as well, unchanged.
//
// # Losses
//
// What packets that did not come have done to a frame is in its sample flags, see
// [spool.Loss]: players pay no attention to it.
package fmp4
