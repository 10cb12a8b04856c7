package web

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sjudager/sjudager/vault/footage"
)

func TestMetrics(t *testing.T) {
	s := newSite(t, saturday)
	evening(s)
	i := slices.IndexFunc(s.health, func(h footage.Health) bool { return h.State == footage.StateRecording })
	s.health[i].Frames, s.health[i].LostPackets, s.health[i].CameraKnown, s.health[i].CameraOffsetMS = 1234, 5, true, -250
	s.health[i].DamagedFrames, s.health[i].MalformedPackets = 7, 8

	w := s.get("/metrics")
	body, _ := io.ReadAll(w.Body)
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, body)
	}
	camera := `{camera="` + string(s.health[i].Camera) + `"} `
	for _, want := range []string{
		"sjudager_camera_recording" + camera + "1",
		"sjudager_camera_frames_total" + camera + "1234",
		"sjudager_camera_lost_packets_total" + camera + "5",
		"sjudager_camera_damaged_frames_total" + camera + "7",
		"sjudager_camera_malformed_packets_total" + camera + "8",
		"sjudager_camera_clock_offset_seconds" + camera + "-0.25",
		"sjudager_expiry_overdue 0",
		"sjudager_holds_active 1",
		`sjudager_alarms{code="camera-down"} 1`,
	} {
		if !strings.Contains(string(body), "\n"+want+"\n") {
			t.Errorf("no line %q in\n%s", want, body)
		}
	}
	if strings.Contains(string(body), "sjudager_camera_clock_offset_seconds{camera=\"k04-lasterampe\"}") {
		t.Error("an offset that is not known is given")
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics{s.Server})
	if faults, err := testutil.GatherAndLint(registry); err != nil || len(faults) != 0 {
		t.Errorf("%v, %v", faults, err)
	}
}
