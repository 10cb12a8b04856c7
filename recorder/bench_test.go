package recorder

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/vault/footage"
)

// sunk is a sink that throws away what it is given.
type sunk struct{ bytes int64 }

func (s *sunk) fragment(f fragment) bool {
	s.bytes += int64(len(f.buf.b) - f.from)
	f.buf.free()
	return true
}
func (*sunk) end(footage.Instant)                         {}
func (*sunk) down(footage.Cause, string, footage.Instant) {}
func (*sunk) again() bool                                 { return false }

// gop returns two seconds of 1080p25 at 4 Mbit/s, in packets of at most 1,400
// bytes, as cameras send them: one large key frame with the parameter sets, and
// 49 others, of which every third is shown before the one that precedes it if
// there are to be B-frames.
func gop(b *testing.B, codec footage.Codec, reordered bool) (all []rtp.Packet) {
	name, key, other := "h264", byte(0x65), byte(0x41)
	if codec == footage.H265 {
		name, key, other = "h265", 19<<1, 1<<1
	}
	clip := loadClip(b, name)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 50 {
		header, size := []byte{other, 0x81}, 17_000
		if i == 0 {
			header, size = []byte{key, 0x81}, 160_000
		}
		if codec == footage.H265 {
			header = append(header[:1], 1, 0x81)
		}
		nal := header
		for range size {
			nal = append(nal, byte(1+r.IntN(255)))
		}
		nals := [][]byte{nal}
		if i == 0 {
			nals = append(append(nals[:0:0], clip.Params...), nal)
		}
		shown := i
		if reordered && i > 0 {
			shown += []int{-2, 1, 1}[i%3]
		}
		all = append(all, rtptest.Packets(codec, nals, 0, uint32(shown)*3600, 1400)...)
	}
	return all
}

// BenchmarkTrack is the cost of a packet from its payload to the finished
// fragment, without reading and writing. One operation is one packet.
func BenchmarkTrack(b *testing.B) {
	for _, bench := range []struct {
		name      string
		codec     footage.Codec
		reordered bool
	}{{"h264", footage.H264, false}, {"h264-b-frames", footage.H264, true}, {"h265", footage.H265, false}} {
		b.Run(bench.name, func(b *testing.B) {
			packets := gop(b, bench.codec, bench.reordered)
			bytes := 0
			for _, p := range packets {
				bytes += len(p.Payload)
			}
			s := &sunk{}
			t := newTrack(s, 10*time.Second, 0)
			t.begin(stream(loadClip(b, string(bench.codec))))
			b.SetBytes(int64(bytes / len(packets)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				p := packets[n%len(packets)]
				p.Sequence = uint16(n)
				p.Timestamp += uint32(n / len(packets) * 2 * second)
				t.packet(p, at(time.Duration(n)*2*time.Second/time.Duration(len(packets))))
				n++
			}
			if all := int64(n) * int64(bytes/len(packets)); n > 10*len(packets) && (s.bytes < all*9/10 || s.bytes > all*11/10) {
				b.Fatalf("%d bytes were made of %d", s.bytes, all)
			}
		})
	}
}
