package farm

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestJump(t *testing.T) {
	t.Parallel()
	s, clock, feed, c := yard(t, Camera{Clip: openClip(t, "k01-inngang")})
	advance(s, clock, time.Second)
	last := c.unit(H264)
	report := uint32(0)
	for _, d := range []time.Duration{20 * time.Second, -30 * time.Second, 40 * time.Millisecond} {
		feed.Jump(d)
		advance(s, clock, 40*time.Millisecond)
		u := c.unit(H264)
		if got, want := int32(u.timestamp-last.timestamp), int32(durationToTicks(d)+3600); got != want {
			t.Errorf("timestamps %d apart after a jump by %v, want %d", got, d, want)
		}
		if u.first != last.first+uint16(last.packets) {
			t.Error("numbers do not go on")
		}
		last = u
	}
	// The sender reports know of it.
	advance(s, clock, 5*time.Second)
	for _, f := range c.arrived() {
		if f.channel == 1 {
			report = binary.BigEndian.Uint32(f.data[16:])
		}
	}
	if got := int32(report - last.timestamp); got != 5*ClockRate {
		t.Errorf("the report's RTP time is %d ticks after the last picture, want 5 s", got)
	}
}

// Numbers wrap around near the start where they are told to begin near the end.
func TestFirstNumbers(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, Offset: time.Second, First: &Numbers{SSRC: 7, Sequence: 65530, Timestamp: 1<<32 - 10000}})
	for range 2 { // in each session
		c := dial(t, s, "cam")
		info := c.play().header.Get("RTP-Info")
		if !strings.Contains(info, ";seq=65530;rtptime=4294957296") {
			t.Errorf("RTP-Info %q", info)
		}
		advance(s, clock, 3*time.Second)
		p := c.packet()
		if p.ssrc() != 7 || p.seq() != 65530 || p.timestamp() != 1<<32-10000 {
			t.Errorf("first packet: SSRC %d, number %d, timestamp %d", p.ssrc(), p.seq(), p.timestamp())
		}
		var last frame
		for f := p; f.timestamp() >= 1<<31 || f.seq() >= 65530; f = c.packet() {
			last = f
		}
		if last.data == nil {
			t.Error("nothing came before the wrap-around")
		}
		c.nc.Close()
	}
}

func TestRenumber(t *testing.T) {
	t.Parallel()
	s, clock, feed, c := yard(t, Camera{Clip: openClip(t, "k01-inngang")})
	advance(s, clock, time.Second)
	c.unit(H264)
	feed.Renumber(Numbers{SSRC: 1, Sequence: 2})
	advance(s, clock, 80*time.Millisecond)
	first, second := c.packet(), c.unit(H264)
	if first.ssrc() != 1 || first.seq() != 2 || first.timestamp() != 0 {
		t.Errorf("SSRC %d, number %d, timestamp %d", first.ssrc(), first.seq(), first.timestamp())
	}
	for second.timestamp == 0 {
		second = c.unit(H264)
	}
	if second.timestamp != 3600 {
		t.Errorf("then timestamp %d, want 3600", second.timestamp)
	}
}

// The other clip begins with a key frame and its parameter sets; the timeline
// goes on.
func TestSwitch(t *testing.T) {
	t.Parallel()
	for _, codec := range []Codec{H264, H265} {
		encoder := map[Codec][]string{H264: {"-c:v", "libx264"}, H265: {"-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=error"}}[codec]
		one := openClip(t, map[Codec]string{H264: "k01-inngang", H265: "k05-garderobe"}[codec])
		other := makeClip(t, "testsrc2=s=320x240:r=25:d=1.6", append(encoder, "-pix_fmt", "yuv420p", "-g", "20", "-bf", "0")...)
		s, clock, feed, c := yard(t, Camera{Clip: one})
		advance(s, clock, 2*time.Second)
		last := c.unit(codec)
		for _, f := range videoFrames(t, c.raw(s)) {
			last.timestamp = f.timestamp()
		}
		if err := feed.Switch(other); err != nil {
			t.Fatal(err)
		}
		advance(s, clock, 3*time.Second)
		u := c.unit(codec)
		waited := 0
		for ; !strings.HasPrefix(string(u.data), string(avcc(other.Params...))); u = c.unit(codec) {
			find(t, one, u.data)
			last = u
			waited++
		}
		if waited > 25 {
			t.Errorf("%s: %d more pictures of the first clip", codec, waited)
		}
		n := find(t, other, u.data[len(avcc(other.Params...)):])
		if !other.Units[n].Key {
			t.Errorf("%s: begins with unit %d, no key frame", codec, n)
		}
		if d := int32(u.timestamp - last.timestamp); d <= 0 || d > 8*3600 {
			t.Errorf("%s: timestamps %d apart", codec, d)
		}
		for i := 1; i < 20; i++ {
			next := c.unit(codec)
			if find(t, other, next.data) != n+i || next.timestamp != u.timestamp+uint32(i)*3600 {
				t.Fatalf("%s: unit %d after unit %d, %d ticks", codec, find(t, other, next.data), n, next.timestamp-u.timestamp)
			}
		}
		if sdp := dial(t, s, "cam").must("DESCRIBE", c.url).body; sdp != feed.sdp() || !strings.Contains(sdp, strings.Split(videoFormat(Camera{}, other), ";")[1]) {
			t.Errorf("%s: new clients are told\n%s", codec, sdp)
		}
	}
	s, _, feed, _ := yard(t, Camera{Clip: openClip(t, "k01-inngang"), Audio: true})
	for _, clip := range []*Clip{openClip(t, "k05-garderobe"), openClip(t, "k02-ko")} {
		if feed.Switch(clip) == nil {
			t.Errorf("a camera of H.264 with audio goes on as %s", clip.Name)
		}
	}
	_ = s
}

// A digest client's nonce goes stale: its next request is refused with a new one.
func TestExpireNonce(t *testing.T) {
	t.Parallel()
	s, _ := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), User: "vakt", Password: "p", Auth: DigestMD5 | DigestSHA256})
	c := dial(t, s, "cam")
	challenge := c.ask("DESCRIBE", c.url).header["Www-Authenticate"][0]
	if strings.Contains(challenge, "stale") {
		t.Errorf("first challenge: %s", challenge)
	}
	c.authorize = digest(challenge, "vakt", "p")
	c.play()
	s.Camera("cam").ExpireNonce()
	for range 2 { // it stays refused
		a := c.ask("GET_PARAMETER", c.url)
		challenges := a.header["Www-Authenticate"]
		if a.status != 401 || len(challenges) != 2 || !strings.Contains(challenges[0], "stale=TRUE") || !strings.Contains(challenges[1], "stale=TRUE") {
			t.Fatalf("status %d, %q", a.status, challenges)
		}
		challenge = challenges[0]
	}
	c.authorize = digest(challenge, "vakt", "p")
	c.must("GET_PARAMETER", c.url)
	c.authorize = digest(challenge, "vakt", "wrong")
	if a := c.ask("GET_PARAMETER", c.url); a.status != 401 || strings.Contains(fmt.Sprint(a.header), "stale") {
		t.Errorf("with a wrong password: %d, %v", a.status, a.header)
	}
}

// Refused keepalives keep nothing alive.
func TestRefusedKeepalive(t *testing.T) {
	t.Parallel()
	s := serve(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), User: "vakt", Password: "p", SessionTimeout: time.Second})
	c := dial(t, s, "cam")
	c.authorize = digest(c.ask("DESCRIBE", c.url).header.Get("WWW-Authenticate"), "vakt", "p")
	c.play()
	s.Camera("cam").ExpireNonce()
	began := time.Now()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for s.Camera("cam").Clients() == 1 {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the session lives on refused requests")
		}
		fmt.Fprintf(c.nc, "GET_PARAMETER %s RTSP/1.0\r\nCSeq: 1\r\nSession: %s\r\n\r\n", c.url, c.session) // fails once it is over
		<-ticker.C
	}
	if d := time.Since(began); d < 800*time.Millisecond {
		t.Errorf("the session ended after %v, before its time", d)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	s, _ := serveFrozen(t, Camera{Path: "old", Clip: openClip(t, "k01-inngang")}, Camera{Path: "new", Clip: openClip(t, "k01-inngang")})
	s.Camera("old").Redirect(s.URL("new"))
	c := dial(t, s, "old")
	if a := c.ask("DESCRIBE", c.url); a.status != 302 || a.header.Get("Location") != s.URL("new") {
		t.Errorf("status %d, Location %q", a.status, a.header.Get("Location"))
	}
	c.must("DESCRIBE", s.URL("new"))
	s.Camera("old").Redirect("")
	c.must("DESCRIBE", c.url)
}

func TestSDP(t *testing.T) {
	t.Parallel()
	s, _ := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), SDP: "v=0\r\nm=video 0 RTP/AVP 26\r\n"})
	if a := dial(t, s, "cam").must("DESCRIBE", s.URL("cam")); a.body != "v=0\r\nm=video 0 RTP/AVP 26\r\n" {
		t.Errorf("SDP %q", a.body)
	}
}

// The reports' NTP time is off by what was set; the RTP time is right.
func TestClock(t *testing.T) {
	t.Parallel()
	s, clock, feed, c := yard(t, Camera{Clip: openClip(t, "k01-inngang"), Clock: Clock{Offset: time.Hour, Drift: 200}})
	off := func() (all []time.Duration) {
		for range 4 {
			advance(s, clock, 5*time.Second)
			for _, f := range c.arrived() {
				if f.channel != 1 {
					continue
				}
				seconds, fraction := int64(binary.BigEndian.Uint32(f.data[8:])), uint64(binary.BigEndian.Uint32(f.data[12:]))
				all = append(all, time.Unix(seconds-ntpEpoch, int64(fraction*1e9>>32)).Sub(clock.Now()).Round(time.Microsecond))
			}
		}
		return all
	}
	c.readFrame() // the first report, which may have come before its time
	for i, d := range off() {
		if want := time.Hour + time.Duration(i+1)*time.Millisecond; d != want { // 200 ppm of 5 s
			t.Errorf("report %d: the clock is off by %v, want %v", i, d, want)
		}
	}
	feed.SetClock(Clock{Offset: -90 * time.Second})
	for i, d := range off() {
		if d != -90*time.Second {
			t.Errorf("report %d: the clock is off by %v, want -90 s", i, d)
		}
	}
	feed.SetClock(Clock{Silent: true})
	if reports := off(); len(reports) > 0 {
		t.Errorf("%d reports from a camera that sends none", len(reports))
	}
}
