package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

func TestNarrowByForm(t *testing.T) {
	s := formSite(t)
	both := []footage.CameraID{"k01-inngang", "k02-ko"}
	s.place(holds.Request{Cameras: both, Span: footage.Span{From: s.at("20:00:00") + 7, To: s.at("21:00:00")},
		More: []holds.Selection{{Cameras: both[1:], Span: footage.Span{From: s.at("18:00:00"), To: s.at("18:30:00")}}}})
	d := s.page("/sikringer/H-2026-0001?narrow=yes")
	d.says("#narrow", "Hva av H-2026-0001 trengs fortsatt?", "Hovedinngang", "Kø")
	if from := d.value("#narrow [name=from_clock]"); from != "18:00:00" || len(d.all("#narrow input[checked]")) != 2 {
		t.Errorf("it proposes %s", from)
	}
	form := url.Values{"camera": {"k02-ko"}, "from_day": {"2026-07-04"}, "from_clock": {"18:10"}, "to_day": {"2026-07-04"}, "to_clock": {"20:30"}, "why": {"bare køen"}}
	for at, change := range map[string]url.Values{
		"#cameras-wrong":    {"camera": nil},
		"#from-wrong":       {"from_clock": {"x"}},
		"#to-wrong":         {"to_clock": {"17:00"}},
		"#narrow-why-wrong": {"why": {" "}},
	} {
		wrong := maps.Clone(form)
		maps.Copy(wrong, change)
		r := s.send("/sikringer/H-2026-0001/narrow?lang=en", wrong)
		if r.Code != http.StatusBadRequest || len(read(t, r.Body.String()).all(at)) != 1 {
			t.Errorf("%s: %d", at, r.Code)
		}
	}
	outside := maps.Clone(form)
	outside["from_clock"], outside["to_clock"] = []string{"19:00"}, []string{"19:10"}
	r := s.send("/sikringer/H-2026-0001/narrow", outside)
	read(t, r.Body.String()).says("#to-wrong", "utenfor det som er sikret")
	if r := s.send("/sikringer/H-2026-0001/narrow", form); r.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	s.page("/sikringer/H-2026-0001?just=narrowed").says("#hold", "Sikringen H-2026-0001 er innsnevret")
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil || !slices.Equal(k.Cameras, both[1:]) || len(k.Selections) != 2 || k.Span != (footage.Span{From: s.at("18:10:00"), To: s.at("20:30:00")}) {
		t.Errorf("%+v %v", k, err)
	}
}
