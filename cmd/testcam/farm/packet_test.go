package farm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// depacketize is the way back, by RFC 6184 and RFC 7798: it returns the NAL units
// in payloads, each after its length in four bytes.
func depacketize(codec Codec, payloads [][]byte) ([]byte, error) {
	if codec == AV1 {
		return depacketizeAV1(payloads)
	}
	var out []byte
	add := func(nal []byte) { out = append(binary.BigEndian.AppendUint32(out, uint32(len(nal))), nal...) }
	var fragments []byte
	head, single, group, fu := 1, byte(23), byte(24), byte(28)
	if codec == H265 {
		head, single, group, fu = 2, 47, 48, 49
	}
	for i, p := range payloads {
		switch kind := nalType(codec, p); {
		case kind <= single:
			add(p)
		case kind == group:
			for p = p[head:]; len(p) > 0; {
				n := int(binary.BigEndian.Uint16(p))
				add(p[2 : 2+n])
				p = p[2+n:]
			}
		case kind == fu:
			f := p[head]
			start, end := f&0x80 != 0, f&0x40 != 0
			if start != (fragments == nil) || start && end {
				return nil, fmt.Errorf("packet %d: fragment out of order", i)
			}
			if start && codec == H265 {
				fragments = []byte{p[0]&0x81 | f&0x3f<<1, p[1]}
			} else if start {
				fragments = []byte{p[0]&0xe0 | f&0x1f}
			}
			fragments = append(fragments, p[head+1:]...)
			if end {
				add(fragments)
				fragments = nil
			}
		default:
			return nil, fmt.Errorf("packet %d: type %d", i, kind)
		}
	}
	if fragments != nil {
		return nil, fmt.Errorf("last fragment missing")
	}
	return out, nil
}

// payloads takes the RTP payloads out of laid-out packets and checks the rest.
func payloads(t *testing.T, laid []byte, payloadType byte, marked bool) [][]byte {
	t.Helper()
	var all [][]byte
	for p := range packets(laid) {
		rtp := p[framingSize:]
		last := len(p) == len(laid)
		laid = laid[len(p):]
		if p[0] != '$' || len(rtp) > maxPacket || rtp[0] != 0x80 || rtp[1]&0x7f != payloadType || (rtp[1]&0x80 != 0) != (last && marked) {
			t.Fatalf("bad packet %x (last: %v)", p[:min(len(p), 16)], last)
		}
		all = append(all, rtp[headerSize:])
	}
	return all
}

func TestLayoutHoldsTheClip(t *testing.T) {
	t.Parallel()
	for _, name := range Clips() {
		c := openClip(t, name)
		for i, kind := range []string{"plain", "aggregated"} {
			l := c.layout(form{aggregate: i == 1})
			count := 0
			for n, u := range c.Units {
				p := payloads(t, l.units[n], videoType, true)
				count += len(p)
				if got, err := depacketize(c.Codec, p); err != nil || !bytes.Equal(got, u.Data) {
					t.Fatalf("%s, %s, unit %d: packets hold something else (%v)", name, kind, n, err)
				}
			}
			got, err := depacketize(c.Codec, payloads(t, l.params, videoType, false))
			if want := avcc(c.Params...); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s, %s: parameter sets: %x, want %x (%v)", name, kind, got, want, err)
			}
			if i == 1 && len(payloads(t, l.params, videoType, false)) != 1 {
				t.Errorf("%s: parameter sets are not aggregated", name)
			}
			t.Logf("%s, %s: %d packets for %d units", name, kind, count, len(c.Units))
		}
		if c.HasAudio() {
			for n, f := range c.audio.frames {
				p := payloads(t, c.layout(form{}).audio[n], audioType, true)
				if len(p) != 1 || !bytes.Equal(p[0][4:], f.data) || int(binary.BigEndian.Uint16(p[0][2:]))>>3 != len(f.data) {
					t.Fatalf("%s: audio frame %d: %x", name, n, p)
				}
			}
		}
	}
}

func avcc(nals ...[]byte) (b []byte) {
	for _, nal := range nals {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(nal))), nal...)
	}
	return b
}

// NAL units of every awkward length survive, alone and beside others.
func TestPackSizes(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	sizes := []int{2, 3, 4, maxPayload - 6, maxPayload - 5, maxPayload - 4, maxPayload - 3, maxPayload - 2, maxPayload - 1, maxPayload, maxPayload + 1}
	for fragments := 2; fragments < 5; fragments++ {
		for _, head := range []int{2, 3} {
			for d := -3; d <= 3; d++ {
				sizes = append(sizes, fragments*(maxPayload-head)+d)
			}
		}
	}
	nal := func(codec Codec, size int) []byte {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		// A type that may be packed: 1..23, or 0..47 with layer id 0 and TID 1..7.
		if codec == H265 {
			b[0], b[1] = byte(random.IntN(48))<<1, byte(1+random.IntN(7))
		} else {
			b[0] = b[0]&0x60 | byte(1+random.IntN(23))
		}
		return b
	}
	for _, codec := range []Codec{H264, H265} {
		for _, aggregate := range []bool{false, true} {
			for _, size := range sizes {
				nals := [][]byte{nal(codec, size), nal(codec, sizes[random.IntN(len(sizes))]), nal(codec, 2+random.IntN(40)), nal(codec, 2+random.IntN(40))}
				laid := packer{codec: codec, aggregate: aggregate}.pack(slices.Values(nals))
				endFrame(laid)
				got, err := depacketize(codec, payloads(t, laid, videoType, true))
				if err != nil || !bytes.Equal(got, avcc(nals...)) {
					t.Fatalf("%s, aggregate %v, sizes %d, %d, %d, %d: %v", codec, aggregate, len(nals[0]), len(nals[1]), len(nals[2]), len(nals[3]), err)
				}
			}
		}
	}
}
