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
	var j Joint
	ranges, _, err := j.add(t, 0, len(t.samples), true)
	if err != nil {
		return nil, err
	}
	head, err := j.Head(meta)
	if err != nil {
		return nil, err
	}
	f := &File{}
	f.add(bytes.NewReader(head), 0, int64(len(head)))
	for _, r := range ranges {
		f.add(src, r.At, r.Size)
	}
	return f, nil
}

// headSize is the length of a box's header in bytes; a 64-bit size doubles it.
const headSize = 8

// Head returns everything that stands before the video's media: ftyp, moov, the text of
// the captions where there are any, and the head of the mdat. The movie says of itself what meta says, and was created at meta.Start.
func (j *Joint) Head(meta spool.Meta) ([]byte, error) {
	head, err := j.head(meta)
	if err != nil {
		return nil, fmt.Errorf("couldn't lay out movie: %w", err)
	}
	return head, nil
}

func (j *Joint) head(meta spool.Meta) ([]byte, error) {
	brands := []string{"isom", "iso2", "mp41"}
	switch j.track.codec {
	case footage.H264:
		brands = append(brands, "avc1")
	case footage.AV1:
		brands = append(brands, "av01")
	}
	ftyp := mp4.NewFtyp("isom", 0x200, brands)

	if err := j.checkCaptions(); err != nil {
		return nil, err
	}
	text, sizes := j.text()
	textSize := uint64(0)
	if len(text) > 0 {
		textSize = headSize + uint64(len(text))
	}

	// Offsets count from the start of the file, so they are known only when the
	// size of the header is, which depends on how wide they are.
	narrow := &mp4.StcoBox{ChunkOffset: make([]uint32, len(j.chunks))}
	tables := j.tables()
	moov := j.movie(tables, narrow, sizes, 0, meta)
	start := ftyp.Size() + moov.Size() + textSize + headSize
	large := start+uint64(j.bytes) > math.MaxUint32
	if large {
		wide := &mp4.Co64Box{ChunkOffset: make([]uint64, len(j.chunks))}
		start += uint64(4*len(j.chunks)) + headSize
		moov = j.movie(tables, wide, sizes, start-2*headSize-textSize+headSize, meta)
		at := start
		for i, c := range j.chunks {
			wide.ChunkOffset[i] = at
			at += uint64(c.size)
		}
	} else {
		moov = j.movie(tables, narrow, sizes, start-textSize, meta)
		at := start
		for i, c := range j.chunks {
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
	if textSize > 0 {
		w.WriteUint32(uint32(textSize))
		w.WriteString("mdat", false)
		w.WriteBytes(text)
	}
	mdat := start - ftyp.Size() - moov.Size() - textSize + uint64(j.bytes)
	if err := mp4.EncodeHeaderWithSizeSW("mdat", mdat, large, w); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// movie returns the moov box around the sample table, and with that of the captions.
func (j *Joint) movie(tables []mp4.Box, offsets mp4.Box, captions []uint32, captionsAt uint64, meta spool.Meta) *mp4.MoovBox {
	shown := j.Ticks()
	// Microseconds since 1970 to seconds since 1904; 32 bits last until 2040.
	created := uint64(max(0, time.UnixMicro(int64(meta.Start)).Unix()+mp4.EpochDiffS))
	version := byte(0)
	if max(created, uint64(shown), uint64(j.decoded)) > math.MaxUint32 {
		version = 1
	}

	mvhd := mp4.CreateMvhd()
	mvhd.Version, mvhd.CreationTime, mvhd.ModificationTime = version, created, created
	mvhd.Timescale, mvhd.Duration = spool.Timescale, uint64(shown)
	tkhd := mp4.CreateTkhd()
	tkhd.Version, tkhd.CreationTime, tkhd.ModificationTime = version, created, created
	tkhd.Duration = uint64(shown)
	tkhd.Width, tkhd.Height = mp4.Fixed32(j.track.width<<16), mp4.Fixed32(j.track.height<<16)
	mdhd := &mp4.MdhdBox{
		Version: version, CreationTime: created, ModificationTime: created,
		Timescale: spool.Timescale, Duration: uint64(j.decoded),
	}
	mdhd.SetLanguage("und")

	stbl := mp4.NewStblBox()
	stbl.AddChild(opaque("stsd", j.track.stsd))
	for _, b := range tables {
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
	if j.least < 0 {
		edts := &mp4.EdtsBox{}
		edts.AddChild(&mp4.ElstBox{Version: version, Entries: []mp4.ElstEntry{
			{SegmentDuration: uint64(shown), MediaTime: -j.least, MediaRateInteger: 1},
		}})
		trak.AddChild(edts)
	}
	trak.AddChild(mdia)

	moov := mp4.NewMoovBox()
	moov.AddChild(mvhd)
	moov.AddChild(trak)
	if len(captions) > 0 {
		mvhd.NextTrackID = 3
		moov.AddChild(j.captionTrack(captions, captionsAt, tkhd))
	}
	moov.AddChild(opaque("meta", meta.Box()[headSize:]))
	return moov
}

// opaque is a box whose content is known only as bytes.
func opaque(kind string, body []byte) mp4.Box {
	return mp4.CreateUnknownBox(kind, headSize+uint64(len(body)), body)
}

// tables returns the sample table but for the description and the offsets, run
// by run, in the order of the standard. Delays are left out when there are none,
// key frames when every frame is one.
func (j *Joint) tables() []mp4.Box {
	stsc := &mp4.StscBox{}
	for i, c := range j.chunks {
		if n := len(stsc.Entries); n == 0 || stsc.Entries[n-1].SamplesPerChunk != c.samples {
			stsc.Entries = append(stsc.Entries, mp4.StscEntry{FirstChunk: uint32(i + 1), SamplesPerChunk: c.samples})
		}
	}
	stsc.SetSingleSampleDescriptionID(1)

	stts := &mp4.SttsBox{SampleCount: j.counts, SampleTimeDelta: j.durations}
	tables := []mp4.Box{stts}
	if len(j.delays) > 1 || j.least < 0 {
		ctts := &mp4.CttsBox{EndSampleNr: append([]uint32{0}, j.delayEnds...)}
		for _, d := range j.delays {
			ctts.SampleOffset = append(ctts.SampleOffset, int32(d-j.least))
		}
		tables = append(tables, ctts)
	}
	if len(j.keys) < len(j.sizes) {
		tables = append(tables, &mp4.StssBox{SampleNumber: j.keys})
	}
	return append(tables, &mp4.StszBox{SampleNumber: uint32(len(j.sizes)), SampleSize: j.sizes}, stsc)
}
