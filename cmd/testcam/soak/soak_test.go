package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// TestSoak is a soak of half a minute in all, with the program as its users run it.
func TestSoak(t *testing.T) {
	t.Parallel()
	o := options{program: filepath.Join(t.TempDir(), "sjudager"), length: 20 * time.Second, wild: 8, steady: 3, keep: 15 * time.Second, segment: 2 * time.Second, seed: 1}
	if out, err := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", o.program, "../../sjudager").CombinedOutput(); err != nil {
		t.Fatalf("couldn't build the program: %v\n%s", err, out)
	}
	var err error
	if o.dir, err = os.MkdirTemp("", "soak-"); err != nil { // t.TempDir's path is too long for a socket
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(o.dir) })
	var out strings.Builder
	err = soak(t.Context(), o, &out)
	t.Log(out.String())
	if err != nil {
		t.Error(err)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	at := func(seconds float64) footage.Instant { return footage.Instant(1e15 + seconds*1e6) }
	l := func(from, to float64, what string) line { return line{footage.Span{From: at(from), To: at(to)}, what} }
	for _, c := range []struct {
		name  string
		lines []line
		until float64
		want  string // the beginnings of what is wrong, by what is particular to them
	}{
		{"nothing yet", nil, 100, ""},
		{"whole", []line{l(0, 10, ""), l(10, 12, "camera-ended"), l(12, 22, "")}, 22, ""},
		{"the end lies in a line", []line{l(0, 10, ""), l(10, 20, "")}, 15, ""},
		{"the last may be on its way", []line{l(0, 10, ""), l(20, 30, "")}, 11, ""},
		{"a hole", []line{l(0, 10, ""), l(10.000001, 20, "")}, 20, "nothing between"},
		{"a long hole", []line{l(0, 10, ""), l(12, 20, "")}, 20, "nothing between, recorded and gaps are 18s"},
		{"an overlap", []line{l(0, 10, ""), l(9.5, 20, "camera-ended")}, 20, "overlaps"},
		{"twice", []line{l(0, 10, ""), l(0, 10, "")}, 10, "overlaps, recorded and gaps are 20s"},
		{"empty", []line{l(0, 10, ""), l(10, 10, "camera-ended"), l(10, 20, "")}, 20, "is empty"},
		{"ends too early", []line{l(0, 10, "")}, 11.5, "recorded and gaps are 10s"},
	} {
		faults := account(c.lines, at(c.until))
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, ", ")
		}
		if len(faults) != len(want) {
			t.Errorf("%s: %q, want %q", c.name, faults, want)
			continue
		}
		for i := range want {
			if !strings.Contains(faults[i], want[i]) {
				t.Errorf("%s: %q, want %q", c.name, faults[i], want[i])
			}
		}
	}
}

func TestExcessive(t *testing.T) {
	t.Parallel()
	began := time.Unix(1e9, 0)
	gap := func(from, to float64) footage.Span {
		at := func(seconds float64) footage.Instant { return footage.At(began).Add(time.Duration(seconds * 1e9)) }
		return footage.Span{From: at(from), To: at(to)}
	}
	at := func(from, to int, what string) trouble {
		return trouble{from: time.Duration(from) * time.Second, to: time.Duration(to) * time.Second, what: what}
	}
	for _, c := range []struct {
		name     string
		gaps     []footage.Span
		troubles []trouble
		want     int
	}{
		{"none", nil, []trouble{at(10, 20, "gone"), at(100, 120, "crosstalk")}, 0},
		{"gone, and back", []footage.Span{gap(10, 60)}, []trouble{at(10, 20, "gone")}, 0},
		{"gone, and not back", []footage.Span{gap(10, 90)}, []trouble{at(10, 20, "gone")}, 1},
		{"shaken", []footage.Span{gap(9.5, 12)}, []trouble{at(10, 40, "crosstalk")}, 0},
		{"shaken too much", []footage.Span{gap(10, 16), gap(17, 25)}, []trouble{at(10, 40, "crosstalk")}, 1},
		{"not back, and shaken", []footage.Span{gap(10, 31), gap(32, 50)}, []trouble{at(10, 20, "gone"), at(30, 60, "crosstalk")}, 0},
		{"switched off while shaken", []footage.Span{gap(30, 80)}, []trouble{at(10, 100, "crosstalk"), at(30, 60, switchedOff)}, 0},
	} {
		answer(c.troubles, c.gaps, began)
		if got := excessive(c.troubles); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		at   func(i int) (descriptors float64)
		want bool
	}{
		{"even", func(int) float64 { return 60 }, false},
		{"fills up at first", func(i int) float64 { return float64(min(i, 25)) }, false},
		{"goes up and down", func(i int) float64 { return 60 + float64(i%20) }, false},
		{"a peak", func(i int) float64 { return 60 + 1000*float64(i/110%2) }, false},
		{"one more in five minutes", func(i int) float64 { return 60 + float64(i/5) }, true},
	} {
		var all []sample
		for i := range 120 {
			values := make([]float64, len(measures))
			values[1] = c.at(i)
			all = append(all, sample{time.Duration(i) * time.Minute, values})
		}
		var grown []string
		for _, g := range growths(all) {
			if g.tooMuch() {
				grown = append(grown, g.name)
			}
		}
		want := "[]"
		if c.want {
			want = "[descriptors]"
		}
		if got := fmt.Sprint(grown); got != want {
			t.Errorf("%s: grown %s, want %s", c.name, got, want)
		}
	}
}
