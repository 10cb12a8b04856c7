package recorder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
)

// Camera is what the recorder must know of a camera.
type Camera struct {
	ID        footage.CameraID
	Name      string    // display name
	URL       string    // rtsp or rtsps, with user and password
	Transport Transport // "" is Auto
	// TLSFingerprint is the SHA-256 of the certificate of an rtsps camera, in
	// hexadecimal; empty: the certificate must be valid for the host.
	TLSFingerprint string
	Enabled        bool
	// Withheld says why a camera that is enabled is not to record all the same; empty: it
	// records.
	Withheld string
}

// off is why the camera does not record, and how that is said; no cause: it does.
func (c Camera) off() (footage.Cause, string) {
	switch {
	case !c.Enabled:
		return footage.CauseConfiguration, "the camera was switched off"
	case c.Withheld != "":
		return footage.CauseWithheld, c.Withheld
	}
	return "", ""
}

// Transport is how packets come from a camera.
type Transport = rtsp.Transport

// The transports.
const (
	Auto      = rtsp.Auto
	TCP       = rtsp.TCP
	UDP       = rtsp.UDP
	Multicast = rtsp.Multicast
)

const (
	// stallAfter is how long there may be no complete frame in a session before
	// it is ended and another tried.
	stallAfter = 10 * time.Second
	// goodbyeAfter is how long nothing more must come of a camera that has said
	// goodbye for that to be the end; it may only have changed its name (SSRC).
	goodbyeAfter = 2 * time.Second
	// watchEvery is how often that is looked at.
	watchEvery = time.Second
)

var (
	errStalled = errors.New("stalled")
	errGoodbye = errors.New("goodbye")
)

// camera is one enabled camera's life: its goroutine connects, plays and tries
// again until it is stopped.
type camera struct {
	config  Camera
	journal *journal
	log     *slog.Logger
	play    func(context.Context, rtsp.Source, rtsp.Handler) error
	loop    *batch.Loop
	stall   time.Duration // how long there may be no complete frame
	now     func() stamp

	cancel context.CancelFunc
	done   chan struct{}

	mu         sync.Mutex
	track      *track        // mu
	playing    bool          // mu: a stream has begun in this session
	began      time.Duration // mu: when, monotonic
	goodbye    time.Duration // mu: when the camera last said so in this session; 0: it did not
	played     bool          // mu: in this session or an earlier one
	reconnects uint64        // mu: streams that began after the first
	malformed  uint64        // mu: packets that were none
}

// start starts the camera's goroutine; stop ends it.
func (c *camera) start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel, c.done = cancel, make(chan struct{})
	go func() {
		defer close(c.done)
		c.run(ctx)
	}()
}

// stop ends the camera's session and waits for it. Its segment is complete then,
// and the gap that begins has this cause.
func (c *camera) stop(cause footage.Cause, detail string) {
	c.cancel()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down(cause, detail, c.now().wall)
}

func (c *camera) run(ctx context.Context) {
	source := rtsp.Source{URL: c.config.URL, Transport: c.config.Transport, TLSFingerprint: c.config.TLSFingerprint, Loop: c.loop}
	for failures := 0; ; failures++ {
		transport, err := c.session(ctx, source)
		if ctx.Err() != nil {
			return
		}
		cause, detail := c.reason(err)
		c.mu.Lock()
		worked := c.playing && c.track.stats.seen >= c.began
		c.playing = false
		c.track.stats.pause()
		c.down(cause, detail, c.now().wall)
		malformed := c.malformed
		c.mu.Unlock()
		if worked {
			failures = 0
			if c.config.Transport == Auto || c.config.Transport == "" {
				source.Transport = transport // no need to find it out again
			}
		} else {
			source.Transport = c.config.Transport
		}
		wait := backOff(failures, rand.Float64())
		c.log.Debug("camera session ended", "cause", cause, "detail", detail, "malformed_packets", malformed, "retry_in", wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// backOff is how long to wait after so many sessions in a row without a frame: a
// stream that worked is asked for again at once, since a camera that ends it is
// often ready; then 1 s, doubling, to 30 s. Chance, of [0, 1), spreads cameras
// that failed together.
func backOff(failures int, chance float64) time.Duration {
	wait := 200 * time.Millisecond
	if failures > 0 {
		wait = min(time.Second<<min(failures-1, 10), 30*time.Second)
	}
	return time.Duration(float64(wait) * (0.75 + chance/2))
}

// session connects to the camera and records it until that ends. It returns how
// the packets came.
func (c *camera) session(ctx context.Context, source rtsp.Source) (Transport, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(ctx, cancel)
	}()
	transport := source.Transport
	err := c.play(ctx, source, rtsp.Handler{
		Begin: func(s rtsp.Stream) {
			c.mu.Lock()
			defer c.mu.Unlock()
			transport = s.Transport
			if c.played && !c.playing {
				c.reconnects++
			}
			c.played, c.playing, c.began, c.goodbye = true, true, c.now().mono, 0
			c.track.begin(s)
		},
		Packets: func(packets iter.Seq[rtp.Packet]) {
			c.mu.Lock()
			defer c.mu.Unlock()
			at := c.now()
			for p := range packets {
				c.track.packet(p, at)
			}
		},
		Control: func(k rtsp.Control) {
			c.mu.Lock()
			defer c.mu.Unlock()
			at := c.now()
			c.malformed += uint64(k.Malformed)
			if k.Bye {
				c.goodbye = at.mono
			}
			if k.Report != nil {
				c.track.report(k.Report.NTP, k.Report.RTP, at)
			}
		},
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(nil)
	<-watched
	c.mu.Lock()
	defer c.mu.Unlock()
	c.track.cut()
	return transport, err
}

// watch ends a session in which no complete frame comes: whether packets do, which
// the session itself would know, is not enough. All cameras are looked at in the same
// instant, since each wake-up of the process has its price.
func (c *camera) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchEvery - c.now().mono%watchEvery):
			if err := c.over(); err != nil {
				cancel(err)
				return
			}
		}
	}
}

// over returns why nothing more can be expected of a session, nil while it can.
func (c *camera) over() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, seen := c.now().mono, max(c.began, c.track.stats.seen)
	switch {
	case c.playing && now-seen >= c.stall:
		return errStalled
	case c.playing && c.goodbye >= seen && c.goodbye > 0 && now-c.goodbye >= goodbyeAfter:
		return errGoodbye
	}
	return nil
}

// reason says why a session ended.
func (c *camera) reason(err error) (footage.Cause, string) {
	if errors.Is(err, errStalled) {
		return footage.CauseStalled, fmt.Sprintf("the camera sent no complete frame for %v", c.stall)
	}
	if errors.Is(err, errGoodbye) {
		return footage.CauseEnded, "the camera said goodbye"
	}
	var e *rtsp.Error
	if errors.As(err, &e) {
		return e.Cause, e.Detail
	}
	return footage.CauseUnknown, strings.TrimSpace(fmt.Sprint(err))
}

// The methods that make a camera its track's sink, called with mu held.

func (c *camera) fragment(f fragment) bool {
	taken := c.journal.lane.offer(cap(f.buf.b), func() func() { return c.journal.fragment(f) })
	if !taken {
		f.buf.free()
	}
	return taken
}

func (c *camera) end(until footage.Instant) {
	// Refused only when so much is waiting that the segment's beginning was too;
	// the next segment would end this one.
	c.journal.lane.offer(0, func() func() { return func() { c.journal.end(until) } })
}

func (c *camera) down(cause footage.Cause, detail string, at footage.Instant) {
	c.track.floor = max(c.track.floor, at) // what is written down as a gap stays one
	if cause == footage.CauseDisk {
		c.journal.disk.trouble(detail)
	}
	c.journal.lane.offer(0, func() func() { return func() { c.journal.down(cause, detail, at) } })
}

// show has the gap that goes on written down up to there. What comes later begins
// later. While a segment cannot be written, its beginning is as far as is certain.
func (c *camera) show(to footage.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.track.seg.on {
		to = c.track.seg.start
	}
	c.track.floor = max(c.track.floor, to)
	c.journal.lane.offer(0, func() func() { return c.journal.show(to) })
}

func (c *camera) again() bool { return c.journal.again() }
