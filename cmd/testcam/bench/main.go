// Bench measures what recording costs: Sjudager's recorder, MediaMTX, an ffmpeg
// for each camera, GStreamer where it is installed, and a program that only moves
// the bytes, side by side in one run; and Sjudager's whole way into the vault and out
// of it at the deadline. `make bench-recorder` and `make bench-vault` run it.
//
// The cameras are those of package farm in a process of their own: 1080p25 at
// 4 Mbit/s with a key frame every two seconds, over TCP and UDP, each at another
// point of the clip. Every recorder is given the same cameras and writes segments of ten
// seconds to the same disk; what is finished is deleted meanwhile, as the vault
// would. Recorders take turns, and every number is the median of the runs.
//
// CPU is user and system time of all processes of the recorder from
// /proc/PID/stat, over a window that begins when every camera has been recorded
// for a while. On a loopback interface the kernel charges the reception of
// packets to their sender, so this leaves it out for everyone alike.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `usage: bench [flags]

Measures the CPU time that recording takes, and prints a table in Markdown.

  --n N          cameras to record at once (default 64)
  --seconds S    how long to measure each time (default 20)
  --warmup S     how long each is recorded before that (default 8)
  --k K          how often to measure each (default 2)
  --only LIST    only recorders of this list, such as sjudager,floor
  --main         only the H.264 cameras, not the other kinds and numbers
  --transport T  only the cameras over tcp or udp (default both)
  --dir DIR      where to record to (default a new one in the temporary directory)

       bench vault [flags]

Measures the vault without cameras, beside its own store and with a large index.

  --ingest N     segments of 15 MB to take in at once (default 32)
  --purge N      objects to remove (default 2000)
  --segments N   segments in the index (default 1000000)
  --dir DIR      where to, with 2 GB (default a new one in the temporary directory)
`

// options are the command line.
type options struct {
	n, k            int
	window, warmup  time.Duration
	only, dir       string
	transport       string
	mainOnly        bool
	seconds, settle int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the program, or one of its parts, which it starts as processes of their
// own.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "farm":
			return runFarm(ctx, args[1:], os.Stdin, stdout)
		case "record":
			return runRecorder(ctx, args[1], args[2], args[3])
		case "keep":
			return runKeep(ctx, args[1], args[2], args[3])
		case "million":
			return runMillion(args[1], args[2], stdout)
		case "vault":
			return measureVault(ctx, args[1:], stdout)
		case "floor":
			return runFloor(ctx, args[1], args[2])
		}
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	flags.IntVar(&o.n, "n", 64, "")
	flags.IntVar(&o.k, "k", 2, "")
	flags.IntVar(&o.seconds, "seconds", 20, "")
	flags.IntVar(&o.settle, "warmup", 8, "")
	flags.StringVar(&o.only, "only", "", "")
	flags.StringVar(&o.dir, "dir", "", "")
	flags.BoolVar(&o.mainOnly, "main", false, "")
	flags.StringVar(&o.transport, "transport", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || o.n < 1 || o.k < 1 || o.seconds < 1 || o.settle < 0 || o.transport != "" && o.transport != "tcp" && o.transport != "udp" {
		return fmt.Errorf("wrong usage\n%s", usage)
	}
	o.window, o.warmup = time.Duration(o.seconds)*time.Second, time.Duration(o.settle)*time.Second
	return measureAll(ctx, o, stdout)
}
