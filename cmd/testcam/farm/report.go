package farm

import (
	"encoding/binary"
	"time"
)

// reportEvery is the time between two sender reports, RFC 3550's minimum
// interval (section 6.2).
const reportEvery = 5 * time.Second

// ntpEpoch is 1900-01-01 in seconds before 1970-01-01 (RFC 3550 section 4).
const ntpEpoch = 2208988800

// ntp returns t as seconds since 1900 in 32.32 fixed point.
func ntp(t time.Time) uint64 {
	fraction := (uint64(t.Nanosecond())<<32 + 5e8) / 1e9
	return uint64(t.Unix()+ntpEpoch)<<32 + fraction
}

// appendReport appends a compound RTCP packet of a sender report and the CNAME
// (RFC 3550 sections 6.4.1 and 6.5): at the time now the RTP clock showed stamp.
func appendReport(b []byte, now time.Time, t *track, stamp uint32) []byte {
	b = append(b, 0x80, 200, 0, 6)
	b = binary.BigEndian.AppendUint32(b, t.ssrc)
	b = binary.BigEndian.AppendUint64(b, ntp(now))
	b = binary.BigEndian.AppendUint32(b, stamp)
	b = binary.BigEndian.AppendUint32(b, t.packets)
	b = binary.BigEndian.AppendUint32(b, t.octets)
	// One chunk of 12 bytes: SSRC, CNAME item of 4 characters, end and padding.
	b = append(b, 0x81, 202, 0, 3)
	b = binary.BigEndian.AppendUint32(b, t.ssrc)
	return append(b, 1, 4, 'f', 'a', 'r', 'm', 0, 0)
}
