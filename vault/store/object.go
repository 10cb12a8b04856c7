package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/sjudager/sjudager/vault/footage"
)

// Castagnoli is the table of Object.CRC32C.
var Castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Object is what Put stores: a body of known size.
type Object struct {
	Size int64
	// Body is read from its start, perhaps several times (a retry rewinds it), and
	// has the same bytes each time, or fails. Put never closes it and does not use
	// it after it has returned.
	Body io.ReadSeeker

	// Digested: CRC32C (Castagnoli) is that of the Size bytes, and SHA256, too, unless
	// it is zero. Taking them is a pass over Body, which costs as much again as sealing
	// it; a store that has to say them before it sends a body calls Digest, and the
	// others do not pay.
	Digested bool
	SHA256   footage.SHA256
	CRC32C   uint32
}

// FromBytes returns b as an object.
func FromBytes(b []byte) Object { return Object{Size: int64(len(b)), Body: bytes.NewReader(b)} }

// Digest returns o with its CRC-32C, and with its SHA-256 if signed asks for it: it
// takes now what is not known. If keep has room for o, the bytes stay there and are the
// Body of what is returned, so that Body is read once.
func (o Object) Digest(ctx context.Context, signed bool, keep []byte) (Object, error) {
	if o.Digested && (!signed || o.SHA256 != footage.SHA256{}) {
		return o, nil
	}
	r, err := o.Open(ctx)
	if err != nil {
		return o, err
	}
	const block = 256 << 10 // fits the second-level cache, so the second sum is nearly free
	kept := keep != nil && int64(len(keep)) >= o.Size
	var buf []byte
	if !kept {
		buf = make([]byte, min(block, max(o.Size, 1)))
	}
	sum, crc, at := sha256.New(), uint32(0), int64(0)
	for err == nil && at < o.Size {
		if kept {
			buf = keep[at:min(at+block, o.Size)]
		}
		var n int
		n, err = r.Read(buf)
		if signed {
			sum.Write(buf[:n])
		}
		crc = crc32.Update(crc, Castagnoli, buf[:n])
		at += int64(n)
	}
	if err != nil && err != io.EOF {
		return o, fmt.Errorf("couldn't digest the body: %w", err)
	}
	o.Digested, o.CRC32C = true, crc
	if signed {
		o.SHA256 = footage.SHA256(sum.Sum(nil))
	}
	if kept {
		o.Body = bytes.NewReader(keep[:o.Size])
	}
	return o, nil
}

// Open rewinds Body and returns a reader of its first Size bytes, which fails with
// ErrBody when Body ends early. If o is Digested it compares the CRC-32C of them
// all before it hands out the last of them, and fails with ErrBody when it is
// another: a store which knows the size beforehand never has the whole of a wrong
// object. It costs a tenth of a millisecond a mebibyte.
//
// The reader also fails when ctx ends.
func (o Object) Open(ctx context.Context) (io.Reader, error) {
	if _, err := o.Body.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("couldn't rewind the body: %w", err)
	}
	b := &body{ctx: ctx, object: o, left: o.Size, crc: crc32.New(Castagnoli)}
	if o.Size == 0 {
		return b, b.check()
	}
	return b, nil
}

// body is what Object.Open returns.
type body struct {
	ctx    context.Context
	object Object
	left   int64
	crc    hash.Hash32
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.object.Body.Read(p[:min(int64(len(p)), b.left)])
	if b.object.Digested {
		b.crc.Write(p[:n])
	}
	b.left -= int64(n)
	switch {
	case b.left == 0:
		if err := b.check(); err != nil {
			return 0, err
		}
		return n, nil
	case err == io.EOF:
		return 0, fmt.Errorf("%w: it ends %d bytes before its size of %d", ErrBody, b.left, b.object.Size)
	}
	return n, err
}

// check compares the CRC-32C of what was read, where it is known.
func (b *body) check() error {
	if got := b.crc.Sum32(); b.object.Digested && got != b.object.CRC32C {
		return fmt.Errorf("%w: its CRC-32C is %08x instead of %08x", ErrBody, got, b.object.CRC32C)
	}
	return nil
}
