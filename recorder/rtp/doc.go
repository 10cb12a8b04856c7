// Package rtp puts access units together from RTP payloads: H.264 after RFC 6184
// (single NAL unit, STAP-A, FU-A) and H.265 after RFC 7798 (single NAL unit,
// aggregation and fragmentation units). It works where the bytes will stay: NAL
// units are appended, each behind its length in four bytes, to the buffer that
// will be written to disk. Nothing is allocated for a packet, and a byte is
// copied once.
//
// NAL units are never changed, filtered or reordered: parameter sets, SEI
// messages and access unit delimiters stay where the camera put them (R47).
//
// The caller decides where access units begin and end (see the recorder's
// track), hands payloads over in the order of their sequence numbers, which
// [Sequence] follows, and says when packets are missing. An access unit of which
// a part is missing is reported as damaged: the caller drops it.
//
// What cameras really do is allowed for: fragments with the start and the end
// bit set both, padding behind STAP-A, and NAL units that are wrapped into the
// byte stream format (Annex B) inside RTP.
package rtp
