package recorder

import (
	"sync"
	"time"
)

// maxQueued is how many bytes may wait for the disk. A hundred cameras of 4
// Mbit/s bring 50 MB a second, so it bridges two and a half seconds for them.
const maxQueued = 128 << 20

// syncEvery is how often open segments are made durable: a power cut loses at
// most so much.
const syncEvery = 5 * time.Second

// writer does everything that touches the disk, in order, on a goroutine of its
// own, so that a slow disk costs a recording and never keeps a camera's packets
// from being read. There is one for the volume that the spool lies on.
type writer struct {
	mu      sync.Mutex
	work    sync.Cond
	jobs    []job
	queued  int // bytes
	closing bool
	done    chan struct{}
}

type job struct {
	bytes int
	do    func()
}

func newWriter() *writer {
	w := &writer{done: make(chan struct{})}
	w.work.L = &w.mu
	go w.run()
	return w
}

// offer takes a job that holds so many bytes of footage, unless too many are
// waiting.
func (w *writer) offer(bytes int, do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queued+bytes > maxQueued {
		return false
	}
	w.add(job{bytes, do})
	return true
}

// do takes a job that must be done, however long the queue is. There are few of
// them.
func (w *writer) do(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(job{0, do})
}

func (w *writer) add(j job) {
	w.jobs = append(w.jobs, j)
	w.queued += j.bytes
	w.work.Signal()
}

// close returns when all jobs are done. No more may be given.
func (w *writer) close() {
	w.mu.Lock()
	w.closing = true
	w.work.Signal()
	w.mu.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	var batch []job
	for {
		w.mu.Lock()
		for len(w.jobs) == 0 && !w.closing {
			w.work.Wait()
		}
		if len(w.jobs) == 0 {
			w.mu.Unlock()
			return
		}
		batch, w.jobs = w.jobs, batch[:0]
		w.mu.Unlock()
		for i := range batch {
			batch[i].do()
			w.mu.Lock()
			w.queued -= batch[i].bytes
			w.mu.Unlock()
			batch[i] = job{}
		}
	}
}
