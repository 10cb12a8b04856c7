package rtp

// Limits of RFC 3550, appendix A.1: what lies beyond them is no loss and no
// reordering, but a sender that has begun anew.
const (
	maxDropout  = 3000
	maxMisorder = 100
)

// Sequence follows the sequence numbers of one sender. The zero value is ready.
type Sequence struct {
	next  uint16
	begun bool
}

// Next takes the sequence number of the packet that came and returns how many
// packets are missing before it, and whether it is old: a duplicate, or so late
// that the packets after it have been used. When the numbers jump beyond reason,
// one packet counts as missing, since nobody knows how many are.
func (s *Sequence) Next(n uint16) (lost int, old bool) {
	step := int16(n - s.next)
	switch {
	case !s.begun:
		s.begun, step = true, 0
	case step < 0 && step >= -maxMisorder:
		return 0, true
	case step < 0 || step > maxDropout:
		step = 1
	}
	s.next = n + 1
	return int(step), false
}
