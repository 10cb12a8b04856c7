package recorder

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// line is a segment or a gap of a camera's account.
type line struct {
	span   footage.Span
	path   string        // of a segment
	cause  footage.Cause // of a gap
	detail string
	run    int
	frames []mp4.FullSample
}

// String leaves out what differs from run to run.
func (l line) String() string {
	if l.path != "" {
		return fmt.Sprintf("run %d", l.run)
	}
	return string(l.cause)
}

// account reads what the spool has of a camera, in the order of time, and holds
// it to the promise: each instant from the first on lies in one line. A gap that was
// written down in pieces is one, as it is in the vault. How long a new camera took
// for its first frame is left out.
func account(t *testing.T, s *spool.Spool, camera footage.CameraID) []line {
	t.Helper()
	segments, err := s.Segments()
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := s.Gaps()
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	for _, e := range segments {
		if e.Camera == camera {
			lines = append(lines, readSegment(t, e))
		}
	}
	for _, g := range gaps {
		if g.Gap.Camera == camera {
			lines = append(lines, line{span: g.Gap.Span, cause: g.Gap.Cause, detail: g.Gap.Detail})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.span.From, b.span.From) })
	for i, l := range lines {
		if l.span.Empty() {
			t.Errorf("%v is empty: %v", l, l.span)
		}
		if i > 0 && lines[i-1].span.To != l.span.From {
			t.Errorf("%v ends at %v, %v begins at %v", lines[i-1], lines[i-1].span.To, l, l.span.From)
		}
	}
	for i := 1; i < len(lines); i++ {
		if a, b := lines[i-1], lines[i]; a.path == "" && b.path == "" && a.cause == b.cause && a.detail == b.detail {
			lines[i-1].span.To = b.span.To
			lines = slices.Delete(lines, i, i+1)
			i--
		}
	}
	if len(lines) > 0 && lines[0].cause == footage.CauseNew {
		lines = lines[1:]
	}
	if t.Failed() {
		for _, l := range lines {
			t.Logf("%v to %v: %v %s", l.span.From, l.span.To, l, l.detail)
		}
	}
	return lines
}

func readSegment(t *testing.T, e spool.Entry) line {
	t.Helper()
	f, err := os.Open(e.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := mp4.DecodeFile(f)
	if err != nil {
		t.Fatalf("%s: %v", e.Path, err)
	}
	l := line{path: e.Path}
	end := int64(0)
	for _, segment := range file.Segments {
		for _, fragment := range segment.Fragments {
			frames, err := fragment.GetFullSamples(file.Moov.Mvex.Trex)
			if err != nil {
				t.Fatalf("%s: %v", e.Path, err)
			}
			l.frames = append(l.frames, frames...)
		}
	}
	for _, frame := range l.frames {
		end += int64(frame.Dur)
	}
	l.span = footage.Span{From: e.Start, To: spool.End(e.Start, end)}
	if len(file.Moov.Traks) != 1 || !l.frames[0].IsSync() {
		t.Errorf("%s has %d tracks, its first frame: %+v", e.Path, len(file.Moov.Traks), l.frames[0].Sample)
	}
	meta := metaOf(t, e.Path)
	if meta.Camera != e.Camera || meta.Start != e.Start {
		t.Errorf("%s says that it is %+v", e.Path, meta)
	}
	l.run = meta.Run
	return l
}

// metaOf finds the meta box in moov.
func metaOf(t *testing.T, path string) spool.Meta {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for moov, err := range spool.Boxes(f, 0, info.Size()) {
		if err != nil || moov.Type != "moov" {
			continue
		}
		for b, err := range spool.Boxes(f, moov.Body(), moov.End()) {
			if err != nil || b.Type != "meta" {
				continue
			}
			data := make([]byte, b.Size)
			if _, err := f.ReadAt(data, b.Offset); err != nil {
				t.Fatal(err)
			}
			if meta, ok := spool.ParseMeta(data); ok {
				return meta
			}
		}
	}
	t.Fatalf("%s does not say what it is", path)
	return spool.Meta{}
}

// has compares an account with what it should read.
func has(t *testing.T, lines []line, want ...string) {
	t.Helper()
	var got []string
	for _, l := range lines {
		got = append(got, l.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the account reads %q, want %q", got, want)
	}
}

// lasts reports whether a line lasts about d.
func (l line) lasts(d, give time.Duration) bool {
	return l.span.Duration() > d-give && l.span.Duration() < d+give
}

func openSpool(t *testing.T) *spool.Spool {
	t.Helper()
	s, err := spool.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
