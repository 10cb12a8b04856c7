package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// load is what is recorded in one measurement, and by what.
type task struct {
	contender contender
	kind      kind
	n         int
}

// result is what one measurement gave.
type result struct {
	cost     float64 // CPU milliseconds for a minute of one camera
	switches float64 // a second and camera
	bitrate  float64 // Mbit/s written for one camera
	pss      float64 // MiB
	dropped  uint64  // frames that cameras had to drop, or packets that the kernel had to, as nobody took them
	others   float64 // share of the machine that neither the recorder nor the cameras used
}

// plan returns the tasks of one round, and of a shorter one for what need not be
// measured as often.
func plan(o options, usable []contender) (round, rare []task) {
	add := func(to *[]task, c contender, k kind, n int) {
		if c.records(k) && (o.transport == "" || o.transport == k.transport()) {
			*to = append(*to, task{c, k, n})
		}
	}
	for _, c := range usable {
		add(&round, c, h264, o.n)
	}
	if !o.mainOnly {
		for _, c := range usable {
			for _, n := range []int{16, 64, 128} {
				if c.name == "sjudager" && n != o.n && n <= 2*o.n {
					add(&round, c, h264, n)
				}
			}
		}
		for _, k := range []kind{udp, h265, packets} {
			for _, c := range usable {
				add(&rare, c, k, o.n)
			}
		}
	}
	return round, rare
}

func measureAll(ctx context.Context, o options, stdout io.Writer) error {
	if o.dir == "" {
		var err error
		if o.dir, err = os.MkdirTemp("", "sjudager-bench-"); err != nil {
			return fmt.Errorf("couldn't make a directory: %w", err)
		}
		defer os.RemoveAll(o.dir)
	}
	var usable []contender
	var left []string // what is not measured, and why
	for _, c := range contenders {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), c.name) {
			continue
		}
		if why := c.missing(); why != "" {
			left = append(left, fmt.Sprintf("%s was not measured: %s", c.name, why))
			continue
		}
		usable = append(usable, c)
	}
	round, rare := plan(o, usable)
	clips := map[kind]string{}
	for _, k := range []kind{h264, h265} {
		if k == h264 || !o.mainOnly {
			path, err := makeClip(ctx, k)
			if err != nil {
				return err
			}
			clips[k] = path
		}
	}
	clips[packets], clips[udp] = clips[h264], clips[h264]
	most := o.n
	for _, t := range round {
		most = max(most, t.n)
	}
	yard, err := startFarm(most, clips)
	if err != nil {
		return err
	}
	defer yard.close()

	began := time.Now()
	var order []task
	results := map[string][]result{}
	for i := range o.k {
		tasks := round
		if i%2 == 0 {
			tasks = slices.Concat(round, rare)
		}
		for _, t := range tasks {
			r, err := measure(ctx, o, yard, t)
			if err != nil {
				return fmt.Errorf("%s, %d cameras of %s: %w", t.contender.name, t.n, t.kind, err)
			}
			fmt.Fprintf(os.Stderr, "%s  %-10s %3d %-8s %6.1f ms per camera-minute\n", time.Now().Format(time.TimeOnly), t.contender.name, t.n, t.kind, r.cost)
			if results[t.key()] == nil {
				order = append(order, t)
			}
			results[t.key()] = append(results[t.key()], r)
		}
	}
	slices.SortStableFunc(order, func(a, b task) int { return strings.Compare(string(a.kind), string(b.kind)) })
	printTable(stdout, o, order, results, left, began)
	return nil
}

func (t task) key() string { return fmt.Sprintf("%s %s %d", t.contender.name, t.kind, t.n) }

// measure runs one recorder from beginning to end.
func measure(ctx context.Context, o options, yard *yard, t task) (r result, err error) {
	dir, err := os.MkdirTemp(o.dir, t.contender.name+"-")
	if err != nil {
		return r, fmt.Errorf("couldn't make a directory: %w", err)
	}
	defer os.RemoveAll(dir)
	processes, err := t.contender.start(dir, t.kind, yard.urls(t.kind, t.n))
	defer func() {
		var all sync.WaitGroup
		for _, p := range processes {
			all.Go(p.stop)
		}
		all.Wait()
		for range 100 { // the cameras notice a little later
			if clients, _, err := yard.state(); err != nil || clients == 0 {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	if err != nil {
		return r, err
	}
	if err := connected(ctx, yard, t.n, processes); err != nil {
		return r, err
	}
	sweeping, stop := context.WithCancel(ctx)
	var sweeper sync.WaitGroup
	sweeper.Go(func() { sweep(sweeping, dir) })
	defer sweeper.Wait()
	defer stop()

	if err := wait(ctx, o.warmup); err != nil {
		return r, err
	}
	before, err := sample(processes)
	if err != nil {
		return r, err
	}
	busyBefore, allBefore := machineTime()
	yardBefore, err := sample([]*process{yard.process})
	if err != nil {
		return r, err
	}
	_, droppedBefore, err := yard.state()
	if err != nil {
		return r, err
	}
	if err := wait(ctx, o.window); err != nil {
		return r, err
	}
	after, err := sample(processes)
	if err != nil {
		return r, err
	}
	busyAfter, allAfter := machineTime()
	yardAfter, err := sample([]*process{yard.process})
	if err != nil {
		return r, err
	}
	clients, droppedAfter, err := yard.state()
	if err != nil {
		return r, err
	}
	if clients != t.n {
		return r, fmt.Errorf("only %d cameras were recorded at the end; %s", clients, processes[0].said())
	}
	seconds := after.at.Sub(before.at).Seconds()
	ours := after.cpu - before.cpu + yardAfter.cpu - yardBefore.cpu
	cameras := float64(t.n)
	return result{
		cost:     float64((after.cpu - before.cpu).Microseconds()) / 1000 / cameras / seconds * 60,
		switches: float64(after.switches-before.switches) / cameras / seconds,
		bitrate:  float64(after.written-before.written) * 8 / 1e6 / cameras / seconds,
		pss:      float64(after.pss) / (1 << 20),
		dropped:  droppedAfter - droppedBefore + after.overflows - before.overflows,
		others:   max(0, (busyAfter-busyBefore-ours).Seconds()) / max(1, (allAfter-allBefore).Seconds()),
	}, nil
}

// connected waits until all cameras are recorded.
func connected(ctx context.Context, yard *yard, n int, processes []*process) error {
	for deadline := time.Now().Add(time.Minute); ; {
		clients, _, err := yard.state()
		switch {
		case err != nil:
			return err
		case clients == n:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("only %d of %d cameras are recorded after a minute; %s", clients, n, processes[0].said())
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// sweep deletes what is finished until ctx is done, so that no disk is large
// enough to matter: files that nobody has written to for a while. The vault deletes
// by itself.
func sweep(ctx context.Context, dir string) {
	for wait(ctx, 2*time.Second) == nil {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() == storeFolder {
				return fs.SkipDir // the sweeper's
			}
			if err != nil || d.IsDir() {
				return nil // it may just have gone
			}
			ext := filepath.Ext(path)
			if info, err := d.Info(); err == nil && (ext == ".mp4" || ext == ".bin") && time.Since(info.ModTime()) > 5*time.Second {
				os.Remove(path)
			}
			return nil
		})
	}
}

// machineTime returns how long all processors together were busy, and how long
// there was.
func machineTime() (busy, all time.Duration) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var name string
	var t [8]time.Duration // user nice system idle iowait irq softirq steal, in ticks
	fmt.Sscan(line, &name, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7])
	for i, ticks := range t {
		all += ticks * time.Second / ticksPerSecond
		if i != 3 && i != 4 {
			busy += ticks * time.Second / ticksPerSecond
		}
	}
	return busy, all
}
