package fmp4

import (
	"encoding/binary"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// writer appends boxes to b.
type writer struct{ b []byte }

// box appends a box whose body is what fill appends.
func (w *writer) box(kind string, fill func()) {
	at := len(w.b)
	w.b = append(append(w.b, 0, 0, 0, 0), kind...)
	fill()
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}

func (w *writer) bytes(b ...byte) { w.b = append(w.b, b...) }
func (w *writer) text(s string)   { w.b = append(w.b, s...) }
func (w *writer) zeros(n int)     { w.b = append(w.b, make([]byte, n)...) }

func (w *writer) u16(values ...uint16) {
	for _, v := range values {
		w.b = binary.BigEndian.AppendUint16(w.b, v)
	}
}

func (w *writer) u32(values ...uint32) {
	for _, v := range values {
		w.b = binary.BigEndian.AppendUint32(w.b, v)
	}
}

func (w *writer) u64(values ...uint64) {
	for _, v := range values {
		w.b = binary.BigEndian.AppendUint64(w.b, v)
	}
}

const trackID = 1

// epoch1904 is how many seconds the clock of MP4 is ahead of Unix time.
const epoch1904 = 2082844800

// Init returns ftyp and moov of a segment of t, with meta in it.
func Init(t *Track, meta spool.Meta) []byte {
	w := &writer{make([]byte, 0, 1024+len(t.config))}
	w.box("ftyp", func() {
		w.text("iso6") // signed composition offsets and tfdt
		w.u32(0)
		w.text("iso6mp41")
		if t.Codec == footage.AV1 {
			w.text("av01")
		}
	})
	w.box("moov", func() {
		w.mvhd(meta.Start)
		w.trak(t, meta.Start)
		w.box("mvex", func() {
			w.box("trex", func() { w.u32(0, trackID, 1, 0, 0, 0) })
		})
		w.b = append(w.b, meta.Box()...)
	})
	return w.b
}

// identity is the transformation matrix that leaves everything as it is.
var identity = []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}

// created is a creation time as the version 1 headers have it; version 0 ends
// in 2040.
func created(start footage.Instant) uint64 { return uint64(start.Time().Unix() + epoch1904) }

func (w *writer) mvhd(start footage.Instant) {
	w.box("mvhd", func() {
		w.u32(1 << 24)
		w.u64(created(start), created(start))
		w.u32(spool.Timescale)
		w.u64(0)           // duration: it is in the fragments
		w.u32(0x10000)     // rate
		w.u16(0x100)       // volume
		w.zeros(10)        //
		w.u32(identity...) //
		w.zeros(24)        //
		w.u32(uint32(trackID + 1))
	})
}

func (w *writer) trak(t *Track, start footage.Instant) {
	w.box("trak", func() {
		w.box("tkhd", func() {
			w.u32(1<<24 | 3) // enabled, in the movie
			w.u64(created(start), created(start))
			w.u32(trackID, 0)
			w.u64(0)
			w.zeros(16)
			w.u32(identity...)
			w.u32(uint32(t.Width)<<16, uint32(t.Height)<<16)
		})
		w.box("mdia", func() {
			w.box("mdhd", func() {
				w.u32(1 << 24)
				w.u64(created(start), created(start))
				w.u32(spool.Timescale)
				w.u64(0)
				w.u16(0x55c4, 0) // language: und
			})
			w.box("hdlr", func() {
				w.u32(0, 0)
				w.text("vide")
				w.zeros(13)
			})
			w.box("minf", func() {
				w.box("vmhd", func() { w.u32(1, 0, 0) })
				w.box("dinf", func() {
					w.box("dref", func() {
						w.u32(0, 1)
						w.box("url ", func() { w.u32(1) }) // the data is in this file
					})
				})
				w.stbl(t)
			})
		})
	})
}

func (w *writer) stbl(t *Track) {
	w.box("stbl", func() {
		w.box("stsd", func() {
			w.u32(0, 1)
			w.sampleEntry(t)
		})
		w.box("stts", func() { w.u32(0, 0) })
		w.box("stsc", func() { w.u32(0, 0) })
		w.box("stsz", func() { w.u32(0, 0, 0) })
		w.box("stco", func() { w.u32(0, 0) })
	})
}

func (w *writer) sampleEntry(t *Track) {
	entry, config := "avc1", "avcC"
	switch t.Codec {
	case footage.H265:
		entry, config = "hvc1", "hvcC"
	case footage.AV1:
		entry, config = "av01", "av1C"
	}
	w.box(entry, func() {
		w.zeros(6)
		w.u16(1) // data reference
		w.zeros(16)
		w.u16(uint16(t.Width), uint16(t.Height))
		w.u32(0x480000, 0x480000, 0) // 72 dpi
		w.u16(1)                     // frames a sample
		w.zeros(32)
		w.u16(0x18, 0xffff) // depth; no colour table
		w.box(config, func() { w.bytes(t.config...) })
	})
}
