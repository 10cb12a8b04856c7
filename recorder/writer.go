package recorder

import (
	"sync"
	"time"
)

const (
	// maxQueued is how many bytes of buffers may wait for the disk. A hundred cameras
	// of 4 Mbit/s bring 50 MB a second, so it bridges two seconds for them.
	maxQueued = 128 << 20
	// maxLane is how many bytes of one camera may wait, so that a camera that
	// sends far too much does not fill the queue for the others: half a minute
	// of 4 Mbit/s.
	maxLane = 32 << 20
	// maxJobs is how many jobs of one camera may wait: with a disk that answers
	// no more, what cameras go through while nothing is written is a job as well.
	maxJobs = 1000
	// syncers is how many goroutines wait for the disk to make things durable.
	syncers = 8
)

// syncEvery is how often open segments are made durable: a power cut loses at
// most so much.
const syncEvery = 5 * time.Second

// writer does everything that touches the disk, so that a slow disk costs a
// recording and never keeps a camera's packets from being read. There is one for
// the volume that the spool lies on. Each camera has a lane, whose jobs are done
// in order and one at a time. Writing, which only fills the page cache, is done
// by one goroutine; what waits for the disk itself is done by a few others, so
// that the end of one camera's segment does not hold up the others' frames.
type writer struct {
	mu      sync.Mutex
	written sync.Cond // ready has a lane, or the end has come
	synced  sync.Cond // slow has a job, or the end has come
	ready   []*lane   // with a job that nobody is at, in the order in which they got it
	slow    []slowJob
	limit   int // how many bytes may wait
	queued  int // bytes
	busy    int // lanes with a job
	closing bool
	running sync.WaitGroup
}

// lane is what waits for the disk of one camera. All is guarded by writer.mu.
type lane struct {
	w      *writer
	jobs   []job
	queued int // bytes
}

// job is done by the writer and must not wait for the disk. What has to is
// returned, and is done before the lane's next job.
type job struct {
	bytes int
	do    func() (slow func())
}

type slowJob struct {
	lane *lane
	do   func()
}

func newWriter(limit int) *writer {
	w := &writer{limit: limit}
	w.written.L, w.synced.L = &w.mu, &w.mu
	w.running.Go(w.write)
	for range syncers {
		w.running.Go(w.sync)
	}
	return w
}

func (w *writer) newLane() *lane { return &lane{w: w} }

// offer takes a job that holds a buffer of so many bytes, unless too much is
// waiting.
func (l *lane) offer(bytes int, do func() (slow func())) bool {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if l.w.queued+bytes > l.w.limit || l.queued+bytes > maxLane || len(l.jobs) >= maxJobs {
		return false
	}
	l.add(job{bytes, do})
	return true
}

// do takes a job that must be done, however much is waiting.
func (l *lane) do(do func() (slow func())) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.add(job{0, do})
}

func (l *lane) add(j job) {
	l.jobs = append(l.jobs, j)
	l.queued += j.bytes
	l.w.queued += j.bytes
	if len(l.jobs) == 1 {
		l.w.busy++
		l.w.ready = append(l.w.ready, l)
		l.w.written.Signal()
	}
}

// done takes the lane's first job off and lets it have another turn.
func (l *lane) done() {
	w := l.w
	l.queued -= l.jobs[0].bytes
	w.queued -= l.jobs[0].bytes
	l.jobs[0] = job{}
	l.jobs = l.jobs[1:]
	if len(l.jobs) > 0 {
		w.ready = append(w.ready, l)
		w.written.Signal()
		return
	}
	l.jobs = nil
	if w.busy--; w.busy == 0 && w.closing {
		w.written.Broadcast()
		w.synced.Broadcast()
	}
}

// close returns when all jobs are done. No more may be given.
func (w *writer) close() {
	w.mu.Lock()
	w.closing = true
	w.written.Broadcast()
	w.synced.Broadcast()
	w.mu.Unlock()
	w.running.Wait()
}

// over reports whether nothing is left to do and nothing will come.
func (w *writer) over() bool { return w.closing && w.busy == 0 }

func (w *writer) write() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.ready) == 0 && !w.over() {
			w.written.Wait()
		}
		if len(w.ready) == 0 {
			return
		}
		l := w.ready[0]
		w.ready = w.ready[1:]
		do := l.jobs[0].do
		w.mu.Unlock()
		slow := do()
		w.mu.Lock()
		if slow == nil {
			l.done()
			continue
		}
		w.slow = append(w.slow, slowJob{l, slow})
		w.synced.Signal()
	}
}

func (w *writer) sync() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.slow) == 0 && !w.over() {
			w.synced.Wait()
		}
		if len(w.slow) == 0 {
			return
		}
		s := w.slow[0]
		w.slow = w.slow[1:]
		w.mu.Unlock()
		s.do()
		w.mu.Lock()
		s.lane.done()
	}
}
