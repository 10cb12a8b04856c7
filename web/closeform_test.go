package web

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// R32: after a handover the hold closes 48 hours after the receipt, or sooner.
func TestDeliverByForm(t *testing.T) {
	s := formSite(t)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}})
	s.now = s.now.Add(time.Hour) // 22:47:05
	const path = "/sikringer/H-2026-0001/close"
	d := s.page("/sikringer/H-2026-0001?close=yes")
	d.says("#close", "Utlevert til politiet", "Ikke lenger nødvendig", "Sikret ved en feil", "48 timer etter politiets kvittering")
	if got := d.value("#close [name=receipt_clock]"); got != "22:47:05" || len(d.all("#close [name=code]")) != 3 {
		t.Errorf("it proposes %s", got)
	}
	form := url.Values{
		"code": {"delivered"}, "sure": {"yes"}, "when": {"due"}, "receipt_day": {"2026-07-04"}, "receipt_clock": {"22:00"}, "at_day": {"2026-07-05"}, "at_clock": {"12:00"},
	}
	for _, c := range []struct {
		at, en string
		change url.Values
	}{
		{"#code-wrong", "Choose a reason.", url.Values{"code": {"lapsed"}}},
		{"#receipt-wrong", "cannot be of the future", url.Values{"receipt_clock": {"22:48"}}},
		{"#receipt-wrong", "cannot be older than the hold, of Sat 4 July 21:47:05", url.Values{"receipt_clock": {"21:00"}}},
		{"#receipt-wrong", "Write the time", url.Values{"receipt_clock": {""}}},
		{"#when-wrong", "Choose when", url.Values{"when": {"never"}}},
		{"#at-wrong", "By Mon 6 July 22:00:00: 48 hours after the receipt.", url.Values{"when": {"at"}, "at_day": {"2026-07-20"}}},
		{"#at-wrong", "Choose a day.", url.Values{"when": {"at"}, "at_day": {"x"}}},
		{"#sure-wrong", "Tick the box", url.Values{"sure": nil}},
	} {
		wrong := maps.Clone(form)
		maps.Copy(wrong, c.change)
		r := s.send(path+"?lang=en", wrong)
		if r.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", c.change, r.Code)
		}
		d := read(t, r.Body.String())
		d.says(c.at, c.en)
		if got := d.value("#close [name=receipt_clock]"); got != wrong.Get("receipt_clock") {
			t.Errorf("the receipt comes back as %q", got)
		}
	}
	r := s.send(path, form)
	if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || to != "/sikringer/H-2026-0001?just=delivered" {
		t.Fatalf("%d %s", r.Code, to)
	}
	d = s.page("/sikringer/H-2026-0001?just=delivered")
	d.says("#hold", "Utleveringen av H-2026-0001 er ført inn", "Kvittering fra politietlørdag 4. juli 2026 kl. 22:00:00, ført inn av nettsiden", "Oppheves etter utleveringmandag 6. juli 2026 kl. 22:00:00")
	s.page("/sikringer").says("#holds", "utlevert, oppheves om 1 d 23 t", "Sikret av kommandolinjen")

	// It can be brought forward, not put off, and then ends by itself.
	form.Set("when", "at")
	form.Set("at_day", "2026-07-06")
	form.Set("at_clock", "22:00:01")
	if r := s.send(path, form); r.Code != http.StatusBadRequest {
		t.Errorf("put off: %d", r.Code)
	}
	form.Set("at_day", "2026-07-05")
	form.Set("at_clock", "12:00")
	if r := s.send(path, form); r.Code != http.StatusSeeOther {
		t.Errorf("brought forward: %d %s", r.Code, r.Body)
	}
	if k, err := s.Holds.Show("H-2026-0001"); err != nil || k.Closes != footage.At(time.Date(2026, 7, 5, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v %v", k, err)
	}
	form.Set("when", "now")
	if to := s.send(path, form).Header().Get("Location"); to != "/sikringer/H-2026-0001?just=closed" {
		t.Error(to)
	}
	s.page("/sikringer/H-2026-0001").says("#hold", "Utlevert til politiet", "Kvittering fra politiet")
	if r := s.send(path, form); r.Code != http.StatusConflict {
		t.Errorf("once more: %d", r.Code)
	}
}
