package farm

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// hall starts a server with one camera of 25 fps and key frames every second.
func hall(t *testing.T) (*Server, *clock, *Clip, *Feed) {
	t.Helper()
	clip := openClip(t, "k01-inngang")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip})
	return s, clock, clip, s.Camera("cam")
}

func TestDrop(t *testing.T) {
	t.Parallel()
	s, clock, clip, feed := hall(t)
	c := dial(t, s, "cam")
	c.play()
	advance(s, clock, 1500*time.Millisecond)
	c.unit(H264)
	feed.Drop()
	if !c.ended() {
		t.Fatal("the connection goes on")
	}
	again := dial(t, s, "cam")
	again.play()
	advance(s, clock, 2*time.Second)
	// The timeline went on meanwhile: the next key frame was at 2 s.
	if n := find(t, clip, again.unit(H264).data); n != 50 {
		t.Errorf("goes on with unit %d, want 50", n)
	}
}

func TestStall(t *testing.T) {
	t.Parallel()
	s, clock, clip, feed := hall(t)
	c := dial(t, s, "cam")
	c.play()
	advance(s, clock, time.Second)
	before := c.unit(H264)
	feed.Stall(true)
	advance(s, clock, 5*time.Second)
	advance(s, clock, 5300*time.Millisecond)
	if !c.quiet() {
		t.Error("media while stalled")
	}
	feed.Stall(false)
	advance(s, clock, time.Second) // 12.3 s: the key frame at 12 s has passed
	after := c.unit(H264)
	if n := find(t, clip, after.data); n != 300 {
		t.Errorf("goes on with unit %d, want 300", n)
	}
	if d := after.timestamp - before.timestamp; d != 11*ClockRate {
		t.Errorf("timestamps %d apart, want 11 s", d)
	}
	if after.first != before.first+uint16(before.packets) {
		t.Error("a stall must not look like loss")
	}
}

func TestLose(t *testing.T) {
	t.Parallel()
	s, clock, _, feed := hall(t)
	c := dial(t, s, "cam")
	c.play()
	advance(s, clock, time.Second)
	before := c.unit(H264)
	feed.Lose(7)
	advance(s, clock, time.Second)
	if p := c.packet(); p.seq() != before.first+uint16(before.packets)+7 {
		t.Errorf("packet %d follows %d", p.seq(), before.first+uint16(before.packets)-1)
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	s, clock, _, feed := hall(t)
	old := dial(t, s, "cam")
	old.play()
	feed.Refuse(NotFound)
	if a := dial(t, s, "cam").ask("DESCRIBE", s.URL("cam")); a.status != 404 {
		t.Errorf("status %d, want 404", a.status)
	}
	feed.Refuse(HangUp)
	c := dial(t, s, "cam")
	c.send("OPTIONS", c.url)
	if n, err := c.r.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes came, want none", n)
	}
	advance(s, clock, time.Second)
	old.unit(H264)
	old.must("GET_PARAMETER", old.url)
	feed.Refuse(Answer)
	dial(t, s, "cam").must("DESCRIBE", s.URL("cam"))
}

// A client that reads too slowly loses whole frames, which are counted.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	s, clock, clip, feed := hall(t)
	c := dial(t, s, "cam")
	c.play()
	const minutes = 40 // in one step, and far more than sockets hold
	advance(s, clock, minutes*time.Minute)
	dropped := int(feed.Dropped())
	if dropped == 0 {
		t.Fatal("no frame was dropped")
	}
	want := 25
	for want <= minutes*60*25-dropped {
		if u := c.unit(H264); !bytes.Equal(u.data, clip.Units[want%len(clip.Units)].Data) {
			t.Fatalf("unit %d is another", want)
		}
		want++
	}
	last := want - 1
	advance(s, clock, 40*time.Millisecond)
	u := c.unit(H264)
	if n := find(t, clip, u.data); n != (last+1+dropped)%len(clip.Units) {
		t.Errorf("unit %d comes after the loss, want %d", n, (last+1+dropped)%len(clip.Units))
	}
}

// A client that does not read at all loses its connection; the others lose nothing.
func TestStuckClient(t *testing.T) {
	t.Parallel()
	s, clock, clip, feed := hall(t)
	stuck := dial(t, s, "cam")
	stuck.play()
	c := dial(t, s, "cam")
	c.play()
	advance(s, clock, 960*time.Millisecond) // from here to the next second there are 25 units
	want := 25
	for feed.Clients() == 2 {
		if clock.Now().Sub(s.epoch) > time.Hour {
			t.Fatal("the stuck client is never given up")
		}
		advance(s, clock, time.Second)
		for range 25 {
			u := c.unit(H264)
			if !bytes.Equal(u.data, clip.Units[want%len(clip.Units)].Data) {
				t.Fatalf("the other client does not get unit %d", want)
			}
			want++
		}
	}
	if !stuck.ended() {
		t.Error("the stuck client's connection goes on")
	}
	c.must("GET_PARAMETER", c.url)
}

func TestClose(t *testing.T) {
	t.Parallel()
	s, _, _, _ := hall(t)
	c := dial(t, s, "cam")
	c.play()
	idle := dial(t, s, "cam")
	idle.must("OPTIONS", "*")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if !c.ended() || !idle.ended() {
		t.Error("connections go on after Close")
	}
}

func TestSessionTimeout(t *testing.T) {
	t.Parallel()
	s := serve(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), JoinAnywhere: true, SessionTimeout: time.Second})
	c := dial(t, s, "cam")
	if got := c.play().header.Get("Session"); got != c.session+";timeout=1" {
		t.Errorf("session header %q", got)
	}
	// Receiver reports keep it alive.
	began := time.Now()
	for time.Since(began) < 1500*time.Millisecond {
		if _, err := c.nc.Write([]byte{'$', 1, 0, 8, 0x80, 201, 0, 1, 0, 0, 0, 1}); err != nil {
			t.Fatal(err)
		}
		c.readFrame()
	}
	c.must("GET_PARAMETER", c.url)
	if !c.ended() {
		t.Error("the session goes on without a sign of life")
	}
}

// Sending allocates nothing, over TCP and UDP.
func TestSendingAllocatesNothing(t *testing.T) {
	clip := openClip(t, "k02-ko")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, InBandParams: true})
	c := dial(t, s, "cam")
	c.play()
	d := dial(t, s, "cam")
	d.must("SETUP", d.url+"/trackID=0", "Transport: RTP/AVP;unicast;client_port=9-10") // the discard port
	d.must("PLAY", d.url)
	go io.Copy(io.Discard, c.r)
	advance(s, clock, 2*clip.Duration())
	if n := testing.AllocsPerRun(20, func() { advance(s, clock, time.Second) }); n > 0.5 {
		t.Errorf("%v allocations a second of video", n)
	}
}

func BenchmarkSend(b *testing.B) {
	s, clock := serveFrozen(b, Camera{Path: "cam", Clip: openClip(b, "k02-ko")})
	c := dial(b, s, "cam")
	c.play()
	go io.Copy(io.Discard, c.r)
	advance(s, clock, 2*time.Second)
	b.ReportAllocs()
	for b.Loop() {
		advance(s, clock, 40*time.Millisecond)
	}
}
