package batch

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// listener is a Conn without a connection, that writes down what comes out.
type listener struct {
	Conn
	got []string
}

func listen(channel byte) *listener {
	l := &listener{}
	l.arrived.L = &l.mu
	l.frames = l.split
	l.splitter.channel = channel
	l.take = func(frames iter.Seq[Frame]) {
		for f := range frames {
			l.note(fmt.Sprintf("%d %x", f.Channel, f.Payload))
		}
		l.messages()
	}
	return l
}

// note puts what comes after the messages before it.
func (l *listener) note(what string) {
	l.messages()
	l.got = append(l.got, what)
}

func (l *listener) messages() {
	if len(l.unread) > 0 {
		l.got = append(l.got, string(l.unread))
		l.unread = l.unread[:0]
	}
}

// hear gives the listener b as if it had been read so.
func (l *listener) hear(b []byte) { l.deliver(append(bytes.Clone(l.tail), b...)) }

func framed(channel byte, payload []byte) []byte {
	return append([]byte{'$', channel, byte(len(payload) >> 8), byte(len(payload))}, payload...)
}

// packet returns an RTP packet of so many bytes of payload.
func packet(sequence uint16, size int) []byte {
	b := []byte{0x80, 96, byte(sequence >> 8), byte(sequence), 0, 0, 0, 0, 1, 2, 3, 4}
	for i := range size {
		b = append(b, "$\x00RTSP/1.0 "[i%11])
	}
	return b
}

const (
	answer  = "RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n"
	withSDP = "RTSP/1.0 200 OK\r\ncontent-length : 5\r\nCSeq: 8\r\n\r\n$\x00v=0"
	request = "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
)

// stream returns what a camera could send, and what is in it.
func stream() (b []byte, want []string) {
	frame := func(channel byte, payload []byte) {
		b = append(b, framed(channel, payload)...)
		want = append(want, fmt.Sprintf("%d %x", channel, payload))
	}
	message := func(text string) {
		b = append(b, text...)
		want = append(want, text)
	}
	frame(2, packet(1, 30))
	message(answer)
	frame(2, packet(2, 0))
	frame(3, []byte{0x80, 200, 0, 0}) // RTCP
	frame(2, nil)                     // empty, but framed
	frame(2, []byte{1, 2, 3})         // no RTP, but framed
	frame(9, packet(77, 5))           // of a track that nobody asked for
	message(withSDP)
	message(request)
	frame(2, packet(3, 300))
	message(answer)
	return b, want
}

func TestSplitAtEveryByte(t *testing.T) {
	b, want := stream()
	for at := range b {
		l := listen(2)
		l.hear(b[:at])
		l.hear(b[at:])
		if strings.Join(l.got, "") != strings.Join(want, "") || l.rubbish != 0 || len(l.tail) != 0 {
			t.Fatalf("split at %d: %q, want %q", at, l.got, want)
		}
	}
	l := listen(2)
	for i := range b {
		l.hear(b[i : i+1])
	}
	if strings.Join(l.got, "") != strings.Join(want, "") {
		t.Errorf("byte by byte: %q, want %q", l.got, want)
	}
}

func TestGreatestFrame(t *testing.T) {
	b := append(framed(0, packet(1, 1<<16-1-12)), framed(0, packet(2, 1))...)
	l := listen(0)
	for part := range slices.Chunk(b, 1000) {
		l.hear(part)
	}
	if len(l.got) != 2 || len(l.tail) != 0 {
		t.Errorf("%d frames, and %d bytes left", len(l.got), len(l.tail))
	}
}

// TestRubbish: what lies between frames costs none of those that follow.
func TestRubbish(t *testing.T) {
	const seed = 42
	r := rand.New(rand.NewPCG(seed, 1))
	for name, rubbish := range map[string]func(i int) []byte{
		"noise": func(int) []byte {
			b := make([]byte, r.IntN(3000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		},
		"line ends":                func(int) []byte { return []byte("\r\n") },
		"zeros":                    func(int) []byte { return make([]byte, 100) },
		"dollars":                  func(int) []byte { return []byte(strings.Repeat("$", 50)) },
		"words":                    func(int) []byte { return []byte("RTSP/ OPTIONS GET_PARAMETE HTTP/1.1 200 OK\r\n") },
		"a length that is not one": func(int) []byte { return []byte("xRTSP/1.0 200 OK\r\nContent-Length: 4294967295\r\n\r\n") },
		"half a frame":             func(i int) []byte { return framed(0, packet(uint16(i), 100))[60:] },
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(0)
			var want []string
			sent := uint64(0)
			for i := range 200 {
				if i%3 == 1 {
					b := rubbish(i)
					sent += uint64(len(b))
					l.hear(b)
				}
				p := packet(uint16(i), 50+i)
				want = append(want, fmt.Sprintf("0 %x", p))
				l.hear(framed(0, p))
			}
			if strings.Join(l.got, "") != strings.Join(want, "") || l.rubbish != sent {
				t.Errorf("seed %d: %d frames of %d, and %d bytes of rubbish of %d", seed, len(l.got), len(want), l.rubbish, sent)
			}
		})
	}
}

// TestNewSenderAfterRubbish: what follows a frame vouches for it when it comes from
// another sender.
func TestNewSenderAfterRubbish(t *testing.T) {
	l := listen(0)
	l.hear(framed(0, packet(1, 10)))
	l.hear([]byte("rubbish"))
	other := packet(2, 10)
	other[8] = 99
	l.hear(framed(0, other))
	if len(l.got) != 1 {
		t.Errorf("after an unknown sender: %q", l.got)
	}
	l.hear(framed(0, other))
	if len(l.got) != 3 {
		t.Errorf("after another packet of it: %q", l.got)
	}
}

func TestMessageWithoutEnd(t *testing.T) {
	l := listen(0)
	l.hear([]byte("RTSP/1.0 200 OK\r\n"))
	for range 40 {
		l.hear([]byte(strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 10)))
		if len(l.tail) > headroom {
			t.Fatalf("%d bytes are kept", len(l.tail))
		}
	}
	l.hear(framed(0, packet(1, 1)))
	l.hear(framed(0, packet(2, 1)))
	if len(l.got) != 2 {
		t.Errorf("what follows it: %q", l.got)
	}
}

func TestTakeThatHasEnough(t *testing.T) {
	l := listen(0)
	n := 0
	l.take = func(frames iter.Seq[Frame]) {
		for range frames {
			n++
			break
		}
	}
	l.hear(slices.Concat(framed(0, packet(1, 1)), framed(0, packet(2, 1)), []byte(answer), framed(0, packet(3, 1))[:9]))
	if n != 1 || string(l.unread) != answer || len(l.tail) != 9 {
		t.Errorf("%d frames, message %q, %d bytes left", n, l.unread, len(l.tail))
	}
}

// TestSplittingAllocatesNothing: but for the call itself.
func TestSplittingAllocatesNothing(t *testing.T) {
	var b []byte
	for i := range 80 {
		b = append(b, framed(0, packet(uint16(i), 1400))...)
	}
	b = append(b, framed(0, packet(80, 1400))[:700]...)
	l := listen(0)
	l.take = func(frames iter.Seq[Frame]) {
		for range frames {
		}
	}
	l.deliver(b)
	if n := testing.AllocsPerRun(100, func() { l.deliver(b) }); n > 2 {
		t.Errorf("%v allocations for a batch", n)
	}
}

// FuzzSplit: whatever comes, however it is divided, the same comes out, and no
// more is kept than there is room for.
func FuzzSplit(f *testing.F) {
	// Short: the fuzzer takes the square of an input's length to make it shorter.
	for _, seed := range []string{
		"$\x02\x00\x0d\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03x$\x03\x00\x04\x80\xc9\x00\x00",
		"x$\x02\x00\x01\x80$\x02\x00\x01\x80$\x05\x00\x01\x80$",
		"RTSP/1.0 200\r\n\r\n$\x02\x00\x00OPTIONS *\r\nContent-Length: 2\r\n\r\n$$",
		"RTSP/1.0 \r\nContent-Length: -1\r\n\r\nRTSP/1.0 \x00",
	} {
		f.Add([]byte(seed), uint16(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, part uint16) {
		if len(b) > 512 {
			return
		}
		whole, parts := listen(2), listen(2)
		whole.hear(b)
		for chunk := range slices.Chunk(b, int(part)+1) {
			parts.hear(chunk)
			if len(parts.tail) > headroom {
				t.Fatalf("%d bytes are kept", len(parts.tail))
			}
		}
		if strings.Join(whole.got, "") != strings.Join(parts.got, "") || whole.rubbish != parts.rubbish || !bytes.Equal(whole.tail, parts.tail) {
			t.Errorf("whole: %q and %d bytes of rubbish, in parts: %q and %d", whole.got, whole.rubbish, parts.got, parts.rubbish)
		}
	})
}
