package remux

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault/spool"
)

// Caption is a text that stands over a movie from where the one before ends.
type Caption struct {
	Until int64  // in ticks of the movie; more than that of the one before
	Text  string // lines are ended by \n
}

// MaxCaption is the most that a caption's text has, in bytes; what is longer is cut.
const MaxCaption = 1 << 10

// Caption gives the movie a track of timed text (tx3g, 3GPP TS 26.245) that players show
// without being asked: every sample of it is forced. It is the movie's second track, and
// its text lies in a box mdat of its own in front of that of the video.
func (j *Joint) Caption(all []Caption) { j.captions = all }

// text is the media of the captions, sample by sample.
func (j *Joint) text() (media []byte, sizes []uint32) {
	for _, c := range j.captions {
		text := c.Text[:min(len(c.Text), MaxCaption)]
		media = append(binary.BigEndian.AppendUint16(media, uint16(len(text))), text...)
		sizes = append(sizes, uint32(2+len(text)))
	}
	return media, sizes
}

// captionTrack is the track of the captions, whose media has sizes and begins at offset at.
func (j *Joint) captionTrack(sizes []uint32, at uint64, head *mp4.TkhdBox) mp4.Box {
	tkhd := *head
	tkhd.TrackID, tkhd.Layer, tkhd.AlternateGroup = 2, -1, 2 // in front of the video
	var last int64
	stts := &mp4.SttsBox{}
	for _, c := range j.captions {
		d := uint32(c.Until - last)
		if n := len(stts.SampleTimeDelta); n == 0 || stts.SampleTimeDelta[n-1] != d {
			stts.SampleTimeDelta, stts.SampleCount = append(stts.SampleTimeDelta, d), append(stts.SampleCount, 0)
		}
		stts.SampleCount[len(stts.SampleCount)-1]++
		last = c.Until
	}
	tkhd.Duration = uint64(last)
	mdhd := &mp4.MdhdBox{
		Version: tkhd.Version, CreationTime: tkhd.CreationTime, ModificationTime: tkhd.ModificationTime,
		Timescale: spool.Timescale, Duration: uint64(last),
	}
	mdhd.SetLanguage("und")
	stsc := &mp4.StscBox{Entries: []mp4.StscEntry{{FirstChunk: 1, SamplesPerChunk: uint32(len(sizes))}}}
	stsc.SetSingleSampleDescriptionID(1)

	stbl := mp4.NewStblBox()
	for _, b := range []mp4.Box{
		opaque("stsd", captionDescription(j.track.width, j.track.height)), stts,
		&mp4.StszBox{SampleNumber: uint32(len(sizes)), SampleSize: sizes}, stsc,
		&mp4.StcoBox{ChunkOffset: []uint32{uint32(at)}},
	} {
		stbl.AddChild(b)
	}
	minf := mp4.NewMinfBox()
	minf.AddChild(opaque("nmhd", make([]byte, 4)))
	dinf := &mp4.DinfBox{}
	dinf.AddChild(mp4.CreateDref())
	minf.AddChild(dinf)
	minf.AddChild(stbl)
	mdia := mp4.NewMdiaBox()
	mdia.AddChild(mdhd)
	mdia.AddChild(&mp4.HdlrBox{HandlerType: "sbtl", Name: "Time of day"})
	mdia.AddChild(minf)
	trak := mp4.NewTrakBox()
	trak.AddChild(&tkhd)
	trak.AddChild(mdia)
	// What the track is for, as ISO/IEC 23009-1 has it.
	role := opaque("kind", []byte("\x00\x00\x00\x00urn:mpeg:dash:role:2011\x00forced-subtitle\x00"))
	trak.AddChild(opaque("udta", raw(role)))
	return trak
}

// raw is a box as bytes.
func raw(b mp4.Box) []byte {
	u := b.(*mp4.UnknownBox)
	all := binary.BigEndian.AppendUint32(nil, uint32(u.Size()))
	return append(append(all, u.Type()...), u.Payload()...)
}

// captionDescription is the content of stsd: one text sample entry (TS 26.245, 5.16),
// white on half a black at the foot of the picture.
func captionDescription(width, height int) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 4), 1) // one entry
	var entry []byte
	u16 := func(all ...int) {
		for _, n := range all {
			entry = binary.BigEndian.AppendUint16(entry, uint16(n))
		}
	}
	const allForced = 0xC0000000 // some samples are, and all (Apple TN2429; TS 26.245 leaves these bits free)
	size := max(8, min(height/22, math.MaxUint8))
	entry = append(entry, make([]byte, 6)...)
	u16(1)
	entry = binary.BigEndian.AppendUint32(entry, allForced)
	entry = append(entry, 1, 0xFF)                // centred, at the bottom
	entry = append(entry, 0, 0, 0, 0x80)          // behind it
	u16(0, 0, height, width)                      // top, left, bottom, right
	u16(0, 0, 1)                                  // of all characters, font 1
	entry = append(entry, 0, byte(size))          // plain
	entry = append(entry, 0xFF, 0xFF, 0xFF, 0xFF) // white
	const font = "Sans-Serif"
	table := append([]byte{0, 1, 0, 1, byte(len(font))}, font...)
	entry = append(entry, raw(opaque("ftab", table))...)
	return append(b, raw(opaque("tx3g", entry))...)
}

// checkCaptions refuses captions that do not follow each other.
func (j *Joint) checkCaptions() error {
	var last int64
	for i, c := range j.captions {
		if c.Until <= last || c.Until-last > math.MaxUint32 {
			return fmt.Errorf("caption %d stands for %d ticks", i+1, c.Until-last)
		}
		last = c.Until
	}
	return nil
}

// Times is when each picture of a movie is shown. It is small: pictures come at an even
// pace.
type Times struct {
	counts, durations []uint32
	delays            []int64
	delayEnds         []uint32
}

// Times is when what has been added is shown.
func (j *Joint) Times() Times { return Times{j.counts, j.durations, j.delays, j.delayEnds} }

// Shown yields for each picture, in the order of decoding, when it is shown: ticks of
// the movie.
func (t Times) Shown() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		var decoded int64
		number, run := uint32(0), 0
		for i, n := range t.counts {
			for range n {
				if number++; number > t.delayEnds[run] {
					run++
				}
				if !yield(decoded + t.delays[run]) {
					return
				}
				decoded += int64(t.durations[i])
			}
		}
	}
}
