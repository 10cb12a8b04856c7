package rtp

import (
	"encoding/binary"
	"time"
)

// The types of RTCP packets (RFC 3550, 12.1) that are of interest.
const (
	senderReport = 200
	goodbye      = 203
)

// Report is what a sender report says: that something sampled at RTP was sampled
// at NTP by the camera's clock.
type Report struct {
	SSRC uint32
	NTP  time.Time // zero when the camera knows no time
	RTP  uint32
}

// Control takes a compound RTCP packet apart (RFC 3550, 6): report gets its sender
// reports, and bye the senders that say goodbye. ok is false when b is no RTCP or
// breaks off; what comes before that has been given out.
func Control(b []byte, report func(Report), bye func(ssrc uint32)) (ok bool) {
	for len(b) > 0 {
		if len(b) < 4 || b[0]>>6 != 2 {
			return false
		}
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return false
		}
		body := b[4:size]
		switch b[1] {
		case senderReport:
			if len(body) < 24 {
				return false
			}
			report(Report{binary.BigEndian.Uint32(body), NTP(binary.BigEndian.Uint64(body[4:])), binary.BigEndian.Uint32(body[12:])})
		case goodbye:
			sources := int(b[0] & 0x1f)
			if len(body) < 4*sources {
				return false
			}
			for i := range sources {
				bye(binary.BigEndian.Uint32(body[4*i:]))
			}
		}
		b = b[size:]
	}
	return true
}

// ntpEpoch is 1900 in Unix time, and ntpEra how long the 32 bits of NTP's seconds
// last.
const ntpEpoch, ntpEra = -2208988800, 1 << 32

// NTP returns the time of an NTP timestamp: seconds since 1900 and, in the lower
// half, parts of a second in 1/2^32 (RFC 3550, 4). Timestamps that would lie
// before 1968 belong to the era that begins in 2036 (RFC 4330, 3). 0, which a
// sender without a clock sends, is the zero time.
func NTP(stamp uint64) time.Time {
	if stamp == 0 {
		return time.Time{}
	}
	seconds := int64(stamp >> 32)
	if seconds < ntpEra/2 {
		seconds += ntpEra
	}
	return time.Unix(ntpEpoch+seconds, int64((stamp&0xffffffff)*1_000_000_000>>32)).UTC()
}
