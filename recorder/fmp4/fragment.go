package fmp4

import (
	"encoding/binary"

	"github.com/sjudager/sjudager/vault/spool"
)

// Headroom is how many bytes in front of a fragment's data Seal and the caller
// need: for the headers of MaxSamples samples, and an ordinary Init.
const Headroom = 16 << 10

// MaxSamples is the greatest number of samples in a fragment.
const MaxSamples = 512

// Sample is a frame in a fragment.
type Sample struct {
	Size     uint32 // bytes
	Duration uint32 // until the decode time of the next one, ticks
	Offset   int32  // presentation time - decode time, ticks
	Key      bool   // decoding can begin here
	Loss     spool.Loss
}

// Sample flags (ISO/IEC 14496-12, 8.8.3.1): sample_depends_on, and
// sample_is_non_sync_sample.
const (
	keyFlags   = 2 << 24
	otherFlags = 1<<24 | 1<<16
)

// Seal makes a fragment of b, whose first Headroom bytes are free and whose rest
// is the data of the samples, one behind the other: it writes moof and the
// header of mdat right before the data and returns where in b the fragment
// begins. The sequence number counts fragments from 1, decode is the decode time
// of the first sample.
func Seal(b []byte, sequence uint32, decode int64, samples []Sample) int {
	const fixed = 8 + 16 + 8 + 16 + 20 + 20 // moof, mfhd, traf, tfhd, tfdt, trun
	width, trunFlags := 12, uint32(0x701)   // data offset; duration, size and flags of each
	for i := range samples {
		if samples[i].Offset != 0 {
			width, trunFlags = 16, 0xf01 // composition offsets as well
			break
		}
	}
	moof := fixed + len(samples)*width
	start := Headroom - moof - 8
	h := b[start:Headroom:Headroom]
	put := func(words ...uint32) {
		for _, v := range words {
			binary.BigEndian.PutUint32(h, v)
			h = h[4:]
		}
	}
	put(uint32(moof), fourcc("moof"), 16, fourcc("mfhd"), 0, sequence,
		uint32(moof-24), fourcc("traf"),
		16, fourcc("tfhd"), 0x020000, trackID, // default-base-is-moof
		20, fourcc("tfdt"), 1<<24, uint32(decode>>32), uint32(decode),
		uint32(20+len(samples)*width), fourcc("trun"), 1<<24|trunFlags, uint32(len(samples)), uint32(moof+8))
	for i := range samples {
		s := &samples[i]
		flags := uint32(otherFlags)
		if s.Key {
			flags = keyFlags
		}
		put(s.Duration, s.Size, flags|s.Loss.Flags())
		if width == 16 {
			put(uint32(s.Offset))
		}
	}
	put(uint32(8+len(b)-Headroom), fourcc("mdat"))
	return start
}

func fourcc(s string) uint32 { return binary.BigEndian.Uint32([]byte(s)) }
