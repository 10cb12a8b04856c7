package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// program is an installation of sjudager, and its process.
type program struct {
	options
	server *farm.Server
	page   string // address
	log    *os.File
	client http.Client

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how, then
}

// install makes the installation in o.dir, on a free port.
func install(o options, server *farm.Server, cameras []camera) (*program, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &program{options: o, server: server, page: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	// A connection that stays open would be a descriptor and two goroutines more,
	// now and then.
	p.client = http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { // where no account is needed
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(p.data(), "sjudager.sock"))
		},
	}}
	if p.log, err = os.Create(filepath.Join(o.dir, "sjudager.log")); err != nil {
		return nil, err
	}
	return p, p.configure(cameras)
}

func (p *program) config() string  { return filepath.Join(p.dir, "sjudager.yaml") }
func (p *program) data() string    { return filepath.Join(p.dir, "data") }
func (p *program) footage() string { return filepath.Join(p.data(), "store", "footage") }

// configure writes the configuration, which a running program takes up.
func (p *program) configure(cameras []camera) error {
	var b strings.Builder
	fmt.Fprintf(&b, `site:
  name: Soak
  timezone: Europe/Oslo
  controller: {name: Eksempel Arena AS, org_number: "123456785", contact: personvern@example.no}
data_dir: data
http: {listen: %q}
retention: {keep: %v, hold: %v}
recorder: {segment: %v}
cameras:
`, p.page, p.keep, 3*p.keep/2, p.segment)
	for _, c := range cameras {
		address := p.server.URL(c.model.Path)
		if c.secure {
			address = p.server.SecureURL(c.model.Path)
		}
		if c.model.User != "" {
			address = strings.Replace(address, "://", "://"+c.model.User+":"+c.model.Password+"@", 1)
		}
		fmt.Fprintf(&b, "  - {id: %s, zone: soak, url: %q, transport: %s, enabled: %v", c.model.Path, address, c.transport, !c.off)
		if c.secure {
			fmt.Fprintf(&b, ", tls_fingerprint: %q", p.server.Fingerprint())
		}
		b.WriteString("}\n")
	}
	temporary := p.config() + ".new"
	return errors.Join(os.WriteFile(temporary, []byte(b.String()), 0o600), os.Rename(temporary, p.config()))
}

// start starts the process and returns when it answers.
func (p *program) start(ctx context.Context) error {
	p.cmd = exec.Command(p.options.program, "serve", "--config", p.config())
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("couldn't start the program: %w", err)
	}
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	for end := time.Now().Add(time.Minute); ; {
		_, err := p.status()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.done:
			return fmt.Errorf("the program has ended: %s", p.said())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("the program does not answer: %w", err)
		}
	}
}

// stop ends the process in order.
func (p *program) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which shows below
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		p.kill()
		return errors.New("the program does not stop")
	}
	if p.err != nil {
		return fmt.Errorf("the program did not stop in order: %w", p.err)
	}
	return nil
}

func (p *program) kill() {
	if p.cmd != nil {
		p.cmd.Process.Kill() // it may have ended
		<-p.done
	}
}

// said is the end of the log.
func (p *program) said() string {
	b, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

// summary prints what the log says of errors, by message.
func (p *program) summary(out io.Writer) error {
	b, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err
	}
	counts, examples := map[string]int{}, map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		line := lines.Text()
		if strings.Contains(line, "DATA RACE") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return fmt.Errorf("the log %s has: %s", p.log.Name(), line)
		}
		if _, rest, ok := strings.Cut(line, "level=ERROR msg="); ok {
			message, _, _ := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
			counts[message]++
			examples[message] = rest
		}
	}
	for _, message := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%5d errors in the log such as: %.200s\n", counts[message], examples[message])
	}
	return nil
}

// get asks the page for a path.
func (p *program) get(path string) (int, []byte, error) {
	resp, err := p.client.Get("http://" + p.page + path)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// ask gets a document of the API.
func (p *program) ask(path string, query url.Values, answer any) error {
	status, body, err := p.get("/api/v1/" + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s: status %d: %s", path, status, body)
	}
	return json.Unmarshal(body, answer)
}

func (p *program) status() (s web.Status, err error) {
	return s, p.ask("status", nil, &s)
}

func (p *program) list(camera string, from time.Time) (s web.Segments, err error) {
	return s, p.ask("segments", url.Values{"camera": {camera}, "from": {footage.At(from).String()}}, &s)
}

// command is one of the program's commands.
func (p *program) command(args ...string) *exec.Cmd {
	return exec.Command(p.options.program, append(args, "--config", p.config())...)
}

// hold holds what a camera has recorded for the last span.
func (p *program) hold(camera string, span time.Duration) error {
	now := footage.At(time.Now())
	out, err := p.command("hold", "place", "--camera", camera, "--from", now.Add(-span).String(), "--to", now.String(),
		"--ground", "accident_likely", "--reason", "the soak keeps something for longer").CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 { // there is nothing to hold
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't place a hold: %w: %s", err, out)
	}
	return nil
}
