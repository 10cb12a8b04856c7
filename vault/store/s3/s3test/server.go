// Package s3test runs real S3 servers for tests, each of which has its own view of
// what S3 is: Ceph's RADOS Gateway, which large sites run, from Debian's packages
// (StartRGW), and versitygw, which is strict where Ceph is lax, and speaks TLS
// (StartVersity). They listen on free ports of the loopback interface, are up in
// about a second, and several test binaries can each have their own at once.
//
// Both answer at a path (http://127.0.0.1:port/bucket) and at a virtual host
// (http://bucket.s3.localhost:port), a name that no resolver need know: whoever
// uses it dials the loopback interface.
package s3test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Domain is the name below which each bucket has a host.
const Domain = "s3.localhost"

// Server is a running server with one user.
type Server struct {
	Name      string // "rgw" or "versitygw"
	Endpoint  string // http://127.0.0.1:port, or https
	CA        string // PEM of the authority that an https server's certificate is from
	AccessKey string
	SecretKey string

	dir     string
	env     []string    // of every command, beside ours
	daemons []*exec.Cmd // in the order of their start
	addUser func(name string) (accessKey, secretKey string, err error)
}

// patience is how long each part of a start may take on a busy machine.
const patience = 30 * time.Second

// needs returns an error that says how to get a program that is not there.
func needs(program, install string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%w: install it with %s", err, install)
	}
	return nil
}

// start starts a server by the steps of up, which gets so many free ports. Its
// files are in a folder of its own, which Close removes.
func start(name string, ports int, up func(*Server, []int) error) (*Server, error) {
	// Between finding a free port and using it, another may take it.
	var err error
	for range 3 {
		s := &Server{Name: name}
		if s.dir, err = os.MkdirTemp("", name); err != nil {
			return nil, err
		}
		var free []int
		if free, err = freePorts(ports); err == nil {
			err = up(s, free)
		}
		if err == nil {
			return s, nil
		}
		err = errors.Join(err, s.Close())
	}
	return nil, err
}

// AddUser makes another user, who has no right to the buckets of the first.
func (s *Server) AddUser(name string) (accessKey, secretKey string, err error) {
	return s.addUser(name)
}

// Close kills the daemons, the last started first, and removes their files, which
// nobody needs any more. Asked to end they would wait for idle connections.
func (s *Server) Close() error {
	var errs []error
	for _, d := range slices.Backward(s.daemons) {
		if err := d.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
		d.Wait() // how it ended does not matter any more
	}
	s.daemons = nil
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

func (s *Server) command(ctx context.Context, line string) *exec.Cmd {
	words := strings.Fields(line)
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), s.env...)
	return c
}

// run runs a command to its end and returns what it printed.
func (s *Server) run(line string) ([]byte, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	c := s.command(ctx, line)
	var fault bytes.Buffer
	c.Stderr = &fault
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s%s", line, err, fault.Bytes(), s.said())
	}
	return out, nil
}

// daemon starts a command that runs until Close. It dies with us: a test binary
// that is killed leaves nothing running.
func (s *Server) daemon(line string) error {
	c := s.command(context.Background(), line)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := os.Create(filepath.Join(s.dir, filepath.Base(c.Args[0])+".out"))
	if err != nil {
		return err
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		return err
	}
	s.daemons = append(s.daemons, c)
	return nil
}

// await waits until the server answers.
func (s *Server) await() error {
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: x509.NewCertPool()},
	}}
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(s.CA))
	deadline := time.Now().Add(patience)
	for {
		resp, err := client.Get(s.Endpoint)
		if err == nil {
			return resp.Body.Close()
		}
		if time.Now().After(deadline) || s.ended() {
			return fmt.Errorf("the server does not answer: %w%s", err, s.said())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ended reports whether a daemon has given up, for want of its port say.
func (s *Server) ended() bool {
	for _, d := range s.daemons {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.Process.Pid))
		if err != nil || bytes.Contains(state, []byte(") Z ")) {
			return true
		}
	}
	return false
}

// said returns what the daemons have printed, for errors.
func (s *Server) said() string {
	var b strings.Builder
	for _, d := range s.daemons {
		out, _ := os.ReadFile(d.Stdout.(*os.File).Name())
		fmt.Fprintf(&b, "\n%s said:\n%s", d.Args[0], bytes.TrimSpace(out))
	}
	return b.String()
}

// freePorts returns TCP ports of the loopback interface that nothing uses.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
