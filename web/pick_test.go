package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// A hold by form has several selections; rows come and go without a script.
func TestPlaceSeveralByForm(t *testing.T) {
	s := formSite(t)
	form := filled()
	form["camera"] = []string{"k01-inngang"}
	form.Set("do", "add")
	r := s.send("/sikringer?lang=en", form)
	d := read(t, r.Body.String())
	if r.Code != http.StatusOK || len(d.all(".pick-row")) != 2 || len(d.all(".wrong")) != 0 {
		t.Fatalf("%d, %d rows", r.Code, len(d.all(".pick-row")))
	}
	if got := d.value("[name=from2_clock]"); got != "20:00:00" || d.value("#reason") != form.Get("reason") || len(d.all("#ticks2 [checked]")) != 0 {
		t.Errorf("the second row begins at %q", got)
	}
	d.says("#pick2-h", "Selection 2")

	second := url.Values{"camera2": {"k02-ko"}, "from2_day": {"2026-07-04"}, "from2_clock": {"20:30"}, "to2_day": {"2026-07-04"}, "to2_clock": {"20:20"}}
	for name, values := range second {
		form[name] = values
	}
	form.Set("do", "")
	r = s.send("/sikringer?lang=en", form)
	if d = read(t, r.Body.String()); r.Code != http.StatusBadRequest {
		t.Errorf("%d", r.Code)
	}
	d.says("#to2-wrong", "The end must be after the beginning.")
	form.Set("to2_clock", "20:40")
	form.Del("camera2")
	read(t, s.send("/sikringer?lang=en", form).Body.String()).says("#cameras2-wrong", "Choose at least one camera.")
	form.Set("zone2", "Inngang")
	form.Set("do", "estimate")
	read(t, s.send("/sikringer?lang=en", form).Body.String()).says("#estimate", "hours from 2 cameras")
	form.Set("do", "")
	if r = s.send("/sikringer?lang=en", form); r.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Code, read(t, r.Body.String()).text("#holdform"))
	}
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil || len(k.Selections) != 2 || !slices.Equal(k.Selections[0].Cameras, []footage.CameraID{"k01-inngang"}) || len(k.Selections[1].Cameras) != 2 ||
		k.Selections[1].Span != (footage.Span{From: s.at("20:30:00"), To: s.at("20:40:00")}) {
		t.Errorf("%+v %v", k.Selections, err)
	}
	s.page("/sikringer/H-2026-0001?lang=en").says("#hold", "Selections", "Hovedinngang, Kø: Sat 4 July 20:30:00–20:40:00")

	form.Set("do", "remove1")
	d = read(t, s.send("/sikringer", form).Body.String())
	if len(d.all(".pick-row")) != 1 || d.value("[name=from_clock]") != "20:30" || len(d.all("[name=from2_clock]")) != 0 {
		t.Errorf("%d rows, from %s", len(d.all(".pick-row")), d.value("[name=from_clock]"))
	}
	for _, do := range []string{"remove1", "remove9"} { // the last one stays
		form := filled()
		form.Set("do", do)
		if d := read(t, s.send("/sikringer", form).Body.String()); len(d.all(".pick-row")) != 1 {
			t.Errorf("%s leaves %d rows", do, len(d.all(".pick-row")))
		}
	}

	// There are never more rows than a hold may have selections.
	for i := 2; i <= holds.MaxSelections+5; i++ {
		n := strconv.Itoa(i)
		form["camera"+n], form["from"+n+"_day"], form["from"+n+"_clock"], form["to"+n+"_day"], form["to"+n+"_clock"] = form["camera"], form["from_day"], form["from_clock"], form["to_day"], form["to_clock"]
	}
	form.Set("do", "add")
	if n := len(read(t, s.send("/sikringer", form).Body.String()).all(".pick-row")); n != holds.MaxSelections {
		t.Errorf("%d rows", n)
	}
}
