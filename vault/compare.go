package vault

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// Disagreement is a way in which the index, the store, the keys and the spool can
// contradict each other.
type Disagreement string

// The disagreements.
const (
	Lost       Disagreement = "lost"       // a row without its object: the footage is gone early
	Altered    Disagreement = "altered"    // an object of another size than its row says, or of other content
	Keyless    Disagreement = "keyless"    // a row whose object nobody can open
	Orphan     Disagreement = "orphan"     // an object without a row, a file in the spool or an Intent
	Stranger   Disagreement = "stranger"   // under the footage prefix, but no footage by its name
	Condemned  Disagreement = "condemned"  // its removal is promised, and it is stored
	Overdue    Disagreement = "overdue"    // its deadline passed minutes ago, and it is not retired
	Order      Disagreement = "order"      // the order of deletion differs from the segments
	Summary    Disagreement = "summary"    // an hour or the totals differ from the segments
	Unreadable Disagreement = "unreadable" // a row that makes no sense
	StrayKey   Disagreement = "stray-key"  // keys that nothing can need any more
	BadMarker  Disagreement = "marker"     // the store's marker is not that of this index
)

// Disagreements lists every Disagreement.
var Disagreements = []Disagreement{Lost, Altered, Keyless, Orphan, Stranger, Condemned, Overdue, Order, Summary, Unreadable, StrayKey, BadMarker}

// Finding is one place in which things contradict each other.
type Finding struct {
	What    Disagreement
	Object  string            // its key in the store; for what has no object, the key of the row or the hour of the keys
	Segment footage.SegmentID // if it is about one that has a row
	Detail  string            // for people
	// Repairable: Check can put it right without losing footage. What cannot be
	// known before it is tried (whether an orphan can be opened) counts.
	Repairable bool
	Repaired   bool
	Problem    string // why the repair failed
}

// seen is what there is about one object of the store.
type seen struct {
	object   store.Info
	stranger bool // its name is not that of footage: the rest is not known
	camera   footage.CameraID
	start    footage.Instant
	known    bool // row is its row
	row      Segment
	promised bool // for removal
	spooled  bool // the spool has its recording
	opens    bool // a key is there
	keyFault error
}

// compare says what is wrong about an object. It only compares.
func (s seen) compare() (found []Finding) {
	add := func(what Disagreement, repairable bool, format string, args ...any) {
		f := Finding{What: what, Object: s.object.Key, Detail: fmt.Sprintf(format, args...), Repairable: repairable}
		if s.known {
			f.Segment = s.row.ID()
		}
		found = append(found, f)
	}
	switch {
	case s.stranger:
		add(Stranger, false, "its name is not that of footage")
		return found
	case s.known && s.promised:
		add(Condemned, true, "its removal is promised, and the index has it as stored")
	case !s.known && !s.promised && !s.spooled:
		add(Orphan, !s.object.Hidden, "the index does not know it")
	}
	if !s.known || s.object.Hidden {
		return found
	}
	want := s.row.Bytes
	if footage.Sealed(s.object.Key) {
		want = seal.Size(s.row.Bytes)
		switch {
		case s.keyFault != nil:
			add(Keyless, false, "%v", s.keyFault)
		case !s.opens:
			add(Keyless, false, "its key is not there")
		}
	}
	if s.object.Size != want {
		add(Altered, false, "it has %d bytes instead of %d", s.object.Size, want)
	}
	return found
}

// compareDue compares a segment with its place in the order of deletion.
func compareDue(tx *index.Tx, s Segment) (f Finding, wrong bool) {
	queued, err := tx.Get(dueKey(s), &struct{}{})
	switch {
	case err != nil || !queued:
		return Finding{What: Order, Object: dueKey(s), Segment: s.ID(), Detail: "it is missing in the order of deletion", Repairable: true}, true
	case s.Deadline.Add(late) <= tx.Now:
		return Finding{What: Overdue, Object: s.Object, Segment: s.ID(), Detail: fmt.Sprintf("it was due at %s", s.Deadline), Repairable: true}, true
	}
	return Finding{}, false
}

// strayDue reports whether there is no segment with the deadline that a place in the
// order of deletion says. The sweeper stops at such a one.
func strayDue(tx *index.Tx, key string) bool {
	_, rest, _ := strings.Cut(key, "/")
	_, id, _ := strings.Cut(rest, "/")
	s, found, err := Find(tx, footage.SegmentID(id))
	return err == nil && (!found || dueKey(s) != key) // what cannot be read is reported by itself
}
