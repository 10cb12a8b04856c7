package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
)

// ErrGone: there is no such footage to read, because it never was, or because
// its deadline has come. From outside the two look the same (R6).
var ErrGone = errors.New("no such footage")

// ErrReserved: the footage is there, and kept or restricted for the person in it, so
// only the privacy right sees it (R34).
var ErrReserved = errors.New("reserved for the privacy role")

// Open is OpenFor without the privacy right.
func (v *Vault) Open(ctx context.Context, id footage.SegmentID) (*Reader, error) {
	return v.OpenFor(ctx, id, footage.Staff)
}

// OpenFor opens a segment's MP4 for reading by viewer, or gives ErrGone or ErrReserved.
// It asks the index and the clock itself and does not rely on anything having been
// deleted in time; and a Reader that is open when the deadline comes, or when only a
// freeze is left that keeps the footage, gives the same from then on.
func (v *Vault) OpenFor(ctx context.Context, id footage.SegmentID, viewer footage.Viewer) (*Reader, error) {
	r := &Reader{vault: v, ctx: ctx, id: id, viewer: viewer, sum: sha256.New()}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// ErrAltered: what the store has is not what was put there.
var ErrAltered = errors.New("the stored footage is not what was put there")

// Reader reads one stored segment. It asks the store once for what it reads from
// where it stands to the end, and anew after a Seek; when it begins elsewhere than at
// the beginning, once more for the object's header. It is for one goroutine.
//
// Every part of a sealed object is known to be of the very object that the row
// names. A Reader that has read everything in order has compared the SHA-256 before
// it gives the last bytes.
type Reader struct {
	vault   *Vault
	ctx     context.Context
	id      footage.SegmentID
	viewer  footage.Viewer
	segment Segment
	object  *seal.Object // nil until the object's header has been read
	at      int64
	body    io.ReadCloser // of the store; nil until a Read needs it
	plain   io.Reader     // what body has, opened, from at on
	sum     hash.Hash     // of the first summed bytes
	summed  int64
}

// Segment is the segment being read, as the index had it when last looked at.
func (r *Reader) Segment() Segment { return r.segment }

// Check is ErrGone when the segment may not be read any more: for those who have read
// ahead.
func (r *Reader) Check() error { return r.check() }

// check looks whether the segment may be read now.
func (r *Reader) check() error {
	return r.vault.Index.View(func(tx *index.Tx) error {
		s, found, err := Find(tx, r.id)
		if err != nil {
			return err
		}
		if !found || !s.Readable(tx.Now) {
			return fmt.Errorf("%w: %s", ErrGone, r.id)
		}
		if !s.Visible(tx.Now, r.viewer) {
			return fmt.Errorf("%w: %s is kept for the person in it, whose request it was (GDPR art. 18; R34)", ErrReserved, r.id)
		}
		r.segment = s
		return nil
	})
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	// The row is asked on every call, not only the clock: a hold that is closed
	// may bring the deadline forward while somebody watches.
	if err := r.check(); err != nil {
		return 0, err
	}
	if r.at >= r.segment.Bytes {
		return 0, io.EOF
	}
	if r.body == nil {
		var err error
		if r.plain, r.body, err = r.fetch(r.at, -1); err != nil {
			return 0, r.failed(err)
		}
	}
	n, err := r.plain.Read(p)
	if r.at == r.summed {
		r.sum.Write(p[:n])
		r.summed += int64(n)
	}
	r.at += int64(n)
	switch {
	case err == io.EOF && r.at < r.segment.Bytes:
		err = io.ErrUnexpectedEOF
	case r.at == r.segment.Bytes && r.summed == r.at && footage.SHA256(r.sum.Sum(nil)) != r.segment.SHA256:
		n, err = 0, fmt.Errorf("%w: its SHA-256 is another", ErrAltered)
	}
	if err != nil && err != io.EOF {
		err = r.failed(err)
	}
	return n, err
}

// ReadAt reads len(p) bytes from off with one request to the store, or two when the
// object's header has not been read and is not near; where Read stands does not
// matter and does not change. At the end it returns io.EOF, as io.ReaderAt says, but
// it is for one goroutine as all methods are.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, errors.New("read before the start")
	}
	n := min(int64(len(p)), r.segment.Bytes-off)
	if n <= 0 {
		return 0, io.EOF
	}
	plain, body, err := r.fetch(off, n)
	if err != nil {
		return 0, r.failed(err)
	}
	defer body.Close()
	got, err := io.ReadFull(plain, p[:n])
	switch {
	case err != nil:
		return got, r.failed(err)
	case got < len(p):
		return got, io.EOF
	}
	return got, nil
}

// fetch asks the store for n bytes from off, or with -1 for all from there on.
func (r *Reader) fetch(off, n int64) (plain io.Reader, body io.ReadCloser, err error) {
	s := r.segment
	get := func(from, length int64) error {
		body, err = r.vault.Store.Get(r.ctx, s.Object, from, length)
		return err
	}
	if !footage.Sealed(s.Object) {
		err = get(off, n)
		return body, body, err
	}
	last := off + n
	if n < 0 {
		last = s.Bytes
	}
	if r.object == nil && seal.Prefix(off) > nearby {
		head, err := r.vault.head(r.ctx, s)
		if err == nil {
			r.object, err = r.vault.Keys.Open(s.Camera, s.Span.From, s.Seal, head, s.Bytes)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if r.object != nil {
		if err := get(r.object.Cover(off, last-off)); err != nil {
			return nil, nil, err
		}
		return r.object.Reader(body, off), body, nil
	}
	// Header and footage in one: the first bytes are there, or near.
	if err := get(0, seal.Prefix(last)); err != nil {
		return nil, nil, err
	}
	head := make([]byte, seal.MaxHead)
	got, err := io.ReadFull(body, head)
	if err == nil || err == io.ErrUnexpectedEOF || err == io.EOF {
		r.object, err = r.vault.Keys.Open(s.Camera, s.Span.From, s.Seal, head[:got], s.Bytes)
	}
	if err != nil {
		return nil, nil, errors.Join(err, body.Close())
	}
	first, _ := r.object.Cover(0, 1)
	plain = r.object.Reader(io.MultiReader(bytes.NewReader(head[first:got]), body), 0)
	_, err = io.CopyN(io.Discard, plain, off)
	if err != nil {
		return nil, nil, errors.Join(err, body.Close())
	}
	return plain, body, nil
}

// nearby is how many bytes are rather read and thrown away than asked for anew.
const nearby = 256 << 10

// failed says what could not be read, unless that is because the segment has gone
// meanwhile, with its key and its object.
func (r *Reader) failed(err error) error {
	if gone := r.check(); gone != nil {
		return gone
	}
	return fmt.Errorf("couldn't read %s: %w", r.id, err)
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.segment.Bytes
	}
	if offset < 0 {
		return r.at, errors.New("seek before the start")
	}
	if offset == r.at {
		return offset, nil
	}
	err := r.Close()
	r.at = offset
	return offset, err
}

// Close ends the request to the store.
func (r *Reader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}
