package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

func (r *rig) notary(o func() Outlets) *Notary {
	return &Notary{Index: r.index, Key: r.key, Outlets: o, Now: r.now, Log: slog.New(slog.DiscardHandler)}
}

func (r *rig) step(y *Notary) {
	r.Helper()
	if err := y.Step(context.Background()); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) checkpoints() (n int) { return r.right().Checkpoints }

// R103: at least hourly.
func TestHourly(t *testing.T) {
	r := newRig(t)
	y := r.notary(func() Outlets { return Outlets{} })
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {time.Minute, 1}, {58 * time.Minute, 1}, {time.Minute, 2}, {10 * time.Hour, 3}, {time.Second, 3}, {-24 * time.Hour, 4}} {
		r.wait(c.wait)
		r.step(y)
		if got := r.checkpoints(); got != c.want {
			t.Errorf("%v later there are %d checkpoints, want %d", c.wait, got, c.want)
		}
	}
	if y.Alarms() != nil {
		t.Error(y.Alarms())
	}
}

// R104: once a day, tried again with pauses that grow, and an alarm meanwhile.
func TestDaily(t *testing.T) {
	r := newRig(t)
	out := filepath.Join(t.TempDir(), "share")
	y := r.notary(func() Outlets { return Outlets{Dir: out} })
	r.step(y)
	alarms := y.Alarms()
	if len(alarms) != 1 || alarms[0].Code != footage.AlarmCheckpoint || alarms[0].Since != footage.At(r.now()) || !strings.Contains(alarms[0].Detail, out) {
		t.Errorf("%+v", alarms)
	}
	files := func() []string {
		t.Helper()
		entries, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	r.wait(59 * time.Second)
	r.step(y)
	if len(files()) != 0 || len(y.Alarms()) != 1 {
		t.Error("tried again at once")
	}
	r.wait(time.Second)
	r.step(y)
	if got := files(); len(got) != 1 || got[0] != "checkpoint-2026-07-04-2.txt" || len(y.Alarms()) != 0 {
		t.Errorf("%v, %v", got, y.Alarms())
	}
	r.wait(23 * time.Hour)
	r.step(y)
	if len(files()) != 1 {
		t.Error("twice a day")
	}
	r.wait(time.Hour)
	r.step(y)
	got := files()
	if len(got) != 2 {
		t.Fatalf("%v", got)
	}
	var notes [][]byte
	for _, name := range got {
		text, err := ReadOutside(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		notes = append(notes, text)
	}
	if report := r.verify(VerifyOptions{Outside: notes, Key: r.key.Verifier()}); len(report.Faults) > 0 || report.Outside != 2 {
		t.Errorf("%+v", report)
	}
	sent := r.tell(r.right().Entries - 1)
	if sent.Kind != CheckpointSent || sent.Text("way") != "dir" || sent.Texts["to"].Text != out {
		t.Errorf("%+v", sent)
	}

	// A way that is given up takes its alarm along.
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	r.wait(24 * time.Hour)
	r.step(y)
	if len(y.Alarms()) != 1 {
		t.Error("no alarm")
	}
	y.Outlets = func() Outlets { return Outlets{} }
	r.step(y)
	if len(y.Alarms()) != 0 {
		t.Error(y.Alarms())
	}
}

// A restored older index is noticed at the start, by what lies outside.
func TestRestoredIndexRaisesAlarm(t *testing.T) {
	r := newRig(t)
	out := t.TempDir()
	outlets := func() Outlets { return Outlets{Dir: out} }
	r.step(r.notary(outlets))
	backup, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	r.wait(24 * time.Hour)
	for range 3 {
		r.append(sample(HoldPlaced))
	}
	r.step(r.notary(outlets))
	again := r.notary(outlets)
	r.step(again)
	if len(again.Alarms()) != 0 {
		t.Fatal(again.Alarms())
	}
	if err := errors.Join(r.index.Close(), os.WriteFile(r.path, backup, 0o600)); err != nil {
		t.Fatal(err)
	}
	r.open()
	restored := r.notary(outlets)
	r.step(restored)
	alarms := restored.Alarms()
	if len(alarms) != 1 || alarms[0].Code != footage.AlarmLedger || !strings.Contains(alarms[0].Detail, "older copy") {
		t.Errorf("%+v", alarms)
	}
}

func TestRunEnds(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.notary(func() Outlets { return Outlets{} }).Run(ctx) }()
	for deadline := time.Now().Add(10 * time.Second); ; {
		var found bool
		if err := r.index.View(func(tx *index.Tx) (err error) { _, found, err = LastCheckpoint(tx); return err }); err != nil || time.Now().After(deadline) {
			t.Fatalf("no checkpoint: %v", err)
		}
		if found {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}

// relay is a mail server that takes one mail.
func relay(t *testing.T) (addr string, mail <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	took := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewScanner(conn)
		fmt.Fprint(conn, "220 relay\r\n")
		for in.Scan() {
			switch verb := strings.ToUpper(strings.Fields(in.Text() + " -")[0]); verb {
			case "EHLO", "MAIL", "RCPT":
				fmt.Fprint(conn, "250 ok\r\n")
			case "DATA":
				fmt.Fprint(conn, "354 go on\r\n")
				var b strings.Builder
				for in.Scan() && in.Text() != "." {
					b.WriteString(in.Text() + "\r\n")
				}
				took <- b.String()
				fmt.Fprint(conn, "250 taken\r\n")
			case "QUIT":
				fmt.Fprint(conn, "221 bye\r\n")
				return
			}
		}
	}()
	return l.Addr().String(), took
}

// The checkpoint that a mail carries is the very bytes that were signed.
func TestMail(t *testing.T) {
	r := newRig(t)
	addr, took := relay(t)
	y := r.notary(func() Outlets { return Outlets{Mail: Mail{addr, "sjudager@example.no", "personvern@example.no"}} })
	r.step(y)
	if a := y.Alarms(); len(a) > 0 {
		t.Fatal(a)
	}
	m, err := mail.ReadMessage(strings.NewReader(<-took))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || m.Header.Get("To") != "personvern@example.no" {
		t.Fatalf("%v, %v", m.Header, err)
	}
	var bodies []string
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(b))
		if len(bodies) == 2 && p.FileName() != "checkpoint-2026-07-04-2.txt" {
			t.Error(p.FileName())
		}
	}
	if len(bodies) != 2 || !strings.Contains(bodies[0], "kontrollpunkt") {
		t.Fatalf("%q", bodies)
	}
	if report := r.verify(VerifyOptions{Outside: [][]byte{[]byte(bodies[1])}}); report.Outside != 1 {
		t.Errorf("%+v", report)
	}

	// A relay that is away, and one that says nothing.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	for _, addr := range []string{silent.Addr().String(), "127.0.0.1:1"} {
		if err := (Mail{addr, "a@example.no", "b@example.no"}).send(ctx, Checkpoint{At: start}); err == nil {
			t.Errorf("sent by %s", addr)
		}
	}
}

func openssl(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatalf("%v: apt-get install -y openssl", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl %v: %v: %s%s", args, err, out, &stderr)
	}
	return out
}

// An authority that is openssl stamps the checkpoint, and openssl verifies what was
// kept.
func TestStamp(t *testing.T) {
	r := newRig(t)
	folder, out := t.TempDir(), t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(at("tsa.cnf"), fmt.Appendf(nil, `[req]
distinguished_name = dn
prompt = no
x509_extensions = ext
[dn]
CN = Test TSA
[ext]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = one
[one]
serial = %s
signer_cert = %s
certs = %s
signer_key = %s
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`, at("serial"), at("tsa.crt"), at("tsa.crt"), at("tsa.key")), 0o600); err != nil {
		t.Fatal(err)
	}
	openssl(t, nil, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("tsa.key"), "-out", at("tsa.crt"), "-days", "2", "-config", at("tsa.cnf"))
	lie := false
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		query, err := io.ReadAll(q.Body)
		if err != nil || q.Header.Get("Content-Type") != "application/timestamp-query" {
			t.Errorf("%v, %v", err, q.Header)
		}
		if lie {
			if err := os.WriteFile(at("other"), []byte("something else"), 0o600); err != nil {
				t.Error(err)
			}
			query = openssl(t, nil, "ts", "-query", "-data", at("other"), "-sha256", "-cert")
		}
		if err := os.WriteFile(at("query"), query, 0o600); err != nil {
			t.Error(err)
		}
		w.Write(openssl(t, nil, "ts", "-reply", "-queryfile", at("query"), "-config", at("tsa.cnf"), "-section", "one"))
	}))
	defer authority.Close()

	y := r.notary(func() Outlets { return Outlets{Dir: out, TSA: authority.URL} })
	r.step(y)
	if a := y.Alarms(); len(a) > 0 {
		t.Fatal(a)
	}
	name := filepath.Join(out, "checkpoint-2026-07-04-2")
	if said := openssl(t, nil, "ts", "-verify", "-data", name+".txt", "-in", name+".tsr", "-CAfile", at("tsa.crt")); !bytes.Contains(said, []byte("OK")) {
		t.Errorf("%s", said)
	}
	r.right()

	lie = true
	r.wait(24 * time.Hour)
	r.step(y)
	if a := y.Alarms(); len(a) != 1 || !strings.Contains(a[0].Detail, "something else") {
		t.Errorf("a stamp of something else: %v", a)
	}
	authority.Close()
	r.wait(24 * time.Hour)
	r.step(y)
	if a := y.Alarms(); len(a) != 1 || !strings.Contains(a[0].Detail, "couldn't ask") {
		t.Errorf("no authority: %v", a)
	}
	r.right()
}
