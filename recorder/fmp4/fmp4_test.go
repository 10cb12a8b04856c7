package fmp4

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

func fromHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Parameter sets of x264 (1920 x 1080, High, B-frames) and x265 (320 x 240, Main,
// B-frames).
var (
	h264SPS = fromHex("67640028acd940780227e5c05a808080a0000003002000000781e30632c0")
	h264PPS = fromHex("68ebe3cb22c0")
	h265VPS = fromHex("40010c01ffff016000000300900000030000030078959809")
	h265SPS = fromHex("42010101600000030090000003000003003ca00a080f165959a4932b9a02000003000200000300641000")
	h265PPS = fromHex("4401c172b46240")
)

// av1Header puts together the sequence header of bits, written as 0 and 1.
func av1Header(fields ...string) []byte {
	all := strings.ReplaceAll(strings.Join(fields, ""), " ", "") + "1" // trailing_bits
	all += strings.Repeat("0", (8-len(all)%8)%8)
	b := []byte{0x0a, byte(len(all) / 8)}
	for ; all != ""; all = all[8:] {
		n, err := strconv.ParseUint(all[:8], 2, 8)
		if err != nil {
			panic(err)
		}
		b = append(b, byte(n))
	}
	return b
}

// An ordinary camera's sequence header: 640 x 360, Main, level 3.0.
var av1Plain = av1Header("000 0 0", "0 0 00000 000000000000 00100", "1001 1000 1001111111 101100111", "0 000 1111 1 11 1 1 110 111", "0 0 0 0 01", "0")

func testTrack(t testing.TB, codec footage.Codec) *Track {
	t.Helper()
	vps, sps, pps := [][]byte(nil), [][]byte{h264SPS}, [][]byte{h264PPS}
	switch codec {
	case footage.AV1:
		vps, sps, pps = nil, [][]byte{av1Plain}, nil
	case footage.H265:
		vps, sps, pps = [][]byte{h265VPS}, [][]byte{h265SPS}, [][]byte{h265PPS}
	}
	track, err := NewTrack(codec, vps, sps, pps)
	if err != nil {
		t.Fatal(err)
	}
	return track
}

func TestInit(t *testing.T) {
	meta := spool.Meta{Camera: "k01", Site: "Sal", Start: 1783192800_123456, Run: 3}
	for codec, size := range map[footage.Codec][2]int{footage.H264: {1920, 1080}, footage.H265: {320, 240}, footage.AV1: {640, 360}} {
		t.Run(string(codec), func(t *testing.T) {
			track := testTrack(t, codec)
			if got := [2]int{track.Width, track.Height}; got != size {
				t.Errorf("the picture has %v pixels, want %v", got, size)
			}
			file, err := mp4.DecodeFile(bytes.NewReader(Init(track, meta)))
			if err != nil {
				t.Fatal(err)
			}
			stsd := file.Moov.Trak.Mdia.Minf.Stbl.Stsd
			switch codec {
			case footage.AV1:
				if c := stsd.Av01.Av1C; !cmp.Equal(c.ConfigOBUs, av1Plain) || c.SeqProfile != 0 || c.SeqLevelIdx0 != 4 || c.ChromaSubsamplingX != 1 || c.ChromaSubsamplingY != 1 || c.ChromaSamplePosition != 1 {
					t.Errorf("av1C is %+v", c)
				}
				if !slices.Contains(file.Ftyp.CompatibleBrands(), "av01") {
					t.Errorf("the brands are %v", file.Ftyp.CompatibleBrands())
				}
			case footage.H264:
				if c := stsd.AvcX.AvcC; !cmp.Equal(c.SPSnalus, track.SPS) || !cmp.Equal(c.PPSnalus, track.PPS) || c.AVCLevelIndication != 40 || c.ChromaFormat != 1 {
					t.Errorf("avcC is %+v", c)
				}
			default:
				c := stsd.HvcX.HvcC
				if c.GeneralLevelIDC != 60 || c.GeneralProfileIDC != 1 || c.LengthSizeMinusOne != 3 || c.NumTemporalLayers != 1 {
					t.Errorf("hvcC is %+v", c)
				}
				if !cmp.Equal(c.GetNalusForType(32), track.VPS) || !cmp.Equal(c.GetNalusForType(33), track.SPS) || !cmp.Equal(c.GetNalusForType(34), track.PPS) {
					t.Errorf("hvcC has %+v", c.NaluArrays)
				}
			}
			if file.Moov.Mvhd.Timescale != spool.Timescale || file.Moov.Mvhd.CreationTimeS() != 1783192800 {
				t.Errorf("mvhd is %+v", file.Moov.Mvhd)
			}
		})
	}
}

func TestSeal(t *testing.T) {
	for _, samples := range [][]Sample{
		{{Size: 3, Duration: 3600, Key: true}},
		{{Size: 3, Duration: 3600, Key: true}, {Size: 2, Duration: 7, Offset: 10800}, {Size: 1, Duration: 1, Offset: -3600, Loss: spool.Loss{Packets: 3, Damaged: true}}},
	} {
		var data []byte
		for i, s := range samples {
			data = append(data, bytes.Repeat([]byte{byte(i + 1)}, int(s.Size))...)
		}
		b := append(make([]byte, Headroom), data...)
		from := Seal(b, 7, 1<<33, samples)
		file, err := mp4.DecodeFile(bytes.NewReader(append(Init(testTrack(t, footage.H264), spool.Meta{Camera: "k01", Start: 1}), b[from:]...)))
		if err != nil {
			t.Fatal(err)
		}
		f := file.Segments[0].Fragments[0]
		full, err := f.GetFullSamples(file.Moov.Mvex.Trex)
		if err != nil {
			t.Fatal(err)
		}
		at, offset := uint64(1<<33), 0
		for i, s := range samples {
			want := mp4.FullSample{
				Sample:     mp4.Sample{Flags: full[i].Flags, Dur: s.Duration, Size: s.Size, CompositionTimeOffset: s.Offset},
				DecodeTime: at, Data: data[offset : offset+int(s.Size)],
			}
			if diff := cmp.Diff(want, full[i]); diff != "" || full[i].IsSync() != s.Key || spool.LossOf(full[i].Flags) != s.Loss {
				t.Errorf("sample %d: %s", i, diff)
			}
			at, offset = at+uint64(s.Duration), offset+int(s.Size)
		}
		if f.Moof.Mfhd.SequenceNumber != 7 {
			t.Errorf("the sequence number is %d", f.Moof.Mfhd.SequenceNumber)
		}
	}
}

func TestSealFillsTheHeadroom(t *testing.T) {
	samples := make([]Sample, MaxSamples)
	samples[1].Offset = 1
	if from := Seal(make([]byte, Headroom), 1, 0, samples); from < Headroom/4 {
		t.Errorf("only %d bytes are left for the init", from)
	}
}

func FuzzNewTrack(f *testing.F) {
	f.Add(byte(0), h264SPS, h264PPS)
	f.Add(byte(1), h265SPS, h265PPS)
	f.Add(byte(2), av1Plain, []byte(nil))
	f.Fuzz(func(t *testing.T, which byte, sps, pps []byte) {
		codec, vps := footage.H264, [][]byte(nil)
		switch which % 3 {
		case 1:
			codec, vps = footage.H265, [][]byte{h265VPS}
		case 2:
			codec = footage.AV1
		}
		track, err := NewTrack(codec, vps, [][]byte{sps}, [][]byte{pps})
		if err != nil {
			return
		}
		if track.Width <= 0 || track.Height <= 0 || track.Reorder < 0 || track.Reorder > maxReorder {
			t.Errorf("%d x %d, %d", track.Width, track.Height, track.Reorder)
		}
		Init(track, spool.Meta{Camera: "k01", Start: 1})
	})
}
