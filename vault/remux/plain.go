package remux

import "github.com/Eyevinn/mp4ff/mp4"

// addTables adds the samples that a sample table (8.5.1) lists: all of a plain
// file's, none of a fragmented one's.
func (t *track) addTables(stbl box) error {
	var (
		sizes     *mp4.StszBox
		durations *mp4.SttsBox
		delays    = &mp4.CttsBox{}
		groups    = &mp4.StscBox{}
		syncs     *mp4.StssBox
		offsets   []uint64
	)
	for b, err := range boxes(stbl.body) {
		if err != nil {
			return err
		}
		switch b.kind {
		case "stsz":
			sizes, err = decode[*mp4.StszBox](b)
		case "stts":
			durations, err = decode[*mp4.SttsBox](b)
		case "ctts":
			delays, err = decode[*mp4.CttsBox](b)
		case "stsc":
			groups, err = decode[*mp4.StscBox](b)
		case "stss":
			syncs, err = decode[*mp4.StssBox](b)
		case "stco":
			var narrow *mp4.StcoBox
			if narrow, err = decode[*mp4.StcoBox](b); err == nil {
				offsets = make([]uint64, len(narrow.ChunkOffset))
				for i, o := range narrow.ChunkOffset {
					offsets[i] = uint64(o)
				}
			}
		case "co64":
			var wide *mp4.Co64Box
			if wide, err = decode[*mp4.Co64Box](b); err == nil {
				offsets = wide.ChunkOffset
			}
		}
		if err != nil {
			return err
		}
	}
	if sizes == nil || sizes.SampleNumber == 0 {
		return nil
	}
	if durations == nil {
		return damaged("the sample table has no times")
	}

	count := int(sizes.SampleNumber)
	duration := cursor{n: len(durations.SampleCount), count: func(i int) uint32 { return durations.SampleCount[i] }}
	delay := cursor{n: delays.NrSampleCount(), count: delays.SampleCount}
	for i, g := range groups.Entries {
		last := len(offsets)
		if i+1 < len(groups.Entries) {
			last = int(groups.Entries[i+1].FirstChunk) - 1
		}
		if g.FirstChunk == 0 || int(g.FirstChunk) > last || last > len(offsets) {
			return damaged("the sample table's chunks disagree")
		}
		for _, offset := range offsets[g.FirstChunk-1 : last] {
			if offset > uint64(t.fileSize) {
				return damaged("a chunk lies beyond the end of the file")
			}
			at := int64(offset)
			for range g.SamplesPerChunk {
				n := len(t.samples)
				if n == count {
					return damaged("the sample table has more frames than sizes")
				}
				s := sample{at: at, time: t.end, size: sizes.SampleUniformSize, sync: syncs == nil}
				if s.size == 0 {
					s.size = sizes.SampleSize[n]
				}
				i, ok := duration.next()
				if !ok {
					return damaged("the sample table has fewer times than frames")
				}
				t.end += int64(durations.SampleTimeDelta[i])
				if i, ok := delay.next(); ok { // without a table, or past its end, none
					s.delay = int64(delays.SampleOffset[i])
				}
				if err := t.add(s); err != nil {
					return err
				}
				at += int64(s.size)
			}
		}
	}
	if len(t.samples) != count {
		return damaged("the sample table places %d of %d frames", len(t.samples), count)
	}
	if syncs != nil {
		for _, n := range syncs.SampleNumber {
			if n == 0 || int(n) > count {
				return damaged("frame %d is called a key frame, of %d", n, count)
			}
			t.samples[n-1].sync = true
		}
	}
	return nil
}

// cursor walks a run-length table of n entries sample by sample.
type cursor struct {
	n     int
	count func(entry int) uint32

	entry int
	used  uint32 // of entry
}

// next returns the entry for the next sample, and false past the table's end.
func (c *cursor) next() (int, bool) {
	for c.entry < c.n && c.used == c.count(c.entry) {
		c.entry++
		c.used = 0
	}
	c.used++
	return c.entry, c.entry < c.n
}
