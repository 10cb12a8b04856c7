package rtp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// order gives packets with these numbers, a millisecond apart, to a window, and
// returns the numbers that come out, and those still in it at the end.
func order(numbers ...int) (out, rest []int) {
	var w Window
	to := &out
	yield := func(p Packet) bool {
		if string(p.Payload) != fmt.Sprint(p.Sequence) {
			panic(fmt.Sprintf("packet %d holds %q", p.Sequence, p.Payload))
		}
		*to = append(*to, int(p.Sequence))
		return true
	}
	buf := []byte{}
	for i, n := range numbers {
		buf = fmt.Append(buf[:0], uint16(n)) // as a loop's buffer is overwritten
		w.Take(Packet{Sequence: uint16(n), Payload: buf}, time.Duration(i)*time.Millisecond, yield)
	}
	to = &rest
	w.Flush(yield)
	return out, rest
}

func TestWindow(t *testing.T) {
	row := func(from, to int) (all []int) {
		for i := from; i < to; i++ {
			all = append(all, i)
		}
		return all
	}
	for name, test := range map[string]struct{ in, out, rest []int }{
		"in order":                      {[]int{7, 8, 9}, []int{7, 8, 9}, nil},
		"swapped":                       {[]int{7, 9, 8, 10}, []int{7, 8, 9, 10}, nil},
		"around the end of the numbers": {[]int{65534, 0, 65535, 1}, []int{65534, 65535, 0, 1}, nil},
		"far out of order":              {[]int{7, 12, 11, 10, 9, 8}, []int{7, 8, 9, 10, 11, 12}, nil},
		"twice":                         {[]int{7, 7, 9, 9, 8, 8, 9}, []int{7, 8, 9}, nil},
		"lost, and the end":             {[]int{7, 9, 10}, []int{7}, []int{9, 10}},
		"lost, the window full":         {append([]int{7}, row(9, 9+64)...), append([]int{7}, row(9, 9+64)...), nil},
		"lost, the window not yet full": {append([]int{7}, row(9, 9+63)...), []int{7}, row(9, 9+63)},
		"lost twice":                    {[]int{7, 9, 11, 10, 8, 12}, []int{7, 8, 9, 10, 11, 12}, nil},
		"many lost":                     {[]int{7, 500, 502, 501}, []int{7}, []int{500, 501, 502}},
		"too late":                      {append(append([]int{7}, row(9, 9+64)...), 8, 73), append(append([]int{7}, row(9, 9+64)...), 73), nil},
		"begun anew":                    {[]int{7, 9, 40000, 40001}, []int{7, 9, 40000, 40001}, nil},
		"begun anew before":             {[]int{40000, 40002, 3000, 3002, 3001}, []int{40000, 40002, 3000, 3001, 3002}, nil},
	} {
		if out, rest := order(test.in...); !slices.Equal(out, test.out) || !slices.Equal(rest, test.rest) {
			t.Errorf("%s: %v makes %v and %v, want %v and %v", name, test.in, out, rest, test.out, test.rest)
		}
	}
}

// TestWindowTime: what is missing is not waited for longer than 200 ms.
func TestWindowTime(t *testing.T) {
	var w Window
	var out []uint16
	yield := func(p Packet) bool {
		out = append(out, p.Sequence)
		return true
	}
	w.Take(Packet{Sequence: 1}, 0, yield)
	w.Take(Packet{Sequence: 3}, time.Second, yield)
	w.Expire(time.Second+windowTime-1, yield)
	if !slices.Equal(out, []uint16{1}) {
		t.Errorf("%v came out too early", out)
	}
	w.Take(Packet{Sequence: 5}, time.Second+windowTime, yield)
	if !slices.Equal(out, []uint16{1, 3}) {
		t.Errorf("%v came out", out)
	}
	w.Expire(time.Second+2*windowTime, yield)
	if !slices.Equal(out, []uint16{1, 3, 5}) {
		t.Errorf("%v came out", out)
	}
}

// TestWindowSender: a sender that takes over with the numbers going on belongs to the
// stream, another one does not.
func TestWindowSender(t *testing.T) {
	var w Window
	var out []string
	yield := func(p Packet) bool {
		out = append(out, fmt.Sprint(p.SSRC, ":", p.Sequence))
		return true
	}
	for _, p := range []Packet{{SSRC: 1, Sequence: 10}, {SSRC: 2, Sequence: 12}, {SSRC: 1, Sequence: 11}, {SSRC: 2, Sequence: 14}, {SSRC: 3, Sequence: 200}} {
		w.Take(p, 0, yield)
	}
	if want := []string{"1:10", "1:11", "2:12", "2:14", "3:200"}; !slices.Equal(out, want) {
		t.Errorf("%v came out, want %v", out, want)
	}
}

// TestWindowShuffled: whatever order packets come in that are at most a few dozen
// places from theirs, they leave in that of their numbers, without an allocation.
func TestWindowShuffled(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var w Window
	next, lost := uint16(0), 0
	yield := func(p Packet) bool {
		if step := int16(p.Sequence - next); step < 0 {
			t.Fatalf("seed %d: %d comes after %d", seed, p.Sequence, next)
		} else {
			lost += int(step)
		}
		next = p.Sequence + 1
		return true
	}
	var numbers []uint16
	dropped := 0
	payload := make([]byte, 100)
	n := uint16(0)
	round := func() {
		numbers = numbers[:0]
		for range 30 {
			if n++; n > 1 && r.IntN(50) == 0 {
				dropped++
			} else {
				numbers = append(numbers, n-1)
			}
		}
		if n > 30 {
			r.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
		}
		for _, n := range numbers {
			w.Take(Packet{Sequence: n, Payload: payload}, time.Duration(n), yield)
		}
	}
	for range 1000 {
		round()
	}
	if allocations := testing.AllocsPerRun(1000, round); allocations > 0.1 {
		t.Errorf("seed %d: %v allocations for 30 packets", seed, allocations)
	}
	w.Flush(yield)
	if behind := int(n - next); lost+behind != dropped {
		t.Errorf("seed %d: %d packets are missing, %d were lost", seed, lost+behind, dropped)
	}
}

func FuzzWindow(f *testing.F) {
	f.Add([]byte{1, 2, 3, 250, 0, 7})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var w Window
		out := 0
		yield := func(Packet) bool { out++; return true }
		n, now := uint16(0), time.Duration(0)
		for i, step := range steps {
			if step > 250 {
				n += uint16(step) << 7
			} else {
				n += uint16(int16(step) - 10)
			}
			now += time.Duration(step) * time.Millisecond
			w.Take(Packet{Sequence: n, SSRC: uint32(step >> 7), Payload: steps[i:]}, now, yield)
			if w.waiting < 0 || w.waiting > windowSize {
				t.Fatalf("%d packets wait", w.waiting)
			}
		}
		w.Flush(yield)
		if out > len(steps) || w.waiting != 0 {
			t.Errorf("%d packets in, %d out, %d left", len(steps), out, w.waiting)
		}
	})
}
