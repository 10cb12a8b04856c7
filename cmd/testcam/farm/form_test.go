package farm

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

// sliced has four slices a picture, with delimiters.
func sliced(t testing.TB) *Clip {
	return makeClip(t, "testsrc2=s=640x480:r=25:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "10", "-x264-params", "slices=4:aud=1")
}

func TestSlices(t *testing.T) {
	t.Parallel()
	clip := sliced(t)
	for n, laid := range clip.layout(form{}).units {
		count := 0
		for nal := range clip.Units[n].NALs() {
			if kind := nalType(H264, nal); kind == 1 || kind == 5 {
				count++
			}
		}
		p := payloads(t, laid, videoType, true) // checks that one packet, the last, is marked
		if data, err := depacketize(H264, p); err != nil || !bytes.Equal(data, clip.Units[n].Data) || count != 4 {
			t.Fatalf("unit %d: %d slices, %v", n, count, err)
		}
	}
}

func TestNoMarker(t *testing.T) {
	t.Parallel()
	clip := sliced(t)
	for n, laid := range clip.layout(form{noMarker: true}).units {
		if data, err := depacketize(H264, payloads(t, laid, videoType, false)); err != nil || !bytes.Equal(data, clip.Units[n].Data) {
			t.Fatalf("unit %d: %v", n, err)
		}
	}
}

// A picture is one NAL unit in form, of which a receiver makes several by the
// start codes in it.
func TestAnnexB(t *testing.T) {
	t.Parallel()
	for _, clip := range []*Clip{sliced(t), openClip(t, "k05-garderobe")} {
		l := clip.layout(form{annexB: true})
		if len(l.params) > 0 {
			t.Errorf("%s: parameter sets by themselves", clip.Codec)
		}
		for n, laid := range l.units {
			whole, err := depacketize(clip.Codec, payloads(t, laid, videoType, true))
			if err != nil {
				t.Fatal(err)
			}
			if one := (Unit{Data: whole}); len(whole) < 4 || len(slices.Collect(one.NALs())) != 1 {
				t.Fatalf("%s, unit %d: more than one NAL unit in form", clip.Codec, n)
			}
			want := clip.Units[n].Data
			if clip.Units[n].Key {
				want = append(avcc(clip.Params...), want...)
			}
			if got := avcc(bytes.Split(whole[4:], []byte{0, 0, 0, 1})...); !bytes.Equal(got, want) {
				t.Fatalf("%s, unit %d is another", clip.Codec, n)
			}
		}
	}
}

// The parameter sets come marked, and with the timestamp of the picture before.
func TestParamsApart(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, clock, _, c := yard(t, Camera{Clip: clip, ParamsApart: true})
	advance(s, clock, 3*time.Second)
	frames := videoFrames(t, c.raw(s))
	found := 0
	for i, f := range frames[:len(frames)-2] {
		if !bytes.Equal(f.data[headerSize:], clip.Params[0]) {
			continue
		}
		found++
		pps, key := frames[i+1], frames[i+2]
		if !f.marker() || pps.marker() || !bytes.Equal(pps.data[headerSize:], clip.Params[1]) || pps.timestamp() != f.timestamp() || key.timestamp() == f.timestamp() {
			t.Errorf("packet %d: marked %v, timestamps %d, %d, %d", i, f.marker(), f.timestamp(), pps.timestamp(), key.timestamp())
		}
		if i > 0 && (f.timestamp() != frames[i-1].timestamp() || f.seq() != frames[i-1].seq()+1) {
			t.Errorf("packet %d: timestamp %d after %d", i, f.timestamp(), frames[i-1].timestamp())
		}
	}
	if found != 3 {
		t.Errorf("parameter sets came %d times before 3 key frames", found)
	}
}
