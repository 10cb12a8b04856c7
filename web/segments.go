package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Segments is what a camera has in a span: GET /api/v1/segments.
type Segments struct {
	Segments []Segment `json:"segments"` // that can be played now, in the order of time
	Gaps     []Gap     `json:"gaps"`     // in the order of time
}

// Segment is a stored segment.
type Segment struct {
	ID       footage.SegmentID `json:"id"`
	Camera   footage.CameraID  `json:"camera"`
	Start    footage.Instant   `json:"start"`
	End      footage.Instant   `json:"end"`
	Bytes    int64             `json:"bytes"`
	SHA256   footage.SHA256    `json:"sha256"`
	Object   string            `json:"object"`
	Codec    footage.Codec     `json:"codec"`
	Deadline footage.Instant   `json:"deadline"`
	State    vault.State       `json:"state"`
	Holds    []string          `json:"holds"`    // numbers of the active holds and freezes that cover it
	Reserved bool              `json:"reserved"` // only the privacy role may view it (R34)
	Clock    Clock             `json:"clock"`

	LostPackets   int `json:"lost_packets"`   // missing in it
	DamagedFrames int `json:"damaged_frames"` // that follow a loss and may show what was not there
}

// Clock is how good a segment's times are (R49).
type Clock struct {
	State        footage.ClockState `json:"state"`            // "" when it is not known
	ErrorMS      int64              `json:"error_ms"`         // the recorder's clock may be wrong by
	AheadMS      int64              `json:"ahead_ms"`         // the times are ahead of the recorder's clock by
	CameraOffset *int64             `json:"camera_offset_ms"` // the camera's clock is ahead of the times by; null when not known
}

// Gap is a span without footage.
type Gap struct {
	Camera footage.CameraID `json:"camera"`
	From   footage.Instant  `json:"from"`
	To     footage.Instant  `json:"to"`
	Cause  footage.Cause    `json:"cause"`
	Detail string           `json:"detail"`
}

func newGap(g footage.Gap) Gap { return Gap{g.Camera, g.Span.From, g.Span.To, g.Cause, g.Detail} }

func newSegment(s vault.Segment, holds []string, now footage.Instant) Segment {
	return Segment{
		s.ID(), s.Camera, s.Span.From, s.Span.To, s.Bytes, s.SHA256, s.Object, s.Codec, s.Deadline, s.State,
		append([]string{}, holds...), s.ReservedAt(now),
		Clock{s.Clock.State, s.Clock.ErrorMS, s.Clock.AheadMS, known(s.Clock.CameraOffsetMS, s.Clock.CameraKnown)},
		s.LostPackets, s.DamagedFrames,
	}
}

func (s *Server) getSegments(w http.ResponseWriter, r *http.Request) {
	answer, err := s.segments(r.URL.Query(), viewer(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) segments(q url.Values, viewer footage.Viewer) (Segments, error) {
	answer := Segments{[]Segment{}, []Gap{}}
	camera, err := footage.ParseCameraID(q.Get("camera"))
	if err != nil {
		return answer, fmt.Errorf("%w: camera: %w", errInvalid, err)
	}
	span, err := querySpan(q)
	if err != nil {
		return answer, err
	}
	err = s.Index.View(func(tx *index.Tx) error {
		if !slices.Contains(s.cameras(tx), camera) {
			return fmt.Errorf("%w: there is no camera %q", errNotFound, camera)
		}
		// Mostly nothing is held at all; then no segment needs to ask.
		any, err := holds.Covering(tx, camera, span)
		if err != nil {
			return err
		}
		for seg, err := range vault.Segments(tx, camera, span) {
			if err != nil {
				return err
			}
			if !seg.Visible(tx.Now, viewer) {
				continue
			}
			var held []string
			if len(any) > 0 {
				if held, err = holds.Covering(tx, camera, seg.Span); err != nil {
					return err
				}
			}
			answer.Segments = append(answer.Segments, newSegment(seg, held, tx.Now))
		}
		for g, err := range vault.Gaps(tx, camera, span) {
			if err != nil {
				return err
			}
			answer.Gaps = append(answer.Gaps, newGap(g))
		}
		return nil
	})
	return answer, err
}

// querySpan reads from and to; without them a span is without that end.
func querySpan(q url.Values) (footage.Span, error) {
	span := footage.Always
	for name, at := range map[string]*footage.Instant{"from": &span.From, "to": &span.To} {
		if text := q.Get(name); text != "" {
			if err := at.UnmarshalText([]byte(text)); err != nil {
				return span, fmt.Errorf("%w: %s: %w", errInvalid, name, err)
			}
		}
	}
	if span.Empty() {
		return span, fmt.Errorf("%w: to is not after from", errInvalid)
	}
	return span, nil
}

// cameras are those that are configured, in their order, and after them those that
// are so no more but have left footage or gaps (R12).
func (s *Server) cameras(tx *index.Tx) []footage.CameraID {
	var all []footage.CameraID
	for _, h := range s.Health() {
		all = append(all, h.Camera)
	}
	for _, camera := range vault.Cameras(tx) {
		if !slices.Contains(all, camera) {
			all = append(all, camera)
		}
	}
	return all
}

// footagePath is where a segment's MP4 is served.
func footagePath(camera footage.CameraID, start footage.Instant) string {
	return apiPrefix + "v1/segments/" + string(camera) + "/" + start.Compact() + ".mp4"
}

// getFootage serves the MP4 itself. Whether it may be seen is decided in
// vault.Open and again on every read; nothing here remembers it.
func (s *Server) getFootage(w http.ResponseWriter, r *http.Request) {
	start, ok := strings.CutSuffix(chi.URLParam(r, "file"), ".mp4")
	if !ok {
		s.fail(w, r, fmt.Errorf("%w: there is nothing at %s", errNotFound, r.URL.Path))
		return
	}
	reader, err := s.Vault.OpenFor(r.Context(), footage.SegmentID(chi.URLParam(r, "camera")+"/"+start), viewer(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer reader.Close()
	if err := s.viewed(r, reader.Segment()); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "video/mp4")
	w.Header().Set("ETag", `"`+reader.Segment().SHA256.String()+`"`) // lets a download that broke off go on
	http.ServeContent(&stream{w, http.NewResponseController(w)}, r, "", time.Time{}, reader)
}

// stallWithin is how long a client may take no byte of footage. A player that is
// paused takes none; it asks again when it goes on.
const stallWithin = 2 * time.Minute

// stream moves the limit on the answer along with what the client takes, since
// footage may take as long as it likes while it flows.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (s *stream) Write(p []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(stallWithin)); err != nil {
		return 0, err
	}
	return s.ResponseWriter.Write(p)
}
