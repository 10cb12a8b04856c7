package farm

import (
	"crypto/rand"
	"fmt"
	"time"
)

// Drop closes the connections of all clients that play. They may come back.
func (f *Feed) Drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		s.conn.close()
	}
}

// Jump moves the RTP timestamps of video by d, back if it is negative, from the
// next packet on; the sender reports go along. Wyze Cam v3 does it every few
// seconds [raptor 43].
func (f *Feed) Jump(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.receivers {
		s.tracks[videoTrack].base += uint32(durationToTicks(d))
	}
}

// Renumber makes the next packet of video have these numbers, in every session:
// an encoder that was started anew, by a changed setting or by a watchdog, within
// sessions that live on.
func (f *Feed) Renumber(n Numbers) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.receivers {
		f.renumber(s, n)
	}
}

// renumber makes the first packet of video that s gets from now on have n.
func (f *Feed) renumber(s *session, n Numbers) {
	u, _, round := f.unit(max(f.nextUnit, s.from))
	t := &s.tracks[videoTrack]
	t.ssrc, t.seq, t.base = n.SSRC, n.Sequence, n.Timestamp-uint32(round+u.PTS)
}

// Switch lets the camera show another clip from that one's next key frame on,
// with the parameter sets in-band from then on: someone changes the resolution,
// or the camera does, as a Lorex does between day and night [frigate 542]. The
// timeline goes on. The codec must be the same.
func (f *Feed) Switch(clip *Clip) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case clip.Codec != f.clip.Codec:
		return fmt.Errorf("camera %s: a stream of %s cannot go on as %s", f.camera.Path, f.clip.Codec, clip.Codec)
	case f.camera.Audio && !clip.HasAudio():
		return fmt.Errorf("camera %s: the other clip has no audio", f.camera.Path)
	}
	f.next = clip
	position := f.position(f.server.now())
	n := clip.firstAfter(position)
	for !clip.Units[n%int64(len(clip.Units))].Key {
		n++
	}
	f.nextAt = n/int64(len(clip.Units))*clip.Period + clip.Units[n%int64(len(clip.Units))].DTS
	f.server.wakeUp()
	return nil
}

// change takes up the clip that Switch has announced, which begins at f.nextAt.
func (f *Feed) change() {
	f.show(f.next)
	f.next, f.inBand = nil, true
	f.seek(f.nextAt - 1)
	for _, s := range f.receivers {
		s.from = f.nextUnit
	}
}

// ExpireNonce makes the camera refuse the nonce that digest clients have: their
// next request is answered 401 with a new one and stale=TRUE. Axis M5525 does it
// after 150 s [SharpRTSP 126].
func (f *Feed) ExpireNonce() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire()
}

func (f *Feed) expire() {
	f.account.stale, f.account.nonce, f.account.uses = f.account.nonce, rand.Text(), 0
}

// spend takes note that the nonce has been used, see Camera.NonceUses.
func (f *Feed) spend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.account.uses++; f.account.uses == f.camera.NonceUses {
		f.expire()
	}
}

// SetPassword changes whom the camera admits, from the next request on; an
// empty user admits everybody. Sessions go on, though their requests fail.
func (f *Feed) SetPassword(user, password string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.account = newAccount(user, password, f.camera.Auth)
}

// SetClock sets what the sender reports tell from the next one on: a camera that
// finds its time server, or loses it.
func (f *Feed) SetClock(c Clock) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = c
}

// Refuse sets how clients are treated that do not yet have a session.
func (f *Feed) Refuse(how Refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusal = how
}

// Redirect answers DESCRIBE with 302 and this URL, as video gateways do that
// spread their clients; an empty one ends that.
func (f *Feed) Redirect(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.redirect = url
}

// SendAudio makes the camera misbehave: while it is on, clients over TCP that did
// not set up the audio track get it all the same, on the two channels after the
// video's. The clip must have audio.
func (f *Feed) SendAudio(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unasked = on && f.clip.HasAudio()
}
