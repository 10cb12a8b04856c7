package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/movie"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/web/account"
)

// Movie is what a movie shows and when: GET /api/v1/cameras/{id}/movie.json. Times in
// the movie are in seconds, as a player's currentTime has them.
type Movie struct {
	Camera footage.CameraID `json:"camera"`
	Asked  footage.Span     `json:"asked"` // what was asked for
	Given  footage.Span     `json:"given"` // what it shows, cut to key frames
	// Next is where the next movie begins when this one ends before what was asked for
	// does, and Ended why: the picture's parameters change there, or it would be too long.
	Next  footage.Instant `json:"next"`
	Ended movie.End       `json:"ended"`

	Spans []MovieSpan `json:"spans"`      // in the order of time; what lies between takes no time in the movie
	Gaps  []Gap       `json:"gaps"`       // of what was asked for, up to Next
	Keys  []float64   `json:"key_frames"` // when each is shown; a seek to one is the quickest

	Codec       footage.Codec   `json:"codec"`
	CodecString string          `json:"codecs"` // RFC 6381, as in video/mp4; codecs="..."
	Width       int             `json:"width"`
	Height      int             `json:"height"`
	Frames      int             `json:"frames"`
	Dropped     int             `json:"dropped"`  // pictures that cannot be decoded without footage that is not in it
	Duration    float64         `json:"duration"` // seconds
	Bytes       int64           `json:"bytes"`
	ETag        string          `json:"etag"`
	Deadline    footage.Instant `json:"deadline"` // from then on not all of it can be seen
}

// MovieSpan is a stretch of footage without a hole.
type MovieSpan struct {
	From  footage.Instant `json:"from"`
	To    footage.Instant `json:"to"`
	Media float64         `json:"media"` // when From is shown; from there both run at one pace
}

func seconds(ticks int64) float64 { return float64(ticks) / spool.Timescale }

func newMovie(m *movie.Movie) Movie {
	answer := Movie{
		Camera: m.Camera, Asked: m.Asked, Given: m.Given, Next: m.Next, Ended: m.Ended,
		Spans: []MovieSpan{}, Gaps: []Gap{}, Keys: make([]float64, 0, len(m.Keys)),
		Codec: m.Codec, CodecString: m.CodecString, Width: m.Width, Height: m.Height,
		Frames: m.Frames, Dropped: m.Dropped, Duration: seconds(m.Ticks), Bytes: m.Size(), ETag: m.ETag(), Deadline: m.Deadline,
	}
	for _, s := range m.Spans {
		answer.Spans = append(answer.Spans, MovieSpan{s.From, s.To, seconds(s.Media)})
	}
	for _, g := range m.Gaps {
		answer.Gaps = append(answer.Gaps, newGap(g))
	}
	for _, k := range m.Keys {
		answer.Keys = append(answer.Keys, seconds(k))
	}
	return answer
}

const (
	// moviesKept and movieBytes are how many laid out movies are kept, and how much
	// memory their headers may take.
	moviesKept = 256
	movieBytes = 64 << 20
	// movieIdle is how long one is kept that nobody reads.
	movieIdle = 10 * time.Minute
)

// movies are the movies that somebody watches. A player asks for one in many ranges.
type movies struct {
	mu   sync.Mutex
	open map[movieKey]*openMovie
}

// movieKey is who watches what. A still picture's span is empty.
type movieKey struct {
	purpose  string // why it is watched
	by       string
	viewer   footage.Viewer
	camera   footage.CameraID
	span     footage.Span
	near     movie.Near // of a still picture
	download bool
}

type openMovie struct {
	mu     sync.Mutex // held while it is laid out, or its view is written down
	movie  *movie.Movie
	logged bool

	used time.Time // movies.mu
	size int64     // movies.mu
}

// entry returns the entry of key, which may have no movie yet, and makes room for it.
func (m *movies) entry(key movieKey, now time.Time) *openMovie {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.open[key]
	if e == nil {
		e = &openMovie{}
	}
	e.used = now
	if m.open == nil {
		m.open = map[movieKey]*openMovie{}
	}
	m.open[key] = e
	for k, old := range m.open {
		if now.Sub(old.used) > movieIdle {
			delete(m.open, k)
		}
	}
	for {
		var oldest movieKey
		var bytes int64
		for k, old := range m.open {
			bytes += old.size
			if first := m.open[oldest]; k != key && (first == nil || old.used.Before(first.used)) {
				oldest = k
			}
		}
		if len(m.open) <= moviesKept && bytes <= movieBytes || m.open[oldest] == nil {
			return e
		}
		delete(m.open, oldest)
	}
}

func (m *movies) weigh(e *openMovie, size int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.size = size
}

func (m *movies) forget(key movieKey, e *openMovie) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open[key] == e {
		delete(m.open, key)
	}
}

// openMovie returns the movie of key and a reader of it. Fresh asks for one that is
// laid out anew unless it has all that was asked for.
func (s *Server) openMovie(ctx context.Context, key movieKey, fresh bool) (*openMovie, *movie.Reader, error) {
	for again := false; ; again = true {
		e := s.movies.entry(key, s.Now())
		r, err := e.reader(ctx, s.Vault, key, fresh)
		if err == nil {
			s.movies.weigh(e, r.Movie().HeadSize())
			return e, r, nil
		}
		// What has been laid out may have lost footage to its deadline meanwhile.
		s.movies.forget(key, e)
		if again || !errors.Is(err, vault.ErrGone) && !errors.Is(err, vault.ErrReserved) {
			return nil, nil, err
		}
	}
}

func (e *openMovie) reader(ctx context.Context, v *vault.Vault, key movieKey, fresh bool) (*movie.Reader, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.movie == nil || fresh && e.movie.Next == 0 && e.movie.Given.To < key.span.To {
		var err error
		if key.span.Empty() {
			e.movie, err = movie.Still(ctx, v, key.camera, key.span.From, key.near, key.viewer)
		} else {
			e.movie, err = movie.Open(ctx, v, key.camera, key.span, movie.Limits{Viewer: key.viewer})
		}
		if err != nil {
			return nil, err
		}
	}
	return e.movie.Reader(ctx)
}

// watched writes into the ledger, once for each movie that somebody opens, that it is
// looked at: what cannot be written down is not shown. The latest pictures of a camera
// are one view for a while.
func (s *Server) watched(e *openMovie, key movieKey, m *movie.Movie) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.logged {
		return nil
	}
	now, latest := s.now(), viewing{by: key.by, purpose: key.purpose, pictures: key.camera, reserved: m.Reserved}
	pictured := key.span.Empty() && now.Sub(key.span.From) <= stillNow
	if pictured && s.views.known(latest, now) {
		return nil
	}
	entry := ledger.Entry{Kind: ledger.Viewed, By: key.by, Fields: ledger.Fields{
		"camera": m.Camera, "from": m.Given.From, "to": m.Given.To,
	}}
	if key.download {
		entry.Kind = ledger.Exported
		entry.Fields = ledger.Fields{
			"cameras": []footage.CameraID{m.Camera}, "from": m.Given.From, "to": m.Given.To, "bytes": m.Size(),
		}
	}
	if m.Reserved {
		entry.Fields["right"] = "privacy" // nobody without it could (R34)
	}
	if key.purpose != "" {
		entry.Details = map[string]string{"purpose": key.purpose}
	}
	err := s.Index.Update(func(tx *index.Tx) error {
		_, err := ledger.Append(tx, entry)
		return err
	})
	e.logged = err == nil
	if e.logged && pictured {
		s.views.remember(latest, now)
	}
	return err
}

// movieKey reads what a request for a movie asks for.
func (s *Server) movieKey(r *http.Request) (movieKey, error) {
	key := movieKey{by: actor(r), viewer: viewer(r)}
	var err error
	if key.camera, err = s.cameraOf(r); err != nil {
		return key, err
	}
	q := r.URL.Query()
	if q.Get("from") == "" || q.Get("to") == "" {
		return key, fmt.Errorf("%w: a movie needs from and to", errInvalid)
	}
	key.download = q.Get("download") == "true"
	if key.download && !identity(r).May(account.Release) { // R64
		return key, fmt.Errorf("%w: footage leaves the house by the hands of those who may release it", errDenied)
	}
	if key.purpose, err = s.purpose(r, key.camera); err != nil {
		return key, err
	}
	key.span, err = querySpan(q)
	return key, err
}

// cameraOf is the camera that the path of r names.
func (s *Server) cameraOf(r *http.Request) (camera footage.CameraID, err error) {
	camera, err = footage.ParseCameraID(chi.URLParam(r, "camera"))
	if err != nil {
		return "", fmt.Errorf("%w: camera: %w", errInvalid, err)
	}
	return camera, s.Index.View(func(tx *index.Tx) error {
		for _, known := range s.cameras(tx) {
			if known == camera {
				return nil
			}
		}
		return fmt.Errorf("%w: there is no camera %q", errNotFound, camera)
	})
}

func (s *Server) getMovieMap(w http.ResponseWriter, r *http.Request) {
	key, err := s.movieKey(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	_, reader, err := s.openMovie(r.Context(), key, true)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := newMovie(reader.Movie())
	if err := reader.Close(); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) getMovie(w http.ResponseWriter, r *http.Request) {
	key, err := s.movieKey(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.serveMovie(w, r, key)
}

// stillNow is how long ago a picture may have been taken that only tells whether a
// camera sees what it should: the overview shows the latest of an hour.
const stillNow = time.Hour

func (s *Server) getStill(w http.ResponseWriter, r *http.Request) {
	camera, err := s.cameraOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	at := instant(r.URL.Query().Get("at"))
	if at == 0 {
		s.fail(w, r, fmt.Errorf("%w: at is not an RFC 3339 time", errInvalid))
		return
	}
	near := movie.Near(r.URL.Query().Get("near"))
	if near != movie.NearAt && near != movie.NearBefore && near != movie.NearAfter {
		s.fail(w, r, fmt.Errorf("%w: near is before or after, or left out", errInvalid))
		return
	}
	// Looking further back is playback, and needs a purpose (R55).
	purpose, err := s.purpose(r, camera)
	if err != nil && s.now().Sub(at) > stillNow {
		s.fail(w, r, err)
		return
	}
	s.serveMovie(w, r, movieKey{by: actor(r), viewer: viewer(r), purpose: purpose, camera: camera, span: footage.Span{From: at}, near: near})
}

// serveMovie serves the bytes. Whether they may be seen is decided by the vault on
// every read; what is remembered here is where they lie.
func (s *Server) serveMovie(w http.ResponseWriter, r *http.Request, key movieKey) {
	e, reader, err := s.openMovie(r.Context(), key, false)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer reader.Close()
	m := reader.Movie()
	if r.Method != http.MethodHead {
		if err := s.watched(e, key, m); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	w.Header().Set("Content-Type", "video/mp4")
	w.Header().Set("ETag", `"`+m.ETag()+`"`)
	w.Header().Set("Footage-Time", m.Given.From.String())
	disposition := "inline"
	if key.download {
		disposition = "attachment"
	}
	w.Header().Set("Content-Disposition", disposition+`; filename="`+movieName(m)+`"`)
	http.ServeContent(&stream{w, http.NewResponseController(w)}, r, "", time.Time{}, reader)
}

// movieName is what a movie is called when it is saved: ASCII, and sorted by time.
func movieName(m *movie.Movie) string {
	stamp := func(i footage.Instant) string { return strings.Split(i.Compact(), ".")[0] + "Z" }
	return string(m.Camera) + "_" + stamp(m.Given.From) + "_" + stamp(m.Given.To) + ".mp4"
}
