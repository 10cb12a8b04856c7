package fmp4

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// shownAt are presentation times in the order of decoding, in frames.
type shownAt []int64

// run passes frames through a timeline that flushes whenever it can, and returns
// the decode times and the end.
func (frames shownAt) run(reorder int, dropped map[int]bool, end, shift int64) (decode []int64, last int64) {
	var t Timeline
	t.Reset(reorder)
	var pending []int64
	take := func(n int) {
		if n == 0 {
			return
		}
		samples := make([]Sample, n)
		at := t.Take(samples, pending[:n])
		for i, s := range samples {
			decode = append(decode, at)
			if at+int64(s.Offset) != pending[i] {
				panic("the presentation time is not the camera's")
			}
			at += int64(s.Duration)
		}
		last = at
		pending = pending[n:]
	}
	for i, pts := range frames {
		t.Begin(pts)
		take(t.Ready())
		if dropped[i] {
			t.Drop()
			continue
		}
		t.Complete(pts)
		pending = append(pending, pts)
	}
	if settled := t.End(end, shift); t.Pending() == 0 {
		return decode, settled
	}
	take(t.Pending())
	return decode, last
}

func TestTimeline(t *testing.T) {
	for _, test := range []struct {
		name       string
		frames     shownAt
		reorder    int
		dropped    map[int]bool
		end, shift int64
		decode     []int64
		last       int64
	}{
		{"in order", shownAt{0, 10, 20, 30}, 0, nil, 40, 0, []int64{0, 10, 20, 30}, 40},
		{"the last one longer", shownAt{0, 10, 20}, 0, nil, 30, 3, []int64{0, 10, 20}, 33},
		{"at most by half", shownAt{0, 10, 20}, 0, nil, 30, -9, []int64{0, 10, 20}, 25},
		{"two B-frames", shownAt{0, 30, 10, 20, 60, 40, 50}, 1, nil, 70, 0, []int64{0, 10, 20, 30, 40, 50, 60}, 70},
		{"a pyramid", shownAt{0, 40, 20, 10, 30, 80, 60, 50, 70}, 2, nil, 90, 0, []int64{0, 10, 20, 30, 40, 50, 60, 70, 80}, 90},
		// Nothing says that there will be B-frames: the frame before the first
		// has its duration already, and what follows adapts.
		{"a pyramid, unannounced", shownAt{0, 40, 20, 10, 30, 80, 60, 50, 70}, 0, nil, 90, 0, []int64{0, 40, 41, 42, 43, 50, 60, 70, 80}, 90},
		{"leading pictures", shownAt{0, -20, -10, 10, 20, 30}, 2, nil, 40, 0, []int64{0, 1, 2, 10, 20, 30}, 40},
		{"one lost", shownAt{0, 10, 20, 30}, 0, map[int]bool{1: true}, 40, 0, []int64{0, 10, 30}, 40},
		{"one lost, none written", shownAt{0, 10, 20, 30, 40}, 3, map[int]bool{1: true}, 50, 0, []int64{0, 20, 30, 40}, 50},
		{"the last one lost", shownAt{0, 10, 20}, 0, map[int]bool{2: true}, 30, 0, []int64{0, 10}, 20},
		{"two at one time", shownAt{0, 10, 10, 20}, 0, nil, 30, 0, []int64{0, 10, 11, 20}, 30},
		{"the clock stands still", shownAt{0, 0, 0}, 0, nil, 0, 0, []int64{0, 1, 2}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			decode, last := test.frames.run(test.reorder, test.dropped, test.end, test.shift)
			if !slices.Equal(decode, test.decode) || last != test.last {
				t.Errorf("decode times %v, end %d; want %v, %d", decode, last, test.decode, test.last)
			}
		})
	}
}

// TestTimelineProperties: whatever comes, decode times ascend strictly from 0
// without a hole, and a presentation time is never changed.
func TestTimelineProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frames := append(shownAt{0}, rapid.SliceOfN(rapid.Int64Range(-50, 1000), 0, 60).Draw(t, "pts")...)
		dropped := map[int]bool{}
		for i := 1; i < len(frames); i++ {
			dropped[i] = rapid.IntRange(0, 9).Draw(t, "loss") == 0
		}
		decode, last := frames.run(rapid.IntRange(0, 4).Draw(t, "reorder"), dropped, frames[len(frames)-1]+10, rapid.Int64Range(-20, 20).Draw(t, "shift"))
		if decode[0] != 0 || !slices.IsSortedFunc(append(decode, last), func(a, b int64) int { return int(min(a-b, 0)) }) {
			t.Fatal(fmt.Sprint("decode times ", decode, last))
		}
		for i := range decode[1:] {
			if decode[i+1] <= decode[i] {
				t.Fatal("decode times do not ascend: ", decode)
			}
		}
	})
}
