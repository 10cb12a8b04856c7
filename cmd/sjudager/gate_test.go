package main

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// A new installation's camera does not record before it is announced and assessed, begins
// by itself within seconds of the last hole, and goes on when the sign is torn down, over
// a restart too.
func TestR41R115R123CameraAtTheGate(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	notice := unused(t)
	p := install(t, setup{signage: "notice: https://example.no/kamera, gate: always, listen: '" + notice + "'", recorder: "segment: 2s", cameras: map[string]string{camera: cameras.URL(camera)}})
	p.start()
	for path, want := range map[string]int{"/kamera/1/": http.StatusOK, "/api/v1/status": http.StatusNotFound} {
		r, err := http.Get("http://" + notice + path)
		if err != nil {
			t.Fatal(err)
		}
		if r.Body.Close(); r.StatusCode != want {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	other := install(t, setup{signage: "gate: off, listen: '" + notice + "'"})
	if r := other.run("serve"); r.code != exitFailed || !strings.Contains(r.stderr, "sjudager.yaml:9: signage.listen: couldn't open "+notice) || !strings.Contains(r.stderr, "another port") {
		t.Errorf("%d %s", r.code, r.stderr)
	}
	status := func() (c web.CameraStatus, alarms []footage.AlarmCode) {
		t.Helper()
		var s web.Status
		p.run("status", "--json").document(t, &s)
		for _, a := range s.Alarms {
			alarms = append(alarms, a.Code)
		}
		return s.Cameras[0], alarms
	}
	if c, alarms := status(); c.State != footage.StateWithheld || !slices.Equal(c.Lacks, []signage.Lack{"zone", "purpose", "assessment"}) || !slices.Contains(alarms, footage.AlarmWithheld) {
		t.Fatalf("%+v %v", c, alarms)
	}
	p.says(t, []string{"status"}, "withheld", "not recording: its zone is not in the sign register: enter it")
	p.says(t, []string{"camera", "test", camera}, camera+" works: H264, ")
	p.says(t, []string{"sign", "zone", "--name", "test", "--kind", "entrance", "--entrances", "hoved=Hovedinngang"}, "Z-001")
	p.says(t, []string{"sign", "put", "--before", "Z-001/hoved", "--area", "inngangen", "--area-en", "the entrance", "--position", "ved døra, 160 cm"}, "S-001")
	p.says(t, []string{"sign", "inspect", "S-001", "--occasion", "install"}, "all eight checks passed")
	p.says(t, []string{"camera", "sheet", camera, "--make", "Eksempel", "--pixels", "130", "--direction", "0", "--purposes", "danger,theft"}, "version 1")
	if c, _ := status(); c.State != footage.StateWithheld || !slices.Equal(c.Lacks, []signage.Lack{"assessment"}) {
		t.Errorf("%+v", c)
	}
	words := "Dette er begrunnelsen, skrevet ut i ord."
	p.says(t, []string{"camera", "assess", "--zone", "Z-001", "--interest", words, "--incidents", words, "--alternatives", words, "--necessity", words, "--balance", words, "--safeguards", words,
		"--dpia", words, "--by", "daglig leder", "--review", time.Now().AddDate(0, 11, 0).Format(time.RFC3339)}, "assessment 1 of Z-001 is approved")
	recording := func() bool { c, _ := status(); return c.State == footage.StateRecording }
	eventually(t, 15*time.Second, "the camera records", recording)
	if c, alarms := status(); len(c.Lacks) != 0 || len(alarms) != 0 {
		t.Errorf("%+v %v", c, alarms)
	}

	table := filepath.Join(t.TempDir(), "kameraer.csv")
	p.says(t, []string{"camera", "papers", "--out", table}, table)
	p.says(t, []string{"camera", "papers"}, "130 perceive", "danger, theft", "daglig leder", "approved")

	p.says(t, []string{"sign", "put", "--number", "S-001", "--state", "down", "--why", "revet ned"}, "S-001 is down")
	if _, alarms := status(); !slices.Equal(alarms, []footage.AlarmCode{footage.AlarmSignHole}) {
		t.Errorf("with the sign torn down: %v", alarms)
	}
	p.stop()
	p.start()
	eventually(t, 15*time.Second, "the camera records after a restart", recording)
}
