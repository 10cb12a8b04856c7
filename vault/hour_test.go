package vault

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// The random tests' segments begin slot apart, and are at most as long. An hour is
// not a whole number of slots, and all of them are more than an hour.
const (
	slot  = 170_000000
	slots = 40
)

// crossing are the slots that reach into another hour: 20:00 and 21:00.
var crossing = []int{2400_000000 / slot, 6000_000000 / slot}

// instants that have a meaning for a segment of the random tests.
var offsets = rapid.SampledFrom([]footage.Instant{0, 1, slot / 2, slot - 1, slot})

// drawSegment draws a segment for the i-th slot of camera.
func drawSegment(t *rapid.T, camera footage.CameraID, i int) Segment {
	from := start + footage.Instant(i)*slot
	long := rapid.SampledFrom([]footage.Instant{1, slot - 100_001, slot - 100_000, slot, slot, slot}).Draw(t, "length")
	s := Segment{
		Segment: footage.Segment{
			Camera: camera, Span: footage.Span{From: from, To: from + long}, Bytes: rapid.Int64Range(0, 1<<40).Draw(t, "bytes"),
			Codec: rapid.SampledFrom(slices.Concat(codecs, []footage.Codec{"", "", "", ""})).Draw(t, "codec"),
		},
		Object: footage.ObjectKey(camera, from, 0), State: Stored,
	}
	s.Terms = drawTerms(t, from)
	return s
}

func drawTerms(t *rapid.T, from footage.Instant) Terms {
	terms := Terms{Keep: from.Add(time.Hour), Ceiling: from.Add(5 * time.Hour)}
	terms.Deadline = rapid.SampledFrom([]footage.Instant{terms.Keep, terms.Keep, terms.Keep.Add(20 * time.Minute), terms.Ceiling}).Draw(t, "deadline")
	if by := rapid.SampledFrom([]time.Duration{0, 0, time.Minute, time.Hour}).Draw(t, "frozen for"); by > 0 {
		terms.Reserved = terms.Deadline.Add(-by)
	}
	terms.Restricted = rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "restricted")
	return terms
}

// What is derived from the rows is what they say, whatever is written, and a
// timeline at any instant shows what can be read then.
func TestDerivedFollowsRows(t *testing.T) {
	r := newRig(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		camera := footage.CameraID(fmt.Sprintf("k%d", n)) // each run begins with nothing
		model := map[int]Segment{}
		some := func() (all []int) { // of the slots that are taken
			for i := range model {
				if rapid.Bool().Draw(t, fmt.Sprint("take ", i)) {
					all = append(all, i)
				}
			}
			return all
		}
		for range rapid.IntRange(1, 6).Draw(t, "transactions") {
			if err := r.Index.Update(func(tx *index.Tx) error {
				for range rapid.IntRange(0, 30).Draw(t, "new") {
					i := rapid.OneOf(rapid.IntRange(0, slots-1), rapid.SampledFrom(crossing)).Draw(t, "slot")
					if _, taken := model[i]; !taken {
						model[i] = drawSegment(t, camera, i)
						if err := Add(tx, model[i]); err != nil {
							return err
						}
					}
				}
				var changes []Change
				for _, i := range some() {
					s := model[i]
					c := Change{Segment: s, To: drawTerms(t, s.Span.From)}
					changes = append(changes, c)
					s.Terms, s.Moved = c.To, c.moved(tx.Now)
					model[i] = s
				}
				if err := SetTerms(tx, changes); err != nil {
					return err
				}
				var gone []Segment
				for _, i := range some() {
					gone = append(gone, model[i])
					delete(model, i)
				}
				return Retire(tx, gone...)
			}); err != nil {
				t.Fatal(err)
			}
		}
		edge := func(name string) footage.Instant {
			return start + footage.Instant(rapid.OneOf(rapid.IntRange(-1, slots), rapid.SampledFrom(crossing)).Draw(t, name))*slot + offsets.Draw(t, name)
		}
		span := footage.Span{From: edge("from"), To: edge("to")}
		r.at(edge("now").Add(rapid.SampledFrom([]time.Duration{0, time.Hour, 5 * time.Hour}).Draw(t, "later")))
		if err := r.Index.View(func(tx *index.Tx) error {
			if wrong, err := Reckon(tx, camera, false); err != nil || len(wrong) > 0 {
				t.Fatalf("wrong: %v, %v", wrong, err)
			}
			var rows []Segment
			var brief, pieces []Piece
			for s, err := range Segments(tx, camera, span) {
				if err != nil {
					return err
				}
				rows, brief = append(rows, s), append(brief, s.piece())
			}
			for p, err := range Pieces(tx, camera, span) {
				if err != nil {
					return err
				}
				pieces = append(pieces, p)
			}
			if diff := cmp.Diff(brief, pieces); diff != "" {
				t.Fatalf("segments (-) and pieces (+) of %v: %s", span, diff)
			}
			for _, viewer := range []footage.Viewer{footage.Staff, footage.Privacy} {
				runs, err := TimelineFor(tx, camera, span, viewer)
				if err != nil {
					return err
				}
				judgeTimeline(t, rows, runs, span, tx.Now, viewer)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// judgeTimeline holds the runs to the segments in span.
func judgeTimeline(t *rapid.T, rows []Segment, runs []Run, span footage.Span, now footage.Instant, viewer footage.Viewer) {
	of := map[int][]Segment{} // by run
	for _, s := range rows {
		part := s.Span.Intersect(span)
		i := slices.IndexFunc(runs, func(r Run) bool { return r.From <= part.From && part.To <= r.To })
		switch {
		case !s.Visible(now, viewer):
			if i >= 0 && part.Duration() > Seam {
				t.Fatalf("%v shows %v, which went at %v, or is reserved: %+v", runs[i], part, s.Deadline, s.Terms)
			}
		case i < 0 || runs[i].Held != s.held() || runs[i].Codec != s.Codec || runs[i].Reserved != s.ReservedAt(now):
			t.Fatalf("%v is not in the timeline %v", s, runs)
		default:
			of[i] = append(of[i], s)
		}
	}
	for i, run := range runs {
		all := of[i]
		if len(all) == 0 {
			t.Fatalf("%v shows nothing", run)
		}
		first := slices.MinFunc(all, func(a, b Segment) int { return int(a.Deadline - b.Deadline) })
		var seams time.Duration
		for j := range all[1:] {
			gap := all[j+1].Span.From.Sub(all[j].Span.To)
			if seams += gap; gap > Seam {
				t.Fatalf("%v has a hole of %v", run, gap)
			}
		}
		want := Run{footage.Span{From: max(span.From, all[0].Span.From), To: min(span.To, all[len(all)-1].Span.To)}, run.Held, run.Codec, first.Deadline, run.Reserved}
		if run != want {
			t.Fatalf("the run is %v, want %v", run, want)
		}
		if i > 0 && runs[i-1].Held == run.Held && runs[i-1].Codec == run.Codec && runs[i-1].Reserved == run.Reserved && run.From.Sub(runs[i-1].To) <= Seam {
			t.Fatalf("%v and %v are one", runs[i-1], run)
		}
	}
}

// Whatever happens to what is derived, Reckon finds it and sets it right.
func TestReckon(t *testing.T) {
	r := newRig(t)
	if err := r.Index.Update(func(tx *index.Tx) error {
		for i := range 120 {
			from := start + footage.Instant(i)*slot
			s := Segment{
				Segment: footage.Segment{Camera: "k01", Span: footage.Span{From: from, To: from + slot}, Bytes: 7, Codec: footage.H265},
				Terms:   Terms{Keep: from + 1e12, Ceiling: from + 2e12, Deadline: from + 1e12},
			}
			if err := Add(tx, s); err != nil {
				return err
			}
			if i == 0 {
				if err := Retire(tx, s); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	key := func(h int) string { return hourKey("k01", start.Add(time.Duration(h)*time.Hour)) }
	camera := cameraKey("k01")
	for name, c := range map[string]struct {
		damage func(*index.Tx) error
		wrong  []string
	}{
		"nothing":        {func(*index.Tx) error { return nil }, nil},
		"a lost hour":    {func(tx *index.Tx) error { return tx.Delete(key(1)) }, []string{key(1)}},
		"an empty hour":  {func(tx *index.Tx) error { return tx.Put(key(1), hour{}) }, []string{key(1)}},
		"a broken hour":  {func(tx *index.Tx) error { return tx.Put(key(1), []byte{1}) }, []string{key(1)}},
		"another's hour": {func(tx *index.Tx) error { return tx.Put(key(1), "hour") }, []string{key(1)}},
		"an hour too many": {func(tx *index.Tx) error {
			return tx.Put(key(9), hour{{Span: footage.Span{From: start, To: start + 1}}})
		}, []string{key(9)}},
		"wrong totals": {func(tx *index.Tx) error {
			return tx.Put(camera, cameraRow{Totals: Totals{Segments: 1}, Gone: start + slot})
		}, []string{camera}},
		"all hours and the totals": {func(tx *index.Tx) error {
			return errors.Join(tx.Delete(key(0)), tx.Delete(key(1)), tx.Delete(key(2)), tx.Put(camera, cameraRow{Gone: start + slot}))
		}, []string{camera, key(0), key(1), key(2)}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := r.Index.Update(c.damage); err != nil {
				t.Fatal(err)
			}
			for _, repair := range []bool{false, true, false} {
				if err := r.Index.Update(func(tx *index.Tx) error {
					wrong, err := Reckon(tx, "k01", repair)
					if diff := cmp.Diff(c.wrong, wrong); diff != "" {
						t.Error(diff)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if repair {
					c.wrong = nil
				}
			}
		})
	}
	if err := r.Index.View(func(tx *index.Tx) error {
		gone, err := Gone(tx, "k01")
		if gone != start+slot {
			t.Errorf("gone up to %v", gone)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// An index of before has no hours; it gets them.
func TestUpgrade(t *testing.T) {
	r := newRig(t)
	r.drop("k01", start)
	r.drop("k02", start)
	r.ingest()
	if err := r.Index.Update(func(tx *index.Tx) error { return tx.Delete(hourKey("k01", start)) }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Upgrade(r.Index); err != nil {
			t.Fatal(err)
		}
		if err := r.Index.View(func(tx *index.Tx) error {
			runs, err := Timeline(tx, "k01", footage.Always)
			want := []Run{{footage.Span{From: start, To: start.Add(2 * time.Second)}, false, footage.H264, start.Add(168 * time.Hour), false}}
			if diff := cmp.Diff(want, runs); diff != "" {
				t.Error(diff)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnknownCodec(t *testing.T) {
	r := newRig(t)
	if err := r.Index.Update(func(tx *index.Tx) error {
		return Add(tx, Segment{Segment: footage.Segment{Camera: "k01", Span: footage.Span{From: 1, To: 2}, Codec: "vp8"}})
	}); err == nil {
		t.Error("a codec that hours cannot tell is taken in")
	}
}

func FuzzHour(f *testing.F) {
	full, err := hour{
		{Span: footage.Span{From: start, To: start + slot}, Bytes: 15 << 20, Codec: footage.H264, Deadline: start + 1e12},
		{Span: footage.Span{From: start + slot, To: start + 2*slot}, Bytes: 15 << 20, Codec: footage.AV1, Held: true, Deadline: start + 2e12, Reserved: start + 1e12, Restricted: true},
	}.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add(full[:len(full)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, back hour
		if h.UnmarshalBinary(b) != nil {
			return
		}
		again, err := h.MarshalBinary()
		if err == nil {
			err = back.UnmarshalBinary(again)
		}
		if diff := cmp.Diff([]Piece(h), []Piece(back)); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	})
}
