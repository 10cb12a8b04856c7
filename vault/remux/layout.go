package remux

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// encode lays out a track whose samples lie in src: a header of ftyp, moov and
// the head of the mdat, and behind it one section for each chunk.
func encode(t *track, meta spool.Meta, src io.ReaderAt) (*File, error) {
	chunks := t.chunks()
	head, err := header(t, chunks, meta)
	if err != nil {
		return nil, fmt.Errorf("couldn't lay out movie: %w", err)
	}
	f := &File{}
	f.add(bytes.NewReader(head), 0, int64(len(head)))
	for _, c := range chunks {
		f.add(src, c.at, c.size)
	}
	return f, nil
}

// chunk is a run of samples that lie one behind the other in the source.
type chunk struct {
	at, size int64
	samples  uint32
}

func (t *track) chunks() []chunk {
	var chunks []chunk
	for _, s := range t.samples {
		if n := len(chunks); n == 0 || chunks[n-1].at+chunks[n-1].size != s.at {
			chunks = append(chunks, chunk{at: s.at})
		}
		c := &chunks[len(chunks)-1]
		c.size += int64(s.size)
		c.samples++
	}
	return chunks
}

// headSize is the length of a box's header in bytes; a 64-bit size doubles it.
const headSize = 8

// header returns everything that stands before the media.
func header(t *track, chunks []chunk, meta spool.Meta) ([]byte, error) {
	brands := []string{"isom", "iso2", "mp41"}
	switch t.codec {
	case footage.H264:
		brands = append(brands, "avc1")
	case footage.AV1:
		brands = append(brands, "av01")
	}
	ftyp := mp4.NewFtyp("isom", 0x200, brands)

	// Offsets count from the start of the file, so they are known only when the
	// size of the header is, which depends on how wide they are.
	narrow := &mp4.StcoBox{ChunkOffset: make([]uint32, len(chunks))}
	moov := movie(t, chunks, narrow, meta)
	start := ftyp.Size() + moov.Size() + headSize
	large := start+uint64(t.bytes) > math.MaxUint32
	if large {
		wide := &mp4.Co64Box{ChunkOffset: make([]uint64, len(chunks))}
		moov = movie(t, chunks, wide, meta)
		start = ftyp.Size() + moov.Size() + 2*headSize
		at := start
		for i, c := range chunks {
			wide.ChunkOffset[i] = at
			at += uint64(c.size)
		}
	} else {
		at := start
		for i, c := range chunks {
			narrow.ChunkOffset[i] = uint32(at)
			at += uint64(c.size)
		}
	}

	w := bits.NewFixedSliceWriter(int(start))
	if err := ftyp.EncodeSW(w); err != nil {
		return nil, err
	}
	if err := moov.EncodeSW(w); err != nil {
		return nil, err
	}
	mdat := start - ftyp.Size() - moov.Size() + uint64(t.bytes)
	if err := mp4.EncodeHeaderWithSizeSW("mdat", mdat, large, w); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// movie returns the moov box around the sample table.
func movie(t *track, chunks []chunk, offsets mp4.Box, meta spool.Meta) *mp4.MoovBox {
	lead, shown := t.presentation()
	// Microseconds since 1970 to seconds since 1904; 32 bits last until 2040.
	created := uint64(max(0, time.UnixMicro(int64(meta.Start)).Unix()+mp4.EpochDiffS))
	version := byte(0)
	if max(created, uint64(shown), uint64(t.end)) > math.MaxUint32 {
		version = 1
	}

	mvhd := mp4.CreateMvhd()
	mvhd.Version, mvhd.CreationTime, mvhd.ModificationTime = version, created, created
	mvhd.Timescale, mvhd.Duration = spool.Timescale, uint64(shown)
	tkhd := mp4.CreateTkhd()
	tkhd.Version, tkhd.CreationTime, tkhd.ModificationTime = version, created, created
	tkhd.Duration = uint64(shown)
	tkhd.Width, tkhd.Height = mp4.Fixed32(t.width<<16), mp4.Fixed32(t.height<<16)
	mdhd := &mp4.MdhdBox{
		Version: version, CreationTime: created, ModificationTime: created,
		Timescale: spool.Timescale, Duration: uint64(t.end),
	}
	mdhd.SetLanguage("und")

	stbl := mp4.NewStblBox()
	stbl.AddChild(opaque("stsd", t.stsd))
	for _, b := range t.tables(chunks) {
		stbl.AddChild(b)
	}
	stbl.AddChild(offsets)

	minf := mp4.NewMinfBox()
	minf.AddChild(mp4.CreateVmhd())
	dinf := &mp4.DinfBox{}
	dinf.AddChild(mp4.CreateDref())
	minf.AddChild(dinf)
	minf.AddChild(stbl)

	mdia := mp4.NewMdiaBox()
	mdia.AddChild(mdhd)
	mdia.AddChild(&mp4.HdlrBox{HandlerType: "vide", Name: "Video"})
	mdia.AddChild(minf)

	trak := mp4.NewTrakBox()
	trak.AddChild(tkhd)
	if lead > 0 {
		edts := &mp4.EdtsBox{}
		edts.AddChild(&mp4.ElstBox{Version: version, Entries: []mp4.ElstEntry{
			{SegmentDuration: uint64(shown), MediaTime: lead, MediaRateInteger: 1},
		}})
		trak.AddChild(edts)
	}
	trak.AddChild(mdia)

	moov := mp4.NewMoovBox()
	moov.AddChild(mvhd)
	moov.AddChild(trak)
	moov.AddChild(opaque("meta", meta.Box()[headSize:]))
	return moov
}

// opaque is a box whose content is known only as bytes.
func opaque(kind string, body []byte) mp4.Box {
	return mp4.CreateUnknownBox(kind, headSize+uint64(len(body)), body)
}

// presentation returns when the first frame is shown, which the edit list makes
// time zero, and how long the presentation lasts from there. That is the sum of
// the frames' durations, but never less than it takes to show every picture:
// players drop what lies beyond the edit list.
func (t *track) presentation() (lead, shown int64) {
	lead, shown = t.samples[0].delay, t.end
	for i, s := range t.samples {
		shown = max(shown, t.until(i)+s.delay-lead)
	}
	return lead, shown
}

// tables returns the sample table but for the description and the offsets, run
// by run, in the order of the standard. Delays are left out when there are none,
// key frames when every frame is one.
func (t *track) tables(chunks []chunk) []mp4.Box {
	var (
		stts = &mp4.SttsBox{}
		ctts = &mp4.CttsBox{EndSampleNr: []uint32{0}}
		stsz = &mp4.StszBox{SampleNumber: uint32(len(t.samples))}
		stss = &mp4.StssBox{}
		stsc = &mp4.StscBox{}
	)
	for i, s := range t.samples {
		number := uint32(i + 1)
		d := uint32(t.until(i) - s.time)
		if n := len(stts.SampleTimeDelta); n == 0 || stts.SampleTimeDelta[n-1] != d {
			stts.SampleTimeDelta = append(stts.SampleTimeDelta, d)
			stts.SampleCount = append(stts.SampleCount, 0)
		}
		stts.SampleCount[len(stts.SampleCount)-1]++
		if n := len(ctts.SampleOffset); n == 0 || ctts.SampleOffset[n-1] != int32(s.delay) {
			ctts.SampleOffset = append(ctts.SampleOffset, int32(s.delay))
			ctts.EndSampleNr = append(ctts.EndSampleNr, 0)
		}
		ctts.EndSampleNr[len(ctts.EndSampleNr)-1] = number
		stsz.SampleSize = append(stsz.SampleSize, s.size)
		if s.sync {
			stss.SampleNumber = append(stss.SampleNumber, number)
		}
	}
	for i, c := range chunks {
		if n := len(stsc.Entries); n == 0 || stsc.Entries[n-1].SamplesPerChunk != c.samples {
			stsc.Entries = append(stsc.Entries, mp4.StscEntry{FirstChunk: uint32(i + 1), SamplesPerChunk: c.samples})
		}
	}
	stsc.SetSingleSampleDescriptionID(1)

	tables := []mp4.Box{stts}
	if len(ctts.SampleOffset) > 1 || ctts.SampleOffset[0] != 0 {
		tables = append(tables, ctts)
	}
	if len(stss.SampleNumber) < len(t.samples) {
		tables = append(tables, stss)
	}
	return append(tables, stsz, stsc)
}
