// Package rtsp asks a camera for its video (RFC 2326): OPTIONS, DESCRIBE, SETUP of the
// first track that can be recorded, PLAY, keepalives and TEARDOWN. It is the only
// package that knows gortsplib, whose messages, headers, SDP and digests it uses; what
// is in the packets, and their times, are no concern of it.
//
// An audio track is never set up (R39), so that no camera sends one, and what a
// camera sends unasked has no way out of here.
//
// Every way in which a session ends is an [Error], with a cause for the gap
// that begins and a sentence for people that holds no password. That nothing comes any
// more is for the caller to notice; only that nothing comes over UDP at all is an
// end.
//
// # Transports
//
//	tcp        packets come on the connection
//	udp        at two ports of our own, which send something to the camera's first: that
//	           opens the way in firewalls between
//	multicast  in a group that the camera chooses, on the interface that leads to it
//	auto       udp, and tcp when that is refused or no packet comes within three
//	           seconds. Which it was is the caller's to remember
//
// With rtsps everything stays on the connection: auto is tcp, and the others are
// refused, since video would come unencrypted.
//
// Over UDP a camera gets a receiver report every five seconds, and packets that
// overtake others are put into order, see [rtp.Window]. Among several senders it is
// kept to one, see [rtp.Sender]. What is lost is missing in the numbers of the packets
// that are given out, and in nothing else.
//
// # Logins
//
// A request that is refused is sent again with the login that is asked for, and once
// more should its nonce be too old by then, also in the midst of the video. A
// password that has been refused is not tried again: cameras lock out those who do.
//
// # Goroutines
//
// [Play] has none: it sleeps on the connection until the next keepalive is due.
// Packets come on the loop's.
package rtsp
