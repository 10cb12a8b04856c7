package farm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpav1"
	"github.com/pion/rtp"
)

// madeClips are clips that ffmpeg makes for the tests, once a run.
var madeClips sync.Map // arguments -> func() (*Clip, error)

// makeClip returns a clip of a test picture, made with these arguments.
func makeClip(t testing.TB, input string, args ...string) *Clip {
	t.Helper()
	once, _ := madeClips.LoadOrStore(input+" "+join(args), sync.OnceValues(func() (*Clip, error) {
		dir, err := os.MkdirTemp("", "farm-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "made.mp4")
		if err := runFfmpeg(append(append([]string{"-f", "lavfi", "-i", input}, args...), path)...); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return LoadClip(bytes.NewReader(b), int64(len(b)))
	}))
	clip, err := once.(func() (*Clip, error))()
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// av1Clip has groups of 25 pictures, some larger than a packet.
func av1Clip(t testing.TB) *Clip {
	return makeClip(t, "testsrc2=s=320x180:r=25:d=3", "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-lag-in-frames", "0", "-g", "25", "-crf", "20", "-b:v", "0")
}

func TestAV1Clip(t *testing.T) {
	t.Parallel()
	clip := av1Clip(t)
	keys := 0
	for _, u := range clip.Units {
		if u.Key {
			keys++
		}
	}
	if clip.Codec != AV1 || clip.Width != 320 || clip.Height != 180 || len(clip.Units) != 75 || keys != 3 || len(clip.Params) != 1 {
		t.Errorf("%s, %dx%d, %d units, %d keys, %d headers", clip.Codec, clip.Width, clip.Height, len(clip.Units), keys, len(clip.Params))
	}
}

// An implementation that is not ours finds the clip's OBUs in the packets.
func TestAV1Packets(t *testing.T) {
	t.Parallel()
	clip := av1Clip(t)
	for _, f := range []form{{}, {aggregate: true}} {
		d := &rtpav1.Decoder{}
		if err := d.Init(); err != nil {
			t.Fatal(err)
		}
		most, number := 0, uint16(0)
		for n, laid := range clip.layout(f).units {
			var got [][]byte
			count := 0
			for p := range packets(laid) {
				count++
				var packet rtp.Packet
				if err := packet.Unmarshal(p[framingSize:]); err != nil {
					t.Fatal(err)
				}
				packet.SequenceNumber = number
				number++
				unit, err := d.Decode(&packet)
				if packet.Marker && err != nil {
					t.Fatalf("unit %d: %v", n, err)
				}
				got = unit
			}
			most = max(most, count)
			if first := laid[framingSize+headerSize]; first&firstOfCoded != 0 != clip.Units[n].Key {
				t.Errorf("unit %d: aggregation header %08b, key frame: %v", n, first, clip.Units[n].Key)
			}
			i := 0
			for obu := range clip.Units[n].OBUs() {
				if i >= len(got) || !bytes.Equal(got[i], obu) {
					t.Fatalf("%+v, unit %d: OBU %d is another", f, n, i)
				}
				i++
			}
			if i != len(got) || i == 0 {
				t.Fatalf("%+v, unit %d: %d OBUs, want %d", f, n, len(got), i)
			}
		}
		if most < 2 {
			t.Error("no unit is fragmented, so this shows little")
		}
	}
}

// depacketizeAV1 is the way back for packets of one OBU: it returns the OBUs as
// they are in the file.
func depacketizeAV1(payloads [][]byte) (data []byte, err error) {
	var obu []byte
	for i, p := range payloads {
		if p[0]&^(continues|continued|firstOfCoded) != oneElement || p[0]&continues != 0 != (obu != nil) {
			return nil, fmt.Errorf("packet %d: aggregation header %08b", i, p[0])
		}
		obu = append(obu, p[1:]...)
		if p[0]&continued == 0 {
			head := 1 + int(obu[0]>>2&1)
			obu[0] |= 2
			data = binary.AppendUvarint(append(data, obu[:head]...), uint64(len(obu)-head))
			data, obu = append(data, obu[head:]...), nil
		}
	}
	return data, nil
}

func TestWellFormedOBUs(t *testing.T) {
	t.Parallel()
	for b, want := range map[string]bool{
		"\x12\x00\x0a\x02ab":       true,  // temporal delimiter, sequence header
		"\x12\x00\x08ab":           true,  // the last without a size
		"\x0e\x00\x01a":            true,  // with an extension
		"\x0a\x03ab":               false, // size beyond the end
		"\x0a":                     false,
		"\x0c":                     false, // extension missing
		"\x8a\x01a":                false, // forbidden bit
		"\x0a\xff\xff\xff\xff\xff": false, // size without end
	} {
		if got := wellFormedOBUs([]byte(b)); got != want {
			t.Errorf("%x: %v", b, got)
		}
	}
}

func FuzzOBUs(f *testing.F) {
	f.Add([]byte("\x12\x00\x0a\x02ab\x30abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		size := 0
		for obu := range obus(b) {
			size += len(obu)
		}
		if size > len(b) {
			t.Errorf("%d bytes in OBUs out of %d", size, len(b))
		}
	})
}
