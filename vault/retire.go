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
	ByDeadline Cause = "deadline" // its deadline came
	ByOrphan   Cause = "orphan"   // the store had it, the index did not, and its name says that it is due (R12)
	ByRoom     Cause = "room"     // it made room for newer footage before its deadline (R15)
)

// Intent is the promise to remove one object: it exists from the transaction that
// retires a segment until the store has been seen without the object. Nothing
// else in the index knows the segment any more.
type Intent struct {
	Camera   footage.CameraID
	Start    footage.Instant
	Object   string
	Bytes    int64
	SHA256   footage.SHA256
	Deadline footage.Instant
	Cause    Cause
	Retired  footage.Instant
	Attempts int             // removals that failed
	Retry    footage.Instant // not before
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
}

// promisedIn returns the bounds of the promises about objects of h.
func promisedIn(h seal.Hour) (from, to string) {
	from = intentKey(footage.ObjectKey(h.Camera, h.From, 0))
	from = from[:strings.LastIndexByte(from, '/')]
	return from + "/", from + "0" // the character after "/"
}

func intentKey(object string) string { return purgeKind + "/" + object }

func putIntent(tx *index.Tx, i Intent) error {
	return tx.Put(intentKey(i.Object), intentRow{i.Bytes, i.SHA256, i.Deadline, i.Cause, i.Retired, i.Attempts, i.Retry})
}

func decodeIntent(r index.Row) (Intent, error) {
	var row intentRow
	if err := r.Decode(&row); err != nil {
		return Intent{}, err
	}
	object := r.Key[len(purgeKind)+1:]
	camera, start, _, err := footage.ParseObjectKey(object)
	return Intent{camera, start, object, row.Bytes, row.SHA256, row.Deadline, row.Cause, row.Retired, row.Attempts, row.Retry}, err
}

// Retire takes segments out of the stored ones and promises their removal. Once
// the transaction commits nobody can read them. The caller has decided, in the
// same transaction, that they are due: that is what makes a hold and a deletion
// exclude each other (invariant 3).
func Retire(tx *index.Tx, segments ...Segment) error { return retire(tx, ByDeadline, segments) }

func retire(tx *index.Tx, cause Cause, segments []Segment) error {
	for _, s := range segments {
		if err := putIntent(tx, Intent{
			Camera: s.Camera, Start: s.Span.From, Object: s.Object, Bytes: s.Bytes, SHA256: s.SHA256,
			Deadline: s.Deadline, Cause: cause, Retired: tx.Now,
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
