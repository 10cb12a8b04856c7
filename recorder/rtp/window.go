package rtp

import "time"

const (
	// windowSize is how many packets are waited for at most, and windowTime how
	// long: what is later than that is as good as lost.
	windowSize = 64
	windowTime = 200 * time.Millisecond
)

// Window puts packets that come over UDP into the order of their numbers. What is in
// order goes through; what is ahead of it is copied and waits for what is missing
// before it. Of packets that come twice the second is left out, as are those that
// come when they are not waited for any more. The zero value is ready.
//
// Times are of a clock that never goes back, from anywhere.
type Window struct {
	begun   bool
	sender  uint32 // of the last packet
	next    uint16 // number of the packet that is waited for
	since   time.Duration
	waiting int                // packets in held
	held    [windowSize]parcel // by their numbers' lower bits
}

// parcel is a packet with room for its payload.
type parcel struct {
	full    bool
	packet  Packet
	payload []byte
}

// Take takes a packet that came at now and gives out what is in order, as long as
// yield returns true.
func (w *Window) Take(p Packet, now time.Duration, yield func(Packet) bool) bool {
	ahead := int(int16(p.Sequence - w.next))
	if w.begun && (ahead < -maxMisorder || ahead > maxDropout || p.SSRC != w.sender && (ahead < -windowSize || ahead > windowSize)) {
		if !w.Flush(yield) { // another stream
			return false
		}
		w.begun = false
	}
	if !w.begun {
		w.begun, w.next, ahead = true, p.Sequence, 0
	}
	w.sender = p.SSRC
	for ; ahead >= windowSize; ahead-- {
		if !w.advance(yield) {
			return false
		}
	}
	slot := &w.held[p.Sequence%windowSize]
	switch {
	case ahead == 0:
		w.next++
		w.since = now
		if !yield(p) {
			return false
		}
	case ahead > 0 && !slot.full:
		if w.waiting == 0 {
			w.since = now
		}
		slot.full, slot.packet, slot.payload = true, p, append(slot.payload[:0], p.Payload...)
		w.waiting++
	}
	return w.release(yield) && w.Expire(now, yield)
}

// Expire gives out what has waited long enough at now.
func (w *Window) Expire(now time.Duration, yield func(Packet) bool) bool {
	if w.waiting > 0 && now-w.since >= windowTime {
		w.since = now
		for !w.held[w.next%windowSize].full {
			w.next++
		}
		return w.release(yield)
	}
	return true
}

// Flush gives out everything.
func (w *Window) Flush(yield func(Packet) bool) bool {
	for w.waiting > 0 {
		if !w.advance(yield) {
			return false
		}
	}
	return true
}

// release gives out what is in order.
func (w *Window) release(yield func(Packet) bool) bool {
	for w.waiting > 0 && w.held[w.next%windowSize].full {
		if !w.advance(yield) {
			return false
		}
	}
	return true
}

// advance gives out the next packet, or gives it up.
func (w *Window) advance(yield func(Packet) bool) bool {
	slot := &w.held[w.next%windowSize]
	w.next++
	if !slot.full {
		return true
	}
	slot.full = false
	w.waiting--
	slot.packet.Payload = slot.payload
	return yield(slot.packet)
}
