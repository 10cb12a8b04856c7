package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// ErrBox is wrapped by what Boxes yields when the bytes are not a sequence of
// whole boxes.
var ErrBox = errors.New("not a whole box")

// Box is where a box of the ISO base media file format (ISO/IEC 14496-12) lies.
type Box struct {
	Type   string // four characters
	Offset int64  // of its header
	Header int64  // length of the header: 8, 16 with a 64-bit size, 16 more for a uuid
	Size   int64  // with the header
}

// Body is the offset of what follows the header.
func (b Box) Body() int64 { return b.Offset + b.Header }

// End is the offset behind the box.
func (b Box) End() int64 { return b.Offset + b.Size }

// Boxes yields the boxes that lie side by side in r from one offset to another;
// it reads their headers alone. A box of size 0 reaches to the end. When a box
// does not fit into what is left, the last thing yielded is that box, as far as
// it is known, with an error that wraps ErrBox; a failed read gives the error of
// the read instead.
func Boxes(r io.ReaderAt, from, to int64) iter.Seq2[Box, error] {
	return func(yield func(Box, error) bool) {
		for at := from; at < to; {
			b, err := boxAt(r, at, to)
			if !yield(b, err) || err != nil {
				return
			}
			at = b.End()
		}
	}
}

func boxAt(r io.ReaderAt, at, to int64) (Box, error) {
	var h [16]byte
	b := Box{Offset: at, Header: 8}
	if err := readHeader(r, h[:8], at, to); err != nil {
		return b, err
	}
	b.Type = string(h[4:8])
	switch size := binary.BigEndian.Uint32(h[:4]); size {
	case 0:
		b.Size = to - at
	case 1:
		b.Header = 16
		if err := readHeader(r, h[8:16], at+8, to); err != nil {
			return b, err
		}
		large := binary.BigEndian.Uint64(h[8:16])
		if large > uint64(to-at) {
			return b, fmt.Errorf("%w: %q at %d reaches beyond the end", ErrBox, b.Type, at)
		}
		b.Size = int64(large)
	default:
		b.Size = int64(size)
	}
	if b.Type == "uuid" {
		b.Header += 16
	}
	switch {
	case b.Size < b.Header:
		return b, fmt.Errorf("%w: %q at %d is smaller than its header", ErrBox, b.Type, at)
	case b.Size > to-at:
		return b, fmt.Errorf("%w: %q at %d reaches beyond the end", ErrBox, b.Type, at)
	}
	return b, nil
}

func readHeader(r io.ReaderAt, h []byte, at, to int64) error {
	if to-at < int64(len(h)) {
		return fmt.Errorf("%w: the header at %d is cut off", ErrBox, at)
	}
	n, err := r.ReadAt(h, at)
	switch {
	case n == len(h):
		return nil
	case err == io.EOF:
		return fmt.Errorf("%w: the header at %d is cut off", ErrBox, at)
	}
	return err
}
