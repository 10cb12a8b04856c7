package fmp4

import "slices"

// maxReorder is the greatest depth of reordering that H.264 and H.265 allow.
const maxReorder = 16

// Timeline gives the frames of one segment their decode times, see the package.
// All times are ticks from the segment's beginning. The zero value is ready.
//
// The caller announces a frame when it begins, since then the frame before it
// has its duration, and either completes it or drops it before the next begins.
type Timeline struct {
	reorder int
	recent  [maxReorder]int64 // presentation times of the last frames, oldest first
	known   int               // how many of them
	// slots are the decode times of the frames that Take has not yet returned,
	// and of the one that has begun, strictly ascending. The first is settled.
	slots   []int64
	pending int   // frames that are complete and not yet taken
	last    int64 // the slot that the frame in progress brought along; -1 when none
}

// Reset begins a segment of a stream that reorders its frames to this depth, as
// far as is known; what was found out before is not forgotten.
func (t *Timeline) Reset(reorder int) {
	*t = Timeline{reorder: max(reorder, t.reorder), slots: t.slots[:0], last: -1}
}

// Begin announces a frame that is shown at pts.
func (t *Timeline) Begin(pts int64) {
	if len(t.slots) > t.pending { // left by a frame that was dropped
		t.last = -1
		return
	}
	if len(t.slots) == 0 {
		t.slots, t.last = append(t.slots, pts), -1
		return
	}
	at := max(pts, t.slots[0]+1)
	i := 1
	for i < len(t.slots) && t.slots[i] <= at {
		if t.slots[i] == at { // two frames at one time
			at++
		}
		i++
	}
	t.slots = slices.Insert(t.slots, i, at)
	t.last = at
}

// Drop takes the frame back that has begun. Its time goes to the frame before
// it, or to the next one if that has been written already.
func (t *Timeline) Drop() {
	if i := slices.Index(t.slots, t.last); i > 0 {
		t.slots = slices.Delete(t.slots, i, i+1)
	}
}

// Complete completes the frame that has begun; pts is when it is shown.
func (t *Timeline) Complete(pts int64) {
	t.pending++
	t.last = -1
	deeper := 0
	for _, p := range t.recent[:t.known] {
		if p > pts {
			deeper++
		}
	}
	t.reorder = max(t.reorder, deeper)
	if t.known == maxReorder {
		copy(t.recent[:], t.recent[1:])
		t.known--
	}
	t.recent[t.known] = pts
	t.known++
}

// Ready returns how many complete frames have a decode time and a duration that
// nothing to come will change, now that the next frame has begun.
func (t *Timeline) Ready() int { return max(0, min(t.pending, len(t.slots)-1-t.reorder)) }

// Lasting returns how long the first n complete frames last.
func (t *Timeline) Lasting(n int) int64 {
	if n == 0 {
		return 0
	}
	return t.slots[n] - t.slots[0]
}

// Pending returns how many frames are complete and not yet taken.
func (t *Timeline) Pending() int { return t.pending }

// Next is the decode time of the first frame not yet taken, and 0 before there
// is one.
func (t *Timeline) Next() int64 {
	if len(t.slots) == 0 {
		return 0
	}
	return t.slots[0]
}

// Take takes as many of the complete frames, oldest first, as samples has, at most
// Ready of them, or all after End: it puts their durations and offsets into
// samples; pts has when they are shown. It returns the decode time of the first.
func (t *Timeline) Take(samples []Sample, pts []int64) (decode int64) {
	decode = t.slots[0]
	for i := range samples {
		samples[i].Duration = uint32(t.slots[i+1] - t.slots[i])
		samples[i].Offset = int32(pts[i] - t.slots[i])
	}
	t.slots = slices.Delete(t.slots, 0, len(samples))
	t.pending -= len(samples)
	return decode
}

// End ends the segment at the time at which the frame after it is shown, moved by
// shift, though by no more than half of the last frame's duration; it returns
// where that is. All complete frames can be taken then. A frame that has begun
// is not of this segment. When every frame has been taken already the end is
// settled, and nothing moves it.
func (t *Timeline) End(at, shift int64) int64 {
	if t.pending == 0 {
		t.slots = t.slots[:min(1, len(t.slots))]
		return t.Next()
	}
	t.Drop()
	t.slots = t.slots[:t.pending]
	lastSlot := t.slots[t.pending-1]
	at = max(at, lastSlot+1)
	half := (at - lastSlot) / 2
	at += min(max(shift, -half), half)
	t.slots = append(t.slots, at)
	return at
}
