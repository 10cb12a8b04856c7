package configs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// pair writes a certificate and its key as PEM files.
func pair(t *testing.T, folder, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, name+".crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write(t, folder, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

func TestTLS(t *testing.T) {
	folder := t.TempDir()
	pair(t, folder, "a")
	pair(t, folder, "b")
	for files, want := range map[string]string{
		"cert: a.crt, key: a.key":    "",
		"cert: a.crt, key: b.key":    "sjudager.yaml:2: http.tls.cert: certificate and key are of no use: private key does not match",
		"cert: a.crt, key: none.key": "http.tls.key: there is no file " + folder + "/none.key",
		"key: a.key":                 "http.tls.cert: missing",
	} {
		c, err := Parse(filepath.Join(folder, "sjudager.yaml"), []byte(minimal+"http: {tls: {"+files+"}}"))
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v", files, err)
		case want == "" && c.HTTP.TLS != TLS{filepath.Join(folder, "a.crt"), filepath.Join(folder, "a.key")}:
			t.Error(c.HTTP.TLS)
		}
	}
}

// TestOddFiles points at what would keep a careless reader for ever.
func TestOddFiles(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "large", strings.Repeat("x", maxFile+1))
	for file, want := range map[string]string{
		"pipe":      "it is not a file",
		"/dev/zero": "it is not a file",
		"large":     "it is larger than 1MiB",
	} {
		_, err := Parse(filepath.Join(folder, "sjudager.yaml"), []byte(minimal+
			"cameras: [{id: k01, url: rtsp://user@192.0.2.10, enabled: false, password_file: "+file+"}]"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
		if _, err := Load(filepath.Join(folder, file)); file != "/dev/zero" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s as configuration: %v", file, err)
		}
	}
}

// TestStorage: authorities and secrets come from files, credentials or the
// environment.
func TestStorage(t *testing.T) {
	folder, credentials := t.TempDir(), t.TempDir()
	pair(t, folder, "ca")
	write(t, folder, "secret", "of-file\n")
	write(t, credentials, "s3-secret-key", "of-systemd\n")
	const some = "endpoint: https://s3.example.net, bucket: sjudager, "
	for _, c := range []struct {
		storage, env                      string
		access, secret, addressing, fault string
	}{
		{storage: "access_key: a, secret_key_file: secret", env: "AWS", access: "a", secret: "of-file", addressing: "auto"},
		{storage: "ca_file: ca.crt, addressing: virtual-host", env: "AWS", access: "of-env", secret: "of-env-too", addressing: "virtual-host"},
		{storage: "addressing: path", env: "AWS systemd", access: "of-env", secret: "of-systemd", addressing: "path"},
		{storage: "access_key: a", fault: "storage.secret_key_file: missing"},
		{storage: "secret_key_file: secret", fault: "storage.access_key: missing"},
		{storage: "ca_file: none.crt", env: "AWS", fault: "storage.ca_file: there is no file " + folder + "/none.crt"},
		{storage: "ca_file: ca.key", env: "AWS", fault: "storage.ca_file: " + folder + "/ca.key has no certificate in it"},
		{storage: "addressing: cellar", env: "AWS", fault: `storage.addressing: "cellar" is no addressing`},
		{storage: `endpoint: "http://a", bucket: abc, ca_file: ca.crt`, env: "AWS", fault: "storage.ca_file: the endpoint is http"},
	} {
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "CREDENTIALS_DIRECTORY"} {
			t.Setenv(name, "")
		}
		if strings.Contains(c.env, "AWS") {
			t.Setenv("AWS_ACCESS_KEY_ID", "of-env")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "of-env-too")
		}
		if strings.Contains(c.env, "systemd") {
			t.Setenv("CREDENTIALS_DIRECTORY", credentials)
		}
		if !strings.Contains(c.storage, "endpoint") {
			c.storage = some + c.storage
		}
		got, err := Parse(filepath.Join(folder, "sjudager.yaml"), []byte(minimal+"storage: {"+c.storage+"}"))
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v", c.storage, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.storage, err)
		case got.Storage.AccessKey != c.access || got.Storage.SecretKey.Reveal() != c.secret || string(got.Storage.Addressing) != c.addressing:
			t.Errorf("%s: %+v", c.storage, got.Storage)
		case (got.Storage.CA != "") != strings.Contains(c.storage, "ca_file"):
			t.Errorf("%s: the authority is %q", c.storage, got.Storage.CA)
		}
	}
}
