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
	all      uint64 // complete frames
	dropped  uint64 // frames that were left out because something was missing
	damaged  uint64 // frames that were kept, but need one that is missing
	keyEvery int64  // ticks between the last two key frames
	lost     uint64 // packets

	malformed uint64          // packets of the streams before this one
	last      footage.Instant // when the last complete frame came
	seen      time.Duration   // the same, monotonic
	fps       float64
	bitrate   int64 // bits a second

	counting      bool
	since         time.Duration // of the two below, monotonic
	frames, bytes int64
}

// frame counts a complete frame. Frames that were read at once came at one time:
// those of the time at which counting begins came before it.
func (s *stats) frame(size int, at stamp) {
	passed := s.seen - s.since
	switch {
	case !s.counting:
		s.counting, s.since, s.frames, s.bytes = true, at.mono, 0, 0
	case at.mono > s.seen && (passed >= statsWindow || s.fps == 0 && passed >= firstWindow):
		s.fps = math.Round(float64(s.frames)/passed.Seconds()*10) / 10
		s.bitrate = int64(float64(s.bytes*8) / passed.Seconds())
		s.since, s.frames, s.bytes = s.seen, 0, 0
	}
	if at.mono > s.since {
		s.frames++
		s.bytes += int64(size)
	}
	s.last, s.seen = at.wall, at.mono
}

// pause says that frames stop coming.
func (s *stats) pause() { s.fps, s.bitrate, s.counting = 0, 0, false }
