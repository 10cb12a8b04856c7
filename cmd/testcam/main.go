// Testcam serves simulated RTSP cameras: the demo clips, MP4 files of one's own,
// or a generated one, each over and over as if it were live. See package farm.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

const usage = `usage: testcam [flags]

Serves simulated RTSP cameras until Ctrl-C and prints their URLs, one per line.
Without --clip and --generate they show the built-in demo clips.

  --listen ADDR      address to serve at (default 127.0.0.1:8554)
  --clip FILE.mp4    H.264, H.265 or AV1 clip to show; may be given several times
  --generate         show a generated 1080p25 clip of 4 Mbit/s; needs ffmpeg
  --cameras N        how many cameras share the clips (default one per clip)
  --user U           ask clients for this user
  --password P       and this password
  --digest ALGORITHM md5 (default) or sha256
  --basic            ask with Basic instead of Digest
  --tls              print rtsps URLs, and on stderr the certificate's fingerprint;
                     either kind works at the same address
  --clock-offset D   tell a time that is wrong by so much, such as 1h or -90s
  --faults LIST      go wrong all the time: hung, frozen, frozen-video,
                     no-key-frames, new-ssrc, crosstalk, garbage, malformed,
                     bitrate=N (times as much), and with a chance for each packet
                     loss=N, duplicates=N, reordering=N
  --mayhem SEED      go wrong at random, as the seed will have it, and say so on
                     stderr; 0 is any seed

Exit codes: 0 ended by Ctrl-C, 1 failed, 2 wrong usage.

Examples:
  testcam --clip hall.mp4 --cameras 16 &
  ffplay rtsp://127.0.0.1:8554/hall
  testcam --faults garbage,loss=0.02
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	listen         string
	clips          []string
	generate       bool
	cameras        int
	user, password string
	auth           farm.Auth
	tls            bool
	clockOffset    time.Duration
	faults         farm.Faults
	mayhem         *uint64 // seed, if there is to be any
}

// errUsage is wrapped by what parse returns.
var errUsage = errors.New("wrong usage")

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := serve(ctx, args, stdout, stderr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "testcam: %v\ntestcam: see testcam --help\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "testcam: %v\n", err)
		return 1
	}
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	clips, err := o.load(ctx)
	if err != nil {
		return err
	}
	if o.cameras == 0 {
		o.cameras = len(clips)
	}
	cameras := farm.Cameras(o.cameras, clips...)
	for i := range cameras {
		cameras[i].User, cameras[i].Password, cameras[i].Auth = o.user, o.password, o.auth
		cameras[i].Clock.Offset, cameras[i].Faults = o.clockOffset, o.faults
	}
	server, err := farm.Start(o.listen, cameras...)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%w\ntestcam: choose another address with --listen, such as --listen 127.0.0.1:0", err)
		}
		return err
	}
	for _, c := range cameras {
		address := url.URL{Scheme: "rtsp", Host: server.Addr(), Path: "/" + c.Path}
		if o.tls {
			address.Scheme = "rtsps"
		}
		if o.user != "" {
			address.User = url.UserPassword(o.user, o.password)
		}
		fmt.Fprintln(stdout, address.String())
	}
	if o.tls {
		fmt.Fprintln(stderr, "certificate fingerprint (SHA-256):", server.Fingerprint())
	}
	if o.mayhem != nil {
		wreak(ctx, server, cameras, *o.mayhem, stderr)
	}
	<-ctx.Done()
	return server.Close()
}

// wreak lets cameras go wrong until ctx is done, or for a week.
func wreak(ctx context.Context, server *farm.Server, cameras []farm.Camera, seed uint64, stderr io.Writer) {
	for seed == 0 {
		seed = rand.Uint64()
	}
	fmt.Fprintln(stderr, "mayhem by seed", seed)
	var paths []string
	for _, c := range cameras {
		paths = append(paths, c.Path)
	}
	server.Perform(ctx, farm.Mayhem(seed, 7*24*time.Hour, paths...), func(m farm.Mishap) { fmt.Fprintln(stderr, m) })
}

func parse(args []string) (options, error) {
	o := options{auth: farm.DigestMD5}
	flags := flag.NewFlagSet("testcam", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints both errors and usage
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8554", "")
	flags.Func("clip", "", func(s string) error { o.clips = append(o.clips, s); return nil })
	flags.BoolVar(&o.generate, "generate", false, "")
	flags.IntVar(&o.cameras, "cameras", 0, "")
	flags.StringVar(&o.user, "user", "", "")
	flags.StringVar(&o.password, "password", "", "")
	flags.BoolVar(&o.tls, "tls", false, "")
	flags.DurationVar(&o.clockOffset, "clock-offset", 0, "")
	flags.Func("faults", "", func(s string) (err error) { o.faults, err = farm.ParseFaults(s); return err })
	flags.Func("mayhem", "", func(s string) error {
		seed, err := strconv.ParseUint(s, 10, 64)
		o.mayhem = &seed
		return err
	})
	digest := flags.String("digest", "md5", "")
	basic := flags.Bool("basic", false, "")
	if err := flags.Parse(args); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%w: unexpected %q; did you mean --clip %s?", errUsage, flags.Arg(0), flags.Arg(0))
	case o.cameras < 0:
		return o, fmt.Errorf("%w: --cameras %d is negative", errUsage, o.cameras)
	case o.password != "" && o.user == "":
		return o, fmt.Errorf("%w: --password needs --user", errUsage)
	case *digest != "md5" && *digest != "sha256":
		return o, fmt.Errorf("%w: --digest %s: want md5 or sha256", errUsage, *digest)
	}
	switch {
	case *basic:
		o.auth = farm.Basic
	case *digest == "sha256":
		o.auth = farm.DigestSHA256
	}
	return o, nil
}

// load returns the clips that o asks for, the demo clips if it asks for none.
func (o options) load(ctx context.Context) ([]*farm.Clip, error) {
	var clips []*farm.Clip
	for _, path := range o.clips {
		clip, err := farm.LoadFile(path)
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	if o.generate {
		clip, err := generate(ctx)
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	if clips != nil {
		return clips, nil
	}
	for _, name := range farm.Clips() {
		clip, err := farm.OpenClip(name)
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	return clips, nil
}
