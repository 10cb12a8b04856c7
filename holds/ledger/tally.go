package ledger

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Deletion is one segment whose deletion the store has confirmed.
type Deletion struct {
	Camera footage.CameraID
	Start  footage.Instant
	Bytes  int64
	SHA256 footage.SHA256 // zero when nobody knew it: of a file that never left the spool, or of an orphan
	Cause  string         // one word
}

type tallyRow struct {
	Bytes  int64          `cbor:"1,keyasint"`
	SHA256 footage.SHA256 `cbor:"2,keyasint"`
	Cause  string         `cbor:"3,keyasint"`
}

// Tally writes a deletion down in the caller's transaction. Sixty-four cameras
// delete 184,000 segments a day, each at its own deadline; an entry for each would
// drown the rest. So they are gathered, and the transaction that makes the next
// checkpoint, an hour later at most, turns those of a camera into one entry with
// the digest of their list. Nothing signed would cover them earlier either way.
func Tally(tx *index.Tx, d Deletion) error {
	return tx.Put(index.Key(room, tallyPart, string(d.Camera), d.Start.Compact()), tallyRow{d.Bytes, d.SHA256, d.Cause})
}

// settleTally turns what was tallied into an entry for each camera.
func settleTally(tx *index.Tx) error {
	type sum struct {
		first, last     footage.Instant
		segments, bytes int64
		list            strings.Builder
	}
	sums := map[footage.CameraID]*sum{}
	var order []footage.CameraID
	var keys []string
	from, to := index.Prefix(room, tallyPart)
	for r := range tx.Scan(from, to) {
		camera, start, err := footage.SegmentID(r.Key[len(from):]).Split()
		var row tallyRow
		if err == nil {
			err = r.Decode(&row)
		}
		if err != nil {
			return fmt.Errorf("couldn't read the deletion %s: %w", r.Key, err)
		}
		s := sums[camera]
		if s == nil {
			s = &sum{first: start}
			sums[camera], order = s, append(order, camera)
		}
		s.last = start
		s.segments++
		s.bytes += row.Bytes
		digest := "-"
		if row.SHA256 != (footage.SHA256{}) {
			digest = row.SHA256.String()
		}
		fmt.Fprintf(&s.list, "%s %d %s %s\n", start, row.Bytes, digest, row.Cause)
		keys = append(keys, r.Key)
	}
	for _, camera := range order {
		s := sums[camera]
		list := s.list.String()
		e := Entry{Kind: Deleted, By: System, Fields: Fields{
			"camera": camera, "from": s.first, "to": s.last, "segments": s.segments, "bytes": s.bytes, "list": digestOf([]byte(list)),
		}}
		if _, err := appendList(tx, e, list); err != nil {
			return err
		}
	}
	for _, k := range keys {
		if err := tx.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
