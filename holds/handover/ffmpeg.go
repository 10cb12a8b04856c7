package handover

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNoEncoder: ffmpeg is not installed, without which there are no stills.
var ErrNoEncoder = errors.New("ffmpeg is not installed on the appliance, and without it no pictures can be made: apt-get install ffmpeg, and start Sjudager again")

// errEncoder: ffmpeg was started and failed.
var errEncoder = errors.New("ffmpeg failed")

// encoding is taken by the one ffmpeg that runs at a time: recording comes first.
var encoding = make(chan struct{}, 1)

// ffmpegJob is one run of ffmpeg.
type ffmpegJob struct {
	path   string
	folder string    // it runs there
	in     io.Reader // its pipe:0
	out    io.Writer // its pipe:1
	file   *os.File  // its /proc/self/fd/3, or nil
	args   []string
	// progress is told how much of the movie is done; then out is not used. Nil tells nobody.
	progress func(time.Duration)
}

// run runs ffmpeg with the least priority, and ends it when ctx ends. It ends with this
// program, however that ends.
func (j ffmpegJob) run(ctx context.Context) error {
	select {
	case encoding <- struct{}{}:
		defer func() { <-encoding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	args := []string{"-hide_banner", "-nostdin", "-v", "error"}
	if j.progress != nil {
		args = append(args, "-progress", "pipe:1", "-stats_period", "0.5")
	}
	cmd := exec.CommandContext(ctx, j.path, append(args, j.args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stdout = j.folder, j.in, j.out
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	if j.file != nil {
		cmd.ExtraFiles = []*os.File{j.file}
	}
	if j.progress != nil {
		told, tell := io.Pipe()
		followed := make(chan struct{})
		defer func() {
			tell.Close()
			<-followed
		}()
		cmd.Stdout = tell
		go func() {
			defer close(followed)
			j.follow(told)
		}()
	}
	// The kernel kills it when the thread that started it ends, which must not be before.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", errEncoder, err)
	}
	_ = unix.Setpriority(unix.PRIO_PGRP, cmd.Process.Pid, 19) // it may have ended already
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		last := strings.TrimSpace(said.String())
		return fmt.Errorf("%w: %w: %s", errEncoder, err, last[max(0, len(last)-300):])
	}
	return err
}

// follow reads what ffmpeg says about how far it is.
func (j ffmpegJob) follow(told io.Reader) {
	for s := bufio.NewScanner(told); s.Scan(); {
		if us, is := strings.CutPrefix(s.Text(), "out_time_us="); is {
			if n, err := strconv.ParseInt(us, 10, 64); err == nil {
				j.progress(time.Duration(n) * time.Microsecond)
			}
		}
	}
}

// nameless is a file without a name on the appliance's own disk: whatever happens, it is
// gone when it is closed.
func (b *builder) nameless() (*os.File, error) {
	folder := b.Vault.Spool.Dir()
	if fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600); err == nil {
		return os.NewFile(uintptr(fd), "nameless"), nil
	}
	f, err := os.CreateTemp("", "sjudager-")
	if err == nil {
		err = os.Remove(f.Name())
	}
	return f, err
}
