package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The parts are processes of this program; in a test that is the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "farm" || os.Args[1] == "record" || os.Args[1] == "floor" || os.Args[1] == "keep" || os.Args[1] == "million") {
		main()
		return
	}
	os.Exit(m.Run())
}

// A short run ends in a table in which every recorder has recorded all that the
// cameras sent, and nothing is left behind.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	err := run(t.Context(), strings.Fields("--n 2 --seconds 4 --warmup 3 --k 1 --main --only sjudager,vault,floor --dir "+dir), &out)
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\w+) \| 2, H\.264 \| \*\*([0-9.]+)\*\* .* \| ([0-9.]+) \| 0 \| \d+ % \|$`).FindAllStringSubmatch(out.String(), -1)
	if len(rows) != 3 {
		t.Fatalf("%d recorders in\n%s", len(rows), out.String())
	}
	// What falls into a few seconds varies with when it is written.
	for _, row := range rows {
		if bitrate, err := strconv.ParseFloat(row[3], 64); err != nil || bitrate < 2 || bitrate > 6 {
			t.Errorf("%s wrote %s Mbit/s for a camera of 4", row[1], row[3])
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// The vault's own table has every line, and nothing is left behind.
func TestVault(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	if err := run(t.Context(), strings.Fields("vault --ingest 2 --purge 20 --segments 6400 --dir "+dir), &out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ingest", "read", "purge", "open", "memory", "timeline", "sweep"} {
		if !regexp.MustCompile(`(?m)^\| ` + line + `[^|]*\| [0-9][^|]*\|[^|]*\|[^|]*\|$`).MatchString(out.String()) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range []string{"--transport ip", "--n 0", "--k 0", "--seconds 0", "nonsense", "vault --purge 0", "vault nonsense"} {
		if err := run(context.Background(), strings.Fields(args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "usage: bench") {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// The default plan takes no more than 16 minutes.
func TestPlan(t *testing.T) {
	o := options{n: 64, k: 2}
	round, rare := plan(o, contenders)
	runs := o.k*len(round) + (o.k+1)/2*len(rare)
	if d := time.Duration(runs) * 34 * time.Second; d > 16*time.Minute { // 20 s, 8 s before, and to start and stop
		t.Errorf("%d measurements take %v", runs, d)
	}
	kinds := map[string]int{}
	for _, task := range append(round, rare...) {
		kinds[task.contender.name+" "+string(task.kind)]++
	}
	if kinds["sjudager h264"] != 3 || kinds["mediamtx h264"] != 1 || kinds["floor packets"] != 1 || kinds["ffmpeg h265"] != 1 || kinds["mediamtx udp"] != 1 || kinds["ffmpeg udp"] != 0 {
		t.Errorf("planned: %v", kinds)
	}
	if round, rare := plan(options{n: 64, k: 2, transport: "udp"}, contenders); len(round) != 0 || len(rare) != 2 {
		t.Errorf("%d and %d tasks for UDP alone", len(round), len(rare))
	}
	if round, rare := plan(options{n: 64, k: 2, mainOnly: true}, contenders); len(round) != len(contenders) || len(rare) != 0 {
		t.Errorf("%d and %d tasks for H.264 alone", len(round), len(rare))
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		all  []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{1, 4}, 2.5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.all); got != c.want {
			t.Errorf("median of %v: %v", c.all, got)
		}
	}
}
