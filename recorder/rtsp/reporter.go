package rtsp

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"

	"github.com/sjudager/sjudager/recorder/rtp"
)

// reportEvery is how often a camera hears that its packets arrive: some stop
// sending otherwise, after a minute or after ten seconds.
const reportEvery = 5 * time.Second

// emptyPacket is an RTP packet of nothing, from nobody.
var emptyPacket = []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// reporter makes receiver reports (RFC 3550, 6.4.2) of the packets that arrive over
// UDP. It says neither how regularly nor how fast they do: they are not looked at
// when they come.
type reporter struct {
	name     uint32 // our SSRC
	sent     time.Duration
	known    bool   // what follows is
	sender   uint32 // its SSRC
	first    uint32 // number of its first packet
	latest   uint32 // of its latest one, with the rounds of 65,536 before it
	received uint32
	expected uint32 // up to the report before
	arrived  uint32 // likewise
}

func (r *reporter) begin() { r.name = rand.Uint32() }

func (r *reporter) due(now time.Duration) bool { return now-r.sent >= reportEvery }

func (r *reporter) packet(p rtp.Packet) {
	if !r.known || p.SSRC != r.sender {
		first := uint32(p.Sequence)
		*r = reporter{name: r.name, sent: r.sent, known: true, sender: p.SSRC, first: first, latest: first}
	}
	r.received++
	if ahead := int16(p.Sequence - uint16(r.latest)); ahead > 0 {
		r.latest += uint32(ahead)
	}
}

// report returns the report that is due now.
func (r *reporter) report(now time.Duration) []byte {
	r.sent = now
	report := &rtcp.ReceiverReport{SSRC: r.name}
	if r.known {
		expected := r.latest - r.first + 1
		block := rtcp.ReceptionReport{SSRC: r.sender, LastSequenceNumber: r.latest}
		if expected > r.received {
			block.TotalLost = min(expected-r.received, 1<<23-1)
		}
		if lost := int64(expected-r.expected) - int64(r.received-r.arrived); lost > 0 {
			block.FractionLost = uint8(min(255, lost<<8/int64(expected-r.expected)))
		}
		r.expected, r.arrived = expected, r.received
		report.Reports = []rtcp.ReceptionReport{block}
	}
	b, err := rtcp.Marshal([]rtcp.Packet{report, rtcp.NewCNAMESourceDescription(r.name, "sjudager")})
	if err != nil {
		panic("rtsp: a receiver report that cannot be put together: " + err.Error())
	}
	return b
}
