// Package batch reads RTSP connections in large batches: one goroutine reads
// many of them, every 200 ms each, rather than being woken for every packet.
// That is where most of the cost of receiving video lies.
//
// A [Conn] is a net.Conn, so that an RTSP library can have its conversation on
// it. When the video begins, [Conn.Split] takes the interleaved frames (RFC 2326,
// 10.12) out: they go to a function of the caller's, a batch at a time, and the
// library goes on reading answers and requests.
//
// # Invariants
//
//  1. A byte is copied once, out of the socket. Frames lie in a buffer that all
//     connections of a [Loop] share; of a connection only the beginning of a
//     frame that has not come whole is kept.
//  2. No connection waits for another: what is read of one in a turn is bounded,
//     nothing the loop does can block, and what the library does not read ends
//     in the socket's buffer, not in memory.
//  3. Once Close of a connection has returned, its frames are not given out any
//     more, and its descriptor is closed.
//  4. Rubbish between frames costs no frame that follows it.
//
// A connection with TLS is read by a loop of its own: deciphering takes time,
// and TLS may have something to write before it can read on.
package batch
