package vault

import (
	"errors"
	"fmt"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	// earlyBatch is how many segments are retired early in one transaction.
	earlyBatch = 1000

	earlySpool = "deleted before its deadline: the spool was full"
	earlyDisk  = "deleted before its deadline: the disk was full"
)

// keepRoom makes room for the newest footage when the spool is nearly at its limit, or
// its disk nearly full: the oldest unheld footage goes (R15), each piece with a gap that
// says so. On a disk that the spool shares with the store that is the oldest of the
// vault; elsewhere it is the oldest of the spool. Held footage stays: when only that
// is left, the recorder stops.
func (v *Vault) keepRoom() error {
	use, err := v.Spool.Usage()
	if err != nil {
		return err
	}
	v.growth.note(v.now(), use.Bytes)
	free, total, err := v.space()
	if err != nil {
		return err
	}
	shared, err := v.sharedDisk()
	if err != nil {
		return err
	}
	limit := v.SpoolLimit()
	full := limit - limit/20 // the recorder stops at the limit itself: make room before
	reserve := spool.Reserve(total)
	low := 2 * reserve // the recorder stops at the reserve itself
	if v.now().Sub(footage.Instant(v.progress.Load())) < progressing {
		full = limit - limit/100
		if !shared { // the disk is being emptied
			low = reserve + reserve/5
		}
	}
	over, short := use.Bytes-full+1, low-free
	if over <= 0 && short <= 0 {
		v.alarms.clear(footage.AlarmSpool)
		return nil
	}
	var retired int
	if short > 0 && shared {
		var bytes int64
		retired, bytes, err = v.retireEarly(short)
		short -= bytes
	}
	why := earlySpool
	if short > over {
		why = earlyDisk
	}
	missing := max(over, short)
	dropped, bytes, errDrop := v.dropEarly(missing, why)
	detail := fmt.Sprintf("the spool holds %d of %d bytes, its disk has %d of %d free; deleted early in this pass: %d", use.Bytes, limit, free, total, retired+dropped)
	if err = errors.Join(err, errDrop); err == nil && missing > bytes {
		detail += "; what is left is held, or on its way: recording stops when there is no room"
	}
	v.alarms.raise(footage.AlarmSpool, v.now(), detail)
	return err
}

// sharedDisk reports whether what the store deletes makes room for the spool.
func (v *Vault) sharedDisk() (bool, error) {
	local, is := v.Store.(interface{ Disk() (uint64, error) })
	if !is {
		return false, nil
	}
	store, err := local.Disk()
	if err != nil {
		return false, nil // a store that is away is somewhere else
	}
	ours, err := v.Spool.Disk()
	return store == ours, err
}

// dropEarly removes the oldest unheld footage of at least so many bytes from the
// spool, and returns how much that was.
func (v *Vault) dropEarly(bytes int64, why string) (dropped int, freed int64, err error) {
	if bytes <= 0 {
		return 0, 0, nil
	}
	entries, err := v.Spool.Segments()
	if err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		if freed >= bytes {
			break
		}
		if v.busy.has(e.Path) {
			continue // it is on its way into the store
		}
		m, err := remux.Open(e.Path)
		if err != nil {
			continue // the next pass sets it aside
		}
		span := footage.Span{From: e.Start, To: spool.End(e.Start, m.Ticks)}
		if err := m.Close(); err != nil {
			return dropped, freed, err
		}
		held := false
		if err := v.Index.Update(func(tx *index.Tx) error {
			terms, err := v.Terms(tx, e.Camera, span)
			if held = terms.Deadline > terms.Keep || terms.Restricted; err != nil || held {
				return err
			}
			return v.early(tx, Dropped{e.Camera, span, e.Bytes, terms.Deadline, footage.CauseSpoolFull}, why)
		}); err != nil {
			return dropped, freed, err
		}
		if held {
			continue
		}
		if err := v.Spool.Remove(e.Path); err != nil {
			return dropped, freed, err
		}
		v.Log.Warn(why, "camera", e.Camera, "start", e.Start)
		dropped++
		freed += e.Bytes
	}
	return dropped, freed, nil
}

// retireEarly retires the oldest unheld footage of at least so many bytes, and returns
// how much that was, with what had been retired before and has not gone yet: that makes
// room as well, and a store that cannot delete must not cost all footage.
func (v *Vault) retireEarly(bytes int64) (retired int, freed int64, err error) {
	err = v.Index.Update(func(tx *index.Tx) error {
		retired, freed = 0, 0
		waiting, err := Intents(tx, -1)
		if err != nil {
			return err
		}
		for _, i := range waiting {
			freed += i.Bytes
		}
		var batch []Segment
		for s, err := range Due(tx, footage.Always.To) {
			if err != nil {
				return err
			}
			if freed >= bytes || len(batch) == earlyBatch {
				break
			}
			if s.Deadline <= s.Keep && !s.Restricted {
				batch = append(batch, s)
				freed += s.Bytes
			}
		}
		retired = len(batch)
		for _, s := range batch {
			if err := v.early(tx, Dropped{s.Camera, s.Span, s.Bytes, s.Deadline, footage.CauseSpoolFull}, earlyDisk); err != nil {
				return err
			}
		}
		return retire(tx, func(Segment) Cause { return ByRoom }, batch)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("couldn't make room: %w", err)
	}
	if retired > 0 {
		v.Log.Warn(earlyDisk, "segments", retired)
		nudge(v.changed) // the sweeper purges
	}
	return retired, freed, nil
}

// early tells of footage that goes before its deadline, and writes a gap in its place.
func (v *Vault) early(tx *index.Tx, d Dropped, why string) error {
	if err := v.note(tx, d); err != nil {
		return err
	}
	return v.putGap(tx, footage.Gap{Camera: d.Camera, Span: d.Span, Cause: d.Cause, Detail: why})
}
