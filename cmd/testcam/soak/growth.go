package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// sample is what the process takes at one moment.
type sample struct {
	after  time.Duration
	values []float64 // of measures
}

const mebi = 1 << 20

// measure is something that is sampled. It has grown too much if its floor in the
// last quarter of a run is above that in the second by more than allowed, and by more
// than that share of it.
type measure struct {
	name    string
	unit    float64
	allowed float64 // in units; 0: it may grow
	share   float64
}

// measures are in the order of sample.values. A camera that is down takes less
// than one that records, and how many are down is chance: that is what is allowed.
var measures = []measure{
	{name: "goroutines", unit: 1, allowed: 12},
	{name: "descriptors", unit: 1, allowed: 6},
	{name: "live heap MiB", unit: mebi, allowed: 3, share: 0.1},
	{name: "heap in use MiB", unit: mebi, allowed: 6, share: 0.1},
	{name: "anonymous RSS MiB", unit: mebi, allowed: 8, share: 0.1},
	{name: "RSS MiB", unit: mebi},
	{name: "index MiB", unit: mebi},
	{name: "stored", unit: 1},
	{name: "spooled", unit: 1},
	{name: "overdue", unit: 1},
	{name: "CPU ms/s", unit: 1},
}

// sample takes a sample.
func (r *run) sample() error {
	status, body, err := r.program.get("/metrics")
	if err != nil || status != 200 {
		return fmt.Errorf("couldn't read the metrics: %w, status %d", err, status)
	}
	metrics := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			metrics[name] = f
		}
	}
	anonymous, err := anonymousRSS(r.program.cmd.Process.Pid)
	if err != nil {
		return err
	}
	index, err := os.Stat(filepath.Join(r.program.data(), "index.db"))
	if err != nil {
		return err
	}
	s := sample{after: time.Since(r.began)}
	for _, name := range []string{"go_goroutines", "process_open_fds", "go_gc_heap_live_bytes", "go_memstats_heap_inuse_bytes", "", "process_resident_memory_bytes", "",
		"sjudager_store_segments", "sjudager_spool_segments", "sjudager_expiry_overdue", "process_cpu_seconds_total"} {
		v, known := metrics[name]
		if name != "" && !known {
			return fmt.Errorf("the metrics have no %s", name)
		}
		s.values = append(s.values, v)
	}
	s.values[4], s.values[6] = anonymous, float64(index.Size())
	cpu := &s.values[len(s.values)-1] // since the last sample
	*cpu, r.cpu = (*cpu-r.cpu)*1000/(s.after-r.sampled).Seconds(), *cpu
	r.sampled = s.after
	r.samples = append(r.samples, s)
	return writeSamples(filepath.Join(r.dir, "samples.tsv"), r.samples)
}

// anonymousRSS is the memory of a process that is no file's: the pages of the
// index that it has read are the kernel's to take back.
func anonymousRSS(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(b), "RssAnon:")
	fields := strings.Fields(rest)
	if !found || len(fields) < 2 {
		return 0, errors.New("/proc/PID/status has no RssAnon")
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	return kib * 1024, err
}

// growth is how a measure has changed between the second quarter of a run and the
// last.
type growth struct {
	measure
	before, after float64 // floors, in units
}

func (g growth) tooMuch() bool {
	return g.allowed > 0 && g.after-g.before > max(g.allowed, g.share*g.before)
}

func (g growth) String() string {
	return fmt.Sprintf("%-18s %8.1f -> %8.1f, allowed %+.1f", g.name, g.before, g.after, max(g.allowed, g.share*g.before))
}

// growths compares the second quarter of the samples with the last: the first is
// for caches to fill and for deletion to begin.
func growths(samples []sample) []growth {
	n := len(samples)
	if n < 8 {
		return nil
	}
	var all []growth
	for i, m := range measures {
		if m.allowed > 0 {
			all = append(all, growth{m, floor(samples[n/4:n/2], i) / m.unit, floor(samples[n-n/4:], i) / m.unit})
		}
	}
	return all
}

// floor is what nine in ten samples lie above. What leaks raises it; a camera that
// sends ten times as much for a minute, or a store that is away, does not.
func floor(samples []sample, measure int) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, s.values[measure])
	}
	slices.Sort(values)
	return values[len(values)/10]
}

// printSamples prints a table of at most 40 samples.
func printSamples(out io.Writer, samples []sample) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "after\t")
	for _, m := range measures {
		fmt.Fprint(t, m.name, "\t")
	}
	fmt.Fprintln(t)
	step := max(1, (len(samples)+39)/40)
	for i := 0; i < len(samples); i += step {
		fmt.Fprint(t, samples[i].after.Round(time.Second), "\t")
		for j, v := range samples[i].values {
			decimals := 0
			if measures[j].unit == mebi && v < 1000*mebi {
				decimals = 1
			}
			fmt.Fprint(t, strconv.FormatFloat(v/measures[j].unit, 'f', decimals, 64), "\t")
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// writeSamples writes all samples to a file, as they are.
func writeSamples(path string, samples []sample) error {
	var b strings.Builder
	b.WriteString("seconds")
	for _, m := range measures {
		b.WriteString("\t" + strings.TrimSuffix(m.name, " MiB"))
	}
	for _, s := range samples {
		fmt.Fprintf(&b, "\n%.1f", s.after.Seconds())
		for _, v := range s.values {
			b.WriteString("\t" + strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return os.WriteFile(path, []byte(b.String()+"\n"), 0o600)
}
