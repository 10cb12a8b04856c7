package farm

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Refusal is how a camera treats a client that is new to it.
type Refusal uint8

// The treatments.
const (
	Answer   Refusal = iota // serves it
	NotFound                // answers 404
	HangUp                  // closes the connection at the first request
)

// Feed is a camera in service: the handle for faults. Its methods may be called
// at any time from any goroutine.
type Feed struct {
	server *Server
	camera Camera    // never changes
	epoch  time.Time // when the timeline stood at camera.Offset; never changes
	offset int64     // camera.Offset in ticks; never changes

	mu       sync.Mutex
	clip     *Clip // camera.Clip until Switch
	layout   *layout
	next     *Clip // what Switch announced
	nextAt   int64 // the position of its first key frame
	inBand   bool  // send the parameter sets before every key frame
	clock    Clock
	faults   Faults
	account  account
	refusal  Refusal
	redirect string
	unasked  bool // send audio to those who did not ask

	sessions  []*session // of all clients that play
	receivers []*session // what is sent to: unicast sessions, and group while it has members
	group     *session   // of the multicast group: no client's, but sent to like one
	nextUnit  int64      // the unit to be sent next; kept only while there are receivers
	nextAudio int64      // the same of audio frames
	dropped   uint64
	random    *rand.Rand // for chances; the same in each run
	scratch   []byte     // for UDP packets
	clean     []byte     // for packets before their way
	parts     [][]byte   // of the unit that is being sent
}

func newFeed(s *Server, c Camera) *Feed {
	offset := durationToTicks(c.Offset) % c.Clip.Period
	if offset < 0 {
		offset += c.Clip.Period
	}
	seed := fnv.New64a()
	seed.Write([]byte(c.Path))
	f := &Feed{
		server:  s,
		camera:  c,
		epoch:   s.epoch,
		offset:  offset,
		inBand:  c.InBandParams,
		clock:   c.Clock,
		faults:  c.Faults,
		account: newAccount(c.User, c.Password, c.Auth),
		random:  rand.New(rand.NewPCG(seed.Sum64(), 0)),
	}
	f.show(c.Clip)
	return f
}

// show makes clip the one that is sent.
func (f *Feed) show(clip *Clip) {
	f.clip, f.layout = clip, clip.layout(f.camera.form())
}

// Clients returns how many clients play.
func (f *Feed) Clients() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sessions)
}

// Dropped returns how many frames clients did not get because they did not read
// fast enough: zero, or a comparison with the clip is meaningless.
func (f *Feed) Dropped() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dropped
}

// door is what decides about a request.
type door struct {
	hung     bool
	refusal  Refusal
	redirect string
	account  account
}

func (f *Feed) door() door {
	f.mu.Lock()
	defer f.mu.Unlock()
	return door{f.faults.Hung, f.refusal, f.redirect, f.account}
}

func (f *Feed) sdp() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sdp(f.camera, f.clip)
}

// position returns where the timeline is at now, in ticks since the clip's first
// round began.
func (f *Feed) position(now time.Time) int64 { return f.offset + durationToTicks(f.elapsed(now)) }

// elapsed returns how much time has passed on the camera, by its own speed.
func (f *Feed) elapsed(now time.Time) time.Duration {
	return time.Duration(float64(now.Sub(f.epoch)) * f.camera.Speed)
}

// when returns the time at which the timeline reaches position, or a little later.
func (f *Feed) when(position int64) time.Time {
	d := ticksToDuration(position-f.offset) + time.Microsecond
	return f.epoch.Add(time.Duration(float64(d) / f.camera.Speed))
}

// Units and audio frames are counted over all rounds of the clip.

func (f *Feed) unit(n int64) (u Unit, packets []byte, round int64) {
	count := int64(len(f.clip.Units))
	return f.clip.Units[n%count], f.layout.units[n%count], n / count * f.clip.Period
}

func (f *Feed) audioFrame(n int64) (a audioFrame, packets []byte, round int64) {
	count := int64(len(f.layout.audio))
	return f.clip.audio.frames[n%count], f.layout.audio[n%count], n / count * f.clip.Period
}

// entry returns the unit that a client may begin with from now on.
func (f *Feed) entry() int64 {
	n := f.nextUnit
	for u, _, _ := f.unit(n); !u.Key && !f.camera.JoinAnywhere && !f.faults.NoKeyFrames; u, _, _ = f.unit(n) {
		n++
	}
	return n
}

// firstAfter returns the first unit after position.
func (c *Clip) firstAfter(position int64) int64 {
	round, rest := position/c.Period, position%c.Period
	i := sort.Search(len(c.Units), func(i int) bool { return c.Units[i].DTS > rest })
	return round*int64(len(c.Units)) + int64(i)
}

// seek sets the next unit and audio frame to the first ones after position.
func (f *Feed) seek(position int64) {
	f.nextUnit = f.clip.firstAfter(position)
	if f.clip.HasAudio() {
		round, rest := position/f.clip.Period, position%f.clip.Period
		frames := f.clip.audio.frames
		i := sort.Search(len(frames), func(i int) bool { return frames[i].dts > rest })
		f.nextAudio = round*int64(len(frames)) + int64(i)
	}
}

// stamp returns the RTP timestamp of a position on the timeline, shifted by
// ticks of the track's own clock.
func (f *Feed) stamp(t *track, number int, position, shift int64) uint32 {
	if number == audioTrackID {
		position = rescale(position, ClockRate, int64(f.clip.audio.rate))
	}
	return t.base + uint32(position+shift)
}

// play begins sending to s after answering through reply. A session that plays
// already is only answered.
func (f *Feed) play(s *session, reply func(response), url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.server.now()
	if len(f.receivers) == 0 {
		if f.next != nil { // nobody is there to see it come
			f.change()
		}
		f.seek(f.position(now))
	}
	r := s // what is sent to
	if s.multicast {
		r = f.group
	}
	if !r.playing {
		r.from = f.entry()
		if f.camera.First != nil {
			f.renumber(r, *f.camera.First)
		}
	}
	// RTP-Info (RFC 2326 section 12.33) names the first packet, so that a client
	// knows where its time zero is.
	var info []string
	unit, _, round := f.unit(max(r.from, f.nextUnit))
	for number := range s.tracks {
		if s.tracks[number].set {
			t := &r.tracks[number]
			shift := int64(0)
			if number == videoTrack {
				shift = unit.PTS
			}
			info = append(info, fmt.Sprintf("url=%s/%s%d;seq=%d;rtptime=%d", url, controlPrefix, number, t.seq, f.stamp(t, number, round, shift)))
		}
	}
	reply(response{status: 200, headers: append(s.conn.sessionHeader(), "Range: npt=now-", "RTP-Info: "+strings.Join(info, ","))})
	if !r.playing {
		r.playing, r.nextReport = true, now
		f.receivers = append(f.receivers, r)
	}
	if !slices.Contains(f.sessions, s) {
		s.playing = true
		f.sessions = append(f.sessions, s)
		f.server.wakeUp()
	}
}

// leave ends sending to s.
func (f *Feed) leave(s *session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions = slices.DeleteFunc(f.sessions, func(other *session) bool { return other == s })
	f.receivers = slices.DeleteFunc(f.receivers, func(other *session) bool { return other == s })
	if f.group != nil && !slices.ContainsFunc(f.sessions, func(other *session) bool { return other.multicast }) {
		f.receivers = slices.DeleteFunc(f.receivers, func(other *session) bool { return other == f.group })
		f.group.playing = false
	}
}

// step sends what is due at now, and returns when something is due next: the
// zero time if nothing is.
func (f *Feed) step(now time.Time) (next time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.receivers) == 0 {
		return time.Time{}
	}
	position := f.position(now)
	for _, s := range f.receivers {
		if !now.Before(s.nextReport) {
			f.report(s, position, now)
			s.nextReport = now.Add(reportEvery)
		}
		next = earlier(next, s.nextReport)
	}
	due := f.sendVideo(position, now)
	next = earlier(next, f.when(due))
	if f.camera.Audio || f.unasked {
		due = f.sendAudio(position, now)
		next = earlier(next, f.when(due))
	}
	for _, s := range f.sessions {
		s.conn.mu.Lock()
		s.conn.flush(now)
		if s.conn.waiting() {
			next = now // try again at the next tick
		}
		s.conn.mu.Unlock()
	}
	return next
}

// sendVideo sends the units that are due and returns the position of the next.
func (f *Feed) sendVideo(position int64, now time.Time) int64 {
	for ; ; f.nextUnit++ {
		u, packets, round := f.unit(f.nextUnit)
		if f.next != nil && round+u.DTS >= f.nextAt {
			f.change()
			u, packets, round = f.unit(f.nextUnit)
		}
		if round+u.DTS > position {
			return round + u.DTS
		}
		if f.faults.Hung || f.faults.Frozen || f.faults.FrozenVideo || f.faults.NoKeyFrames && u.Key {
			continue
		}
		f.parts = f.parts[:0]
		if u.Key && f.inBand {
			f.parts = append(f.parts, f.layout.params)
		}
		f.parts = append(f.parts, packets)
		f.fill(len(packets))
		for _, s := range f.receivers {
			t := &s.tracks[videoTrack]
			if !t.set || f.nextUnit < s.from {
				continue
			}
			if u.Key && f.faults.NewSSRC {
				t.ssrc++
			}
			stamp := f.stamp(t, videoTrack, round, u.PTS)
			s.spoil(u, f.nextUnit, stamp, now)
			if u.Key && f.camera.ParamsApart {
				s.send(t, t.last, now, f.layout.apart)
			}
			s.send(t, stamp, now, f.parts...)
			t.last = stamp
			if f.faults.Crosstalk && t.tcp {
				s.haunt(u, now, packets)
			}
		}
	}
}

// fill makes the unit in f.parts, whose picture takes size bytes, as large as
// Faults.Bitrate asks for.
func (f *Feed) fill(size int) {
	for more := int(float64(size) * (f.faults.Bitrate - 1)); more > 0; more -= maxPacket {
		f.parts = append(f.parts, f.layout.filler)
	}
}

// sendAudio does the same for audio frames.
func (f *Feed) sendAudio(position int64, now time.Time) int64 {
	for ; ; f.nextAudio++ {
		a, packets, round := f.audioFrame(f.nextAudio)
		if round+a.dts > position {
			return round + a.dts
		}
		if f.faults.Hung || f.faults.Frozen {
			continue
		}
		for _, s := range f.receivers {
			t := &s.tracks[audioTrackID]
			if video := &s.tracks[videoTrack]; f.unasked && !t.set && !t.tcp && video.tcp {
				*t = track{tcp: true, channel: video.channel + 2, ssrc: ^video.ssrc}
			}
			if t.set || f.unasked && t.tcp {
				s.send(t, f.stamp(t, audioTrackID, round, a.stamp), now, packets)
			}
		}
	}
}

// report sends the sender reports of s. A picture is captured when it is sent at
// the earliest, so with B-frames the picture of this moment is ahead of the one
// that is sent now by the encoder's delay.
func (f *Feed) report(s *session, position int64, now time.Time) {
	if f.faults.Hung || f.clock.Silent {
		return
	}
	elapsed := f.elapsed(now)
	drift := time.Duration(float64(elapsed) * f.clock.Drift / 1e6)
	cameraTime := f.epoch.Add(elapsed + drift + f.clock.Offset)
	if t := &s.tracks[videoTrack]; t.set {
		s.report(t, cameraTime, f.stamp(t, videoTrack, position+f.clip.delay, 0), now)
	}
	if t := &s.tracks[audioTrackID]; t.set {
		s.report(t, cameraTime, f.stamp(t, audioTrackID, position, 0), now)
	}
}

// earlier returns the earlier of two times, where zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
