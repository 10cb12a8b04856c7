package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/sjudager/sjudager/web"
)

// authority is openssl as a time stamping authority, which is away until it is opened.
type authority struct {
	*httptest.Server
	open atomic.Bool
	root string // its certificate, in PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	need(t, "openssl", "openssl")
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	openssl := func(args ...string) []byte {
		var said bytes.Buffer
		cmd := exec.Command("openssl", args...)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("openssl %v: %v\n%s", args, err, &said)
		}
		return out
	}
	if err := os.WriteFile(at("tsa.cnf"), fmt.Appendf(nil, `[req]
distinguished_name = dn
prompt = no
x509_extensions = ext
[dn]
CN = Test TSA
[ext]
basicConstraints = critical, CA:true
extendedKeyUsage = critical, timeStamping
[one]
serial = %s
signer_cert = %s
certs = %[2]s
signer_key = %s
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`, at("serial"), at("tsa.crt"), at("tsa.key")), 0o600); err != nil {
		t.Fatal(err)
	}
	openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("tsa.key"), "-out", at("tsa.crt"), "-days", "2", "-config", at("tsa.cnf"))
	a := &authority{root: at("tsa.crt")}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil && a.open.Load() {
			err = os.WriteFile(at("query"), query, 0o600)
		}
		if err != nil || !a.open.Load() {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.Write(openssl("ts", "-reply", "-queryfile", at("query"), "-config", at("tsa.cnf"), "-section", "one"))
	}))
	t.Cleanup(a.Close)
	return a
}

// stamped lets a package leave while the authority is away, brings its time stamp in a
// supplement, and has openssl judge that.
func (p *program) stamped(number string, first web.Release) {
	t := p.t
	t.Helper()
	var r web.Release
	p.authority.open.Store(true)
	p.run("release", "export", number, "--stamp", fmt.Sprint(len(first.Packages)), "--json").document(t, &r)
	if len(r.Packages) != len(first.Packages)+1 || len(r.Paths) != 1 {
		t.Fatalf("no supplement: %+v", r)
	}
	own := r.Packages[len(r.Packages)-1]
	folder := filepath.Join(own.Path, r.Paths[0])
	p.says(t, []string{"verify", folder}, own.Key)
	token, err := filepath.Glob(filepath.Join(folder, "data", "tillegg", "*.tsr"))
	if err != nil || len(token) != 1 {
		t.Fatalf("%v %v", token, err)
	}
	signature, err := filepath.Glob(filepath.Join(folder, "data", "tillegg", "*.p7s"))
	if err != nil || len(signature) != 1 {
		t.Fatalf("%v %v", signature, err)
	}
	if said, err := exec.Command("openssl", "ts", "-verify", "-data", signature[0], "-in", token[0], "-CAfile", p.authority.root).CombinedOutput(); err != nil {
		t.Errorf("openssl ts: %v\n%s", err, said)
	}
}
