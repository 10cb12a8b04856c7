package recorder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// tryFor is how long a trial takes at most, and how long a camera may take until
	// it shows a first key frame.
	tryFor = 10 * time.Second
	// tryFrames is how much video is counted for the frame rate, and tryReport how long
	// after a stream has begun a trial goes on for the camera to say what its clock shows,
	// which most do every five seconds.
	tryFrames, tryReport = 2 * time.Second, 6 * time.Second
)

// Trial is how a camera answers when it is asked for its video once.
type Trial struct {
	Works     bool
	Transport Transport // "" when no stream has begun
	Codec     footage.Codec
	Width     int // pixels; 0 when there was no key frame
	Height    int
	FPS       float64       // by the camera's own times; 0 when it is not known
	KeyAfter  time.Duration // the first key frame was there so long after the beginning

	ClockOffset time.Duration // how far the camera's clock is ahead of the site's
	ClockKnown  bool          // the camera has said what its clock shows

	Cause  footage.Cause // why it does not work
	Detail string        // the same for people, without passwords
	Advice string        // what to do about it, for people
}

// Try connects to a camera once, beside what is recorded of it, in a session and with
// sockets of its own, and looks at the video until it knows how it is. It takes ten
// seconds at most; when ctx ends it returns at once, and the trial means nothing.
// Nothing of the video is kept.
func (r *Recorder) Try(ctx context.Context, c Camera) Trial {
	limited, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	e := &eye{now: r.stamp, done: cancel, began: r.stamp().mono}
	e.track = newTrack(e, time.Hour, 0)
	err := r.options.play(limited, rtsp.Source{URL: c.URL, Transport: c.Transport, TLSFingerprint: c.TLSFingerprint}, rtsp.Handler{
		Begin: e.begin, Packets: e.packets, Control: e.control,
	})
	return e.judge(err)
}

// eye is the sink of a track of which nothing is kept.
type eye struct {
	now   func() stamp
	done  func() // ends the trial
	began time.Duration

	mu     sync.Mutex
	track  *track        // mu
	trial  Trial         // mu
	stream time.Duration // mu: when it began, monotonic
	first  int64         // mu: when the first frame is shown, ticks
	counts bool          // mu: it is known
}

func (e *eye) begin(s rtsp.Stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trial.Transport, e.trial.Codec, e.counts = s.Transport, s.Codec, false
	e.stream = e.now().mono
	e.track.begin(s)
	e.track.stats = stats{}
}

func (e *eye) packets(packets iter.Seq[rtp.Packet]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := e.now()
	for p := range packets {
		e.track.packet(p, at)
	}
	e.look(at)
}

func (e *eye) control(k rtsp.Control) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if k.Report != nil {
		at := e.now()
		e.track.report(k.Report.NTP, k.Report.RTP, at)
		e.look(at)
	}
}

// look takes note of what is known by now, and ends the trial once that is all.
func (e *eye) look(at stamp) {
	t := e.track
	frames := int64(t.stats.all + t.stats.dropped)
	if !e.counts && frames > 0 { // the frame that is open now is the first that counts
		e.counts, e.first = true, t.pts
		t.stats.all, t.stats.dropped = 0, 0
	} else if passed := t.pts - e.first; e.counts && passed > 0 {
		e.trial.FPS = float64(frames) * second / float64(passed)
	}
	if !t.seg.on {
		return
	}
	if !e.trial.Works {
		e.trial.Works, e.trial.KeyAfter = true, at.mono-e.began
	}
	e.trial.Width, e.trial.Height = t.seg.format.Width, t.seg.format.Height
	if ms, known := t.cameraOffset(); known {
		e.trial.ClockOffset, e.trial.ClockKnown = time.Duration(ms)*time.Millisecond, true
	}
	if t.pts-e.first >= ticks(tryFrames) && (e.trial.ClockKnown || at.mono-e.stream >= tryReport) {
		e.done()
	}
}

// judge says what came of the trial that ended with err.
func (e *eye) judge(err error) Trial {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.track.cut()
	e.track.buf.free()
	t := &e.trial
	failed, known := errors.AsType[*rtsp.Error](err)
	switch {
	case t.Works:
		t.Cause, t.Detail = "", ""
		return *t
	case known:
		t.Cause, t.Detail = failed.Cause, failed.Detail
	case t.Transport == "":
		t.Cause, t.Detail = footage.CauseUnreachable, "the camera does not answer in time"
	case t.Cause != "": // the track has said what it misses
	case e.track.stats.all == 0 && !e.counts:
		t.Cause, t.Detail = footage.CauseStalled, fmt.Sprintf("the camera sent no complete frame for %v", tryFor)
	default:
		t.Cause, t.Detail = footage.CauseNoKeyFrame, "the camera sends no key frame; make its key frame interval shorter"
		if e.track.format == nil {
			t.Detail = "the camera sends no parameter sets, so its video cannot be decoded"
		}
	}
	t.Advice = advice(t.Cause, err)
	return *t
}

// advice is what people can do about a trial that fails.
func advice(cause footage.Cause, err error) string {
	switch {
	case errors.Is(err, rtsp.ErrPassword):
		return "check user name and password in the camera's url; some cameras refuse everybody for minutes after several wrong ones"
	case errors.Is(err, rtsp.ErrNoStream):
		return "check the path in the camera's url; the manufacturer's manual has it"
	}
	switch cause {
	case footage.CauseUnreachable:
		return "check that the camera has power and network, its address and port in url, and that RTSP is switched on there"
	case footage.CauseRefused:
		return "check the camera's url and transport, and whether it serves as many clients as it has"
	case footage.CauseUnsupported, footage.CauseNoKeyFrame:
		return "change the video settings on the camera's own page"
	case footage.CauseStalled:
		return "check the network to the camera, and set transport to tcp"
	}
	return "try again; restart the camera if it stays so"
}

// The methods that make an eye its track's sink, called with mu held.

func (e *eye) fragment(f fragment) bool { f.buf.free(); return true }

func (e *eye) end(footage.Instant) {}

func (e *eye) down(cause footage.Cause, detail string, _ footage.Instant) {
	e.trial.Cause, e.trial.Detail = cause, detail
}

func (e *eye) again() bool { return false }
