package batch

import (
	"slices"
	"sync"
	"time"
)

const (
	// period is how often a connection is read. More seldom gains nothing, and
	// a camera with little memory drops frames at 500 ms.
	period = 200 * time.Millisecond
	// eager is how often it is read while it is young, when there is a
	// conversation and the time of the first frame is found out.
	eager, young = 20 * time.Millisecond, time.Second

	// batchSize is how much is read at once, and maxBatches how often in a turn:
	// 160 Mbit/s.
	batchSize  = 1 << 20
	maxBatches = 4
	// headroom is for what is left of the batch before.
	headroom = max(maxMessage, maxFrame)
)

// Loop reads connections and ports until it is closed.
type Loop struct {
	began    time.Time
	wake     chan struct{}
	quit     chan struct{}
	done     chan struct{}
	buf      []byte    // of the loop's goroutine
	receiver *receiver // likewise: for ports, once there are any
	turns    []source  // likewise: those that are being read

	mu      sync.Mutex
	sources []source // mu
}

// source is what a loop reads: a Conn or Ports.
type source interface {
	times() *timetable
	// turn reads what there is to read. It reports whether there may be more.
	turn(l *Loop, now time.Duration) bool
}

// timetable is when a source is read; it is the loop's.
type timetable struct {
	every time.Duration // once it is not young any more
	due   time.Duration
	since time.Duration // when it was first read; 0: not yet
}

func (t *timetable) times() *timetable { return t }

// next takes note that the source is read now.
func (t *timetable) next(now time.Duration) {
	if t.since == 0 {
		t.since = now
	}
	t.due = due(t.every, now-t.since, now)
}

// New returns a loop without connections.
func New() *Loop { return newLoop(batchSize) }

func newLoop(size int) *Loop {
	// All loops begin at a whole period of the time of day, so that they wake up
	// together.
	now := time.Now()
	l := &Loop{
		began: now.Add(-now.Sub(now.Truncate(period))), wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		buf: make([]byte, headroom+size),
	}
	go l.run()
	return l
}

// Close returns when the loop has ended. What it reads must have been closed.
func (l *Loop) Close() {
	close(l.quit)
	<-l.done
}

func (l *Loop) add(s source) {
	l.mu.Lock()
	l.sources = append(l.sources, s)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (l *Loop) remove(s source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.sources, s); i >= 0 {
		l.sources = slices.Delete(l.sources, i, i+1)
	}
}

func (l *Loop) run() {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-l.wake:
		case <-timer.C:
		}
		if next := l.step(time.Since(l.began)); next == 0 {
			timer.Stop()
		} else {
			timer.Reset(next - time.Since(l.began))
		}
	}
}

// step reads the sources that are due at now and returns when the next one is, 0
// when there is none.
func (l *Loop) step(now time.Duration) (next time.Duration) {
	l.mu.Lock()
	l.turns = append(l.turns[:0], l.sources...)
	l.mu.Unlock()
	for _, s := range l.turns {
		t := s.times()
		if t.due <= now {
			t.next(now)
			if !s.turn(l, now) {
				l.remove(s)
				continue
			}
		}
		if next == 0 || t.due < next {
			next = t.due
		}
	}
	clear(l.turns)
	return next
}

// due is when a source of this age is to be read next: all at the same time, so
// that there is one wake-up for them.
func due(every, age, now time.Duration) time.Duration {
	if age < young {
		every = eager
	}
	return (now/every + 1) * every
}
