package handover

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/movie"
)

const (
	// camerasAtOnce is how many cameras are written at a time: while one waits for the
	// disk, others hash.
	camerasAtOnce = 4
	// checksAtOnce is how many files are read back while others are written.
	checksAtOnce = 2
	// openBlock is how much of a segment is read at once, in bytes.
	openBlock = 4 << 20
)

var openBlocks = pool(openBlock)

// carryAll writes all segments and masters. Into a folder each segment is read and
// unsealed once and goes to its own file and the masters at the same time, the cameras
// side by side, and files are read back as soon as they are there. ZIP parts take one
// file at a time, and are read back when they are done.
func (b *builder) carryAll() error {
	f := b.folder
	if f.zips != nil {
		for i := range b.given {
			for _, m := range b.given[i].masters {
				if err := b.carry(f.ctx, &b.given[i], []*master{m}, false, nil); err != nil {
					return err
				}
			}
		}
		for i := range b.given {
			if err := b.carry(f.ctx, &b.given[i], nil, true, nil); err != nil {
				return err
			}
		}
		return nil
	}
	checks := make(chan written, 1<<10)
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	checking, ctx := errgroup.WithContext(ctx)
	for range checksAtOnce {
		checking.Go(func() error {
			for w := range checks {
				if err := f.check(ctx, f.into, w); err != nil {
					return err
				}
				w.read = true
				f.add(w)
			}
			return nil
		})
	}
	carrying, ctxCarry := errgroup.WithContext(ctx)
	carrying.SetLimit(camerasAtOnce)
	for i := range b.given {
		carrying.Go(func() error {
			return b.carry(ctxCarry, &b.given[i], b.given[i].masters, true, checks)
		})
	}
	err := carrying.Wait()
	if err != nil {
		cancel()
	}
	close(checks)
	// What ended the writing may have been that something was read back otherwise.
	if errCheck := checking.Wait(); err == nil || errCheck != nil && !errors.Is(errCheck, context.Canceled) {
		return errCheck
	}
	return err
}

// load is a master on its way.
type load struct {
	*master
	out  *output
	left []movie.Part
}

// carry writes masters of a camera and, with segments, its segments, in one go through
// them. With checks files are handed there to be read back.
func (b *builder) carry(ctx context.Context, g *given, masters []*master, segments bool, checks chan<- written) (err error) {
	f := b.folder
	done := func(o *output) error {
		w, err := o.commit()
		switch {
		case err != nil:
			return err
		case checks == nil:
			f.add(w)
			return nil
		}
		select {
		case checks <- w:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var waiting, open []*load
	for _, m := range masters {
		waiting = append(waiting, &load{master: m, left: slices.Collect(m.movie.Parts())})
	}
	var segment *output
	defer func() {
		if segment != nil {
			err = errors.Join(err, segment.close())
		}
		for _, l := range open {
			err = errors.Join(err, l.out.close())
		}
	}()
	pooled := openBlocks.Get().(*[]byte)
	defer openBlocks.Put(pooled)
	buffer := *pooled
	for _, s := range b.segments {
		if s.Camera != g.camera.ID {
			continue
		}
		id := s.ID()
		for len(waiting) > 0 && waiting[0].left[0].Segment == id {
			l := waiting[0]
			if l.out, err = f.create(ctx, f.into, l.file(), l.movie.Size()+maxMeta); err != nil {
				return err
			}
			open, waiting = append(open, l), waiting[1:]
			if _, err := l.out.Write(l.movie.Head()); err != nil {
				return err
			}
		}
		from, to := s.Bytes, int64(0)
		for _, l := range open {
			for _, p := range l.left {
				if p.Segment != id {
					break
				}
				from, to = min(from, p.From), max(to, p.From+p.Size)
			}
		}
		if segments {
			from, to = 0, s.Bytes
			if segment, err = f.create(ctx, f.into, segmentFile(id), s.Bytes); err != nil {
				return err
			}
		}
		if from >= to {
			continue
		}
		r, err := b.Vault.OpenFor(ctx, id, b.Viewer)
		if err != nil {
			return err
		}
		for at := from; at < to; {
			begun := time.Now()
			block := buffer[:min(openBlock, to-at)]
			if n, err := r.ReadAt(block, at); n < len(block) {
				return errors.Join(err, r.Close())
			}
			f.spent.add(&f.spent.open, begun)
			if segments {
				_, err = segment.Write(block)
			}
			for _, l := range open {
				if err == nil {
					err = l.take(id, block, at)
				}
			}
			if err != nil {
				return errors.Join(err, r.Close())
			}
			at += int64(len(block))
		}
		if err := r.Close(); err != nil {
			return err
		}
		if segments {
			if segment.digest() != s.SHA256 || segment.bytes != s.Bytes {
				return fmt.Errorf("%w: %s", vault.ErrAltered, id)
			}
			o := segment
			segment = nil
			if err := done(o); err != nil {
				return err
			}
		}
		for i := 0; i < len(open); {
			l := open[i]
			switch {
			case len(l.left) > 0 && l.left[0].Segment == id:
				return fmt.Errorf("%s is not in the order of its segments", l.file())
			case len(l.left) > 0:
				i++
				continue
			}
			if err := b.sign(g, l); err != nil {
				return err
			}
			open = slices.Delete(open, i, i+1)
			if err := done(l.out); err != nil {
				return err
			}
		}
	}
	if n := len(waiting) + len(open); n > 0 {
		return fmt.Errorf("internal error: %d masters of %s have segments that are not handed over", n, g.camera.ID)
	}
	return nil
}

// take writes what of a block of a segment, which lies at byte at of it, belongs into the
// master.
func (l *load) take(id footage.SegmentID, block []byte, at int64) error {
	for len(l.left) > 0 && l.left[0].Segment == id {
		p := &l.left[0]
		from, to := max(p.From, at), min(p.From+p.Size, at+int64(len(block)))
		if from >= to {
			return nil
		}
		if from != p.From {
			return fmt.Errorf("%s is not in the order of its segments", l.file())
		}
		if _, err := l.out.Write(block[from-at : to-at]); err != nil {
			return err
		}
		if p.From, p.Size = to, p.Size-(to-from); p.Size > 0 {
			return nil
		}
		l.left = l.left[1:]
	}
	return nil
}

// sign writes the signed boxes behind a movie. The signature is over what has been
// written so far and the boxes that hold it.
func (b *builder) sign(g *given, l *load) error {
	begun := time.Now()
	sum, err := l.out.sum.(hash.Cloner).Clone()
	if err != nil {
		return err
	}
	meta, err := b.Keys.signed(export{
		Unit: "Sjudager " + b.Site.Version + ", " + b.Site.Name, At: b.at.Time(), Operator: b.Release.Exported.ID,
		Source: g.camera.Name, Line: string(g.camera.ID), Start: l.movie.Given.From,
	}, sum)
	if err != nil {
		return err
	}
	b.folder.spent.add(&b.folder.spent.sign, begun)
	_, err = l.out.Write(meta)
	return err
}
