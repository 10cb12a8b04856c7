package holds

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// The list of codes is closed, and has its texts.
func TestClosingCodes(t *testing.T) {
	for _, r := range ClosingRules {
		if got, known := r.Code.Rule(); !known || got != r || r.Norwegian == "" || r.English == "" {
			t.Errorf("%+v", r)
		}
	}
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	h := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1)}).Hold
	for _, code := range []Closing{"", "lapsed", "answered", "because"} {
		if _, err := r.holds.CloseAs(h.Number, code, "in words", "t"); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", code, err)
		}
	}
	h, err := r.holds.CloseAs(h.Number, ClosedMistake, "the wrong camera", "t")
	if err != nil || h.Closing != ClosedMistake || h.Why != "the wrong camera" {
		t.Errorf("%+v, %v", h, err)
	}
	brief := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Quick: true}).Hold
	r.at(brief.ConfirmBy)
	r.sweep()
	if k, err := r.holds.Show(brief.Number); err != nil || k.State != Lapsed || k.Closing != ClosedUnconfirmed {
		t.Errorf("%+v, %v", k, err)
	}
}

// R32: after a confirmed handover a hold closes 48 hours after the receipt, which shows
// at once, can be brought forward and not put off, and costs nothing that another holds.
func TestR32DeliveredHoldsClose(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 4)
	k01 := []footage.CameraID{"k01"}
	one := r.place(Request{Cameras: k01, Span: span(0, 2)}).Hold
	r.place(Request{Cameras: k01, Span: span(1, 2)})
	r.at(all[3].Keep.Add(24 * time.Hour))
	r.sweep()
	now := r.clockNow()
	receipt := now.Add(-time.Hour)
	for name, d := range map[string]Delivery{
		"a receipt from tomorrow":             {Receipt: now + 1},
		"a receipt from before it was placed": {Receipt: one.Placed.At - 1},
	} {
		if _, err := r.holds.Delivered(one.Number, d); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.holds.Delivered(one.Number, Delivery{Receipt: receipt, Closes: receipt.Add(DeliveredAfter) + 1}); !errors.Is(err, ErrRefused) {
		t.Errorf("put off: %v", err)
	}
	h, err := r.holds.Delivered(one.Number, Delivery{Receipt: receipt, By: "uid:5"})
	closes := receipt.Add(DeliveredAfter)
	if err != nil || h.State != Active || h.Closes != closes || h.Ends() != closes || h.Receipt != (Act{"uid:5", receipt}) {
		t.Fatalf("%+v, %v", h, err)
	}
	c, err := r.holds.Countdown("k01", span(0, 2))
	if err != nil || len(c.Stretches) != 2 || c.Stretches[0].Last != closes || c.Stretches[1].Last != all[1].Ceiling {
		t.Errorf("the countdown says %+v, %v", c, err)
	}
	// Brought forward; and then it is not put off by saying it again.
	sooner := closes.Add(-24 * time.Hour)
	for range 2 {
		if h, err = r.holds.Delivered(one.Number, Delivery{Receipt: receipt, Closes: sooner, By: "uid:6"}); err != nil || h.Closes != sooner {
			t.Errorf("%+v, %v", h, err)
		}
		sooner = h.Closes
	}
	if _, err := r.holds.Delivered(one.Number, Delivery{Receipt: receipt, Closes: closes}); !errors.Is(err, ErrRefused) {
		t.Errorf("put off again: %v", err)
	}
	r.at(sooner - 1)
	r.sweep()
	if diff := cmp.Diff([]int{0, 1}, r.stored("k01")); diff != "" {
		t.Fatalf("just before: %s", diff)
	}
	r.at(sooner)
	if _, err := r.holds.Confirm(one.Number, "", "t"); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "closed") {
		t.Errorf("before the sweeper has come: %v", err)
	}
	r.sweep()
	if diff := cmp.Diff([]int{1}, r.stored("k01")); diff != "" {
		t.Errorf("at the end: %s", diff)
	}
	k, err := r.holds.Show(one.Number)
	if err != nil || k.State != Closed || k.Closing != ClosedDelivered || k.Ended != (Act{"uid:6", sooner}) || !strings.Contains(k.Why, receipt.String()) {
		t.Errorf("%+v, %v", k, err)
	}
	told := strings.Join(r.told(), "\n")
	if !strings.Contains(told, "hold-delivered by uid:5: map[closes:"+closes.String()) || !strings.Contains(told, "hold-closed by uid:6: map[code:delivered hold:"+one.Number+"]") {
		t.Errorf("%s", told)
	}
	// A receipt of days ago closes at once.
	r.at(sooner.Add(4 * 24 * time.Hour))
	two, err := r.holds.Delivered("H-2026-0002", Delivery{Receipt: sooner, By: "uid:5"})
	if err != nil || two.State != Closed || two.Closing != ClosedDelivered {
		t.Errorf("%+v, %v", two, err)
	}
	if r.sweep(); len(r.stored("k01")) != 0 {
		t.Error("it is there after its hold was closed")
	}
}
