package farm

import (
	"fmt"
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
	camera Camera    // never changes
	layout *layout   // never changes
	epoch  time.Time // when the timeline stood at camera.Offset; never changes
	offset int64     // camera.Offset in ticks; never changes

	mu        sync.Mutex
	account   account
	refusal   Refusal
	stalled   bool
	unasked   bool // send audio to those who did not ask
	sessions  []*session
	nextUnit  int64 // the unit to be sent next; kept only while there are sessions
	nextAudio int64 // the same of audio frames
	dropped   uint64
	scratch   []byte // for UDP packets
}

func newFeed(c Camera, epoch time.Time) *Feed {
	aggregated := 0
	if c.Aggregate {
		aggregated = 1
	}
	offset := durationToTicks(c.Offset) % c.Clip.Period
	if offset < 0 {
		offset += c.Clip.Period
	}
	return &Feed{
		camera:  c,
		layout:  c.Clip.layouts[aggregated](),
		epoch:   epoch,
		offset:  offset,
		account: newAccount(c.User, c.Password, c.Auth),
	}
}

// Drop closes the connections of all clients that play. They may come back.
func (f *Feed) Drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		s.conn.close()
	}
}

// Stall freezes the camera: while it is on, connections stay and sender reports
// go on, but no media is sent. Afterwards every client goes on with the next key
// frame that is due; what was due in between is never sent.
func (f *Feed) Stall(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stalled && !on {
		for _, s := range f.sessions {
			s.from = f.entry()
		}
	}
	f.stalled = on
}

// Refuse sets how clients are treated that do not yet have a session.
func (f *Feed) Refuse(how Refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusal = how
}

// SetPassword changes whom the camera admits, from the next request on; an
// empty user admits everybody. Sessions go on, though their requests fail.
func (f *Feed) SetPassword(user, password string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.account = newAccount(user, password, f.camera.Auth)
}

// Lose makes each client that plays miss the next n video packets: their
// sequence numbers are used up without being sent.
func (f *Feed) Lose(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		s.lose += n
	}
}

// SendAudio makes the camera misbehave: while it is on, clients over TCP that did
// not set up the audio track get it all the same, on the two channels after the
// video's. The clip must have audio.
func (f *Feed) SendAudio(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unasked = on && f.camera.Clip.HasAudio()
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

func (f *Feed) door() (account, Refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.account, f.refusal
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
	count := int64(len(f.camera.Clip.Units))
	return f.camera.Clip.Units[n%count], f.layout.units[n%count], n / count * f.camera.Clip.Period
}

func (f *Feed) audioFrame(n int64) (a audioFrame, packets []byte, round int64) {
	count := int64(len(f.layout.audio))
	return f.camera.Clip.audio.frames[n%count], f.layout.audio[n%count], n / count * f.camera.Clip.Period
}

// entry returns the unit that a client may begin with from now on.
func (f *Feed) entry() int64 {
	n := f.nextUnit
	for u, _, _ := f.unit(n); !u.Key && !f.camera.JoinAnywhere; u, _, _ = f.unit(n) {
		n++
	}
	return n
}

// seek sets the next unit and audio frame to the first ones after position.
func (f *Feed) seek(position int64) {
	clip := f.camera.Clip
	round, rest := position/clip.Period, position%clip.Period
	i := sort.Search(len(clip.Units), func(i int) bool { return clip.Units[i].DTS > rest })
	f.nextUnit = round*int64(len(clip.Units)) + int64(i)
	if clip.HasAudio() {
		frames := clip.audio.frames
		i = sort.Search(len(frames), func(i int) bool { return frames[i].dts > rest })
		f.nextAudio = round*int64(len(frames)) + int64(i)
	}
}

// stamp returns the RTP timestamp of a position on the timeline, shifted by
// ticks of the track's own clock.
func (f *Feed) stamp(t *track, number int, position, shift int64) uint32 {
	if number == audioTrackID {
		position = rescale(position, ClockRate, int64(f.camera.Clip.audio.rate))
	}
	return t.base + uint32(position+shift)
}

// play begins sending to s after answering through reply. A session that plays
// already is only answered.
func (f *Feed) play(s *session, reply func(response), url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := s.conn.server.now()
	if len(f.sessions) == 0 {
		f.seek(f.position(now))
	}
	if !s.playing {
		s.from = f.entry()
	}
	// RTP-Info (RFC 2326 section 12.33) names the first packet, so that a client
	// knows where its time zero is.
	var info []string
	unit, _, round := f.unit(s.from)
	for number := range s.tracks {
		if t := &s.tracks[number]; t.set {
			shift := int64(0)
			if number == videoTrack {
				shift = unit.PTS
			}
			info = append(info, fmt.Sprintf("url=%s/%s%d;seq=%d;rtptime=%d", url, controlPrefix, number, t.seq, f.stamp(t, number, round, shift)))
		}
	}
	reply(response{status: 200, headers: append(s.conn.sessionHeader(), "Range: npt=now-", "RTP-Info: "+strings.Join(info, ","))})
	if !s.playing {
		s.playing, s.nextReport = true, now
		f.sessions = append(f.sessions, s)
		s.conn.server.wakeUp()
	}
}

// leave ends sending to s.
func (f *Feed) leave(s *session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions = slices.DeleteFunc(f.sessions, func(other *session) bool { return other == s })
}

// step sends what is due at now, and returns when something is due next: the
// zero time if nothing is.
func (f *Feed) step(now time.Time) (next time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.sessions) == 0 {
		return time.Time{}
	}
	position := f.position(now)
	for _, s := range f.sessions {
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
		if round+u.DTS > position {
			return round + u.DTS
		}
		if f.stalled {
			continue
		}
		var params []byte
		if u.Key && f.camera.InBandParams {
			params = f.layout.params
		}
		for _, s := range f.sessions {
			if t := &s.tracks[videoTrack]; t.set && f.nextUnit >= s.from {
				s.send(t, f.stamp(t, videoTrack, round, u.PTS), now, params, packets)
			}
		}
	}
}

// sendAudio does the same for audio frames.
func (f *Feed) sendAudio(position int64, now time.Time) int64 {
	for ; ; f.nextAudio++ {
		a, packets, round := f.audioFrame(f.nextAudio)
		if round+a.dts > position {
			return round + a.dts
		}
		if f.stalled {
			continue
		}
		for _, s := range f.sessions {
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
	cameraTime := f.epoch.Add(f.elapsed(now))
	if t := &s.tracks[videoTrack]; t.set {
		s.report(t, cameraTime, f.stamp(t, videoTrack, position+f.camera.Clip.delay, 0), now)
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
