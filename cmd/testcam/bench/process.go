package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one that was started here. It ends with this one.
type process struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when it has ended
}

// self is this program as one of its parts.
func self(args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("couldn't find this program: %w", err)
	}
	return exec.Command(path, args...), nil
}

func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, log: &tail{}, done: make(chan struct{})}
	cmd.Stderr = p.log
	if cmd.Stdout == nil {
		cmd.Stdout = p.log
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("couldn't start %s: %w", filepath.Base(cmd.Path), err)
	}
	go func() {
		defer close(p.done)
		cmd.Wait() // how it ended does not matter: it is told to
	}()
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) said() string { return fmt.Sprintf("%s said: %s", filepath.Base(p.cmd.Path), p.log) }

// tail keeps the last of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	t.b = t.b[max(0, len(t.b)-2000):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// usage is what processes have used up so far, and what memory they have.
type usageSample struct {
	at       time.Time
	cpu      time.Duration // user and system
	switches int64         // context switches, asked for or not
	written  int64         // bytes given to write(2) and its like
	pss      int64         // bytes; shared ones are divided among those who share them

	overflows uint64 // packets of UDP that the kernel threw away, as those before were not read
}

// ticksPerSecond is USER_HZ, which is 100 wherever Linux runs Go.
const ticksPerSecond = 100

// sample adds up what all processes have used. It fails if one has ended.
func sample(all []*process) (usageSample, error) {
	total := usageSample{at: time.Now()}
	for _, p := range all {
		dir := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			return total, fmt.Errorf("a process has ended: %w; %s", err, p.said())
		}
		// The name, in parentheses, may have spaces in it; proc(5) counts from 1.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 13 || fields[0] == "Z" {
			return total, fmt.Errorf("a process has ended; %s", p.said())
		}
		for _, field := range fields[11:13] { // utime, stime
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return total, fmt.Errorf("couldn't read its CPU time: %w", err)
			}
			total.cpu += time.Duration(ticks) * time.Second / ticksPerSecond
		}
		tasks, err := filepath.Glob(filepath.Join(dir, "task", "*", "status"))
		if err != nil {
			return total, err
		}
		for _, task := range tasks {
			// A thread may end meanwhile; its switches are then forgotten.
			total.switches += sum(task, "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
		}
		total.written += sum(filepath.Join(dir, "io"), "wchar")
		total.pss += 1024 * sum(filepath.Join(dir, "smaps_rollup"), "Pss")
		total.overflows += overflows(dir)
	}
	return total, nil
}

// overflows adds up the drops of the sockets of the process whose folder in /proc dir
// is.
func overflows(dir string) (total uint64) {
	sockets := map[string]bool{}
	open, _ := filepath.Glob(filepath.Join(dir, "fd", "*"))
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			sockets[strings.Trim(to, "socket:[]")] = true
		}
	}
	for _, table := range []string{"udp", "udp6"} {
		b, err := os.ReadFile(filepath.Join(dir, "net", table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			// The header's names are not those of as many columns.
			if fields := strings.Fields(line); len(fields) == 13 && sockets[fields[9]] {
				n, err := strconv.ParseUint(fields[12], 10, 64)
				if err == nil {
					total += n
				}
			}
		}
	}
	return total
}

// sum adds up the numbers that follow these names in a file of /proc.
func sum(path string, names ...string) (total int64) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		for _, wanted := range names {
			if fields := strings.Fields(value); name == wanted && len(fields) > 0 {
				if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
					total += n
				}
			}
		}
	}
	return total
}
