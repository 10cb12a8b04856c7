package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
)

// adopt takes an object into the index that the index does not know, from its own
// name and content, with the terms that the rule gives it; what is due is promised
// for removal instead. What is not what its name says is refused: a name decides how
// long footage lives.
func (v *Vault) adopt(ctx context.Context, object string) error {
	camera, start, run, err := footage.ParseObjectKey(object)
	if err != nil {
		return err
	}
	info, err := v.Store.Stat(ctx, object)
	if errors.Is(err, store.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// By the longest that it may be: then it need not be opened.
	if due, orphan, err := v.judge(camera, start, object, info.Size); err != nil || due || !orphan {
		return err
	}
	// Nobody destroys its key while it has no row.
	defer v.Keys.Lease(seal.HourOf(camera, start))()
	s, err := v.inspect(ctx, object, info.Size)
	if err != nil {
		return err
	}
	if s.Camera != camera || s.Span.From != start || s.Run != run {
		return unfit("it says that it is %s, number %d of its run", s.ID(), s.Run)
	}
	var refused error
	err = v.Index.Update(func(tx *index.Tx) error {
		if s.Terms, err = v.Terms(tx, s.Camera, s.Span); err != nil {
			return err
		}
		if s.Deadline <= v.sure(tx) {
			return putIntent(tx, Intent{
				Camera: s.Camera, Start: s.Span.From, End: s.Span.To, Object: s.Object, Bytes: s.Bytes, SHA256: s.SHA256,
				Deadline: s.Deadline, Cause: ByOrphan, Retired: tx.Now,
			})
		}
		promised, err := tx.Get(intentKey(object), new(intentRow))
		if err != nil || promised {
			return err
		}
		if refused = free(tx, s); refused != nil {
			return nil
		}
		if err := fill(tx, s); err != nil {
			return err
		}
		if err := v.note(tx, Adopted(s)); err != nil {
			return err
		}
		return Add(tx, s)
	})
	if err == nil && refused == nil {
		v.Log.Info("adopted", "segment", s.ID(), "object", object, "deadline", s.Deadline)
	}
	return errors.Join(err, refused)
}

// fill takes the span of s out of the gaps that say that it was lost.
func fill(tx *index.Tx, s Segment) error {
	var lost []footage.Gap
	for g, err := range Gaps(tx, s.Camera, s.Span) {
		if err != nil {
			return err
		}
		if g.Cause == footage.CauseLost {
			lost = append(lost, g)
		}
	}
	for _, g := range lost {
		if err := tx.Delete(index.Key(gapKind, string(g.Camera), g.Span.From.Compact())); err != nil {
			return err
		}
		for _, rest := range g.Span.Subtract([]footage.Span{s.Span}) {
			g.Span = rest
			if err := PutGap(tx, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// inspect reads an object from its beginning to its end and returns what it says of
// itself: everything that a row has but the terms.
func (v *Vault) inspect(ctx context.Context, object string, size int64) (s Segment, err error) {
	camera, start, _, err := footage.ParseObjectKey(object)
	if err != nil {
		return s, err
	}
	body, err := v.Store.Get(ctx, object, 0, -1)
	if err != nil {
		return s, err
	}
	defer body.Close()
	s = Segment{Segment: footage.Segment{Bytes: size}, Object: object, State: Stored}
	plain := io.Reader(body)
	if footage.Sealed(object) {
		head := make([]byte, min(size, seal.MaxHead))
		if _, err := io.ReadFull(body, head); err != nil {
			return s, err
		}
		if s.Seal, err = seal.IDOf(head); err != nil {
			return s, err
		}
		if s.Bytes = seal.Plain(size); s.Bytes <= 0 {
			return s, unfit("no footage becomes an object of %d bytes", size)
		}
		opened, err := v.Keys.Open(camera, start, s.Seal, head, s.Bytes)
		if err != nil {
			return s, err
		}
		first, _ := opened.Cover(0, 1)
		plain = opened.Reader(io.MultiReader(bytes.NewReader(head[first:]), body), 0)
	}
	sum := sha256.New()
	plain = io.TeeReader(plain, sum)
	head, err := movieHead(plain)
	if err != nil {
		return s, err
	}
	m, err := remux.Read(bytes.NewReader(head), s.Bytes)
	if err != nil {
		return s, err
	}
	if !m.HasMeta {
		return s, unfit("it does not say whose it is")
	}
	if n, err := io.Copy(io.Discard, plain); err != nil || int64(len(head))+n != s.Bytes {
		return s, errors.Join(err, unfit("it has %d bytes instead of %d", int64(len(head))+n, s.Bytes))
	}
	s.SHA256 = footage.SHA256(sum.Sum(nil))
	s.Camera, s.Span = m.Meta.Camera, footage.Span{From: m.Meta.Start, To: spool.End(m.Meta.Start, m.Ticks)}
	s.Codec, s.Width, s.Height, s.Frames, s.Run, s.Clock = m.Codec, m.Width, m.Height, m.Frames, m.Meta.Run, m.Meta.Clock
	s.LostPackets, s.DamagedFrames = m.Meta.LostPackets, m.Meta.DamagedFrames
	return s, nil
}

// maxMovieHead bounds what stands before the media of an object, in bytes.
const maxMovieHead = 32 << 20

// movieHead reads the boxes of an object up to its media, with the head of that.
func movieHead(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	for {
		var header [16]byte // a wide one's size; of a narrow one's body there is as much
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return nil, fmt.Errorf("couldn't read its boxes: %w", err)
		}
		b.Write(header[:])
		if string(header[4:8]) == "mdat" {
			return b.Bytes(), nil
		}
		rest := int64(binary.BigEndian.Uint32(header[:])) - int64(len(header))
		if rest < 0 || int64(b.Len())+rest > maxMovieHead {
			return nil, unfit("its boxes make no sense")
		}
		if _, err := io.CopyN(&b, r, rest); err != nil {
			return nil, fmt.Errorf("couldn't read its boxes: %w", err)
		}
	}
}
