package farm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// Everything about the stream that can be told exactly, with a clock that tests
// move: units, sequence numbers, timestamps over the clip's end, RTP-Info.
func TestStreamIsExact(t *testing.T) {
	t.Parallel()
	for _, name := range Clips() {
		clip := openClip(t, name)
		s, clock := serveFrozen(t, Camera{Path: "hall/cam", Clip: clip, Offset: clip.Duration() - 3*time.Second})
		c := dial(t, s, "hall/cam")
		info := c.play().header.Get("RTP-Info")
		var seq uint16
		var rtptime uint32
		if _, err := fmt.Sscanf(info, "url="+c.url+"/trackID=0;seq=%d;rtptime=%d", &seq, &rtptime); err != nil {
			t.Fatalf("RTP-Info %q: %v", info, err)
		}
		advance(s, clock, 8*time.Second)
		n := 0
		for i := range int(clip.Duration()/clip.frame()) / 4 { // 6 s
			u := c.unit(clip.Codec)
			if i == 0 {
				n = find(t, clip, u.data)
				if !clip.Units[n].Key {
					t.Fatalf("%s: begins with unit %d, no key frame", name, n)
				}
			}
			k := (n + i) % len(clip.Units)
			if !bytes.Equal(u.data, clip.Units[k].Data) {
				t.Fatalf("%s: unit %d is not the clip's %d", name, i, k)
			}
			want := rtptime + uint32(int64((n+i)/len(clip.Units))*clip.Period+clip.Units[k].PTS-clip.Units[n].PTS)
			if u.timestamp != want || u.first != seq {
				t.Fatalf("%s: unit %d: timestamp %d, number %d; want %d, %d", name, i, u.timestamp, u.first, want, seq)
			}
			seq += uint16(u.packets)
		}
		if n+int(6*time.Second/clip.frame()) <= len(clip.Units) {
			t.Fatalf("%s: the clip's end was not crossed", name)
		}
	}
}

// frame returns the duration of a frame.
func (c *Clip) frame() time.Duration { return c.Duration() / time.Duration(len(c.Units)) }

// Frames leave when they are due, not earlier, and later ones not with them.
func TestPace(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, Speed: 2})
	c := dial(t, s, "cam")
	c.play() // the first key frame from now on is due at 1 s of the clip
	advance(s, clock, 500*time.Millisecond-10*time.Microsecond)
	if !c.quiet() {
		t.Error("something came before its time")
	}
	next := clock.Now()
	for i := range 5 {
		if want := clock.Now().Add(20 * time.Millisecond); i > 0 && next.Sub(want).Abs() > 20*time.Microsecond {
			t.Errorf("after frame %d the next is due at %v, want %v", i-1, next, want)
		}
		if i == 0 {
			advance(s, clock, 10*time.Microsecond)
		} else {
			advance(s, clock, 20*time.Millisecond)
		}
		if n := find(t, clip, c.unit(H264).data); n != 25+i {
			t.Fatalf("unit %d came, want %d", n, 25+i)
		}
		if !c.quiet() {
			t.Fatalf("more than unit %d came", 25+i)
		}
		next = s.step(clock.Now())
	}
}

// Sender reports come at once and then every five seconds; NTP and RTP time
// are those of one instant.
func TestSenderReports(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko") // with B-frames
	const offset = 7 * time.Second
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, Offset: offset})
	began := clock.Now()
	c := dial(t, s, "cam")
	c.play()
	s.step(began)
	type arrival struct {
		frame
		at time.Time
	}
	var all []arrival
	for range 22 {
		for _, f := range c.arrived() {
			all = append(all, arrival{f, clock.Now()})
		}
		advance(s, clock, 500*time.Millisecond)
	}
	first := all[slices.IndexFunc(all, func(a arrival) bool { return a.channel == 0 })]
	zero := first.timestamp() - uint32(clip.Units[200].PTS) // 8 s, the next key frame
	var packets, octets uint32
	var at []time.Duration
	for _, a := range all {
		if a.channel == 0 {
			packets++
			octets += uint32(len(a.data) - headerSize)
			continue
		}
		at = append(at, a.at.Sub(began))
		checkReport(t, a.data, a.at, first.ssrc(), packets, octets)
		// A picture with timestamp x was captured when the timeline stood at x less
		// the encoder's delay.
		want := zero + uint32(durationToTicks(offset+a.at.Sub(began))+clip.delay)
		if got := binary.BigEndian.Uint32(a.data[16:]); got != want {
			t.Errorf("RTP time %d, want %d", got, want)
		}
	}
	if want := []time.Duration{0, 5 * time.Second, 10 * time.Second}; !slices.Equal(at, want) {
		t.Errorf("reports after %v, want %v", at, want)
	}
}

func checkReport(t *testing.T, b []byte, now time.Time, ssrc, packets, octets uint32) {
	t.Helper()
	if len(b) != 28+16 || b[0] != 0x80 || b[1] != 200 || binary.BigEndian.Uint16(b[2:]) != 6 {
		t.Fatalf("not a sender report: %x", b)
	}
	if b[28] != 0x81 || b[29] != 202 || binary.BigEndian.Uint16(b[30:]) != 3 {
		t.Errorf("not followed by a CNAME: %x", b[28:])
	}
	if got := binary.BigEndian.Uint32(b[4:]); got != ssrc {
		t.Errorf("SSRC %x, want %x", got, ssrc)
	}
	seconds, fraction := int64(binary.BigEndian.Uint32(b[8:])), uint64(binary.BigEndian.Uint32(b[12:]))
	at := time.Unix(seconds-2208988800, int64((fraction*1e9+1<<31)>>32))
	if d := at.Sub(now).Abs(); d > time.Nanosecond {
		t.Errorf("NTP time %v is %v off", at, d)
	}
	if p, o := binary.BigEndian.Uint32(b[20:]), binary.BigEndian.Uint32(b[24:]); p != packets || o != octets {
		t.Errorf("counts %d packets, %d octets; want %d, %d", p, o, packets, octets)
	}
}

func TestNTP(t *testing.T) {
	for _, c := range []struct {
		t    time.Time
		want uint64
	}{
		{time.Unix(0, 0), 2208988800 << 32},
		{time.Unix(-2208988800, 0), 0},
		{time.Unix(0, 500_000_000), 2208988800<<32 | 1<<31},
		{time.Unix(0, 999_999_999), 2208988800<<32 | 0xfffffffc},
	} {
		if got := ntp(c.t); got != c.want {
			t.Errorf("ntp(%v) = %x, want %x", c.t, got, c.want)
		}
	}
}

// Clients that come at different times see the same timeline.
func TestClientsShareTheTimeline(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k04-lasterampe")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip}, Camera{Path: "any", Clip: clip, JoinAnywhere: true})
	early := dial(t, s, "cam")
	early.play()
	advance(s, clock, 7*time.Second)
	late := dial(t, s, "cam")
	late.play()
	anywhere := dial(t, s, "any")
	anywhere.play()
	advance(s, clock, 1500*time.Millisecond)
	for want := 25; want <= 106; want++ { // 12.5 fps, GOP 25
		if n := find(t, clip, early.unit(H264).data); n != want {
			t.Fatalf("the early client gets unit %d, want %d", n, want)
		}
	}
	if n := find(t, clip, late.unit(H264).data); n != 100 {
		t.Errorf("the late client begins with unit %d, want 100", n)
	}
	if n := find(t, clip, anywhere.unit(H264).data); n != 88 {
		t.Errorf("the client that joins anywhere begins with unit %d, want 88", n)
	}
	if n := s.Camera("cam").Clients(); n != 2 {
		t.Errorf("%d clients, want 2", n)
	}
}

// Over UDP the same packets and reports arrive, one a datagram.
func TestUDP(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k03-scenekant")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip}, Camera{Path: "lost", Clip: clip, UDP: UDPLost}, Camera{Path: "tcp", Clip: clip, UDP: UDPRefused})
	pair, err := listenUDP(s.listener.Addr().(*net.TCPAddr).AddrPort().Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer pair.close()
	ports := fmt.Sprintf("%d-%d", pair.port(), pair.port()+1)

	refused := dial(t, s, "tcp")
	if a := refused.ask("SETUP", refused.url+"/trackID=0", "Transport: RTP/AVP;unicast;client_port="+ports); a.status != 461 {
		t.Errorf("a camera without UDP answers %d", a.status)
	}
	if a := refused.must("SETUP", refused.url+"/trackID=0", "Transport: RTP/AVP;unicast;client_port="+ports+",RTP/AVP/TCP;unicast"); !strings.HasPrefix(a.header.Get("Transport"), "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=") {
		t.Errorf("agreed on %q", a.header.Get("Transport"))
	}
	for _, path := range []string{"lost", "cam"} { // in this order: what the first sends would come first
		c := dial(t, s, path)
		a := c.must("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP;unicast;client_port="+ports)
		if want := fmt.Sprintf("RTP/AVP;unicast;client_port=%s;server_port=%d-%d;ssrc=", ports, s.udp.port(), s.udp.port()+1); !strings.HasPrefix(a.header.Get("Transport"), want) {
			t.Errorf("agreed on %q", a.header.Get("Transport"))
		}
		c.must("PLAY", c.url)
		advance(s, clock, 2500*time.Millisecond)
		if path == "lost" {
			c.must("TEARDOWN", c.url)
			if s.Camera("lost").Clients() != 0 {
				t.Error("still playing after TEARDOWN")
			}
		}
	}
	buf := make([]byte, 2000)
	pair.rtp.SetReadDeadline(time.Now().Add(20 * time.Second))
	var got [][]byte
	for {
		n, from, err := pair.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.Fatal(err)
		}
		if from.Port() != s.udp.port() {
			t.Errorf("RTP from port %d, want %d", from.Port(), s.udp.port())
		}
		got = append(got, bytes.Clone(buf[headerSize:n]))
		if buf[1]&0x80 != 0 {
			break
		}
	}
	if data, err := depacketize(H265, got); err != nil || find(t, clip, data) != 100 {
		t.Errorf("the first unit is not the clip's 100th (%v)", err)
	}
	pair.rtcp.SetReadDeadline(time.Now().Add(20 * time.Second))
	n, from, err := pair.rtcp.ReadFromUDPAddrPort(buf)
	if err != nil || n != 44 || buf[1] != 200 || from.Port() != s.udp.port()+1 {
		t.Errorf("first report: %x from %v (%v)", buf[:n], from, err)
	}
}

// The audio track goes to those who set it up, and to nobody else.
func TestAudio(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, Audio: true}, Camera{Path: "mute", Clip: clip})
	c := dial(t, s, "cam")
	if sdp := c.must("DESCRIBE", c.url).body; !strings.Contains(sdp, "a=rtpmap:97 MPEG4-GENERIC/48000/1\r\n") {
		t.Errorf("no audio in the SDP:\n%s", sdp)
	}
	c.must("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=4-5")
	c.must("SETUP", c.url+"/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=6-7")
	c.must("PLAY", c.url)
	video := dial(t, s, "cam")
	video.play()
	mute := dial(t, s, "mute")
	if a := mute.ask("SETUP", mute.url+"/trackID=1", "Transport: RTP/AVP/TCP;unicast"); a.status != 404 {
		t.Errorf("SETUP of a track that is not there: %d", a.status)
	}
	mute.play()
	advance(s, clock, 3*time.Second)
	seen := make(map[byte]int)
	for len(seen) < 4 || seen[6] < 50 {
		f := c.readFrame()
		seen[f.channel]++
		if f.channel == 6 && !bytes.Equal(f.data[headerSize+4:], clip.audio.frames[seen[6]].data) {
			t.Fatalf("audio frame %d is not the clip's", seen[6])
		}
	}
	for _, other := range []*client{video, mute} {
		for range 60 {
			if f := other.readFrame(); f.channel > 1 {
				t.Fatal("audio for a client that did not ask")
			}
		}
	}
	// The fault: it sends audio unasked.
	s.Camera("mute").SendAudio(true)
	advance(s, clock, time.Second)
	var last *frame
	for heard := 0; heard < 40; {
		if f := mute.readFrame(); f.channel == 2 {
			if last != nil && f.seq() != last.seq()+1 {
				t.Fatalf("audio packet %d after %d", f.seq(), last.seq())
			}
			last = &f
			heard++
		}
	}
}
