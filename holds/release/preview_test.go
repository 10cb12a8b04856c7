package release

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

func total(spans []footage.Span) (d time.Duration) {
	for _, s := range spans {
		d += s.Duration()
	}
	return d
}

// What is asked for is what is available, withheld, coming and missing together, and what
// is available is what Permit lets leave.
func TestPreview(t *testing.T) {
	r := newRig(t)
	from := start.Add(-20 * time.Minute)
	r.record("k01", from, 10)
	gap := footage.Gap{Camera: "k01", Span: footage.Span{From: from.Add(5 * time.Minute), To: from.Add(7 * time.Minute)}, Cause: footage.CauseStalled}
	r.record("k01", gap.Span.To, 10)
	r.record("k02", from, 40)
	if err := r.Index.Update(func(tx *index.Tx) error {
		if err := vault.PutGap(tx, gap); err != nil {
			return err
		}
		parts, _, err := given(tx, scope(from, start, "k01"), footage.Staff)
		if err != nil {
			return err
		}
		s, _, err := vault.Find(tx, parts[0].ID)
		if err != nil {
			return err
		}
		to := s.Terms
		to.Restricted = true
		return vault.SetTerms(tx, []vault.Change{{Segment: s, To: to}})
	}); err != nil {
		t.Fatal(err)
	}
	all := append(scope(from.Add(-time.Minute), start.Add(time.Minute), "k02", "k01"), scope(from, start, "k01")...)
	before := r.terms()
	p := must(r.Preview(all, footage.Staff))(t)
	one := p.Cameras[0]
	if len(p.Cameras) != 2 || one.Camera != "k01" || one.Segments != 19 || p.Segments != 59 || one.Bytes != 19000 || one.Deadline != from.Add(30*time.Second).Add(holds.MaxKeep) || p.Deadline != from.Add(holds.MaxKeep) {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(one.Codecs, []footage.Codec{footage.H264}) || total(one.Withheld) != 30*time.Second || total(one.Coming) != time.Minute || len(one.Available) != 2 || one.Missing[1].Cause != footage.CauseStalled {
		t.Errorf("%+v", one)
	}
	if q := must(r.Preview(all, footage.Privacy))(t).Cameras[0]; q.Segments != 20 || len(q.Withheld) != 0 {
		t.Errorf("the privacy role: %+v", q)
	}
	if !slices.Equal(r.terms(), before) || len(r.story()) != 0 {
		t.Error("it has changed something")
	}
	_, err := r.Preview(nil, footage.Staff)
	is(t, err, ErrInvalid)
	_, err = r.Preview(scope(start, start, "k01"), footage.Staff)
	is(t, err, ErrInvalid)
	_, err = r.Preview(scope(start, start.Add(MaxSpan+time.Second), "k01"), footage.Staff)
	is(t, err, ErrInvalid)

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	at := func() footage.Instant {
		return from.Add(time.Duration(chance.Int64N(int64(24*time.Minute))) - 2*time.Minute)
	}
	for range 200 {
		var all []holds.Selection
		for range 1 + chance.IntN(3) {
			a, b := at(), at()
			all = append(all, scope(min(a, b), max(a, b)+1, []footage.CameraID{"k01", "k02"}[:1+chance.IntN(2)]...)...)
		}
		p := must(r.Preview(all, footage.Staff))(t)
		var parts []Part
		if err := r.Index.View(func(tx *index.Tx) (err error) { parts, _, err = given(tx, all, footage.Staff); return err }); err != nil {
			t.Fatal(err)
		}
		if len(parts) != p.Segments {
			t.Fatalf("%+v: %d segments may leave, %d are shown", all, len(parts), p.Segments)
		}
		for _, c := range p.Cameras {
			var missing time.Duration
			for _, m := range c.Missing {
				missing += m.Duration()
			}
			if sum := total(c.Available) + total(c.Withheld) + total(c.Coming) + missing; sum != total(c.Asked) {
				t.Fatalf("%+v: %v of %v: %+v", all, sum, total(c.Asked), c)
			}
		}
	}
}
