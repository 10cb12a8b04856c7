package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/signage"
)

// Status is how everything is now: GET /api/v1/status.
type Status struct {
	Version string          `json:"version"`
	Started footage.Instant `json:"started"`
	Cameras []CameraStatus  `json:"cameras"`
	Spool   SpoolStatus     `json:"spool"`
	Store   StoreStatus     `json:"store"`
	Expiry  ExpiryStatus    `json:"expiry"`
	Holds   HoldsStatus     `json:"holds"`
	Freezes HoldsStatus     `json:"freezes"` // the same for the people in the footage

	Requests RequestsStatus  `json:"requests"`
	Alarms   []footage.Alarm `json:"alarms"`
}

// CameraStatus is one configured camera.
type CameraStatus struct {
	ID          footage.CameraID    `json:"id"`
	Name        string              `json:"name"`
	State       footage.CameraState `json:"state"`
	Since       footage.Instant     `json:"since"`
	Cause       footage.Cause       `json:"cause"`  // why it is down, or ""
	Detail      string              `json:"detail"` // the last error, or ""
	Codec       footage.Codec       `json:"codec"`
	Width       int                 `json:"width"`
	Height      int                 `json:"height"`
	FPS         float64             `json:"fps"`
	Bitrate     int64               `json:"bitrate"` // bits a second
	LastFrame   footage.Instant     `json:"last_frame"`
	LostPackets uint64              `json:"lost_packets"`

	// These count from when the recorder started or the camera was last configured.
	Frames        uint64 `json:"frames"`
	DroppedFrames uint64 `json:"dropped_frames"` // something of them was missing
	DamagedFrames uint64 `json:"damaged_frames"` // recorded, but need one that is missing
	Malformed     uint64 `json:"malformed_packets"`
	Reconnects    uint64 `json:"reconnects"`

	KeyFrameInterval float64 `json:"key_frame_interval"` // seconds; 0 while not known
	ClockOffset      *int64  `json:"clock_offset_ms"`    // the camera's clock is ahead by; null while not known (R49)

	// Lacks is what a withheld camera needs before it records (R41, R115).
	Lacks []signage.Lack `json:"lacks,omitempty"`
}

// SpoolStatus is what waits on the local disk for the store.
type SpoolStatus struct {
	Bytes    int64           `json:"bytes"`
	Segments int             `json:"segments"`
	Oldest   footage.Instant `json:"oldest"` // "" when there is none
	Limit    int64           `json:"limit"`  // bytes
	Rate     float64         `json:"rate"`   // bytes a second that it has grown by over the last minutes
	// FullIn is in how many seconds, at that rate, the oldest footage is dropped to
	// make room; null as long as the store takes what is recorded.
	FullIn *float64 `json:"full_in"`
}

// Lasts is FullIn as a length of time.
func (s SpoolStatus) Lasts() time.Duration { return time.Duration(*s.FullIn * float64(time.Second)) }

// StoreStatus is what the index says the store has.
type StoreStatus struct {
	Kind     string          `json:"kind"` // "directory" or "s3"
	Segments int             `json:"segments"`
	Bytes    int64           `json:"bytes"`
	Oldest   footage.Instant `json:"oldest"` // "" when there is none
}

// ExpiryStatus is how deletion does. Overdue is the figure that must be 0 (R14).
type ExpiryStatus struct {
	Overdue      int             `json:"overdue"`
	NextDeadline footage.Instant `json:"next_deadline"` // "" when nothing is stored
	LastSweep    footage.Instant `json:"last_sweep"`    // "" before the first one
	Paused       Paused          `json:"paused"`
}

// Paused is why nothing is being deleted, or "" when deletion goes on. In JSON
// that is the reason, or false.
type Paused string

// MarshalJSON implements json.Marshaler.
func (p Paused) MarshalJSON() ([]byte, error) {
	if p == "" {
		return []byte("false"), nil
	}
	return json.Marshal(string(p))
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Paused) UnmarshalJSON(b []byte) error {
	if string(b) == "false" {
		*p = ""
		return nil
	}
	return json.Unmarshal(b, (*string)(p))
}

// HoldsStatus is what is kept beyond seven days, or will be.
type HoldsStatus struct {
	Active   int   `json:"active"`   // holds
	Segments int   `json:"segments"` // whose deadline a hold has moved
	Bytes    int64 `json:"bytes"`    // of those
}

// RequestsStatus counts the requests of people in the footage.
type RequestsStatus struct {
	Open    int `json:"open"`
	Overdue int `json:"overdue"` // not decided, and past their due date
}

func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) {
	st, err := s.status()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, st)
}

func (s *Server) status() (Status, error) {
	st := Status{
		Version: s.Version, Started: footage.At(s.Started),
		Cameras: []CameraStatus{}, Alarms: append([]footage.Alarm{}, s.Alarms()...),
	}
	for _, h := range s.Health() {
		st.Cameras = append(st.Cameras, CameraStatus{
			h.Camera, h.Name, h.State, h.Since, h.Cause, h.Detail,
			h.Codec, h.Width, h.Height, h.FPS, h.Bitrate, h.LastFrame, h.LostPackets,
			h.Frames, h.DroppedFrames, h.DamagedFrames, h.MalformedPackets, h.Reconnects, h.KeyFrameEvery.Seconds(), known(h.CameraOffsetMS, h.CameraKnown), nil,
		})
	}
	if err := s.lacking(st.Cameras); err != nil {
		return st, err
	}
	use, err := s.Spool.Usage()
	if err != nil {
		return st, err
	}
	room, err := s.Vault.ReadRoom()
	if err != nil {
		return st, err
	}
	st.Spool = SpoolStatus{use.Bytes, use.Segments, use.Oldest, room.Limit, room.Rate, known(room.Lasts.Seconds(), room.Grows)}
	active, err := s.Holds.List(false)
	freezes, errFreezes := s.Holds.Freezes(false)
	open, overdue, errRequests := s.Holds.CountRequests()
	if err := errors.Join(err, errFreezes, errRequests); err != nil {
		return st, err
	}
	st.Requests = RequestsStatus{open, overdue}
	err = s.Index.View(func(tx *index.Tx) error {
		totals, errTotals := vault.ReadTotals(tx)
		oldest, errOldest := vault.Oldest(tx)
		overdue, errOverdue := holds.Overdue(tx)
		next, errNext := vault.NextDeadline(tx)
		st.Store = StoreStatus{s.Store.Kind(), totals.Segments, totals.Bytes, oldest}
		st.Expiry = ExpiryStatus{Overdue: overdue, NextDeadline: next, LastSweep: s.Sweeper.Last(), Paused: Paused(s.Clock.Status().Paused())}
		st.Holds = HoldsStatus{len(active), totals.HeldSegments, totals.HeldBytes}
		st.Freezes = HoldsStatus{len(freezes), totals.FrozenSegments, totals.FrozenBytes}
		return errors.Join(errTotals, errOldest, errOverdue, errNext)
	})
	return st, err
}

// lacking says what withheld cameras lack.
func (s *Server) lacking(cameras []CameraStatus) error {
	if !slices.ContainsFunc(cameras, func(c CameraStatus) bool { return c.State == footage.StateWithheld }) {
		return nil
	}
	now, err := s.Signs.Now()
	if err != nil {
		return err
	}
	for _, p := range now.Passages() {
		for i := range cameras {
			if c := &cameras[i]; c.ID == p.Camera && c.State == footage.StateWithheld {
				c.Lacks = p.Lacks
			}
		}
	}
	return nil
}

// known returns v, or nil for null where it is not known.
func known[T any](v T, is bool) *T {
	if !is {
		return nil
	}
	return &v
}
