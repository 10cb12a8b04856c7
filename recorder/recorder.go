package recorder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/recorder/batch"
	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// Options is what a Recorder is made of.
type Options struct {
	Spool *spool.Spool // recovered
	Site  string       // its name, written into each segment
	// Segment is the length after which a segment ends at the next key frame.
	Segment time.Duration
	// SpoolLimit is the size of the spool in bytes at which no new segment is
	// begun; 0 is no limit.
	SpoolLimit int64
	Now        func() time.Time // nil: time.Now
	// Offset is by how much the time that footage is dated by is ahead of Now; nil: 0. It
	// differs while the machine's clock is in doubt.
	Offset func() time.Duration
	Log    *slog.Logger // nil: slog.Default

	// For tests.
	play  func(context.Context, rtsp.Source, rtsp.Handler) error // nil: rtsp.Play
	stall time.Duration                                          // 0: stallAfter
	queue int                                                    // 0: maxQueued
	space func() (free, total int64, err error)                  // nil: Spool.Space
}

// Recorder records cameras into the spool, see the package.
type Recorder struct {
	options Options
	began   time.Time
	loop    *batch.Loop
	writer  *writer
	disk    *disk
	quit    chan struct{}
	syncing sync.WaitGroup

	measuring sync.Mutex
	measured  time.Time   // measuring: when the spool was last measured
	full      atomic.Bool // what came of it

	changing sync.Mutex // one Apply or Close at a time

	mu      sync.Mutex                    // never held while something is waited for
	order   []Camera                      // as configured
	cameras map[footage.CameraID]*camera  // that record
	books   map[footage.CameraID]*journal // of every camera there has been
}

// New returns a recorder without cameras. The spool must have been recovered,
// and nothing else may record into it until Close.
func New(o Options) *Recorder {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Offset == nil {
		o.Offset = func() time.Duration { return 0 }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.play == nil {
		o.play = rtsp.Play
	}
	if o.stall == 0 {
		o.stall = stallAfter
	}
	if o.queue == 0 {
		o.queue = maxQueued
	}
	if o.space == nil {
		o.space = o.Spool.Space
	}
	r := &Recorder{
		options: o,
		began:   o.Now(),
		loop:    batch.New(),
		writer:  newWriter(o.queue),
		quit:    make(chan struct{}),
		cameras: map[footage.CameraID]*camera{},
		books:   map[footage.CameraID]*journal{},
	}
	r.disk = &disk{now: r.stamp}
	r.syncing.Go(r.syncLoop)
	return r
}

// Apply makes cameras the list of cameras: those that are new are started, those
// that are gone, disabled or withheld are stopped, those whose stream is configured otherwise are
// stopped and started; the others go on undisturbed. It returns when what had to
// stop has stopped. An error means that a camera's earlier account could not be
// read; it is recorded all the same, with an account that begins now.
func (r *Recorder) Apply(cameras []Camera) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	wanted := map[footage.CameraID]Camera{}
	for _, c := range cameras {
		wanted[c.ID] = c
	}
	r.stop(func(running Camera) (footage.Cause, string) {
		want, ok := wanted[running.ID]
		cause, detail := want.off()
		switch {
		case !ok:
			return footage.CauseConfiguration, "the camera was removed from the configuration"
		case cause != "":
			return cause, detail
		case !sameStream(want, running):
			return footage.CauseConfiguration, "the camera's configuration was changed"
		}
		return "", ""
	})
	var bad []error
	for _, c := range cameras {
		j, err := r.journal(c)
		if err != nil {
			bad = append(bad, err)
		}
		if cause, detail := c.off(); cause != "" {
			at := r.stamp().wall
			j.lane.do(func() func() {
				return func() { j.down(cause, detail, at) }
			})
		} else if r.running(c.ID) == nil {
			started := r.newCamera(c, j)
			r.mu.Lock()
			r.cameras[c.ID] = started
			r.mu.Unlock()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = slices.Clone(cameras)
	return errors.Join(bad...)
}

// stop stops the cameras for which why has a cause, all at once, and returns when they
// have stopped.
func (r *Recorder) stop(why func(Camera) (footage.Cause, string)) {
	var stopping sync.WaitGroup
	r.mu.Lock()
	for id, c := range r.cameras {
		if cause, detail := why(c.config); cause != "" {
			delete(r.cameras, id)
			stopping.Go(func() { c.stop(cause, detail) })
		}
	}
	r.mu.Unlock()
	stopping.Wait()
}

func (r *Recorder) running(id footage.CameraID) *camera {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cameras[id]
}

// journal returns the journal of a camera, with what the spool says of earlier
// times if it is new.
func (r *Recorder) journal(c Camera) (*journal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if j := r.books[c.ID]; j != nil {
		return j, nil
	}
	j := &journal{
		spool: r.options.Spool, camera: c.ID, site: r.options.Site, log: r.options.Log.With("camera", c.ID), room: r.room, ntp: KernelClock,
		lane: r.writer.newLane(), disk: r.disk,
	}
	err := j.load()
	if err != nil {
		err = fmt.Errorf("couldn't take up the account of %s: %w", c.ID, err)
	}
	r.books[c.ID] = j
	return j, err
}

func sameStream(a, b Camera) bool {
	a.Name = b.Name
	return a == b
}

func (r *Recorder) newCamera(config Camera, j *journal) *camera {
	c := &camera{
		config: config, journal: j, log: r.options.Log.With("camera", config.ID),
		play: r.options.play, loop: r.loop, stall: r.options.stall, now: r.stamp,
	}
	// All that the journal was told must be in it before the new session's
	// track learns where the account stands.
	var until footage.Instant
	told := make(chan struct{})
	j.lane.do(func() func() {
		now := r.stamp().wall
		slow := j.enlist(now)
		until = j.until
		j.setStatus(status{state: footage.StateConnecting, since: now})
		close(told)
		return slow
	})
	<-told
	c.track = newTrack(c, r.options.Segment, until)
	c.start()
	return c
}

// Health returns the cameras' health in the order of the configuration.
func (r *Recorder) Health() []footage.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]footage.Health, 0, len(r.order))
	now := r.stamp().mono
	for _, config := range r.order {
		s := r.books[config.ID].health(now)
		h := footage.Health{
			Camera: config.ID, Name: config.Name,
			State: s.state, Since: s.since, Cause: s.cause, Detail: s.detail, Open: s.open, Without: s.without,
		}
		if c := r.cameras[config.ID]; c != nil {
			c.mu.Lock()
			t := c.track
			if t.format != nil {
				h.Codec, h.Width, h.Height = t.format.Codec, t.format.Width, t.format.Height
			}
			h.FPS, h.Bitrate, h.LastFrame, h.LostPackets = t.stats.fps, t.stats.bitrate, t.stats.last, t.stats.lost
			h.Frames, h.DroppedFrames = t.stats.all, t.stats.dropped
			h.DamagedFrames, h.MalformedPackets = t.stats.damaged, c.malformed+t.stats.malformed
			if t.depack != nil {
				h.MalformedPackets += t.depack.Malformed()
			}
			h.KeyFrameEvery = time.Duration(t.stats.keyEvery) * time.Second / second
			h.CameraOffsetMS, h.CameraKnown = t.cameraOffset()
			h.Reconnects = c.reconnects
			c.mu.Unlock()
		}
		all = append(all, h)
	}
	return all
}

// Close stops in order: the cameras, all at once, whose segments end with their
// last frame; then the writer, when all is on the disk and marked. Nothing may be
// called but Health afterwards.
func (r *Recorder) Close() {
	r.changing.Lock()
	defer r.changing.Unlock()
	r.stop(func(Camera) (footage.Cause, string) { return footage.CauseStopped, "the recorder was stopped" })
	r.loop.Close()
	close(r.quit)
	r.syncing.Wait()
	r.writer.close()
}

func (r *Recorder) stamp() stamp {
	now := r.options.Now()
	return stamp{footage.At(now.Add(r.options.Offset())), now.Sub(r.began)}
}

// syncLoop makes open segments durable from time to time: not on the writer,
// where the disk's slowness would hold up everything, and all at once, since the
// disk's part in it costs the same for one as for a hundred.
func (r *Recorder) syncLoop() {
	ticker := time.NewTicker(syncEvery)
	defer ticker.Stop()
	said := "" // of what failed, once for as long as it does
	for {
		select {
		case <-r.quit:
			return
		case <-ticker.C:
			again := r.diskFull() // the next key frame ends each segment, and no other is begun
			if err := r.options.Spool.Sync(); err == nil {
				said = ""
			} else {
				if what := err.Error(); what != said {
					said = what
					r.options.Log.Error("couldn't make the spool durable", "error", err)
				}
				r.disk.trouble(diskDetail(err))
				again = true
			}
			for _, j := range r.journals() {
				if again {
					j.redo.Store(true)
				}
				j.lane.offer(0, func() func() {
					if j.settled() {
						return nil
					}
					return j.settle
				})
			}
			r.showGaps()
		}
	}
}

// showGaps has the gaps that go on written down as far as they have come.
func (r *Recorder) showGaps() {
	to := r.stamp().wall.Add(-showBehind)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cameras {
		c.show(to)
	}
	for _, j := range r.books {
		j.lane.offer(0, func() func() {
			if s := j.status.state; s != footage.StateDisabled && s != footage.StateWithheld { // the camera does it, or is going to
				return nil
			}
			return j.show(to)
		})
	}
}

func (r *Recorder) journals() []*journal {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*journal, 0, len(r.books))
	for _, j := range r.books {
		all = append(all, j)
	}
	return all
}

// measureEvery is how often at most the spool is measured: with a store that is
// away, tens of thousands of files are in it.
const measureEvery = 2 * time.Second

// room returns why no segment may be begun, see journal.
func (r *Recorder) room() error {
	switch {
	case r.diskFull():
		return unix.ENOSPC
	case r.spoolFull():
		return errFull
	}
	return nil
}

// diskFull reports whether the disk has nothing left but the reserve.
func (r *Recorder) diskFull() bool {
	free, total, err := r.options.space()
	return err == nil && free < spool.Reserve(total) // when it cannot be asked, writing will tell
}

// spoolFull reports whether the spool is at its limit. It waits for the disk, but
// not while somebody else measures the spool.
func (r *Recorder) spoolFull() bool {
	if r.options.SpoolLimit == 0 {
		return false
	}
	if r.measuring.TryLock() {
		defer r.measuring.Unlock()
		if now := time.Now(); now.Sub(r.measured) >= measureEvery {
			usage, err := r.options.Spool.Usage()
			if err != nil {
				r.options.Log.Error("couldn't measure the spool", "error", err)
				return false // writing will tell
			}
			r.measured = now
			r.full.Store(usage.Bytes >= r.options.SpoolLimit)
		}
	}
	return r.full.Load()
}
