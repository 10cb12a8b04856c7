package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// quiet is how much of the machine may be used by others without a remark.
const quiet = 0.1

// printTable prints the results in Markdown, and what is needed to judge them.
func printTable(w io.Writer, o options, order []task, results map[string][]result, left []string, began time.Time) {
	fmt.Fprintf(w, "Recording 1080p25 at 4 Mbit/s over TCP, where nothing else is said, into segments of %v; %v after %v of warm-up each.\n\n", segment, o.window, o.warmup)
	fmt.Fprintln(w, "| recorder | cameras | CPU ms per camera-minute | x floor | x sjudager | PSS MiB | switches/s/camera | Mbit/s/camera | frames or packets dropped | others' share of the machine |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|")
	disturbed := false
	for _, t := range order {
		rs := results[t.key()]
		cost := column(rs, func(r result) float64 { return r.cost })
		dropped := column(rs, func(r result) float64 { return float64(r.dropped) })
		fmt.Fprintf(w, "| %s | %d, %s | **%.1f** [%.1f-%.1f] k%d | %s | %s | %.0f | %.1f | %.2f | %.0f | %.0f %% |\n",
			t.contender.name, t.n, t.kind.describe(), median(cost), slices.Min(cost), slices.Max(cost), len(rs),
			ratio(cost, results[task{contender{name: "floor"}, t.kind, t.n}.key()]),
			ratio(cost, results[task{contender{name: "sjudager"}, t.kind, t.n}.key()]),
			median(column(rs, func(r result) float64 { return r.pss })),
			median(column(rs, func(r result) float64 { return r.switches })),
			median(column(rs, func(r result) float64 { return r.bitrate })),
			slices.Max(dropped),
			100*median(column(rs, func(r result) float64 { return r.others })))
		disturbed = disturbed || slices.ContainsFunc(rs, func(r result) bool { return r.others > quiet })
	}
	fmt.Fprintln(w)
	if disturbed {
		fmt.Fprintln(w, "The machine was busy with something else meanwhile, which makes everything cost more: repeat this on an idle one.")
	}
	for _, why := range left {
		fmt.Fprintln(w, why)
	}
	fmt.Fprintf(w, "%s to %s, %s\n", began.Format("2006-01-02 15:04"), time.Now().Format("15:04"), strings.Join(machine(), ", "))
}

// machine says what the numbers were measured with.
func machine() []string {
	facts := []string{fmt.Sprintf("%d CPUs", runtime.NumCPU())}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				facts = append(facts, strings.TrimSpace(value))
				break
			}
		}
	}
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		facts = append(facts, "Linux "+strings.TrimSpace(string(b)))
	}
	facts = append(facts, runtime.Version(), "MediaMTX "+mediamtxVersion)
	if out, err := exec.Command("ffmpeg", "-version").Output(); err == nil {
		facts = append(facts, strings.Join(strings.Fields(string(out))[:3], " "))
	}
	return facts
}

func column(rs []result, of func(result) float64) []float64 {
	var all []float64
	for _, r := range rs {
		all = append(all, of(r))
	}
	return all
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratio tells how many times as much as the others' median it is.
func ratio(cost []float64, others []result) string {
	if others == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", median(cost)/median(column(others, func(r result) float64 { return r.cost })))
}
