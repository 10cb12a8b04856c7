package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSecretsStayHidden prints a configuration in every way there is. Its three
// secrets all contain "hunter2" or "pass".
func TestSecretsStayHidden(t *testing.T) {
	c, err := Load(example(t))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	type unexported struct {
		storage Storage
		camera  Camera
		secret  Secret
	}
	for _, v := range []any{
		c, *c, c.Storage, *c.Storage, c.Storage.SecretKey, &c.Storage.SecretKey, c.Cameras, c.Cameras[0], c.Cameras[0].URL, c.Cameras[1].URL,
		unexported{*c.Storage, c.Cameras[1], c.Storage.SecretKey},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v, slog.Group("g", "v", v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v, slog.Group("g", "v", v))
	}
	for _, secret := range []string{"s3-hunter2", "cam/hunter2", "hunter2", "pass/word", "pass%2Fword"} {
		for _, s := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
			if strings.Contains(out.String(), s) {
				t.Errorf("%q was printed", secret)
			}
		}
	}
	if !strings.Contains(out.String(), "rtsps://sjudager@192.0.2.11/stream1") || !strings.Contains(out.String(), "[hidden]") {
		t.Error("nothing was printed")
	}
	if got := c.Storage.SecretKey.Reveal(); got != "s3-hunter2" {
		t.Error(got)
	}
	if got := c.Cameras[0].RTSPURL(); got != "rtsp://sjudager:cam%2Fhunter2@192.0.2.10:554/stream1" {
		t.Error(got)
	}
}

func TestURL(t *testing.T) {
	for text, shown := range map[string]string{
		"rtsp://192.0.2.10":                                         "rtsp://192.0.2.10",
		"RTSP://camera.example.no/a%40b":                            "rtsp://camera.example.no/a%40b",
		"rtsp://[2001:db8::1]:8554/s":                               "rtsp://[2001:db8::1]:8554/s",
		"rtsp://u:p%40ss@192.0.2.10:554/Streaming/Channels/101":     "rtsp://u@192.0.2.10:554/Streaming/Channels/101",
		"rtsp://u:p@192.0.2.10/cam?channel=1&subtype=0":             "rtsp://u@192.0.2.10/cam...",
		"rtsp://192.0.2.10/user=admin&password=hunter2&channel=1":   "rtsp://192.0.2.10/user...",
		"rtsp://192.0.2.10/user=admin_password=hunter2_stream0.sdp": "rtsp://192.0.2.10/user...",
	} {
		var u URL
		if err := u.UnmarshalText([]byte(text)); err != nil || u.String() != shown {
			t.Errorf("%s: shown as %v, %v", text, u, err)
		}
		full := Camera{URL: u}.RTSPURL()
		if rest, ok := strings.CutPrefix(text, "RTSP"); full != text && (!ok || full != "rtsp"+rest) {
			t.Errorf("%s became %s", text, full)
		}
	}
	if got := fmt.Sprint(URL{}, Secret{}, Camera{}.RTSPURL()); strings.TrimSpace(got) != "" {
		t.Errorf("no address is shown as %q", got)
	}
}

// TestEqual compares cameras, passwords included: the recorder restarts those that
// differ.
func TestEqual(t *testing.T) {
	path := example(t)
	load := func() *Config {
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b := load(), load()
	if !reflect.DeepEqual(a.Cameras[0], b.Cameras[0]) || a.Storage.SecretKey != b.Storage.SecretKey {
		t.Error("the same settings differ")
	}
	write(t, filepath.Dir(path), "k01.password", "another")
	if c := load(); reflect.DeepEqual(c.Cameras[0], a.Cameras[0]) || !reflect.DeepEqual(c.Cameras[1], a.Cameras[1]) {
		t.Error("another password makes no difference")
	}
}

// TestFaultsHideSecrets damages a file with one slip of the pen after another;
// whatever it becomes, no fault and no printed configuration shows the password.
func TestFaultsHideSecrets(t *testing.T) {
	data, err := os.ReadFile("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const password = "Zq9Kw"
	text := strings.ReplaceAll(string(data), "pass%2Fword", password)
	folder := filepath.Dir(example(t))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(strings.Index(text, password)-80, strings.Index(text, password)+60).Draw(t, "at")
		cut := rapid.IntRange(0, 4).Draw(t, "cut")
		slip := rapid.SampledFrom([]string{"", " ", "\n", "\t", "#", "/", "?", "%", "*", "&", "!", "'", "\"", "{", "[", "- ", ": ", "@", "\n    id: ", "x"}).Draw(t, "slip")
		damaged := text[:at] + slip + text[at+cut:]
		if !strings.Contains(damaged, password) {
			return
		}
		c, err := Parse(filepath.Join(folder, "sjudager.yaml"), []byte(damaged))
		if err != nil && strings.Contains(err.Error(), password) {
			t.Fatalf("%v", err)
		}
		if c != nil {
			if shown, _ := json.Marshal(c.Cameras); bytes.Contains(shown, []byte(password)) {
				t.Fatalf("%s", shown)
			}
		}
	})
}
