package remux

import (
	"bytes"
	"iter"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault/spool"
)

// box is a box (ISO/IEC 14496-12, 4.2) that lies in memory. Containers are
// walked here and only the tables are given to mp4ff, so that a box that nobody
// needs, such as a vendor's in a foreign file, cannot make the file unreadable.
type box struct {
	kind string
	raw  []byte // with the header
	body []byte
}

// boxes yields the boxes that fill b, and last an error if one does not fit.
func boxes(b []byte) iter.Seq2[box, error] {
	return func(yield func(box, error) bool) {
		for c, err := range spool.Boxes(bytes.NewReader(b), 0, int64(len(b))) {
			if err != nil {
				yield(box{}, damaged("%v", err))
				return
			}
			if !yield(box{c.Type, b[c.Offset:c.End()], b[c.Body():c.End()]}, nil) {
				return
			}
		}
	}
}

// find returns the first box down the path of kinds, or a box without a kind
// when there is none.
func (b box) find(path ...string) (box, error) {
	if len(path) == 0 {
		return b, nil
	}
	for c, err := range boxes(b.body) {
		if err != nil {
			return box{}, err
		}
		if c.kind == path[0] {
			return c.find(path[1:]...)
		}
	}
	return box{}, nil
}

// decode reads a box that has no children with mp4ff. B must be mp4ff's type for
// b's kind.
func decode[B mp4.Box](b box) (B, error) {
	decoded, err := mp4.DecodeBoxSR(0, bits.NewFixedSliceReader(b.raw))
	if err != nil {
		var none B
		return none, damaged("%v", err)
	}
	return decoded.(B), nil
}
