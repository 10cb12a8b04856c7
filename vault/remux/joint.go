package remux

import (
	"bytes"
	"math"
	"slices"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"
)

// Joint is recordings, or stretches of them, laid out one behind the other as one
// movie: of each it keeps what stands in the tables, a dozen bytes a frame. Every
// stretch begins to be shown when the one before it ends. The zero Joint is empty.
type Joint struct {
	track  *track // the first: its sample description is everybody's
	chunks []chunk
	bytes  int64 // of media

	counts, durations []uint32 // run by run
	delays            []int64  // run by run, from decoding to showing; the least is subtracted at last
	delayEnds         []uint32 // the number of the last frame of each run
	sizes             []uint32
	keys              []uint32 // numbers of the key frames, from 1
	least             int64    // of delays, never more than 0

	decoded int64 // the sum of the durations
	shown   int64 // when the next stretch begins to be shown
	last    int64 // when the picture that is shown last ends

	captions []Caption
}

// chunk is a run of samples that lie one behind the other in the source.
type chunk struct {
	size    int64
	samples uint32
}

// Range is a run of bytes of a recording.
type Range struct{ At, Size int64 }

// Next is when, in ticks, what is added next begins to be shown.
func (j *Joint) Next() int64 { return j.shown }

// Frames, Bytes and Ticks are what has been added: frames, bytes of media, and how
// long the movie lasts. That is the sum of the stretches, but never less than it takes
// to show every picture: players drop what lies beyond the edit list.
func (j *Joint) Frames() int  { return len(j.sizes) }
func (j *Joint) Bytes() int64 { return j.bytes }
func (j *Joint) Ticks() int64 { return max(j.shown, j.last) }

// Add adds the frames [from, to) of m, of which the first is a key frame, and returns
// where in m their bytes are and when, after the first frame of m is shown, the stretch
// ends. Unless m continues what was added before, the leading pictures of the first
// frame are left out: what they need to be decoded is not there. All that is added
// must have the Same description.
func (j *Joint) Add(m *Movie, from, to int, continues bool) (ranges []Range, end int64, err error) {
	return j.add(m.track, from, to, continues)
}

func (j *Joint) add(t *track, from, to int, continues bool) (ranges []Range, end int64, err error) {
	if j.track == nil {
		j.track = t
	}
	var (
		first  = t.samples[from]
		zero   = t.shownAt(from)
		skew   = j.shown - j.decoded // from decoding to showing, for the first frame
		before = -1
	)
	finish := func(until int64) { // the frame before lasts until then
		d := uint32(until - t.samples[before].time)
		if n := len(j.durations); n == 0 || j.durations[n-1] != d {
			j.durations, j.counts = append(j.durations, d), append(j.counts, 0)
		}
		j.counts[len(j.counts)-1]++
		end = max(end, t.shownAt(before)+int64(d))
	}
	for i := from; i < to; i++ {
		s := t.samples[i]
		if !continues && t.shownAt(i) < zero {
			continue
		}
		if before >= 0 {
			finish(s.time)
		}
		before = i
		delay := skew + s.delay - first.delay
		if delay > math.MaxInt32/2 || delay < math.MinInt32/2 {
			return nil, 0, damaged("frame %d is shown hours away from where it is decoded", i+1)
		}
		j.least = min(j.least, delay)
		j.sizes = append(j.sizes, s.size)
		number := uint32(len(j.sizes))
		if n := len(j.delays); n == 0 || j.delays[n-1] != delay {
			j.delays, j.delayEnds = append(j.delays, delay), append(j.delayEnds, 0)
		}
		j.delayEnds[len(j.delayEnds)-1] = number
		if s.sync {
			j.keys = append(j.keys, number)
		}
		if n := len(ranges); n == 0 || ranges[n-1].At+ranges[n-1].Size != s.at {
			ranges = append(ranges, Range{At: s.at})
			j.chunks = append(j.chunks, chunk{})
		}
		ranges[len(ranges)-1].Size += int64(s.size)
		c := &j.chunks[len(j.chunks)-1]
		c.size += int64(s.size)
		c.samples++
		j.bytes += int64(s.size)
	}
	finish(t.until(to - 1))
	j.last = max(j.last, j.shown+end-zero)
	switch {
	case to == len(t.samples):
		end = t.end
	case t.samples[to].sync:
		end = t.shownAt(to)
	}
	j.decoded += t.until(to-1) - first.time
	j.shown += end - zero
	return ranges, end, nil
}

// shownAt is when sample i is shown, in ticks after the first is.
func (t *track) shownAt(i int) int64 {
	return t.samples[i].time + t.samples[i].delay - t.samples[0].delay
}

// Shown is when frame i is shown, in ticks after the first is; leading pictures of the
// first frame are shown before it.
func (m *Movie) Shown(i int) int64 { return m.track.shownAt(i) }

// Key reports whether decoding can begin at frame i.
func (m *Movie) Key(i int) bool { return m.track.samples[i].sync }

// Bytes is how much the frames [from, to) have.
func (m *Movie) Bytes(from, to int) (n int64) {
	for _, s := range m.track.samples[from:to] {
		n += int64(s.size)
	}
	return n
}

// Same reports whether the frames of m and o can stand under one sample description:
// codec, parameter sets and size of the picture are the same.
func (m *Movie) Same(o *Movie) bool {
	return bytes.Equal(m.track.description(), o.track.description())
}

// description is the sample description without what only tells of bit rates.
func (t *track) description() []byte {
	entry, _ := t.entry()
	d := slices.Clone(entry.raw[:len(entry.raw)-len(entry.body)+visualEntry])
	clear(d[:4]) // the size
	for b, err := range boxes(entry.body[visualEntry:]) {
		if err != nil {
			return t.stsd
		}
		if b.kind != "btrt" {
			d = append(d, b.raw...)
		}
	}
	return d
}

// entry is the one sample description.
func (t *track) entry() (box, error) {
	for b, err := range boxes(t.stsd[8:]) {
		return b, err
	}
	return box{}, damaged("no sample description")
}

// CodecString is the codec as browsers ask for it (RFC 6381), or "" when the sample
// description does not tell.
func (m *Movie) CodecString() string {
	entry, err := m.track.entry()
	if err != nil {
		return ""
	}
	for b, err := range boxes(entry.body[visualEntry:]) {
		if err != nil {
			return ""
		}
		switch b.kind {
		case "avcC":
			if c, err := decode[*mp4.AvcCBox](b); err == nil && len(c.SPSnalus) > 0 {
				if sps, err := avc.ParseSPSNALUnit(c.SPSnalus[0], false); err == nil {
					return avc.CodecString(entry.kind, sps)
				}
			}
		case "hvcC":
			if c, err := decode[*mp4.HvcCBox](b); err == nil {
				if all := c.GetNalusForType(hevc.NALU_SPS); len(all) > 0 {
					if sps, err := hevc.ParseSPSNALUnit(all[0]); err == nil {
						return hevc.CodecString(entry.kind, sps)
					}
				}
			}
		case "av1C":
			if c, err := decode[*mp4.Av1CBox](b); err == nil {
				return c.CodecString(entry.kind)
			}
		}
	}
	return ""
}
