package holds

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// R35: exceptional retention is refused however well it is asked for, with the rules in
// words; and no row that says otherwise keeps footage past the ceiling.
func TestR35NothingIsKeptBeyondThirtyDays(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 1)
	h := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1)}).Hold
	perfect := Exceptional{
		Number: h.Number, Ground: "court_order", Document: footage.SHA256{1}, Approvers: []string{"u1", "u2"}, Until: r.clockNow().Add(29 * 24 * time.Hour),
	}
	for name, c := range map[string]struct {
		change func(*Exceptional)
		broken []string
	}{
		"all there":      {func(*Exceptional) {}, []string{"off"}},
		"no ground":      {func(e *Exceptional) { e.Ground = "" }, []string{"off", "ground"}},
		"no document":    {func(e *Exceptional) { e.Document = footage.SHA256{} }, []string{"off", "document"}},
		"one person":     {func(e *Exceptional) { e.Approvers = []string{"u1", "u1"} }, []string{"off", "two-persons"}},
		"nobody":         {func(e *Exceptional) { e.Approvers = []string{"", "u1"} }, []string{"off", "two-persons"}},
		"a year":         {func(e *Exceptional) { e.Until = r.clockNow().Add(365 * 24 * time.Hour) }, []string{"off", "renewal"}},
		"until whenever": {func(e *Exceptional) { e.Until = 0 }, []string{"off", "renewal"}},
	} {
		e := perfect
		c.change(&e)
		err := r.holds.Except(e)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var broken []string
		for _, rule := range ExceptionalRules {
			if nb, en := strings.Contains(err.Error(), rule.Norwegian), strings.Contains(err.Error(), rule.English); nb && en {
				broken = append(broken, rule.Code)
			} else if nb != en {
				t.Errorf("%s: one language only: %v", name, err)
			}
		}
		if strings.Join(broken, " ") != strings.Join(c.broken, " ") {
			t.Errorf("%s: %v, want %v", name, broken, c.broken)
		}
	}
	if err := r.holds.Except(Exceptional{Number: "H-2026-0099"}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	// The rule itself: a hold and a freeze that say they last a year.
	r.update(func(tx *index.Tx) error {
		for _, number := range []string{"H-2026-0001", "F-2026-0001"} {
			forged := h
			forged.Number, forged.Until = number, h.Until.Add(365*24*time.Hour)
			if number[0] == 'F' {
				forged.Request, forged.Ground = "I-2026-0001", Restriction
			}
			if err := putHold(tx, forged); err != nil {
				return err
			}
			if _, _, err := apply(tx, forged, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
	r.at(all[0].Ceiling)
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("there after thirty days: %v", left)
	}
}
