// Package farm is a yard of simulated RTSP cameras: each plays an MP4 file over
// and over as if it were live. The demo, the tests of the recorder and the
// benchmarks record from it, so it shares no code with the recorder and speaks
// RTSP (RFC 2326), RTP (RFC 3550, 6184, 7798, 3640, and AV1's payload format 1.0)
// and digest authentication (RFC 7616) with the standard library alone. Media go
// over TCP, also by TLS, over UDP, and to multicast groups.
//
// What a client can rely on:
//
//   - A camera is one timeline that starts with the server, whoever watches. Two
//     clients see the same frame at the same time, and a client that comes back
//     after a break has missed exactly the frames of the break.
//   - Access units are sent byte for byte as they are in the file, in decoding
//     order, each at its decoding time. RTP timestamps are presentation times and
//     go on evenly where the clip begins again.
//   - A client gets whole groups of pictures: its first unit is the next key
//     frame (Camera.JoinAnywhere turns that off).
//   - Sender reports are exact to a tick of the RTP clock: one when playing
//     begins, then one every five seconds.
//   - A client that does not read loses whole access units (Feed.Dropped counts
//     them), then its connection; it never delays another client.
//
// # Faults
//
// That holds for a camera that works. What real ones do instead can be asked for:
//
//   - Camera says how it is built: how it packs, where numbers and clocks begin.
//   - Faults, given to Feed.Misbehave or as Camera.Faults, is what goes wrong for as
//     long as it is set.
//   - The other methods of Feed are what happens at once: Drop, Lose, Jump,
//     Renumber, Switch, ExpireNonce, SetClock, SetPassword, Refuse, Redirect.
//   - Mayhem draws a plan of mishaps from a seed, and Server.Perform lets them happen.
//
// Chance is the same in every run. No fault of one camera touches another.
//
// # Cost
//
// The cost of a camera is one copy and one write per frame and client. Packets
// are laid out once per clip; on the way out only channel, sequence number,
// timestamp and SSRC are filled in. One goroutine sends for all cameras, and one
// per connection reads requests.
package farm
