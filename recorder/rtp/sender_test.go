package rtp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// says is so many packets of a sender, one every 10 ms.
type says struct {
	who   string
	from  uint16
	count int
	stamp uint32
}

// listenTo gives what senders say in turn to s, each at a time of its own, and
// returns what comes out: each sender with how many packets in a row.
func listenTo(t *testing.T, s *Sender, period time.Duration, talk ...[]says) string {
	t.Helper()
	var out []string
	last, count, payload := "", 0, make([]byte, 10)
	flush := func() {
		if count > 0 {
			out = append(out, fmt.Sprint(last, count))
		}
	}
	yield := func(p Packet) bool {
		if who := string(rune(p.SSRC)); who != last {
			flush()
			last, count = who, 0
		}
		count++
		if p.Payload[0] != byte(p.Sequence) {
			t.Errorf("packet %d has the payload of another one", p.Sequence)
		}
		return true
	}
	now := time.Duration(0)
	for _, together := range talk {
		for i := range together[0].count {
			now += 10 * time.Millisecond
			for _, one := range together {
				payload[0] = byte(one.from + uint16(i))
				p := Packet{SSRC: uint32(one.who[0]), Sequence: one.from + uint16(i), Timestamp: one.stamp + uint32(i)*900, Payload: payload}
				s.Take(p, now-now%period, yield) // read at once what came in a period
			}
		}
	}
	flush()
	return strings.Join(out, " ")
}

func TestSender(t *testing.T) {
	const far = 1 << 30
	for name, test := range map[string]struct {
		announced byte
		talk      [][]says
		want      string
	}{
		"one":                             {0, [][]says{{{"A", 1, 500, 0}}}, "A500"},
		"as announced":                    {'A', [][]says{{{"A", 1, 500, 0}}}, "A500"},
		"crosstalk":                       {0, [][]says{{{"A", 1, 500, 0}, {"B", 9000, 500, far}}}, "A500"},
		"crosstalk comes first":           {'A', [][]says{{{"B", 9000, 500, far}, {"A", 1, 500, 0}}}, "A500"},
		"crosstalk comes long before":     {'A', [][]says{{{"B", 9000, 300, far}}, {{"B", 9300, 300, far}, {"A", 1, 300, 0}}}, "B301 A300"},
		"crosstalk alone":                 {0, [][]says{{{"A", 1, 100, 0}, {"B", 9000, 100, far}}, {{"B", 9100, 90, far}}, {{"A", 101, 100, 0}, {"B", 9190, 100, far}}}, "A200"},
		"announced otherwise":             {'X', [][]says{{{"A", 1, 500, 0}}}, "A500"},
		"announced and called otherwise":  {'X', [][]says{{{"A", 1, 100, 0}}, {{"B", 101, 100, 90_000}}}, "A100 B100"},
		"announced otherwise, and two":    {'X', [][]says{{{"A", 1, 500, 0}, {"B", 9000, 500, far}}}, "A500"},
		"begun anew":                      {0, [][]says{{{"A", 1, 105, 0}}, {{"B", 9000, 500, far}}}, "A105 B500"},
		"begun anew, and again":           {'A', [][]says{{{"A", 1, 105, 0}}, {{"B", 9000, 500, far}}, {{"C", 100, 500, 7}}}, "A105 B500 C500"},
		"begun anew with crosstalk":       {0, [][]says{{{"A", 1, 105, 0}}, {{"B", 9000, 500, far}, {"C", 5000, 500, 7}}}, "A105 B500"},
		"crosstalk, and begun anew":       {0, [][]says{{{"A", 1, 105, 0}, {"C", 5000, 105, 7}}, {{"C", 5105, 500, 7}, {"B", 9000, 500, far}}}, "A105 B500"},
		"another name":                    {'A', [][]says{{{"A", 1, 100, 0}}, {{"B", 101, 100, 90_000}}, {{"C", 201, 50, 180_000}}}, "A100 B100 C50"},
		"another name and swapped":        {0, [][]says{{{"A", 1, 100, 0}}, {{"B", 102, 1, 90_000}}, {{"A", 101, 1, 90_000}}, {{"B", 103, 100, 90_000}}}, "A100 B1 A1 B100"},
		"another name, a long time after": {0, [][]says{{{"A", 1, 100, 0}}, {{"B", 101, 150, far}}}, "A100 B150"},
	} {
		for _, period := range []time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
			s := &Sender{}
			if test.announced != 0 {
				s.Announce(uint32(test.announced))
			}
			if got := listenTo(t, s, period, test.talk...); got != test.want {
				t.Errorf("%s, read every %v: %s, want %s", name, period, got, test.want)
			}
		}
	}
}

func TestSenderGoodbye(t *testing.T) {
	s := &Sender{}
	var out []uint32
	yield := func(p Packet) bool { out = append(out, p.SSRC); return true }
	s.Take(Packet{SSRC: 1, Sequence: 1}, time.Hour, yield)
	s.Goodbye(2)
	s.Take(Packet{SSRC: 2, Sequence: 30000}, time.Hour+1, yield)
	s.Goodbye(1)
	s.Take(Packet{SSRC: 2, Sequence: 30001}, time.Hour+2, yield)
	if !slices.Equal(out, []uint32{1, 2, 2}) || !s.Is(2) || s.Is(1) {
		t.Errorf("%v came out", out)
	}
}

// TestSenderMemory: however much another one says, little of it is kept, and for a
// while only.
func TestSenderMemory(t *testing.T) {
	s := &Sender{}
	yield := func(Packet) bool { return true }
	payload := make([]byte, 1400)
	for i := range 10_000 {
		now := time.Duration(i/1000) * time.Millisecond
		s.Take(Packet{SSRC: 2, Sequence: uint16(i), Timestamp: 1 << 30, Payload: payload}, now, yield)
		if i == 0 {
			s.Announce(1)
			s.current, s.numbered = 1, false
		}
	}
	if len(s.bytes) > maxHeld || cap(s.bytes) > 2*maxHeld {
		t.Errorf("%d bytes are kept, in %d", len(s.bytes), cap(s.bytes))
	}
	s.Take(Packet{SSRC: 1, Sequence: 1}, time.Second/2, yield)
	if len(s.others) != 0 || len(s.bytes) != 0 {
		t.Errorf("%d packets are kept", len(s.others))
	}
}
