package web

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// timeline is what one camera has in a window.
type timeline struct {
	Footage []footage.Span // readable, segments without a hole between them joined
	Pending []footage.Span // recorded, not in the vault yet
	Gaps    []footage.Gap  // the one that goes on now included
	Held    []held
}

// held is a stretch that an active hold covers.
type held struct {
	footage.Span
	Number string
}

// readTimeline reads what tx and the spool have of one camera.
func readTimeline(tx *index.Tx, camera footage.CameraID, window footage.Span, pending []footage.Span, active []holds.Kept) (timeline, error) {
	t := timeline{Pending: pending}
	runs, err := vault.Timeline(tx, camera, window)
	if err != nil {
		return t, err
	}
	for _, r := range runs {
		// Holds have a place of their own, and the page draws codecs alike.
		if n := len(t.Footage); n > 0 && r.From.Sub(t.Footage[n-1].To) <= vault.Seam {
			t.Footage[n-1].To = r.To
		} else {
			t.Footage = append(t.Footage, r.Span)
		}
	}
	for g, err := range vault.Gaps(tx, camera, window) {
		if err != nil {
			return t, err
		}
		t.Gaps = append(t.Gaps, g)
	}
	for _, h := range active {
		for _, span := range h.Spans(camera) {
			if span = span.Intersect(window); !span.Empty() {
				t.Held = append(t.Held, held{span, h.Number})
			}
		}
	}
	return t, nil
}

// goOn adds what a camera is doing right now: the segment that it writes, or the
// gap that it is in.
func (t *timeline) goOn(h footage.Health, now footage.Instant) {
	switch {
	case h.State == footage.StateRecording && !h.Open.Empty():
		t.Pending = append(t.Pending, h.Open)
	case h.State == footage.StateDown && h.Since < now:
		// What has been written down of it ends some time ago.
		t.Gaps = slices.DeleteFunc(t.Gaps, func(g footage.Gap) bool { return g.Span.From >= h.Since })
		t.Gaps = append(t.Gaps, footage.Gap{Camera: h.Camera, Span: footage.Span{From: h.Since, To: now}, Cause: h.Cause, Detail: h.Detail})
	}
}

// edge is where deletion has come to: footage from before it is gone unless it is
// held. KeepUntil never runs backwards, so a search finds it.
func edge(p holds.Policy, now footage.Instant) footage.Instant {
	from := now.Add(-holds.MaxKeep - 24*time.Hour)
	return from + footage.Instant(sort.Search(int(now-from), func(i int) bool {
		return p.KeepUntil(from+footage.Instant(i)) > now
	}))
}

// scale places instants of a window on a line.
type scale footage.Span

// X is where i lies, and Width how wide a span is, as parts of the line. What
// lies outside is at its end.
func (s scale) X(i footage.Instant) string { return percent(s.part(i)) }

func (s scale) Width(span footage.Span) string { return percent(s.part(span.To) - s.part(span.From)) }

func (s scale) part(i footage.Instant) float64 {
	return min(1, max(0, float64(i-s.From)/float64(s.To-s.From)))
}

func percent(part float64) string { return fmt.Sprintf("%.3f%%", 100*part) }

// tick is a mark on the axis.
type tick struct {
	At     footage.Instant
	Label  string
	Anchor string // of the label: start, middle, end
}

// ticks returns marks at round readings of the site's clocks. In an hour that is
// repeated they say which one they are in.
func ticks(window footage.Span, zone *time.Location) []tick {
	step, form := 180, "15"
	switch d := window.Duration(); {
	case d <= 10*time.Minute:
		step, form = 2, "15:04"
	case d <= time.Hour:
		step, form = 10, "15:04"
	case d <= 6*time.Hour:
		step, form = 60, "15:04"
	}
	const minute = footage.Instant(time.Minute / time.Microsecond)
	var marks []tick
	for i := (window.From + minute - 1) / minute * minute; i <= window.To; i += minute {
		w := footage.ReadingAt(i, zone)
		if (w.Hour()*60+w.Minute())%step != 0 {
			continue
		}
		label := w.Format(form)
		if ambiguous(i, zone) {
			label = i.Time().In(zone).Format(form + "-07")
		}
		if i == window.To && label == "00" {
			label = "24"
		}
		anchor := "middle"
		switch part := scale(window).part(i); {
		case part < 0.02:
			anchor = "start"
		case part > 0.98:
			anchor = "end"
		}
		marks = append(marks, tick{i, label, anchor})
	}
	return marks
}
