package rtp

// Packet is an RTP packet without what nobody here needs. The payload is good
// only while it is being looked at.
type Packet struct {
	Sequence  uint16
	Timestamp uint32
	Marker    bool
	Payload   []byte
}
