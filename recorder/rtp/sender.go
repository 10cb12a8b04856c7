package rtp

import (
	"slices"
	"time"
)

const (
	// silence is how long a sender must have said nothing for another one to take
	// its place.
	silence = time.Second
	// maxHeld is how many bytes of others are kept meanwhile.
	maxHeld = 4 << 20
	// nearNumbers and nearTime are how far the numbers and timestamps of packets may
	// lie apart that are of one stream, whatever their senders are called.
	nearNumbers = 64
	nearTime    = 10 * 90_000
)

// Sender keeps to one sender of packets (SSRC) where there should be only one: some
// cameras send what belongs to an earlier session besides, and others have a
// multicast group in common. It is the one that the camera has announced, if there is
// such a one, or else the first. Another one takes its place
//
//   - at once if it goes on with the first one's numbers and times: some cameras
//     change their name from time to time;
//   - once the first one has been silent for a second or has said goodbye. What
//     the other one has sent since then is kept that long, so that nothing is lost.
//     One that has not been heard beside the first one comes before one that has.
//
// The announced one can come back at any time. The zero value is ready.
//
// Times are of a clock that never goes back, from anywhere.
type Sender struct {
	announced bool
	name      uint32 // SSRC that was announced

	known   bool   // which one it is
	current uint32 // that is its SSRC
	heard   time.Duration

	numbered  bool   // what follows is known
	sequence  uint16 // of the latest packet
	timestamp uint32

	beside [4]uint32 // SSRCs of others that were heard while it was, 0 for none
	others []foreign // in the order in which they came
	bytes  []byte    // their payloads
}

// foreign is a packet of another sender.
type foreign struct {
	packet   Packet
	from, to int // its payload in bytes
	at       time.Duration
}

// Announce says which sender is to be expected.
func (s *Sender) Announce(ssrc uint32) { s.announced, s.name = true, ssrc }

// Is reports whether ssrc is the sender.
func (s *Sender) Is(ssrc uint32) bool { return s.known && s.current == ssrc }

// Goodbye says that ssrc sends no more.
func (s *Sender) Goodbye(ssrc uint32) {
	if s.Is(ssrc) {
		s.heard -= silence
	}
}

// Take takes a packet that came at now and gives out those of the sender, as long as
// yield returns true.
func (s *Sender) Take(p Packet, now time.Duration, yield func(Packet) bool) bool {
	if !s.known {
		s.known, s.current, s.heard = true, p.SSRC, now
		if s.announced {
			s.current = s.name
		}
	}
	switch {
	case p.SSRC == s.current, s.near(p):
	case s.announced && p.SSRC == s.name:
		s.numbered = false
	case now-s.heard >= silence:
		return s.change(p.SSRC, now, yield) && s.Take(p, now, yield)
	default:
		s.keep(p, now)
		return true
	}
	s.current, s.heard = p.SSRC, now
	if !s.numbered || int16(p.Sequence-s.sequence) > 0 {
		s.numbered, s.sequence, s.timestamp = true, p.Sequence, p.Timestamp
	}
	s.forget(now)
	return yield(p)
}

// near reports whether p can be of the stream that has been given out.
func (s *Sender) near(p Packet) bool {
	numbers, ticks := int16(p.Sequence-s.sequence), int32(p.Timestamp-s.timestamp)
	return s.numbered && max(numbers, -numbers) <= nearNumbers && max(ticks, -ticks) <= nearTime
}

// keep keeps a copy of a packet.
func (s *Sender) keep(p Packet, now time.Duration) {
	if len(s.bytes)+len(p.Payload) > maxHeld {
		s.others, s.bytes = s.others[:0], s.bytes[:0]
	}
	from := len(s.bytes)
	s.bytes = append(s.bytes, p.Payload...)
	s.others = append(s.others, foreign{p, from, len(s.bytes), now})
}

// forget forgets what came before now: the sender has been heard since.
func (s *Sender) forget(now time.Duration) {
	if len(s.others) == 0 || s.others[0].at >= now {
		return
	}
	n := 0
	for n < len(s.others) && s.others[n].at < now {
		s.note(s.others[n].packet.SSRC)
		n++
	}
	gone := s.others[n-1].to
	s.others = s.others[:copy(s.others, s.others[n:])]
	for i := range s.others {
		s.others[i].from -= gone
		s.others[i].to -= gone
	}
	s.bytes = s.bytes[:copy(s.bytes, s.bytes[gone:])]
}

// note takes note that ssrc was heard beside the sender.
func (s *Sender) note(ssrc uint32) {
	if !slices.Contains(s.beside[:], ssrc) {
		copy(s.beside[1:], s.beside[:])
		s.beside[0] = ssrc
	}
}

// change makes the first of those that were heard since the sender was, or else
// ssrc, the sender.
func (s *Sender) change(ssrc uint32, now time.Duration, yield func(Packet) bool) bool {
	s.forget(s.heard)
	kept, bytes := s.others, s.bytes
	s.others, s.bytes = nil, nil
	isNew := func(f foreign) bool { return !slices.Contains(s.beside[:], f.packet.SSRC) }
	if len(kept) > 0 {
		ssrc = kept[max(0, slices.IndexFunc(kept, isNew))].packet.SSRC
	}
	s.current, s.heard, s.numbered = ssrc, now, false
	for _, f := range kept {
		f.packet.Payload = bytes[f.from:f.to]
		if !s.Take(f.packet, now, yield) {
			return false
		}
	}
	return true
}
