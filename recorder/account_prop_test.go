package recorder

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/vault/footage"
)

// TestTimeProperties lets the times of a camera and of the appliance go wrong at
// random. Whatever happens, starts ascend, nothing overlaps, each instant from when
// the camera was first to be recorded is in the account, the account keeps up with the
// appliance's clock and is never ahead of what that clock once said, and what is
// footage in it has been sent.
func TestTimeProperties(t *testing.T) {
	clip := loadClip(t, "h264")
	round := film(clip, 1)
	rapid.Check(t, func(r *rapid.T) {
		s := openSpool(t)
		b := openBook(t, s, 2*time.Second)
		now := stamp{wall: noon}
		ahead := time.Duration(0) // the most that the clock has been set forward, all in all
		set := time.Duration(0)   // and how far it is now
		slack := time.Second      // of the camera's own time
		done := func(slow func()) {
			if slow != nil {
				slow()
			}
		}
		pass := func(d time.Duration) { now.mono, now.wall = now.mono+d, now.wall.Add(d) }
		move := func(d time.Duration) {
			set += d
			ahead = max(ahead, set)
			now.wall = now.wall.Add(d)
		}
		done(b.enlist(now.wall))
		b.track.floor = b.until
		pass(rapid.SampledFrom([]time.Duration{0, 300 * time.Millisecond, 20 * time.Second}).Draw(r, "first"))
		stamp32, sequence, n := rapid.Uint32().Draw(r, "timestamp"), rapid.Uint16().Draw(r, "sequence"), 0
		b.track.begin(stream(clip))
		var sent time.Duration
		play := func(frames int) {
			for range frames {
				packets := rtptest.Packets(footage.H264, round[n%len(round)].nals, sequence, stamp32, 1400)
				for _, p := range packets {
					b.track.packet(p, now)
				}
				sequence += uint16(len(packets))
				stamp32 += 3600
				n++
				pass(40 * time.Millisecond)
				sent += 40 * time.Millisecond
			}
		}
		steps := []time.Duration{time.Hour, -time.Hour, 3 * time.Second, -3 * time.Second, 900 * time.Millisecond, -time.Second, 24 * time.Hour}
		for range rapid.IntRange(1, 5).Draw(r, "events") {
			play(rapid.IntRange(1, 120).Draw(r, "frames"))
			switch rapid.SampledFrom([]string{"timestamps", "sequence", "wall", "session", "restart", "away", "silent"}).Draw(r, "event") {
			case "timestamps":
				jump := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-20*second, 20*second)).Draw(r, "jump")
				stamp32 += uint32(jump)
				if jump >= -maxBack && jump <= maxAhead+second { // believed, and made good bit by bit
					slack += max(time.Duration(jump), -time.Duration(jump)) * time.Second / second
				}
			case "sequence":
				sequence += rapid.Uint16().Draw(r, "jump")
			case "wall":
				move(rapid.SampledFrom(steps).Draw(r, "step"))
			case "session":
				b.track.cut()
				b.down(footage.CauseEnded, "", now.wall)
				b.track.begin(stream(clip))
			case "restart": // after a kill
				if _, err := s.Recover(); err != nil {
					r.Fatal(err)
				}
				b = openBook(t, s, 2*time.Second)
				b.track.begin(stream(clip))
			case "away": // for long, and the clock may be set meanwhile
				b.track.cut()
				b.down(footage.CauseEnded, "", now.wall)
				for range 3 {
					pass(40 * time.Second)
					to := now.wall.Add(-showBehind)
					b.track.floor = max(b.track.floor, to)
					done(b.show(to))
					if rapid.Bool().Draw(r, "set") {
						move(rapid.SampledFrom(steps).Draw(r, "step"))
					}
				}
				b.track.begin(stream(clip))
			case "silent": // and then it goes on, as if nothing had been
				pass(7 * time.Second)
				stamp32 += 7 * second
			}
		}
		play(75) // with a key frame in it, whatever came before
		b.track.cut()
		b.settle()
		lines := account(t, s, "k01")
		var footageTime time.Duration
		for _, l := range lines {
			if l.path != "" {
				footageTime += l.span.Duration()
			}
		}
		gaps, err := s.Gaps()
		if err != nil {
			r.Fatal(err)
		}
		begins := lines[0].span.From
		for _, g := range gaps { // also of the time before the first frame
			begins = min(begins, g.Gap.Span.From)
		}
		last := lines[len(lines)-1].span.To
		switch {
		case t.Failed():
			r.Fatal("the account has a hole, or overlaps")
		case begins != noon:
			r.Fatalf("the account begins at %v", begins)
		case last < now.wall.Add(-clockLeap-slack):
			r.Fatalf("the account ends at %v, it is %v", last, now.wall)
		case last > noon.Add(now.mono+ahead+slack):
			r.Fatalf("the account ends at %v, and the clock was never beyond %v", last, noon.Add(now.mono+ahead))
		case lines[len(lines)-1].path == "":
			r.Fatal("the camera sends, and is not recorded")
		case footageTime > sent+slack+5*7*time.Second:
			r.Fatalf("%v of footage were made of %v", footageTime, sent)
		}
		starts := slices.IsSortedFunc(lines, func(a, b line) int { return int(a.span.From - b.span.From) })
		if !starts {
			r.Fatal("starts do not ascend")
		}
	})
}
