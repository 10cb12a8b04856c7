// Soak runs the real program for hours on cameras that go wrong at random, and
// holds it to its promises all the while. `make soak` runs it.
//
// The cameras are those of package farm: H.264 and H.265, over TCP, UDP and TLS,
// with and without a password. Most of them are wild: each goes wrong in one of some
// thirty ways, is well for a while, and goes wrong again. A few are steady, and must
// not notice. Meanwhile the object store goes away for some seconds now and then,
// the configuration switches a camera off and on again, and holds are placed. All of
// it follows from one seed, which is printed.
//
// What is recorded is kept for minutes, so that deletion is soaked as well:
//
//   - Every instant of a camera from when it was configured on lies in one segment or one
//     gap: none overlap, starts ascend, and together they last as long as the wall
//     clock says, to within a second over the whole run.
//   - A steady camera has no gap and no reconnect, and over TCP loses not a packet. A
//     wild one is without footage no longer than what went wrong explains.
//   - A segment is listed, readable and in the store until its deadline, and none
//     of them after it; its bytes have the hash that is listed, and ffprobe reads them.
//   - Goroutines, descriptors and memory do not grow, and the ledger verifies.
//
// It prints a table of samples, and ends with an error if a promise was broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `usage: soak [flags]

Runs sjudager on cameras that go wrong at random, and checks its promises.

  --program PATH   the program (default bin/sjudager)
  --hours H        how long (default 2)
  --wild N         cameras that go wrong (default 12)
  --steady N       cameras that do not (default 4)
  --keep D         how long footage is kept (default 10m)
  --segment D      how long a segment is (default 10s)
  --seed N         what goes wrong and when (default at random)
  --dir DIR        where data, log and samples go (default a new one in the temporary directory)
`

// options are the command line.
type options struct {
	program, dir  string
	length        time.Duration
	wild, steady  int
	keep, segment time.Duration
	seed          uint64
}

// Of a run of two hours; a shorter one does all of it more often.
const (
	looks   = 1440 // at what is listed and what is in the store: every 5 s
	samples = 120  // of what the process takes: every minute
	audits  = 12   // of the account: every ten minutes
)

// every is how often something is done that is done n times in all.
func (o options) every(n int) time.Duration {
	return max(o.length/time.Duration(n), 500*time.Millisecond)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	var hours float64
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	flags.StringVar(&o.program, "program", "bin/sjudager", "")
	flags.StringVar(&o.dir, "dir", "", "")
	flags.Float64Var(&hours, "hours", 2, "")
	flags.IntVar(&o.wild, "wild", 12, "")
	flags.IntVar(&o.steady, "steady", 4, "")
	flags.DurationVar(&o.keep, "keep", 10*time.Minute, "")
	flags.DurationVar(&o.segment, "segment", 10*time.Second, "")
	flags.Uint64Var(&o.seed, "seed", rand.Uint64(), "")
	flags.Parse(os.Args[1:]) // ends the program when it fails
	o.length = time.Duration(hours * float64(time.Hour))
	if flags.NArg() > 0 || o.length < 10*time.Second || o.wild < 0 || o.steady < 0 || o.wild+o.steady < 1 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := soak(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}
