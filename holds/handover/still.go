package handover

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/movie"
	"github.com/sjudager/sjudager/vault/spool"
)

const stillFolder = "data/stillbilder"

// picture is a still of one frame of a master, exactly the one that is shown at an
// instant.
type picture struct {
	Still
	name    string
	shown   footage.Instant // since when the frame is shown
	master  *master
	tick    int64 // of the master, when it is
	segment footage.SegmentID
	film    *movie.Movie // the group of pictures that it is in
	number  int          // of the frame there, in the order of showing, from 0
}

func (p picture) file() string { return stillFolder + "/" + p.name + ".png" }

// findStills finds the frames of the stills that are asked for.
func (b *builder) findStills(ctx context.Context) error {
	if len(b.Stills) > 0 && b.Encoder == "" {
		return ErrNoEncoder
	}
	for _, s := range b.Stills {
		p := picture{Still: s}
		i := slices.IndexFunc(b.given, func(g given) bool { return g.camera.ID == s.Camera })
		if i >= 0 {
			for _, m := range b.given[i].masters {
				j := slices.IndexFunc(m.movie.Spans, func(x movie.Span) bool { return x.Contains(s.At) })
				if j >= 0 && slices.ContainsFunc(b.given[i].asked, func(x footage.Span) bool { return x.Contains(s.At) }) {
					p.master = m
				}
			}
		}
		if p.master == nil {
			return fmt.Errorf("%w: there is no footage of %s at %s in what is given, of which a still could be", ErrInvalid, s.Camera, s.At)
		}
		// The last frame that is shown at the instant or before it, of the group that the
		// instant is in.
		film, err := movie.Open(ctx, b.Vault, s.Camera, footage.Span{From: s.At, To: s.At + 1}, movie.Limits{Viewer: b.Viewer})
		if err != nil {
			return err
		}
		all := slices.Sorted(film.Pictures())
		for n, tick := range all {
			if film.Wall(tick) <= s.At {
				p.number, p.shown = n, film.Wall(tick)
			}
		}
		p.film = film
		for tick := range p.master.movie.Pictures() {
			if at := p.master.movie.Wall(tick); at.Sub(p.shown).Abs() <= 20*time.Microsecond { // rounded apart
				p.tick = tick
			}
		}
		for part := range film.Parts() {
			p.segment = part.Segment
			break
		}
		for _, x := range b.segments {
			if x.Camera == s.Camera && x.Span.Contains(p.shown) {
				p.segment = x.ID()
			}
		}
		p.name = fmt.Sprintf("%s_%s", stillStem(b.given[i].camera), p.shown.Time().Format("20060102T150405.000000Z"))
		if !slices.ContainsFunc(b.stills, func(o picture) bool { return o.name == p.name }) {
			b.stills = append(b.stills, p)
		}
	}
	return nil
}

func stillStem(c Camera) string {
	if spoken := ascii(c.Name, 30); spoken != "" && spoken != string(c.ID) {
		return string(c.ID) + "_" + spoken
	}
	return string(c.ID)
}

// writeStills makes the stills as PNG, with a table of which frame each is.
func (b *builder) writeStills() error {
	if len(b.stills) == 0 {
		return nil
	}
	var rows [][]string
	for _, p := range b.stills {
		png, err := b.still(p)
		if err != nil {
			return fmt.Errorf("couldn't make a still of %s at %s: %w", p.Camera, p.At, err)
		}
		if err := b.folder.put(p.file(), png); err != nil {
			return err
		}
		rows = append(rows, []string{p.file(), string(p.Camera), p.At.String(), p.shown.String(), b.local(p.shown), p.master.file(),
			fmt.Sprintf("%.6f", float64(p.tick)/spool.Timescale), segmentFile(p.segment)})
	}
	return b.folder.put(stillFolder+"/stillbilder.csv", table([]string{"file", "camera", "asked_utc", "frame_utc", "frame_local", "master", "master_seconds", "segment"}, rows))
}

func (b *builder) still(p picture) ([]byte, error) {
	r, err := p.film.Reader(b.folder.ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var png bytes.Buffer
	err = ffmpegJob{path: b.Encoder, in: struct{ io.Reader }{r}, out: &png,
		args: []string{"-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-vf", fmt.Sprintf(`select=eq(n\,%d)`, p.number), "-fps_mode", "passthrough", "-frames:v", "1",
			"-fflags", "+bitexact", "-c:v", "png", "-f", "image2pipe", "pipe:1"}}.run(b.folder.ctx)
	if err == nil && png.Len() == 0 {
		err = fmt.Errorf("%w: it gave no picture", errEncoder)
	}
	return png.Bytes(), err
}
