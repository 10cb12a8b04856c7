package vault

import (
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
)

// Cause of a deletion, as Intent keeps it.
type Cause string

// The causes of deletion.
const (
	ByDeadline     Cause = "deadline"      // its deadline came, and nothing had moved it
	ByHoldEnd      Cause = "hold-ended"    // a hold or a freeze kept it beyond seven days, until its own end
	ByCeiling      Cause = "ceiling"       // it was kept as long as a hold may keep anything (R3)
	ByHoldClosed   Cause = "hold-closed"   // its hold was closed or narrowed when its own deadline had passed (R28)
	ByFreezeClosed Cause = "freeze-closed" // the same of a freeze
	ByRetention    Cause = "retention"     // what footage is kept for was shortened (R20)
	ByOrphan       Cause = "orphan"        // the store had it, the index did not, and its name says that it is due (R12)
	ByRoom         Cause = "room"          // it made room for newer footage before its deadline (R15)
)

// Causes lists every Cause, for texts and tests that must know them all.
var Causes = []Cause{ByDeadline, ByHoldEnd, ByCeiling, ByHoldClosed, ByFreezeClosed, ByRetention, ByOrphan, ByRoom}

// cause is why s goes when its deadline comes.
func (s Segment) cause() Cause {
	switch {
	case s.Moved.Why != "":
		return s.Moved.Why
	case s.Deadline > s.Keep && s.Deadline == s.Ceiling:
		return ByCeiling
	case s.Deadline > s.Keep:
		return ByHoldEnd
	}
	return ByDeadline
}

// Intent is the promise to remove one object: it exists from the transaction that
// retires a segment until the store has been seen without the object. Nothing
// else in the index knows the segment any more.
type Intent struct {
	Camera   footage.CameraID
	Start    footage.Instant
	End      footage.Instant // 0 when nobody knows it: of an orphan
	Object   string
	Bytes    int64
	SHA256   footage.SHA256
	Deadline footage.Instant
	Due      footage.Instant // when it had to go: the deadline, or when that was moved into the past
	Cause    Cause
	Retired  footage.Instant
	Attempts int             // removals that failed
	Retry    footage.Instant // not before
	Deleted  footage.Instant // when the store was told to remove it; only in what is Removed
	Verified footage.Instant // when the store was seen without it; only in what is Removed
}

// intentRow is an Intent in the index; the object's key is its key there, and
// camera and start are in that.
type intentRow struct {
	Bytes    int64           `cbor:"2,keyasint"`
	SHA256   footage.SHA256  `cbor:"3,keyasint"`
	Deadline footage.Instant `cbor:"4,keyasint"`
	Cause    Cause           `cbor:"5,keyasint"`
	Retired  footage.Instant `cbor:"6,keyasint"`
	Attempts int             `cbor:"7,keyasint,omitempty"`
	Retry    footage.Instant `cbor:"8,keyasint,omitempty"`
	End      footage.Instant `cbor:"9,keyasint,omitempty"`
	Due      footage.Instant `cbor:"10,keyasint,omitempty"` // 0: the deadline
}

// promisedIn returns the bounds of the promises about objects of h.
func promisedIn(h seal.Hour) (from, to string) {
	from = intentKey(footage.ObjectKey(h.Camera, h.From, 0))
	from = from[:strings.LastIndexByte(from, '/')]
	return from + "/", from + "0" // the character after "/"
}

func intentKey(object string) string { return purgeKind + "/" + object }

func putIntent(tx *index.Tx, i Intent) error {
	return tx.Put(intentKey(i.Object), intentRow{i.Bytes, i.SHA256, i.Deadline, i.Cause, i.Retired, i.Attempts, i.Retry, i.End, i.Due})
}

func decodeIntent(r index.Row) (Intent, error) {
	var row intentRow
	if err := r.Decode(&row); err != nil {
		return Intent{}, err
	}
	object := r.Key[len(purgeKind)+1:]
	camera, start, _, err := footage.ParseObjectKey(object)
	return Intent{
		Camera: camera, Start: start, End: row.End, Object: object, Bytes: row.Bytes, SHA256: row.SHA256, Deadline: row.Deadline, Due: max(row.Due, row.Deadline),
		Cause: row.Cause, Retired: row.Retired, Attempts: row.Attempts, Retry: row.Retry,
	}, err
}

// Retire takes segments out of the stored ones and promises their removal. Once
// the transaction commits nobody can read them. The caller has decided, in the
// same transaction, that they are due: that is what makes a hold and a deletion
// exclude each other (invariant 3).
func Retire(tx *index.Tx, segments ...Segment) error { return retire(tx, Segment.cause, segments) }

func retire(tx *index.Tx, cause func(Segment) Cause, segments []Segment) error {
	for _, s := range segments {
		if err := putIntent(tx, Intent{
			Camera: s.Camera, Start: s.Span.From, End: s.Span.To, Object: s.Object, Bytes: s.Bytes, SHA256: s.SHA256,
			Deadline: s.Deadline, Due: max(s.Deadline, s.Moved.At), Cause: cause(s), Retired: tx.Now,
		}); err != nil {
			return err
		}
	}
	return write(tx, func(yield func(old, s *Segment) bool) {
		for i := range segments {
			if !yield(&segments[i], nil) {
				return
			}
		}
	})
}

// Intents returns the promised removals, those that failed before included, and
// at most limit of them.
func Intents(tx *index.Tx, limit int) ([]Intent, error) {
	return intents(tx, limit, func(Intent) bool { return true })
}

func intents(tx *index.Tx, limit int, want func(Intent) bool) ([]Intent, error) {
	var found []Intent
	for r := range tx.Scan(index.Prefix(purgeKind)) {
		i, err := decodeIntent(r)
		if err != nil {
			return nil, err
		}
		if want(i) {
			if found = append(found, i); len(found) == limit {
				break
			}
		}
	}
	return found, nil
}

// backoff is the pause after the n-th failed attempt: 1 s, 2 s, 4 s, up to 5 min.
// Deletion is retried until it is done (R22), and a store that is away for a
// night must not be asked a million times.
func backoff(n int) time.Duration {
	return min(time.Second<<min(max(n-1, 0), 10), 5*time.Minute)
}
