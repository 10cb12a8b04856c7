package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// maxFragment is the greatest plausible length of a fragment or an init in
// bytes: a second at 500 Mbit/s. Recovery reads one into memory.
const maxFragment = 64 << 20

// wholeFragments walks a part from its beginning and returns how many bytes of
// it are an init and whole fragments, and how many ticks they last; 0, 0 when
// there is not one whole fragment. The error is a failed read, never the content.
//
// A fragment counts when moof and mdat are there to the last byte, the samples'
// sizes add up to the mdat, the decode time continues the one before, and no
// disk sector of it is all zeros: video is coded so that it never holds three
// zero bytes in a row (emulation prevention), while a file system may, after a
// power cut, have zeros where data had not reached the disk. AV1 has no emulation
// prevention; its frames hold no such run either, and a camera whose padding does
// loses to a crash what follows it in the segment. A fragment cut in
// its moof would keep ffmpeg and Chromium from opening the file at all.
func wholeFragments(r io.ReaderAt, length int64) (size, ticks int64, err error) {
	var moof *Box
	moov := false
	for b, err := range Boxes(r, 0, length) {
		if errors.Is(err, ErrBox) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		begin := b.Offset
		switch {
		case b.Type == "ftyp" && b.Offset == 0:
		case b.Type == "moov" && !moov && moof == nil:
			moov = true
		case b.Type == "moof" && moov && moof == nil:
			moof = &b
			continue
		case b.Type == "mdat" && moof != nil:
			begin = moof.Offset
		default:
			return size, ticks, nil
		}
		if b.End()-begin > maxFragment {
			break
		}
		data := make([]byte, b.End()-begin)
		if _, err := r.ReadAt(data, begin); err != nil && err != io.EOF {
			return 0, 0, err
		}
		if hasZeroSector(data, begin) {
			break
		}
		if moof == nil {
			continue
		}
		f, ok := readMoof(data[:moof.Size])
		if !ok || f.bytes != b.Size-b.Header || f.decode != ticks {
			break
		}
		ticks += f.ticks
		size = b.End()
		moof = nil
	}
	return size, ticks, nil
}

// hasZeroSector reports whether a sector of the disk that data covers, which
// lies at offset, is all zeros. A last piece of a sector counts from 16 bytes.
func hasZeroSector(data []byte, offset int64) bool {
	const sector = 512
	var zeros [sector]byte
	for at := int((sector - offset%sector) % sector); at < len(data); at += sector {
		piece := data[at:min(at+sector, len(data))]
		if len(piece) >= 16 && bytes.Equal(piece, zeros[:len(piece)]) {
			return true
		}
	}
	tail := data[max(0, len(data)-16):]
	return bytes.Equal(tail, zeros[:len(tail)])
}

// moofFacts is what a moof says about its fragment.
type moofFacts struct {
	decode int64 // of the first sample, ticks
	ticks  int64 // sum of the durations
	bytes  int64 // sum of the sizes
}

// readMoof reads a moof with a single traf and trun whose samples give their own
// duration and size, as recordings here have it.
func readMoof(moof []byte) (moofFacts, bool) {
	outer, ok := children(moof)
	if !ok || len(outer) != 1 {
		return moofFacts{}, false
	}
	parts, ok := children(outer[0].body)
	if !ok {
		return moofFacts{}, false
	}
	for _, traf := range parts {
		if traf.kind == "traf" {
			return readTraf(traf.body)
		}
	}
	return moofFacts{}, false
}

func readTraf(traf []byte) (moofFacts, bool) {
	parts, ok := children(traf)
	if !ok {
		return moofFacts{}, false
	}
	var f moofFacts
	decoded, sampled := false, false
	for _, part := range parts {
		b := part.body
		switch part.kind {
		case "tfdt": // version 1: 64 bits
			if len(b) != 12 || b[0] != 1 {
				return f, false
			}
			f.decode, decoded = int64(binary.BigEndian.Uint64(b[4:])), true
		case "trun":
			if sampled || !readTrun(b, &f) {
				return f, false
			}
			sampled = true
		}
	}
	return f, decoded && sampled
}

// Flags of trun (ISO/IEC 14496-12, 8.8.8): which fields there are.
const (
	trunDataOffset  = 0x001
	trunFirstFlags  = 0x004
	trunDuration    = 0x100
	trunSize        = 0x200
	trunFlags       = 0x400
	trunComposition = 0x800
)

func readTrun(b []byte, f *moofFacts) bool {
	if len(b) < 8 {
		return false
	}
	flags := binary.BigEndian.Uint32(b) & 0xffffff
	count := int(binary.BigEndian.Uint32(b[4:]))
	b = b[8:]
	if flags&trunDuration == 0 || flags&trunSize == 0 {
		return false
	}
	for _, once := range []uint32{trunDataOffset, trunFirstFlags} {
		if flags&once != 0 {
			if len(b) < 4 {
				return false
			}
			b = b[4:]
		}
	}
	width := 8
	for _, each := range []uint32{trunFlags, trunComposition} {
		if flags&each != 0 {
			width += 4
		}
	}
	if count == 0 || len(b) != count*width {
		return false
	}
	for ; len(b) > 0; b = b[width:] {
		f.ticks += int64(binary.BigEndian.Uint32(b))
		f.bytes += int64(binary.BigEndian.Uint32(b[4:]))
	}
	return true
}
