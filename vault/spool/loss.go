package spool

// Loss is what packets that did not come have done to a frame. It lies in the
// degradation priority of the frame's sample flags (ISO/IEC 14496-12, 8.8.3.1), so
// that it is written with the frame and outlives a crash with it.
type Loss struct {
	// Packets are missing between the frame before and this one. A frame of which
	// packets are missing is not written.
	Packets int
	// Damaged: the picture may show what was not there, since decoding it needs one
	// that is missing. So it is up to the next key frame.
	Damaged bool
}

// maxPackets is the most that Flags has room for.
const maxPackets = 1<<15 - 1

// Flags returns l as bits to be set in the flags of a sample.
func (l Loss) Flags() uint32 {
	flags := uint32(min(l.Packets, maxPackets)) << 1
	if l.Damaged {
		flags |= 1
	}
	return flags
}

// LossOf reads what Flags has put into the flags of a sample.
func LossOf(flags uint32) Loss { return Loss{int(flags >> 1 & maxPackets), flags&1 != 0} }
