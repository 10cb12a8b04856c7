package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// ErrGone: there is no such footage to read, because it never was, or because
// its deadline has come. From outside the two look the same (R6).
var ErrGone = errors.New("no such footage")

// Open opens a segment's MP4 for reading, or gives ErrGone. It asks the index
// and the clock itself and does not rely on anything having been deleted in time;
// and a Reader that is open when the deadline comes gives ErrGone from then on.
func (v *Vault) Open(ctx context.Context, id footage.SegmentID) (*Reader, error) {
	r := &Reader{vault: v, ctx: ctx, id: id}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// Reader reads one stored segment. It fetches from the store in one request from
// where it stands, and anew after a Seek. It is for one goroutine.
type Reader struct {
	vault   *Vault
	ctx     context.Context
	id      footage.SegmentID
	segment Segment
	at      int64
	body    io.ReadCloser // from at on; nil until a Read needs it
}

// Segment is the segment being read, as the index had it when last looked at.
func (r *Reader) Segment() Segment { return r.segment }

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
		body, err := r.vault.Store.Get(r.ctx, r.segment.Object, r.at, -1)
		if err != nil {
			return 0, fmt.Errorf("couldn't read %s: %w", r.id, err)
		}
		r.body = body
	}
	n, err := r.body.Read(p)
	r.at += int64(n)
	if err == io.EOF && r.at < r.segment.Bytes {
		err = fmt.Errorf("couldn't read %s: %w", r.id, io.ErrUnexpectedEOF)
	}
	return n, err
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
