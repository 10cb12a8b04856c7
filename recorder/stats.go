package recorder

import (
	"math"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// statsWindow is over how long frames and bits a second are counted; the first
// time it is shorter, so that there is something to show.
const statsWindow, firstWindow = 4 * time.Second, time.Second

// stats is what a track counts.
type stats struct {
	lost    uint64          // packets
	last    footage.Instant // when the last complete frame came
	seen    time.Duration   // the same, monotonic
	fps     float64
	bitrate int64 // bits a second

	since         time.Duration // of the two below
	frames, bytes int64
}

// frame counts a complete frame.
func (s *stats) frame(size int, at stamp) {
	s.last, s.seen = at.wall, at.mono
	passed := at.mono - s.since
	if s.frames > 0 && (passed >= statsWindow || s.fps == 0 && passed >= firstWindow) {
		s.fps = math.Round(float64(s.frames)/passed.Seconds()*10) / 10
		s.bitrate = int64(float64(s.bytes*8) / passed.Seconds())
		s.frames = 0
	}
	if s.frames == 0 {
		s.since, s.bytes = at.mono, 0
	}
	s.frames++
	s.bytes += int64(size)
}

// pause says that frames stop coming.
func (s *stats) pause() { s.fps, s.bitrate, s.frames = 0, 0, 0 }
