package index

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
)

// ErrInUse: another process has the index open. bbolt admits one.
var ErrInUse = errors.New("the index is in use by another process")

// errReadOnly is returned by Put and Delete inside View.
var errReadOnly = errors.New("write in a read transaction")

var bucket = []byte("rows")

// newExt is of an index that is being made.
const newExt = ".new"

// DB is the index. Its methods may be called from any goroutine: reads run side
// by side, writes one after another.
type DB struct {
	bolt *bbolt.DB
	now  func() time.Time
}

// Open opens or creates the index at path; its folder must exist. The clock now
// gives every transaction its one instant. It waits a second for another process
// to let go, then gives ErrInUse.
func Open(path string, now func() time.Time) (*DB, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("couldn't make the index: %w", err)
		}
	}
	b, err := openBolt(path)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("couldn't open %s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the index: %w", err)
	}
	// What create leaves: the name that it had before, and a name that is durable only
	// once its folder is. Whoever began it may have crashed.
	err = os.Remove(path + newExt)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, new(durable.Disk).SyncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("couldn't make the index durable: %w", err), b.Close())
	}
	return &DB{b, now}, nil
}

// OpenReadOnly opens the index at path for View and Snapshot, and changes nothing. The
// error is ErrInUse as with Open, and fs.ErrNotExist when there is none.
func OpenReadOnly(path string, now func() time.Time) (*DB, error) {
	b, err := bbolt.Open(path, 0, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = ErrInUse
	}
	if err == nil {
		err = b.View(func(tx *bbolt.Tx) error {
			if tx.Bucket(bucket) == nil {
				return errors.New("it is not an index of sjudager")
			}
			return nil
		})
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the index %s: %w", path, err)
	}
	return &DB{b, now}, nil
}

func openBolt(path string) (*bbolt.DB, error) {
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: time.Second,
		// The freelist as a map, not synced: with many deletions the array form
		// takes most of a commit's time. It is rebuilt by a scan at Open.
		FreelistType:   bbolt.FreelistMapType,
		NoFreelistSync: true,
	})
	if err != nil {
		return nil, err
	}
	if err := b.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	}); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// create makes an empty index, which gets its name when it is whole and durable: bbolt
// would write the first pages in place, and refuse or panic at every start after a
// power cut between them.
func create(path string) error {
	half := path + newExt
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := openBolt(half)
	if err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	// A link does not take the place of what another process has made meanwhile.
	if err := os.Link(half, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Close waits for transactions to end and closes the index.
func (db *DB) Close() error { return db.bolt.Close() }

// View runs fn in a read transaction: a snapshot that later writes do not
// change. It returns fn's error.
func (db *DB) View(fn func(*Tx) error) error {
	return db.bolt.View(func(tx *bbolt.Tx) error {
		return fn(&Tx{tx.Bucket(bucket), footage.At(db.now())})
	})
}

// Update runs fn in a write transaction. When fn returns nil and the commit
// succeeds, all that fn wrote is durable; otherwise nothing of it is.
func (db *DB) Update(fn func(*Tx) error) error {
	return db.bolt.Update(func(tx *bbolt.Tx) error {
		return fn(&Tx{tx.Bucket(bucket), footage.At(db.now())})
	})
}

// reserve is how many bytes of the index's disk are kept free for it: deletion has to
// write before anything becomes free. Retiring a thousand
// segments writes one megabyte, and the pages that it frees can be used from the next
// transaction but one on.
const reserve = 8 << 20

// Reserve takes room on the disk ahead of need, or fails: whoever is about to make the
// index grow asks before. Transactions that delete do not ask, and use what was taken.
// File systems that cannot take room ahead give none, and no error.
func (db *DB) Reserve() error {
	tx, err := db.bolt.Begin(true) // nobody makes the file grow meanwhile
	if err != nil {
		return fmt.Errorf("couldn't reserve room for the index: %w", err)
	}
	defer tx.Rollback()
	f, err := os.OpenFile(db.bolt.Path(), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("couldn't reserve room for the index: %w", err)
	}
	defer f.Close()
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, tx.Size()+reserve)
	}
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("couldn't reserve room for the index: %w", err)
	}
	return nil
}

// Tx is a transaction. It is good only inside the function that it is given to,
// and only on that goroutine.
type Tx struct {
	b *bbolt.Bucket
	// Now is the instant of the transaction: every row that it writes and every
	// decision that it takes has this one time.
	Now footage.Instant
}

// Key joins parts with "/". A part must not be empty or hold a "/" itself.
func Key(parts ...string) string {
	for _, p := range parts {
		if p == "" || strings.Contains(p, "/") {
			panic(fmt.Sprintf("index: %q cannot be part of a key", p)) // parts are ids and times that we made
		}
	}
	return strings.Join(parts, "/")
}

var (
	encoding = must(cbor.CoreDetEncOptions().EncMode())
	decoding = must(cbor.DecOptions{MaxArrayElements: 1 << 20}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // constant options
	}
	return v
}

// Get decodes the row under key into row and reports whether there is one.
func (tx *Tx) Get(key string, row any) (bool, error) {
	v := tx.b.Get([]byte(key))
	if v == nil {
		return false, nil
	}
	if err := decoding.Unmarshal(v, row); err != nil {
		return false, fmt.Errorf("couldn't read the row %s: %w", key, err)
	}
	return true, nil
}

// Put writes row under key, in place of what was there.
func (tx *Tx) Put(key string, row any) error {
	if !tx.b.Writable() {
		return errReadOnly
	}
	v, err := encoding.Marshal(row)
	if err != nil {
		return fmt.Errorf("couldn't encode the row %s: %w", key, err)
	}
	if err := tx.b.Put([]byte(key), v); err != nil {
		return fmt.Errorf("couldn't write the row %s: %w", key, err)
	}
	return nil
}

// Delete removes the row under key; it is no error when there is none.
func (tx *Tx) Delete(key string) error {
	if !tx.b.Writable() {
		return errReadOnly
	}
	if err := tx.b.Delete([]byte(key)); err != nil {
		return fmt.Errorf("couldn't delete the row %s: %w", key, err)
	}
	return nil
}

// Row is an undecoded row that Scan came upon. It is good until the loop goes on.
type Row struct {
	Key   string
	value []byte
}

// Decode decodes the row into row.
func (r Row) Decode(row any) error {
	if err := decoding.Unmarshal(r.value, row); err != nil {
		return fmt.Errorf("couldn't read the row %s: %w", r.Key, err)
	}
	return nil
}

// Scan yields the rows with from <= key < to in the order of their keys. The
// transaction must not write while it scans: collect first, then write.
func (tx *Tx) Scan(from, to string) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		c, end := tx.b.Cursor(), []byte(to)
		for k, v := c.Seek([]byte(from)); k != nil && bytes.Compare(k, end) < 0; k, v = c.Next() {
			if !yield(Row{string(k), v}) {
				return
			}
		}
	}
}

// ScanBack yields the rows with from <= key < to, the last one first. The same
// rule holds as for Scan.
func (tx *Tx) ScanBack(from, to string) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		c, begin := tx.b.Cursor(), []byte(from)
		step := c.Prev // from the first key that is not below `to`
		if k, _ := c.Seek([]byte(to)); k == nil {
			step = c.Last
		}
		for k, v := step(); k != nil && bytes.Compare(k, begin) >= 0; k, v = c.Prev() {
			if !yield(Row{string(k), v}) {
				return
			}
		}
	}
}

// Prefix returns the bounds for Scan that take in every key below the given
// parts: Prefix("segment", "k01") is "segment/k01/" and "segment/k010".
func Prefix(parts ...string) (from, to string) {
	p := Key(parts...)
	return p + "/", p + string(rune('/'+1))
}

// Snapshot gives the whole index, as one read transaction sees it, to fn: its size in
// bytes, and a function that writes it. Reads and writes go on meanwhile.
func (db *DB) Snapshot(fn func(size int64, write func(io.Writer) error) error) error {
	return db.bolt.View(func(tx *bbolt.Tx) error {
		return fn(tx.Size(), func(w io.Writer) error {
			if _, err := tx.WriteTo(w); err != nil {
				return fmt.Errorf("couldn't copy the index: %w", err)
			}
			return nil
		})
	})
}
