// Package rgwtest runs a real S3 server for tests: Ceph's RADOS Gateway, which
// large sites run, from Debian's packages. One monitor, one storage daemon that
// keeps everything in memory, and one gateway listen on free ports of the loopback
// interface; they are up in about a second, and several test binaries can each
// have their own at once.
//
// Known of this server (16.2): it verifies the SHA-256 that a request was signed
// with, ignores checksum headers, and accepts any region.
package rgwtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Server is a running server with one user.
type Server struct {
	Endpoint  string // http://127.0.0.1:port
	AccessKey string
	SecretKey string

	dir     string
	daemons []*exec.Cmd // in the order of their start
}

// patience is how long each part of a start may take on a busy machine.
const patience = 30 * time.Second

// Start starts a server. Its files are in a folder of its own, which Close
// removes.
func Start() (*Server, error) {
	for _, tool := range []string{"ceph-mon", "ceph-osd", "radosgw", "ceph", "monmaptool", "radosgw-admin"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: install it with apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common", err)
		}
	}
	// Between finding a free port and using it, another may take it.
	var err error
	for range 3 {
		var s *Server
		if s, err = start(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func start() (s *Server, err error) {
	dir, err := os.MkdirTemp("", "rgwtest")
	if err != nil {
		return nil, err
	}
	s = &Server{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	if err := s.configure(ports); err != nil {
		return nil, err
	}
	id := randomUUID()
	for _, command := range []string{
		"monmaptool --create --fsid " + id + " --addv a " + monitors(ports) + " monmap",
		"ceph-mon -i a --mkfs --monmap monmap",
		"& ceph-mon -i a -f",
		"ceph osd new " + id,
		"ceph-osd -i 0 --mkfs --osd-uuid " + id,
		"& ceph-osd -i 0 -f",
		"& radosgw -n client.admin -f",
	} {
		if background, ok := strings.CutPrefix(command, "& "); ok {
			err = s.daemon(background)
		} else {
			_, err = s.run(command)
		}
		if err != nil {
			return nil, err
		}
	}
	s.Endpoint = fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	if err := s.await(); err != nil {
		return nil, err
	}
	s.AccessKey, s.SecretKey, err = s.AddUser("sjudager")
	return s, err
}

// AddUser makes another user, who has no right to the buckets of the first.
func (s *Server) AddUser(name string) (accessKey, secretKey string, err error) {
	out, err := s.run("radosgw-admin user create --uid " + name + " --display-name " + name)
	if err != nil {
		return "", "", err
	}
	var user struct {
		Keys []struct {
			Access string `json:"access_key"`
			Secret string `json:"secret_key"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(out, &user); err != nil || len(user.Keys) == 0 {
		return "", "", fmt.Errorf("couldn't read the keys of user %s: %s", name, out)
	}
	return user.Keys[0].Access, user.Keys[0].Secret, nil
}

// Close stops the daemons, the last started first, and removes their files.
func (s *Server) Close() error {
	var errs []error
	for i := len(s.daemons) - 1; i >= 0; i-- {
		d := s.daemons[i]
		if err := d.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
		kill := time.AfterFunc(patience, func() { d.Process.Kill() })
		d.Wait() // how it ended does not matter any more
		kill.Stop()
	}
	s.daemons = nil
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

func monitors(ports []int) string {
	return fmt.Sprintf("[v2:127.0.0.1:%d,v1:127.0.0.1:%d]", ports[0], ports[1])
}

// configure writes the configuration and the keys.
//
// The paxos intervals make the start fast: every new pool, and a gateway makes
// eight, waits for the monitor's next proposal, by default a second. Without
// tcp_nodelay every list takes 40 ms, until the client's delayed acknowledgement.
func (s *Server) configure(ports []int) error {
	conf := `[global]
mon host = ` + monitors(ports) + `
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
keyring = ` + s.dir + `/keyring
mon data = ` + s.dir + `/mon
osd data = ` + s.dir + `/osd
run dir = ` + s.dir + `
admin socket =
log file = ` + s.dir + `/$name.log
mon data avail crit = 0
mon allow pool size one = true
paxos propose interval = 0.01
paxos min wait = 0.01
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd class update on start = false
rgw frontends = beast endpoint=127.0.0.1:` + fmt.Sprint(ports[2]) + ` tcp_nodelay=1
rgw thread pool size = 64
rgw num control oids = 1
rgw gc max objs = 3
rgw lc max objs = 3
rgw md log max shards = 1
rgw data log num shards = 1
rgw run sync thread = false
rgw dynamic resharding = false
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw gc processor max time = 5
`
	// A key is: type 1 (AES), when it was made, its length, its bytes.
	raw := append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0}, make([]byte, 16)...)
	rand.Read(raw[12:])
	key := "key = " + base64.StdEncoding.EncodeToString(raw) + "\n"
	keyring := "[mon.]\n" + key + "caps mon = \"allow *\"\n" +
		"[client.admin]\n" + key + "caps mon = \"allow *\"\ncaps osd = \"allow *\"\n" +
		"[osd.0]\n" + key + "caps mon = \"allow profile osd\"\ncaps osd = \"allow *\"\n"
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "ceph.conf"), []byte(conf), 0o600),
		os.WriteFile(filepath.Join(s.dir, "keyring"), []byte(keyring), 0o600),
		os.Mkdir(filepath.Join(s.dir, "mon"), 0o700),
		os.Mkdir(filepath.Join(s.dir, "osd"), 0o700))
}

func (s *Server) command(ctx context.Context, line string) *exec.Cmd {
	words := strings.Fields(line)
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "CEPH_CONF="+filepath.Join(s.dir, "ceph.conf"))
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
	out, err := os.Create(filepath.Join(s.dir, c.Args[0]+".out"))
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

// await waits until the gateway answers.
func (s *Server) await() error {
	deadline := time.Now().Add(patience)
	for {
		resp, err := http.Get(s.Endpoint)
		if err == nil {
			return resp.Body.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the gateway does not answer: %w%s", err, s.said())
		}
		time.Sleep(10 * time.Millisecond)
	}
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

func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
