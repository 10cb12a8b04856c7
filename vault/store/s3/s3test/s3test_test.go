package s3test

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestStart(t *testing.T) {
	for name, start := range map[string]func() (*Server, error){"rgw": StartRGW, "versitygw": StartVersity, "versitygw with TLS": StartVersityTLS} {
		t.Run(name, func(t *testing.T) {
			a, err := start()
			if err != nil {
				t.Fatal(err)
			}
			b, err := start() // another test binary's
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []*Server{a, b} {
				if err := s.await(); err != nil {
					t.Error(err)
				}
				if s.AccessKey == "" || s.SecretKey == "" {
					t.Error("the user has no keys")
				}
				if key, secret, err := s.AddUser("guest"); err != nil || key == s.AccessKey || secret == s.SecretKey {
					t.Errorf("another user is %s, %v", key, err)
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
		})
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := StartRGW(); err == nil || !strings.Contains(err.Error(), "apt-get install -y --no-install-recommends radosgw") {
		t.Errorf("the error has no command: %v", err)
	}
	if _, err := StartVersity(); err == nil || !strings.Contains(err.Error(), "go install github.com/versity/versitygw/cmd/versitygw@") {
		t.Errorf("the error has no command: %v", err)
	}
}
