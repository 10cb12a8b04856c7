package rgwtest

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestStart(t *testing.T) {
	a, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Start() // another test binary's
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Server{a, b} {
		resp, err := http.Get(s.Endpoint)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(body), "ListAllMyBucketsResult") {
			t.Errorf("%s is no S3 server: %v, %s", s.Endpoint, err, body)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if s.AccessKey == "" || s.SecretKey == "" {
			t.Error("the user has no keys")
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(a.Endpoint); err == nil {
		t.Error("it still answers after Close")
	}
	if _, err := os.Stat(a.dir); !os.IsNotExist(err) {
		t.Errorf("Close left %s: %v", a.dir, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Start(); err == nil || !strings.Contains(err.Error(), "apt-get install -y --no-install-recommends radosgw") {
		t.Errorf("the error has no command: %v", err)
	}
}
