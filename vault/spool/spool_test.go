package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

const noon = footage.Instant(1783166400_000000) // 2026-07-04T12:00:00Z

func open(t *testing.T) *Spool {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "data", "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tree lists the spool's files relative to its folder.
func tree(t *testing.T, s *Spool) (paths []string) {
	t.Helper()
	must(t, filepath.WalkDir(s.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(s.Dir(), path)
			paths = append(paths, rel)
		}
		return err
	}))
	return paths
}

func TestSegment(t *testing.T) {
	s := open(t)
	p, err := s.Create("k01", noon)
	must(t, err)
	for _, fragment := range []string{"init and first", "second"} {
		_, err := p.Write([]byte(fragment))
		must(t, err)
	}
	must(t, p.Sync())
	if segments, err := s.Segments(); err != nil || len(segments) != 0 {
		t.Errorf("an unfinished segment is listed: %v, %v", segments, err)
	}
	if _, err := s.Create("k01", noon); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a segment was begun twice: %v", err)
	}
	must(t, p.Complete())
	if _, err := s.Create("k01", noon); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a complete segment was begun again: %v", err)
	}
	earlier, err := s.Create("k02", noon-1)
	must(t, err)
	_, err = earlier.Write([]byte("x"))
	must(t, err)
	must(t, earlier.Complete())
	segments, err := s.Segments()
	must(t, err)
	want := []Entry{
		{"k02", noon - 1, filepath.Join(s.Dir(), "k02/20260704T115959.999999Z.mp4"), 1},
		{"k01", noon, filepath.Join(s.Dir(), "k01/20260704T120000.000000Z.mp4"), 20},
	}
	if diff := cmp.Diff(want, segments); diff != "" {
		t.Error(diff)
	}
	usage, err := s.Usage()
	must(t, err)
	if diff := cmp.Diff(Usage{Bytes: 21, Segments: 2, Oldest: noon - 1}, usage); diff != "" {
		t.Error(diff)
	}
	must(t, s.SetAside(segments[0]))
	must(t, s.Remove(segments[1].Path))
	must(t, s.Remove(segments[1].Path)) // again
	damaged, err := s.Damaged()
	must(t, err)
	if len(damaged) != 1 || damaged[0].Start != noon-1 {
		t.Errorf("set aside: %+v", damaged)
	}
	if diff := cmp.Diff([]string{"k02/20260704T115959.999999Z.bad"}, tree(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestPartWithoutFragment(t *testing.T) {
	s := open(t)
	p, err := s.Create("k01", noon)
	must(t, err)
	must(t, p.Complete())
	if files := tree(t, s); files != nil {
		t.Errorf("left behind: %v", files)
	}
}

func TestSpace(t *testing.T) {
	s := open(t)
	if free, total, err := s.Space(); err != nil || free < 1 || total < free {
		t.Errorf("%d of %d bytes are free, %v", free, total, err)
	}
	must(t, os.RemoveAll(s.Dir()))
	if _, _, err := s.Space(); err == nil {
		t.Error("a spool that is gone has space")
	}
}

func TestGaps(t *testing.T) {
	s := open(t)
	gap := footage.Gap{Camera: "k01", Span: footage.Span{From: noon, To: noon + 5}, Cause: footage.CauseStalled, Detail: "æ"}
	must(t, s.AddGap(gap))
	gap.Span.To += 5
	must(t, s.AddGap(gap)) // takes the other's place
	must(t, s.AddGap(footage.Gap{Camera: "k01", Span: footage.Span{From: noon + 20, To: noon + 20}}))
	gaps, err := s.Gaps()
	must(t, err)
	want := []GapEntry{{gap, filepath.Join(s.Dir(), "k01/20260704T120000.000000Z.gap")}}
	if diff := cmp.Diff(want, gaps); diff != "" {
		t.Error(diff)
	}
	must(t, os.WriteFile(filepath.Join(s.Dir(), "k01/20260704T130000.000000Z.gap"), []byte("{"), 0o600))
	gaps, err = s.Gaps()
	if err == nil || len(gaps) != 1 {
		t.Errorf("a damaged gap: %v, %v", gaps, err)
	}
}

func TestMark(t *testing.T) {
	s := open(t)
	if _, ok, err := s.Mark("k01"); ok || err != nil {
		t.Errorf("a camera that never was has a mark: %v", err)
	}
	want := Mark{Until: noon, Cause: footage.CauseStopped, Detail: "x"}
	must(t, s.SetMark("k01", Mark{Until: noon - 5}))
	must(t, s.SetMark("k01", want))
	got, ok, err := s.Mark("k01")
	if got != want || !ok || err != nil {
		t.Errorf("the mark is %+v, %v", got, err)
	}
	must(t, os.WriteFile(filepath.Join(s.Dir(), "k01", markName), nil, 0o600))
	if _, ok, err := s.Mark("k01"); ok || err == nil {
		t.Error("a damaged mark is no error")
	}
}

func TestStrangers(t *testing.T) {
	s := open(t)
	must(t, s.SetMark("k01", Mark{Until: noon}))
	strange := []string{
		"K01", "k01/20260704T120000.000000Z.MP4", "k01/20260704T120000.000000Z.mp4.gap", "k01/20260704T120000Z.mp4", "k01/notes.txt", "k01/sub",
	}
	for _, name := range strange {
		path := filepath.Join(s.Dir(), name)
		if filepath.Ext(name) == "" {
			must(t, os.Mkdir(path, 0o700))
		} else {
			must(t, os.WriteFile(path, nil, 0o600))
		}
	}
	got, err := s.Strangers()
	must(t, err)
	for i := range got {
		got[i], _ = filepath.Rel(s.Dir(), got[i])
	}
	if diff := cmp.Diff(strange, got); diff != "" {
		t.Error(diff)
	}
	if segments, err := s.Segments(); err != nil || len(segments) != 0 {
		t.Errorf("strangers are listed: %v, %v", segments, err)
	}
}

func TestEnd(t *testing.T) {
	for ticks, want := range map[int64]footage.Instant{0: 0, 9: 100, 90000: 1_000000, 1: 11, 5: 56, 2700000: 30_000000} {
		if got := End(noon, ticks) - noon; got != want {
			t.Errorf("%d ticks are %d µs, want %d", ticks, got, want)
		}
	}
}
