// Package batch reads RTSP connections and UDP ports in large batches: one goroutine
// reads many of them, every 200 or 50 ms each, rather than being woken for every
// packet. That is where most of the cost of receiving video lies.
//
// A [Conn] is a net.Conn, for the conversation. When the video begins, [Conn.Split]
// takes the interleaved frames (RFC 2326, 10.12) out: they go to a function of the
// caller's, a batch at a time, and the conversation goes on with what is between
// them.
//
// [Ports] are those of a camera's RTP and RTCP over UDP, for it alone or of a
// multicast group. What comes goes to the same kind of function, up to 64 packets at
// a time, by recvmmsg(2). Only what comes from the camera's address, and its ports
// where they are known, is received; the kernel sees to that.
//
// Between two turns packets wait in the kernel. It is asked for 2 MB for each camera,
// which it gives to a process that may administrate the network (CAP_NET_ADMIN); to
// others it gives no more than net.core.rmem_max says, by default 200 KB, which is 10
// Mbit/s with a large key frame at once. Where cameras send more than that over UDP,
// set the sysctl to 2097152; a packet that finds no room is lost.
//
// # Invariants
//
//  1. A byte is copied once, out of the socket. Frames lie in a buffer that all
//     connections and ports of a [Loop] share; of a connection only the beginning of a
//     frame that has not come whole is kept.
//  2. No connection waits for another: what is read of one in a turn is bounded,
//     nothing the loop does can block, and what is not read ends in the socket's buffer, not in memory.
//  3. Once Close of a connection or of ports has returned, nothing of it is given
//     out any more, and its descriptors are closed.
//  4. Rubbish between frames costs no frame that follows it.
//
// A connection with TLS is read by a loop of its own: deciphering takes time,
// and TLS may have something to write before it can read on.
package batch
