package recorder

import (
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/vault/footage"
)

// event is something that happens to a camera's or the appliance's time.
type event struct {
	after    time.Duration // from the beginning
	wall     time.Duration // the appliance's clock is set forward or back
	ticks    int64         // the RTP clock jumps
	sequence uint16        // the sequence numbers jump
	session  time.Duration // the session ends, and the next one's first frame comes so much later
}

// TestTime records two minutes of a camera, during which time goes wrong in all the
// ways that it can. Starts ascend, nothing overlaps, and what is recorded and what is
// missing add up to the time that has passed, plus what the clock was set forward.
func TestTime(t *testing.T) {
	utc := func(s string) footage.Instant {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return footage.At(at)
	}
	const long = 2 * time.Minute
	for name, test := range map[string]struct {
		begin  footage.Instant
		first  uint32 // RTP timestamp
		events []event
		forth  time.Duration // what the account is longer than the time that passed
		causes []footage.Cause
		ahead  time.Duration // what the last segment says
	}{
		"nothing":                      {},
		"the night in spring":          {begin: utc("2027-03-28T00:59:00Z")},
		"the night in autumn":          {begin: utc("2026-10-25T00:59:00Z")},
		"the turn of the year":         {begin: utc("2026-12-31T23:59:00Z")},
		"the RTP clock wraps":          {first: 1<<32 - 50*second},
		"the RTP clock's sign changes": {first: 1<<31 - 50*second},
		"the RTP clock starts anew": {
			events: []event{{after: 50300 * time.Millisecond, ticks: -50 * second}},
			causes: []footage.Cause{footage.CauseChanged},
		},
		"the RTP clock goes anywhere, three times": {
			events: []event{{after: 30300 * time.Millisecond, ticks: 1 << 31}, {after: 50300 * time.Millisecond, ticks: 77 * second}, {after: 70300 * time.Millisecond, ticks: -12345678}},
			causes: []footage.Cause{footage.CauseChanged, footage.CauseChanged, footage.CauseChanged},
		},
		"another sender": {
			events: []event{{after: 50300 * time.Millisecond, ticks: 0x5eed5eed, sequence: 0x5eed}},
			causes: []footage.Cause{footage.CauseChanged},
		},
		"the RTP clock is a little off": {
			events: []event{{after: 30 * time.Second, ticks: second}, {after: 60 * time.Second, ticks: -second}},
		},
		"the clock is set an hour forward": {
			events: []event{{after: 50*time.Second + 300*time.Millisecond, wall: time.Hour}},
			forth:  time.Hour,
			causes: []footage.Cause{footage.CauseChanged},
		},
		"the clock is set an hour back": {
			events: []event{{after: 50*time.Second + 300*time.Millisecond, wall: -time.Hour}},
			ahead:  time.Hour,
		},
		"the clock is set an hour back, and the camera comes back later": {
			events: []event{{after: 50 * time.Second, wall: -time.Hour}, {after: 70 * time.Second, session: 5 * time.Second}},
			forth:  -5 * time.Second, // time that was recorded before is not given out again
			ahead:  time.Hour - 5*time.Second,
		},
		"the clock is set an hour back and then right": {
			events: []event{{after: 30 * time.Second, wall: -time.Hour}, {after: 60 * time.Second, wall: time.Hour}},
		},
		"the clock is set an hour forward and then right": {
			events: []event{{after: 30 * time.Second, wall: time.Hour}, {after: 60 * time.Second, wall: -time.Hour}},
			forth:  time.Hour,
			causes: []footage.Cause{footage.CauseChanged},
			ahead:  time.Hour,
		},
		"the clock is set by seconds, again and again": {
			events: []event{{after: 20 * time.Second, wall: 3 * time.Second}, {after: 40 * time.Second, wall: 3 * time.Second}, {after: 60 * time.Second, wall: 3 * time.Second}},
			forth:  9 * time.Second,
			causes: []footage.Cause{footage.CauseChanged, footage.CauseChanged, footage.CauseChanged},
		},
		"the clock is set when a session begins": {
			events: []event{{after: 50 * time.Second, wall: time.Hour, session: 5 * time.Second}},
			forth:  time.Hour,
			causes: []footage.Cause{footage.CauseEnded},
		},
		"both clocks": {
			events: []event{{after: 50300 * time.Millisecond, wall: time.Hour, ticks: 1 << 30}},
			forth:  time.Hour,
			causes: []footage.Cause{footage.CauseChanged},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.begin == 0 {
				test.begin = noon
			}
			s := openSpool(t)
			b := openBook(t, s, 4*time.Second)
			clip := loadClip(t, "h264")
			b.track.begin(stream(clip))
			now := stamp{wall: test.begin}
			stamp32, sequence, last := test.first, uint16(0), int64(0)
			events, away := test.events, time.Duration(0)
			for _, fr := range film(clip, int(long/(3*time.Second))) {
				passed := fr.at - now.mono
				now.mono, now.wall = fr.at, now.wall.Add(passed)
				stamp32 += uint32(fr.pts - last)
				last = fr.pts
				for len(events) > 0 && now.mono >= events[0].after {
					e := events[0]
					events = events[1:]
					now.wall = now.wall.Add(e.wall)
					stamp32 += uint32(e.ticks)
					sequence += e.sequence
					if e.session > 0 {
						b.cut()
						b.down(footage.CauseEnded, "", now.wall)
						b.track.begin(stream(clip))
					}
					away = now.mono + e.session
				}
				if now.mono < away {
					continue
				}
				packets := rtptest.Packets(footage.H264, fr.nals, sequence, stamp32, 700)
				sequence += uint16(len(packets))
				for _, p := range packets {
					b.track.packet(p, now)
				}
			}
			b.cut()
			b.settle()
			lines := account(t, s, "k01")
			var causes []footage.Cause
			for _, l := range lines {
				if l.path == "" {
					causes = append(causes, l.cause)
				}
			}
			if !slices.Equal(causes, test.causes) {
				t.Errorf("the gaps have the causes %q, want %q", causes, test.causes)
			}
			all := lines[len(lines)-1].span.To.Sub(lines[0].span.From)
			if off := all - long - test.forth; off < -time.Second || off > time.Second {
				t.Errorf("%v are accounted for, want %v", all, long+test.forth)
			}
			if off := lines[0].span.From.Sub(test.begin); off < 0 || off > time.Second {
				t.Errorf("the first segment starts at %v, want %v", lines[0].span.From, test.begin)
			}
			clock := metaOf(t, lines[len(lines)-1].path).Clock
			if clock.State != footage.ClockSynced || clock.ErrorMS != 7 {
				t.Errorf("the last segment says of the clock: %+v", clock)
			}
			ahead := time.Duration(clock.AheadMS) * time.Millisecond
			if off := ahead - test.ahead; off < -time.Second || off > time.Second {
				t.Errorf("the last segment says that it is %v ahead, want %v", ahead, test.ahead)
			}
		})
	}
}
