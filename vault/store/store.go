// Package store says what the vault asks of the place where footage lies. There
// are two such places: a directory (store/dir) and S3-compatible object storage
// (store/s3). One suite (store/storetest) holds both to this page.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Errors that callers tell apart. Every other error means that the store could
// not do it now and may be able to later.
var (
	// ErrNotExist: no object has this key.
	ErrNotExist = errors.New("no such object")
	// ErrConfig: the store refuses us for a reason that retrying does not mend:
	// wrong credentials, wrong bucket, wrong region, a clock too far off. The
	// text says which, and what to do.
	ErrConfig = errors.New("the store's configuration is wrong")
	// ErrBody: the bytes of an Object's Body are not as many as its size says, or not
	// those that its digests were taken from. The store is not to blame, and nothing
	// was stored.
	ErrBody = errors.New("the body is not what its digests say")
)

// Info is what the store says about an object.
type Info struct {
	Key  string
	Size int64
	// Stored is when the object arrived, by the store's clock.
	Stored time.Time
	// Hidden: nothing is current under the key, and Get finds nothing; older
	// versions or delete markers are left on a versioned bucket. Only List tells
	// of these, and Size may then be 0.
	Hidden bool
}

// Store keeps objects under keys of the form "footage/k01/2026-07-04/19/….mp4":
// relative, slash-separated, of a-z, A-Z, 0-9, "-", "_" and ".", with no part
// that is empty or begins with ".". Any other key is refused with an error
// (CheckKey). No key may be the folder of another: not both "a" and "a/b".
//
// All methods may be called at once from any goroutine. Retries of passing
// faults happen inside the store: an error is its last word for this call. A
// cancelled context ends a call soon, with an error; what a cancelled Put or
// Delete has done is unknown until Stat tells. A store that is reached through a
// network gives up by itself when nothing moves.
type Store interface {
	// Put stores o under key. When it returns nil the object is complete, its
	// size has been compared with what the store then says it has, and it is as
	// durable as the store can make it: for a directory, on disk. When it
	// returns an error the object may or may not exist, but never in part under
	// key. Putting the same object again is harmless: recovery does so. A body
	// that is not what o says is refused with ErrBody, and nothing is stored.
	Put(ctx context.Context, key string, o Object) error

	// Get opens length bytes from offset; length -1 means to the end. Of a range
	// that reaches beyond the end, the reader has what there is, perhaps nothing.
	// It asks the store once, for just that range, and reading the body is not
	// retried: a body that breaks off ends with an error, never with io.EOF.
	// ctx bounds the reading, too. ErrNotExist when there is no such object.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)

	// Stat returns what the store has under key now. ErrNotExist when nothing.
	Stat(ctx context.Context, key string) (Info, error)

	// Delete removes the object and, on a versioned bucket, every older version
	// and every delete marker. Deleting what is not there is not an error. When
	// it returns nil the store has accepted the deletion; the caller who needs
	// certainty asks Absent afterwards (R11).
	Delete(ctx context.Context, key string) error

	// Absent reports whether no version of key is left. It is the proof of a
	// deletion, so a store that cannot tell returns an error, not true.
	Absent(ctx context.Context, key string) (bool, error)

	// List yields every key that begins with prefix and of which something is
	// left, once, in no promised order, without holding them all in memory: also
	// what is only there as older versions or delete markers (Info.Hidden), since
	// that has to be deleted, too (R10). After a non-nil error nothing
	// more follows. Leftovers of interrupted Puts are not listed. Objects that
	// were put there by others are, whatever their keys are. The caller may
	// delete what it is told while it goes on; an object that comes or goes
	// meanwhile may be listed or not.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Kind is "directory" or "s3", for status and logs.
	Kind() string

	// String says where the footage lies, without any secret, as in
	// "bucket sjudager at http://127.0.0.1:9000".
	String() string
}

// Dated is a Store that is on another machine, and knows what time it is there.
type Dated interface {
	// Date returns the server's time, cut to the second, and how long the answer took.
	// It does not depend on our clock being right, as signed requests do.
	Date(ctx context.Context) (at time.Time, took time.Duration, err error)
}
