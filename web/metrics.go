package web

import (
	"net/http"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sjudager/sjudager/vault/footage"
)

// metrics gives a monitor what GET /api/v1/status says, at the moment that it asks:
// nothing is counted twice, and nothing that could tell people apart is in it.
type metrics struct{ *Server }

var (
	cameraLabels = []string{"camera"}

	metricUp         = describe("camera_recording", "Whether the camera is being recorded now.", cameraLabels...)
	metricLastFrame  = describe("camera_last_frame_timestamp_seconds", "When its latest frame was captured.", cameraLabels...)
	metricFrames     = describe("camera_frames_total", "Complete frames received.", cameraLabels...)
	metricDropped    = describe("camera_dropped_frames_total", "Frames left out because something of them was missing.", cameraLabels...)
	metricDamaged    = describe("camera_damaged_frames_total", "Frames recorded that need one that is missing.", cameraLabels...)
	metricMalformed  = describe("camera_malformed_packets_total", "Packets that made no sense.", cameraLabels...)
	metricLost       = describe("camera_lost_packets_total", "RTP packets that did not come.", cameraLabels...)
	metricReconnects = describe("camera_reconnects_total", "Streams that began after the first.", cameraLabels...)
	metricRate       = describe("camera_bytes_per_second", "Video received, over the last seconds.", cameraLabels...)
	metricKeyFrames  = describe("camera_key_frame_interval_seconds", "Time between the last two key frames.", cameraLabels...)
	metricOffset     = describe("camera_clock_offset_seconds", "By how much the camera's clock is ahead; absent while not known.", cameraLabels...)

	metricSpoolBytes    = describe("spool_bytes", "Bytes on the local disk that the store does not have yet.")
	metricSpoolFullIn   = describe("spool_full_in_seconds", "Until the oldest footage is dropped to make room in the spool, while the store is away.")
	metricSpoolSegments = describe("spool_segments", "Finished segments that wait for the store.")
	metricStoreSegments = describe("store_segments", "Segments in the store.")
	metricStoreBytes    = describe("store_bytes", "Bytes in the store.")
	metricOverdue       = describe("expiry_overdue", "Segments and objects past their deadline that still exist. Must be 0.")
	metricNext          = describe("expiry_next_deadline_timestamp_seconds", "The earliest deadline of a stored segment; absent when nothing is stored.")
	metricSweep         = describe("expiry_last_sweep_timestamp_seconds", "When the last sweep ended; absent before the first.")
	metricPaused        = describe("expiry_paused", "Whether deletion is paused because the machine's clock cannot be trusted.")
	metricClock         = describe("clock_ahead_seconds", "By how much the machine's clock is ahead of the time that footage is deleted by.")
	metricHolds         = describe("holds_active", "Active holds.")
	metricHeldSegments  = describe("holds_segments", "Segments whose deadline a hold has moved.")
	metricHeldBytes     = describe("holds_bytes", "Bytes of those segments.")
	metricFreezes       = describe("freezes_active", "Active freezes for people in the footage.")
	metricFrozen        = describe("freezes_segments", "Segments that a freeze keeps longer than any hold, or restricts.")
	metricFrozenBytes   = describe("freezes_bytes", "Bytes of those segments.")
	metricRequests      = describe("requests_open", "Open requests of people in the footage.")
	metricRequestsLate  = describe("requests_overdue", "Open requests past their due date.")
	metricAlarms        = describe("alarms", "Alarms that stand now.", "code")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sjudager_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector: it sends nothing, which makes the
// collector an unchecked one, as cameras come and go.
func (metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	st, err := m.status()
	if err != nil {
		out <- prometheus.NewInvalidMetric(metricOverdue, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	moment := func(d *prometheus.Desc, at footage.Instant, labels ...string) {
		if at != 0 {
			gauge(d, float64(at)/1e6, labels...)
		}
	}
	for _, c := range st.Cameras {
		id := string(c.ID)
		count := func(d *prometheus.Desc, v uint64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), id)
		}
		recording := 0.0
		if c.State == footage.StateRecording {
			recording = 1
		}
		gauge(metricUp, recording, id)
		moment(metricLastFrame, c.LastFrame, id)
		count(metricFrames, c.Frames)
		count(metricDropped, c.DroppedFrames)
		count(metricDamaged, c.DamagedFrames)
		count(metricMalformed, c.Malformed)
		count(metricLost, c.LostPackets)
		count(metricReconnects, c.Reconnects)
		gauge(metricRate, float64(c.Bitrate)/8, id)
		gauge(metricKeyFrames, c.KeyFrameInterval, id)
		if c.ClockOffset != nil {
			gauge(metricOffset, float64(*c.ClockOffset)/1e3, id)
		}
	}
	gauge(metricSpoolBytes, float64(st.Spool.Bytes))
	gauge(metricSpoolSegments, float64(st.Spool.Segments))
	if st.Spool.FullIn != nil {
		gauge(metricSpoolFullIn, *st.Spool.FullIn)
	}
	gauge(metricStoreSegments, float64(st.Store.Segments))
	gauge(metricStoreBytes, float64(st.Store.Bytes))
	gauge(metricOverdue, float64(st.Expiry.Overdue))
	moment(metricNext, st.Expiry.NextDeadline)
	moment(metricSweep, st.Expiry.LastSweep)
	paused, clock := 0.0, m.Server.Clock.Status()
	if clock.Pause != nil {
		paused = 1
	}
	gauge(metricPaused, paused)
	gauge(metricClock, clock.Machine.Sub(clock.Time).Seconds())
	gauge(metricHolds, float64(st.Holds.Active))
	gauge(metricHeldSegments, float64(st.Holds.Segments))
	gauge(metricHeldBytes, float64(st.Holds.Bytes))
	gauge(metricFreezes, float64(st.Freezes.Active))
	gauge(metricFrozen, float64(st.Freezes.Segments))
	gauge(metricFrozenBytes, float64(st.Freezes.Bytes))
	gauge(metricRequests, float64(st.Requests.Open))
	gauge(metricRequestsLate, float64(st.Requests.Overdue))
	standing := map[footage.AlarmCode]int{}
	for _, a := range st.Alarms {
		standing[a.Code]++
	}
	for code, n := range standing {
		gauge(metricAlarms, float64(n), string(code))
	}
}

// liveHeap is what the last garbage collection left: the memory that is in use,
// without what waits to be collected.
var liveHeap = collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile(`^/gc/heap/live:bytes$`)}

// metricsHandler serves the metrics in Prometheus' text format, and what the
// process takes of the machine.
func (s *Server) metricsHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics{s},
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(liveHeap)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
