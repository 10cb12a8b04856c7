package rtp

// Packet is an RTP packet without what nobody here needs. The payload is good
// only while it is being looked at.
type Packet struct {
	SSRC      uint32 // its sender
	Type      uint8  // of the payload
	Sequence  uint16
	Timestamp uint32
	Marker    bool
	Payload   []byte
}
