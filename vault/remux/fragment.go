package remux

import (
	"math"

	"github.com/Eyevinn/mp4ff/mp4"
)

// notSync has the sample flags that rule out a key frame: sample_is_non_sync_sample,
// and "depends on others", which some writers set alone (8.8.3.1).
const notSync = mp4.NonSyncSampleFlags | mp4.SampleDependsOn1

// addFragment adds the samples of a moof (8.8.4) that stands at the given offset.
func (t *track) addFragment(moof box, at int64) error {
	// Where a track's data begins unless it is said: at the moof for the first
	// track, behind the data of the one before for the others (8.8.7).
	base := at
	for traf, err := range boxes(moof.body) {
		if err == nil && traf.kind == "traf" {
			base, err = t.addRuns(traf, at, base)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addRuns reads one track's part of a fragment, adds its samples if it is the
// video's, and returns where its data ends.
func (t *track) addRuns(traf box, moof, base int64) (end int64, err error) {
	var header *mp4.TfhdBox
	for b, err := range boxes(traf.body) {
		if err != nil {
			return 0, err
		}
		switch {
		case b.kind == "tfhd":
			if header, err = decode[*mp4.TfhdBox](b); err != nil {
				return 0, err
			}
			switch {
			case header.HasBaseDataOffset() && header.BaseDataOffset > uint64(t.fileSize):
				return 0, damaged("a fragment's data lies beyond the end of the file")
			case header.HasBaseDataOffset():
				base = int64(header.BaseDataOffset)
			case header.DefaultBaseIfMoof():
				base = moof
			}
			end = base
		case header == nil:
			// Nothing before the header can be understood.
		case b.kind == "tfdt" && header.TrackID == t.id:
			start, err := decode[*mp4.TfdtBox](b)
			if err != nil {
				return 0, err
			}
			if start.BaseMediaDecodeTime() > math.MaxInt64/2 {
				return 0, damaged("a fragment begins at an absurd time")
			}
			t.end = int64(start.BaseMediaDecodeTime())
		case b.kind == "trun":
			run, err := decode[*mp4.TrunBox](b)
			if err != nil {
				return 0, err
			}
			run.AddSampleDefaultValues(header, t.defaults[header.TrackID])
			if run.HasDataOffset() {
				end = base + int64(run.DataOffset)
			}
			for _, s := range run.Samples {
				if header.TrackID == t.id {
					err = t.add(sample{
						at:    end,
						time:  t.end,
						delay: int64(s.CompositionTimeOffset),
						size:  s.Size,
						sync:  s.Flags&notSync == 0,
						loss:  uint16(s.Flags),
					})
					if err != nil {
						return 0, err
					}
					t.end += int64(s.Dur)
				}
				end += int64(s.Size)
			}
		}
	}
	return end, nil
}
