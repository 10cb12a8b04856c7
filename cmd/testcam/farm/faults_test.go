package farm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// yard starts a server with one camera, of which a client gets the video.
func yard(t *testing.T, c Camera) (*Server, *clock, *Feed, *client) {
	t.Helper()
	c.Path = "cam"
	s, clock := serveFrozen(t, c)
	cl := dial(t, s, "cam")
	cl.play()
	return s, clock, s.Camera("cam"), cl
}

// raw returns all bytes that the server has sent until now, less RTSP answers.
func (c *client) raw(s *Server) []byte {
	c.t.Helper()
	const end = "RTSP/1.0 404 Not Found\r\nServer: testcam\r\nCSeq: 999\r\n\r\n"
	fmt.Fprintf(c.nc, "DESCRIBE rtsp://x/nowhere RTSP/1.0\r\nCSeq: 999\r\n\r\n")
	var all []byte
	for b := make([]byte, 64<<10); !bytes.HasSuffix(all, []byte(end)); {
		c.nc.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := c.r.Read(b)
		if err != nil {
			c.t.Fatalf("couldn't read: %v", err)
		}
		all = append(all, b[:n]...)
	}
	return all[:len(all)-len(end)]
}

// videoFrames takes what is framed on channel 0 out of raw bytes.
func videoFrames(t *testing.T, raw []byte) (all []frame) {
	t.Helper()
	for len(raw) > 0 {
		if raw[0] != '$' {
			t.Fatalf("%q is no interleaved frame", raw[:min(len(raw), 8)])
		}
		n := 4 + int(binary.BigEndian.Uint16(raw[2:]))
		if raw[1] == 0 {
			all = append(all, frame{0, raw[4:n]})
		}
		raw = raw[n:]
	}
	return all
}

func TestFrozenVideo(t *testing.T) {
	t.Parallel()
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), Audio: true})
	c := dial(t, s, "cam")
	c.must("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
	c.must("SETUP", c.url+"/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=2-3")
	c.must("PLAY", c.url)
	advance(s, clock, 2*time.Second)
	c.arrived()
	s.Camera("cam").Misbehave(Faults{FrozenVideo: true})
	advance(s, clock, 6*time.Second)
	seen := map[byte]int{}
	for _, f := range c.arrived() {
		seen[f.channel]++
	}
	if seen[0] != 0 || seen[1] != 1 || seen[2] < 200 || seen[3] != 1 {
		t.Errorf("frames by channel: %v, want none of video and the others as ever", seen)
	}
	s.Camera("cam").Misbehave(Faults{})
	advance(s, clock, time.Second)
	if n := find(t, s.Camera("cam").clip, c.unit(H264).data); n != 225 {
		t.Errorf("goes on with unit %d, want 225", n)
	}
}

func TestHung(t *testing.T) {
	t.Parallel()
	s, clock, feed, c := yard(t, Camera{Clip: openClip(t, "k01-inngang")})
	c.readFrame() // the first report
	feed.Misbehave(Faults{Hung: true})
	late := dial(t, s, "cam")
	late.send("OPTIONS", late.url)
	c.send("GET_PARAMETER", c.url)
	advance(s, clock, 6*time.Second)
	for _, cl := range []*client{c, late} {
		cl.nc.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if b, err := cl.r.Peek(1); err == nil {
			t.Errorf("a hung camera says %q", b)
		} else if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
			t.Errorf("the connection is not kept: %v", err)
		}
	}
	feed.Misbehave(Faults{})
	advance(s, clock, time.Second)
	if n := find(t, feed.clip, c.unit(H264).data); n != 175 {
		t.Errorf("goes on with unit %d, want 175", n)
	}
}

func TestNoKeyFrames(t *testing.T) {
	t.Parallel()
	s, clock, feed, c := yard(t, Camera{Clip: openClip(t, "k01-inngang"), Faults: Faults{NoKeyFrames: true}})
	advance(s, clock, 90*time.Second)
	n := 0
	for _, f := range videoFrames(t, c.raw(s)) {
		if f.marker() {
			n++
		}
	}
	if want := 90*25 - 90; n != want {
		t.Errorf("%d pictures in 90 s, want %d", n, want)
	}
	feed.Misbehave(Faults{})
	advance(s, clock, time.Second)
	for want := 451; want <= 475; want++ { // the next key frame is 475
		if n := find(t, feed.clip, c.unit(H264).data); n != want {
			t.Fatalf("goes on with unit %d, want %d", n, want)
		}
	}
}

func TestNewSSRC(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock, _, c := yard(t, Camera{Clip: clip, Faults: Faults{NewSSRC: true}})
	advance(s, clock, 4*time.Second)
	frames := videoFrames(t, c.raw(s))
	sources := map[uint32]bool{}
	for i, f := range frames {
		sources[f.ssrc()] = true
		if f.seq() != frames[0].seq()+uint16(i) {
			t.Fatal("the numbers do not go on")
		}
	}
	if len(sources) != 4 {
		t.Errorf("%d sources in 4 groups of pictures", len(sources))
	}
}

func TestCrosstalk(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock, _, c := yard(t, Camera{Clip: clip, Faults: Faults{Crosstalk: true}})
	advance(s, clock, 3*time.Second)
	frames := videoFrames(t, c.raw(s))
	source := frames[0].ssrc()
	var own, other []frame
	for _, f := range frames {
		if f.ssrc() == source {
			own = append(own, f)
		} else {
			other = append(other, f)
		}
	}
	if len(own) == 0 || len(own) != len(other) || other[0].ssrc() != other[len(other)-1].ssrc() {
		t.Fatalf("%d packets of its own, %d of another", len(own), len(other))
	}
	for i, f := range own {
		if f.seq() != own[0].seq()+uint16(i) {
			t.Fatal("its own packets are not all there")
		}
	}
}

// What is no garbage is the stream, whole.
func TestGarbage(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock, _, c := yard(t, Camera{Clip: clip, Faults: Faults{Garbage: true}})
	advance(s, clock, 20*time.Second)
	raw := c.raw(s)
	garbage := 0
	at, round := 25, 0
	for len(raw) > 0 {
		want := clip.layout(form{}).units[at%len(clip.Units)]
		if i := bytes.Index(raw, want[:2]); i >= 0 && same(raw[i:], want) {
			raw = raw[i+len(want):]
			garbage += i
			at++
			round++
			continue
		}
		garbage++ // or a report
		raw = raw[1:]
	}
	if round != 19*25+1 {
		t.Errorf("%d units are whole, want %d", round, 19*25+1)
	}
	if garbage -= 4 * (44 + 4); garbage < 100 {
		t.Errorf("%d bytes of garbage", garbage)
	}
}

// same tells whether got begins with these packets, but for what is filled in.
func same(got, want []byte) bool {
	for p := range packets(want) {
		if len(got) < len(p) || !bytes.Equal(got[:6], p[:6]) || !bytes.Equal(got[16:len(p)], p[16:]) {
			return false
		}
		got = got[len(p):]
	}
	return true
}

// Each bad packet comes in its turn; the pictures that get none are whole, and
// key frames are among them.
func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, clip := range []*Clip{openClip(t, "k01-inngang"), openClip(t, "k05-garderobe"), av1Clip(t)} {
		s, clock, _, c := yard(t, Camera{Clip: clip, Faults: Faults{Malformed: true}})
		advance(s, clock, 30*time.Second)
		frames := videoFrames(t, c.raw(s))
		kinds := slices.Concat(badHeaders, badPayloads[clip.Codec])
		seen := make([]int, len(kinds))
		var next uint16
		var keys, whole, hurt int
		var unit [][]byte
		spoilt := false
		ssrc := frames[0].ssrc()
		for i, f := range frames {
			bad := slices.IndexFunc(badHeaders, func(h []byte) bool { return bytes.Equal(h, f.data) })
			if bad < 0 {
				if f.ssrc() != ssrc || i > 0 && f.seq() != next {
					t.Fatalf("%s: packet %d, number %d: want number %d", clip.Codec, i, f.seq(), next)
				}
				next = f.seq() + 1
				if bad = slices.IndexFunc(badPayloads[clip.Codec], func(p []byte) bool { return bytes.Equal(p, f.data[headerSize:]) }); bad >= 0 {
					bad += len(badHeaders)
					spoilt = true
				}
			}
			if bad >= 0 {
				seen[bad]++
				continue
			}
			unit = append(unit, f.data[headerSize:])
			if !f.marker() {
				continue
			}
			if data, err := depacketize(clip.Codec, unit); err != nil {
				t.Fatalf("%s: %v", clip.Codec, err)
			} else if n := find(t, clip, data); clip.Units[n].Key {
				keys++
				if spoilt {
					t.Fatalf("%s: bad packets in a key frame", clip.Codec)
				}
			}
			if spoilt {
				hurt++
			} else {
				whole++
			}
			unit, spoilt = nil, false
		}
		if slices.Min(seen) == 0 {
			t.Errorf("%s: bad packets seen: %v", clip.Codec, seen)
		}
		if keys < 10 || whole < 2*hurt {
			t.Errorf("%s: %d key frames, %d units whole, %d not", clip.Codec, keys, whole, hurt)
		}
	}
}

// Over UDP bad packets come, too, and what is meant for TCP does not.
func TestFaultsOverUDP(t *testing.T) {
	t.Parallel()
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k04-lasterampe"), Faults: Faults{Malformed: true, Garbage: true, Crosstalk: true, Duplicates: 0.5}})
	pair, err := listenUDP(s.listener.Addr().(*net.TCPAddr).AddrPort().Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer pair.close()
	c := dial(t, s, "cam")
	c.must("SETUP", c.url+"/trackID=0", fmt.Sprintf("Transport: RTP/AVP;unicast;client_port=%d-%d", pair.port(), pair.port()+1))
	c.must("PLAY", c.url)
	var bad, doubled int
	sources := map[uint32]bool{}
	var last []byte
	advance(s, clock, 2*time.Second)
	for range 10 {
		advance(s, clock, 2*time.Second)
		for units := 0; units < 25; {
			b := make([]byte, 2000)
			pair.rtp.SetReadDeadline(time.Now().Add(20 * time.Second))
			n, _, err := pair.rtp.ReadFromUDP(b)
			if err != nil {
				t.Fatal(err)
			}
			b = b[:n]
			if slices.ContainsFunc(badHeaders, func(h []byte) bool { return bytes.Equal(h, b) }) {
				bad++
				continue
			}
			f := frame{0, b}
			sources[f.ssrc()] = true
			if bytes.Equal(b, last) {
				doubled++
			} else if f.marker() {
				units++
			}
			last = b
		}
	}
	if bad < len(badHeaders) || doubled < 20 || len(sources) != 1 {
		t.Errorf("%d bad packets, %d doubled, %d sources", bad, doubled, len(sources))
	}
}

// Ten times the bytes, but decoders find the same pictures in them.
func TestBitrate(t *testing.T) {
	t.Parallel()
	for _, clip := range []*Clip{openClip(t, "k01-inngang"), openClip(t, "k03-scenekant"), av1Clip(t)} {
		var sizes [2]int
		for i, factor := range []float64{0, 10} {
			s, clock, _, c := yard(t, Camera{Clip: clip, Faults: Faults{Bitrate: factor}})
			advance(s, clock, 8*time.Second)
			frames := videoFrames(t, c.raw(s))
			filler := clip.layout(form{}).filler[framingSize+headerSize:]
			var unit [][]byte
			for _, f := range frames {
				sizes[i] += len(f.data)
				if !bytes.Equal(f.data[headerSize:], filler) {
					unit = append(unit, f.data[headerSize:])
				}
				if f.marker() {
					data, err := depacketize(clip.Codec, unit)
					if err != nil {
						t.Fatal(err)
					}
					find(t, clip, data)
					unit = nil
				}
			}
		}
		if ratio := float64(sizes[1]) / float64(sizes[0]); ratio < 9 || ratio > 30 { // small units are filled with whole packets
			t.Errorf("%s: %.1f times the bytes, want 10", clip.Codec, ratio)
		}
	}
	// ffmpeg decodes it without complaint.
	s := serve(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), Speed: 8, Faults: Faults{Bitrate: 10}})
	if got := ffmpegFrames(t, nil, "-xerror", "-err_detect", "explode", "-rtsp_transport", "tcp", "-analyzeduration", "500000", "-i", s.URL("cam"), "-map", "0:v", "-frames:v", "60"); len(got) != 60 {
		t.Errorf("ffmpeg decoded %d frames", len(got))
	}
}

// Packets are lost, doubled and swapped about as often as is asked for, and
// nothing else happens to them.
func TestTransport(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	send := func(f Faults) (seqs []uint16) {
		s, clock, _, c := yard(t, Camera{Clip: clip, Offset: time.Second, Faults: f, First: &Numbers{}})
		for range 24 { // so that the client's backlog suffices
			advance(s, clock, 5*time.Second)
			for _, frame := range videoFrames(t, c.raw(s)) {
				seqs = append(seqs, frame.seq())
			}
		}
		return seqs
	}
	all := send(Faults{})
	count := func(seqs []uint16) (lost, doubled, late int) {
		times := map[uint16]int{}
		highest := uint16(0)
		for _, n := range seqs {
			times[n]++
			if times[n] == 1 && n < highest {
				late++
			}
			highest = max(highest, n)
		}
		for _, n := range all {
			switch times[n] {
			case 0:
				lost++
			case 2:
				doubled++
			}
		}
		return lost, doubled, late
	}
	about := func(n int, chance float64) bool {
		want := chance * float64(len(all))
		return float64(n) > want*0.7 && float64(n) < want*1.3
	}
	if lost, doubled, late := count(send(Faults{Loss: 0.1})); !about(lost, 0.1) || doubled+late > 0 {
		t.Errorf("of %d: %d lost, %d doubled, %d late", len(all), lost, doubled, late)
	}
	if lost, doubled, late := count(send(Faults{Duplicates: 0.1})); !about(doubled, 0.1) || lost+late > 0 {
		t.Errorf("of %d: %d lost, %d doubled, %d late", len(all), lost, doubled, late)
	}
	if lost, doubled, late := count(send(Faults{Reordering: 0.1})); !about(late, 0.09) || lost > 1 || doubled > 0 {
		t.Errorf("of %d: %d lost, %d doubled, %d late", len(all), lost, doubled, late)
	}
	if a, b := send(Faults{Loss: 0.1, Reordering: 0.1}), send(Faults{Loss: 0.1, Reordering: 0.1}); !slices.Equal(a, b) {
		t.Error("chance is not the same each time")
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	got, err := ParseFaults("garbage,loss=0.02,bitrate=10,no-key-frames")
	if want := (Faults{Garbage: true, Loss: 0.02, Bitrate: 10, NoKeyFrames: true}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, list := range []string{"", "nothing", "garbage=1", "loss", "loss=x", "loss=2", "bitrate=-1", "bitrate=1000", "garbage, malformed"} {
		if _, err := ParseFaults(list); err == nil {
			t.Errorf("%q is taken", list)
		}
	}
	if _, err := Start("127.0.0.1:0", Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), Faults: Faults{Loss: 2}}); err == nil {
		t.Error("a camera loses twice as many packets as it has")
	}
	if len(switches)+len(numbers) != 12 {
		t.Error("a fault cannot be named, or this test does not know it")
	}
}

// A camera that writes each packet by itself sends the same.
func TestPacketWrites(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	s, clock, _, c := yard(t, Camera{Clip: clip, PacketWrites: true})
	advance(s, clock, 3*time.Second)
	for want := 50; want < 70; want++ {
		if n := find(t, clip, c.unit(H264).data); n != want {
			t.Fatalf("unit %d, want %d", n, want)
		}
	}
}

// Chance and faults cost the good camera next door nothing: it sends exactly its
// clip.
func TestFaultsStayWithTheirCamera(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock := serveFrozen(t, Camera{Path: "mad", Clip: clip, Faults: Faults{Garbage: true, Malformed: true, Crosstalk: true, Loss: 0.1, Bitrate: 10}}, Camera{Path: "good", Clip: clip})
	mad, good := dial(t, s, "mad"), dial(t, s, "good")
	mad.play()
	good.play()
	go io.Copy(io.Discard, mad.r)
	advance(s, clock, 5*time.Second)
	for want := 25; want < 120; want++ {
		if n := find(t, clip, good.unit(H264).data); n != want {
			t.Fatalf("unit %d, want %d", n, want)
		}
	}
}
