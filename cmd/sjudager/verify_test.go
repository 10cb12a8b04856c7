package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// Whatever is no package is doubtful, and the command says so in text and in JSON.
func TestVerifyCommand(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "video.mp4"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want int
		says string
	}{
		{[]string{folder}, exitInvalid, "THE PACKAGE IS NOT AS IT MUST BE"},
		{[]string{folder, "--json"}, exitInvalid, `"ok": false`},
		{[]string{folder, "--fingerprint", "abc"}, exitUsage, ""},
		{[]string{filepath.Join(folder, "none")}, exitFailed, ""},
		{nil, exitUsage, ""},
	} {
		var out, complaints bytes.Buffer
		if got := run(console{&out, &complaints, time.Now}, append([]string{"verify"}, c.args...)); got != c.want || !strings.Contains(out.String(), c.says) {
			t.Errorf("verify %q: %d, not %d\n%s%s", c.args, got, c.want, &out, &complaints)
		}
		var report verify.Report
		if len(c.args) == 2 && json.Unmarshal(out.Bytes(), &report) != nil {
			t.Errorf("not one JSON document: %s", &out)
		}
	}
}
