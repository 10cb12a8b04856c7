package farm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Eyevinn/mp4ff/aac"
	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"
)

// ClockRate is the RTP clock of video in ticks a second (RFC 6184 section 8.2.1,
// RFC 7798 section 7.1).
const ClockRate = 90000

// Codec is a video codec by its RTP encoding name.
type Codec string

// The codecs that a clip can have.
const (
	H264 Codec = "H264"
	H265 Codec = "H265"
	AV1  Codec = "AV1"
)

// Unit is one access unit: a coded picture with what belongs to it.
type Unit struct {
	Data []byte // as in the file: NAL units, each after its length in four bytes; of AV1 OBUs
	DTS  int64  // decoding time in ticks of ClockRate; zero for the clip's first unit
	PTS  int64  // presentation time on the same scale
	Key  bool   // decoding can start here
}

// NALs ranges over the NAL units of u without their lengths. Not for AV1.
func (u Unit) NALs() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for b := u.Data; len(b) >= 4; {
			n := 4 + int(binary.BigEndian.Uint32(b))
			if !yield(b[4:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// Clip is a video ready to be served, and the truth about it for tests. It is
// immutable once loaded, except for Name; any number of cameras may play it.
type Clip struct {
	Name          string // for paths and messages; OpenClip sets it
	Codec         Codec
	Width, Height int
	Params        [][]byte // parameter sets: VPS (H.265 only), SPS, PPS; of AV1 the sequence header
	Units         []Unit   // in decoding order; the first is a key frame
	Period        int64    // length of one round in ticks of ClockRate

	delay  int64  // greatest PTS - DTS: how long the encoder held pictures back
	format string // AV1: what goes into the SDP
	audio  *audioTrack

	mu      sync.Mutex
	layouts map[form]*layout // mu: as far as they are needed
}

// layout returns the clip as packets.
func (c *Clip) layout(f form) *layout {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.layouts[f] == nil {
		if c.layouts == nil {
			c.layouts = make(map[form]*layout)
		}
		c.layouts[f] = newLayout(c, f)
	}
	return c.layouts[f]
}

// Duration returns the length of one round.
func (c *Clip) Duration() time.Duration { return ticksToDuration(c.Period) }

// HasAudio tells whether the clip has an AAC track.
func (c *Clip) HasAudio() bool { return c.audio != nil }

type audioTrack struct {
	rate, channels int
	config         []byte // AudioSpecificConfig
	frames         []audioFrame
}

type audioFrame struct {
	data  []byte
	dts   int64 // ticks of ClockRate
	stamp int64 // ticks of the audio's own rate
}

// ErrClip is wrapped by what LoadClip returns when the file is at fault.
var ErrClip = errors.New("not a clip that can be served")

// LoadFile is LoadClip of a file, whose name without its ending names the clip.
func LoadFile(path string) (*Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the clip: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("couldn't read the clip's size: %w", err)
	}
	clip, err := LoadClip(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	clip.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return clip, nil
}

// LoadClip reads a plain MP4 file of size bytes with one H.264, H.265 or AV1 track
// and perhaps one AAC track; further tracks are left alone. For the loop to be
// clean its groups of pictures should be closed. Errors wrap ErrClip unless
// reading failed.
func LoadClip(r io.ReaderAt, size int64) (*Clip, error) {
	file, err := mp4.DecodeFile(io.NewSectionReader(r, 0, size), mp4.WithDecodeMode(mp4.DecModeLazyMdat))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: couldn't parse it as MP4: %w", ErrClip, err)
	case file.Moov == nil:
		return nil, fmt.Errorf("%w: it has no moov box", ErrClip)
	case file.IsFragmented():
		return nil, fmt.Errorf("%w: it is fragmented; make it plain with: ffmpeg -i IN.mp4 -c copy OUT.mp4", ErrClip)
	}
	clip := &Clip{}
	for _, trak := range file.Moov.Traks {
		switch kind := handler(trak); {
		case kind == "vide" && clip.Units == nil:
			err = clip.loadVideo(trak, r, size)
		case kind == "soun" && clip.audio == nil && trak.Mdia.Minf.Stbl.Stsd.Mp4a != nil:
			err = clip.loadAudio(trak, r, size)
		}
		if err != nil {
			return nil, err
		}
	}
	if clip.Units == nil {
		return nil, fmt.Errorf("%w: it has no video track", ErrClip)
	}
	clip.trimAudio()
	return clip, nil
}

// handler returns the track's kind, "vide" or "soun", or "" if boxes that every
// track must have are missing.
func handler(t *mp4.TrakBox) string {
	if t.Mdia == nil || t.Mdia.Hdlr == nil || t.Mdia.Mdhd == nil || t.Mdia.Minf == nil || t.Mdia.Minf.Stbl == nil {
		return ""
	}
	stbl := t.Mdia.Minf.Stbl
	if stbl.Stsd == nil || stbl.Stts == nil || stbl.Stsc == nil || stbl.Stsz == nil || t.Mdia.Mdhd.Timescale == 0 {
		return ""
	}
	return t.Mdia.Hdlr.HandlerType
}

func (c *Clip) loadVideo(t *mp4.TrakBox, r io.ReaderAt, size int64) error {
	stsd := t.Mdia.Minf.Stbl.Stsd
	switch {
	case stsd.AvcX != nil && stsd.AvcX.AvcC != nil:
		c.Codec, c.Width, c.Height = H264, int(stsd.AvcX.Width), int(stsd.AvcX.Height)
		c.Params = append(append(c.Params, stsd.AvcX.AvcC.SPSnalus...), stsd.AvcX.AvcC.PPSnalus...)
	case stsd.HvcX != nil && stsd.HvcX.HvcC != nil:
		c.Codec, c.Width, c.Height = H265, int(stsd.HvcX.Width), int(stsd.HvcX.Height)
		for _, kind := range []hevc.NaluType{hevc.NALU_VPS, hevc.NALU_SPS, hevc.NALU_PPS} {
			c.Params = append(c.Params, stsd.HvcX.HvcC.GetNalusForType(kind)...)
		}
	case stsd.Av01 != nil && stsd.Av01.Av1C != nil:
		av1c := stsd.Av01.Av1C
		c.Codec, c.Width, c.Height = AV1, int(stsd.Av01.Width), int(stsd.Av01.Height)
		c.format = fmt.Sprintf("profile=%d;level-idx=%d;tier=%d", av1c.SeqProfile, av1c.SeqLevelIdx0, av1c.SeqTier0)
		for obu := range obus(av1c.ConfigOBUs) {
			if obuType(obu) == obuSequenceHeader {
				c.Params = append(c.Params, obu)
			}
		}
	default:
		return fmt.Errorf("%w: its video is neither H.264 nor H.265 nor AV1", ErrClip)
	}
	for _, p := range c.Params {
		if len(p) < 4 {
			return fmt.Errorf("%w: a parameter set has only %d bytes", ErrClip, len(p))
		}
	}
	if err := checkParams(c.Codec, c.Params); err != nil {
		return err
	}
	scale := int64(t.Mdia.Mdhd.Timescale)
	end, err := eachSample(t, r, size, func(data []byte, dts, pts int64, key bool) error {
		if c.Codec == AV1 && !wellFormedOBUs(data) {
			return fmt.Errorf("%w: sample %d is not a row of OBUs", ErrClip, len(c.Units)+1)
		}
		if c.Codec != AV1 && !wellFormed(data) {
			return fmt.Errorf("%w: sample %d is not a row of NAL units with four-byte lengths", ErrClip, len(c.Units)+1)
		}
		u := Unit{Data: data, DTS: rescale(dts, scale, ClockRate), PTS: rescale(pts, scale, ClockRate), Key: key}
		c.delay = max(c.delay, u.PTS-u.DTS)
		c.Units = append(c.Units, u)
		return nil
	})
	c.Period = rescale(end, scale, ClockRate)
	switch {
	case err != nil:
		return err
	case len(c.Units) == 0 || !c.Units[0].Key:
		return fmt.Errorf("%w: its video does not begin with a key frame", ErrClip)
	case c.Period <= c.Units[len(c.Units)-1].DTS:
		return fmt.Errorf("%w: its last picture has no duration", ErrClip)
	}
	return nil
}

// checkParams makes sure that the SDP can be written.
func checkParams(codec Codec, params [][]byte) error {
	kinds := map[byte]int{}
	for _, p := range params {
		kinds[nalType(codec, p)]++
	}
	var need []byte // AV1's description has none
	switch codec {
	case H264:
		need = []byte{7, 8}
	case H265:
		need = []byte{32, 33, 34}
	}
	for _, kind := range need {
		if kinds[kind] == 0 {
			return fmt.Errorf("%w: its header lacks the parameter set of NAL type %d", ErrClip, kind)
		}
	}
	return nil
}

func (c *Clip) loadAudio(t *mp4.TrakBox, r io.ReaderAt, size int64) error {
	mp4a := t.Mdia.Minf.Stbl.Stsd.Mp4a
	if mp4a.Esds == nil || mp4a.Esds.DecConfigDescriptor == nil || mp4a.Esds.DecConfigDescriptor.DecSpecificInfo == nil {
		return fmt.Errorf("%w: its audio track has no AAC configuration", ErrClip)
	}
	scale := int64(t.Mdia.Mdhd.Timescale)
	a := &audioTrack{rate: int(scale), config: mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig}
	// The sample entry's own channel count is 2 for mono as well.
	config, err := aac.DecodeAudioSpecificConfig(bytes.NewReader(a.config))
	if err != nil {
		return fmt.Errorf("%w: couldn't read its AAC configuration: %w", ErrClip, err)
	}
	a.channels = int(config.ChannelConfiguration)
	_, err = eachSample(t, r, size, func(data []byte, dts, _ int64, _ bool) error {
		if len(data) > maxAudioFrame {
			return fmt.Errorf("%w: audio frame %d has %d bytes, more than fit into a packet", ErrClip, len(a.frames)+1, len(data))
		}
		a.frames = append(a.frames, audioFrame{data: data, dts: rescale(dts, scale, ClockRate), stamp: dts})
		return nil
	})
	if err != nil {
		return err
	}
	c.audio = a
	return nil
}

// trimAudio drops the audio that outlasts the video, as it would sound together
// with the next round's.
func (c *Clip) trimAudio() {
	if c.audio == nil {
		return
	}
	c.audio.frames = slices.DeleteFunc(c.audio.frames, func(f audioFrame) bool { return f.dts >= c.Period })
	if len(c.audio.frames) == 0 {
		c.audio = nil
	}
}

// eachSample calls do for every sample in decoding order, with times on the
// track's own scale, and returns the end of the last one.
func eachSample(t *mp4.TrakBox, r io.ReaderAt, size int64, do func(data []byte, dts, pts int64, key bool) error) (end int64, err error) {
	stbl := t.Mdia.Minf.Stbl
	count := stbl.Stsz.GetNrSamples()
	if count == 0 {
		return 0, nil
	}
	samples, err := t.GetSampleData(1, count)
	if err != nil {
		return 0, fmt.Errorf("%w: couldn't read its sample table: %w", ErrClip, err)
	}
	for i, s := range samples {
		ranges, err := t.GetRangesForSampleInterval(uint32(i)+1, uint32(i)+1)
		if err != nil || len(ranges) != 1 {
			return 0, fmt.Errorf("%w: couldn't locate sample %d: %w", ErrClip, i+1, err)
		}
		at := ranges[0]
		if at.Offset > uint64(size) || at.Size > uint64(size)-at.Offset {
			return 0, fmt.Errorf("%w: sample %d lies beyond the end of the file", ErrClip, i+1)
		}
		data := make([]byte, at.Size)
		if _, err := r.ReadAt(data, int64(at.Offset)); err != nil {
			return 0, fmt.Errorf("couldn't read sample %d: %w", i+1, err)
		}
		if err := do(data, end, end+int64(s.CompositionTimeOffset), s.IsSync()); err != nil {
			return 0, err
		}
		end += int64(s.Dur)
	}
	return end, nil
}

// wellFormed tells whether data is a row of NAL units of at least a header's
// two bytes, each after its length in four bytes.
func wellFormed(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	for len(data) > 0 {
		if len(data) < 4 {
			return false
		}
		n := binary.BigEndian.Uint32(data)
		if n < 2 || uint64(n) > uint64(len(data)-4) {
			return false
		}
		data = data[4+n:]
	}
	return true
}

// rescale converts t from ticks of from to ticks of to, rounded to the nearest.
func rescale(t, from, to int64) int64 {
	whole, rest := t/from, t%from
	if rest < 0 {
		whole, rest = whole-1, rest+from
	}
	return whole*to + (rest*to+from/2)/from
}

func ticksToDuration(t int64) time.Duration {
	return time.Duration(rescale(t, ClockRate, int64(time.Second)))
}
func durationToTicks(d time.Duration) int64 { return int64(d)/100000*9 + int64(d)%100000*9/100000 }
