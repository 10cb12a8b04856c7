// Package rtp puts access units together from RTP payloads: H.264 after RFC 6184
// (single NAL unit, STAP-A, FU-A), H.265 after RFC 7798 (single NAL unit,
// aggregation and fragmentation units) and AV1 after the RTP Payload Format For AV1
// 1.0, where a temporal unit is what an access unit is elsewhere. It works where the bytes will stay: NAL
// units are appended, each behind its length in four bytes, to the buffer that
// will be written to disk. Nothing is allocated for a packet, and a byte is
// copied once. Of AV1, OBUs lie there with their sizes, as the ISO base media file
// format has them; those that came in fragments are moved once more, by a few bytes.
//
// NAL units and OBUs are never changed, filtered or reordered: parameter sets,
// SEI messages, metadata and access unit delimiters stay where the camera put them (R47).
//
// The caller decides where access units begin and end (see the recorder's
// track), hands payloads over in the order of their sequence numbers, which
// [Sequence] follows, and says when packets are missing. An access unit of which
// a part is missing is reported as damaged: the caller drops it.
//
// What cameras really do is allowed for: fragments with the start and the end
// bit set both, padding behind STAP-A, NAL units that are wrapped into the
// byte stream format (Annex B) inside RTP, OBUs that have their sizes already.
//
// What no encoder makes is left out, counted, and damages its access unit: NAL
// units and OBUs whose forbidden bit is set, so that the network or the camera says
// itself that they are broken; slices of nothing; types that RTP has for itself
// inside of other NAL units; sizes that are beyond the payload, access units beyond
// MaxUnit. Types that the standards reserve or leave undefined are kept: decoders
// pass over them. Of AV1, temporal delimiters and tile lists are left out, which
// receivers must ignore.
//
// Before that, [Sender] keeps to one stream where several come, and [Window] puts the
// packets of UDP into order.
package rtp
