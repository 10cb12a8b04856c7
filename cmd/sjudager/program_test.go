package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// built is the program as its users run it, built with the race detector.
var built string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sjudager-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	built = filepath.Join(dir, "sjudager")
	if out, err := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", built, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "couldn't build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// need fails the test when a command is missing.
func need(t *testing.T, command, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil {
		t.Fatalf("%v: install it with apt-get install -y %s", err, pkg)
	}
}

// eventually waits until ok is true; what it waits for happens in other processes.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// startFarm starts simulated cameras with the demo clips of these names.
func startFarm(t *testing.T, names ...string) *farm.Server {
	t.Helper()
	var cameras []farm.Camera
	for _, name := range names {
		clip, err := farm.OpenClip(name)
		if err != nil {
			t.Fatal(err)
		}
		cameras = append(cameras, farm.Camera{Path: name, Clip: clip})
	}
	s, err := farm.Start("127.0.0.1:0", cameras...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// setup is a configuration file in the making.
type setup struct {
	retention, recorder, storage, backup, signage, ledger string // lines below these keys
	cameras                                               map[string]string
	transports                                            map[string]string // of cameras; "" is auto
}

// program is an installation of sjudager: a folder, a configuration and, while it
// runs, a process.
type program struct {
	t    *testing.T
	dir  string
	page string // address of the page
	log  *logFile

	authority *authority // where the configuration names one

	cmd  *exec.Cmd // nil when it does not run
	done chan error
}

// logFile is what the processes have said so far.
type logFile struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logFile) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// unused returns an address of this machine at which nobody listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// install makes an installation that listens on a free port. It is stopped at
// the end of the test, which fails if the race detector has found anything.
func install(t *testing.T, s setup) *program {
	t.Helper()
	// Not t.TempDir: with a long test name its path is too long for a socket.
	dir, err := os.MkdirTemp("", "sjudager-")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, dir: dir, page: unused(t), log: &logFile{}}
	t.Cleanup(func() {
		p.stop()
		if said := p.log.String(); t.Failed() {
			t.Logf("the program said:\n%s", said)
		} else if strings.Contains(said, "DATA RACE") {
			t.Errorf("the program has a data race:\n%s", said)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	p.configure(s)
	return p
}

// configure writes the configuration file, which a running program takes up.
func (p *program) configure(s setup) {
	p.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `site:
  name: Sentrum Scene
  timezone: Europe/Oslo
  controller: {name: Eksempel Arena AS, org_number: "123456785", contact: personvern@example.no}
data_dir: data
http: {listen: %q}
retention: {%s}
recorder: {%s}
`, p.page, s.retention, s.recorder)
	if s.storage != "" {
		fmt.Fprintf(&b, "storage: {%s}\n", s.storage)
	}
	if s.backup != "" {
		fmt.Fprintf(&b, "backup: {%s}\n", s.backup)
	}
	if s.signage != "" {
		fmt.Fprintf(&b, "signage: {%s}\n", s.signage)
	}
	if s.ledger != "" {
		fmt.Fprintf(&b, "ledger: {%s}\n", s.ledger)
	}
	b.WriteString("cameras:\n")
	for id, url := range s.cameras {
		fmt.Fprintf(&b, "  - {id: %s, zone: test, url: %q, transport: %s}\n", id, url, cmp.Or(s.transports[id], "auto"))
	}
	if len(s.cameras) == 0 {
		b.WriteString("  []\n")
	}
	temporary := p.config() + ".new"
	if err := errors.Join(os.WriteFile(temporary, []byte(b.String()), 0o600), os.Rename(temporary, p.config())); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) config() string  { return filepath.Join(p.dir, "sjudager.yaml") }
func (p *program) dataDir() string { return filepath.Join(p.dir, "data") }

// start runs `sjudager serve` and returns when it answers.
func (p *program) start() {
	p.t.Helper()
	cmd := exec.Command(built, "serve", "--config", p.config())
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it dies with the tests
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	p.cmd, p.done = cmd, done
	eventually(p.t, 30*time.Second, "the program answers", func() bool {
		select {
		case err := <-done:
			done <- err
			p.t.Fatalf("the program ended: %v", err)
		default:
		}
		var s web.Status
		return p.ask("status", nil, &s) == nil
	})
}

// kill ends the program as a power cut would, but for the operating system.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.done
	p.cmd = nil
}

// stop ends the program in order, if it runs.
func (p *program) stop() {
	p.t.Helper()
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	select {
	case err := <-p.done:
		if err != nil {
			p.t.Errorf("the program did not stop in order: %v", err)
		}
	case <-time.After(30 * time.Second):
		p.t.Error("the program does not stop")
		if err := p.cmd.Process.Kill(); err != nil {
			p.t.Error(err)
		}
		<-p.done
	}
	p.cmd = nil
}

// ask gets a document of the API over the socket.
func (p *program) ask(path string, query url.Values, answer any) error {
	c := p.socket()
	resp, err := c.Get("http://localhost/api/v1/" + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return errNotFound
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// socket asks where no account is needed.
func (p *program) socket() http.Client {
	return http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socketPath(p.dataDir()))
		},
	}}
}

var errNotFound = errors.New("not found")

// list asks what a camera has; one that is not configured and has nothing is
// unknown to the program, and has nothing.
func (p *program) list(camera string) (s web.Segments, err error) {
	if err = p.ask("segments", url.Values{"camera": {camera}}, &s); errors.Is(err, errNotFound) {
		err = nil
	}
	return s, err
}

// segments returns what a camera has.
func (p *program) segments(camera string) web.Segments {
	p.t.Helper()
	s, err := p.list(camera)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// holes returns the gaps but for the one in which a new camera's first frame was
// under way.
func holes(gaps []web.Gap) []web.Gap {
	return slices.DeleteFunc(gaps, func(g web.Gap) bool { return g.Cause == footage.CauseNew })
}

// footagePath is where the page has a segment's MP4.
func footagePath(id footage.SegmentID) string { return "/api/v1/segments/" + string(id) + ".mp4" }

// get asks for a page, over the socket, and returns the HTTP status and the bytes.
func (p *program) get(path string) (int, []byte, error) {
	c := p.socket()
	resp, err := c.Get("http://localhost" + path)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// ran is what came of a command.
type ran struct {
	code        int
	out, stderr string
}

// run runs a command of the program with this installation's configuration.
func (p *program) run(args ...string) ran {
	p.t.Helper()
	return execute(p.t, append(args, "--config", p.config())...)
}

// execute runs the program to its end.
func execute(t *testing.T, args ...string) ran {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.Command(built, args...)
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// document decodes the one JSON document that a command has printed.
func (r ran) document(t *testing.T, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v in what was printed: %s%s", err, r.out, r.stderr)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one document: %s", r.out)
	}
}
