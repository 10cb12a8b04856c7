package handover

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

func check(t testing.TB, path string, o verify.Options) verify.Report {
	t.Helper()
	report, err := verify.Folder(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func text(t testing.TB, report verify.Report) string {
	t.Helper()
	var b bytes.Buffer
	report.Text(&b, false)
	return b.String()
}

func TestPackage(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Release.State, in.Clock = release.Approved, clockFacts
	result := r.build(in)
	fingerprint := in.Keys.Fingerprint()
	report := check(t, result.Path, verify.Options{Fingerprint: &fingerprint, Manifest: result.Manifest})
	if !report.OK || report.Masters != 3 || report.Ledger.Entries < 4 {
		t.Fatalf("%+v\n%s", report.Ledger, text(t, report))
	}
	files := tree(t, result.Path)
	r.judgePapers(in, result.Path)
	t.Run("expert", func(t *testing.T) { judge(t, result.Path, files, in.Keys) })
}

// What only a freeze keeps is in a package that the privacy role makes, and in no other
// (R34).
func TestFrozen(t *testing.T) {
	r := newRig(t)
	r.frozen = true
	in := r.story()
	if _, err := Build(context.Background(), in); !errors.Is(err, ErrNothing) {
		t.Errorf("%v", err)
	}
	in.Viewer = footage.Privacy
	in.Release.Basis, in.Release.Recipient = release.SubjectCopy, Recipient{Kind: release.DataSubject, Name: "Kari Nordmann"}
	if report := check(t, r.build(in).Path, verify.Options{}); !report.OK || report.Masters != 3 {
		t.Error(text(t, report))
	}
}

// commands are those in a text.
func commands(text []byte) (all []string) {
	for line := range bytes.Lines(text) {
		if command, ok := strings.CutPrefix(strings.TrimRight(string(line), "\r\n"), "$ "); ok {
			all = append(all, command)
		}
	}
	return all
}

// judge runs what VERIFISERING_EKSPERT.txt says, as it stands.
func judge(t *testing.T, path string, files map[string][]byte, keys *Keys) {
	t.Helper()
	text := files[expertFile]
	all := commands(text)
	for _, command := range all {
		out := toolIn(t, path, "coreutils openssl", "bash", "-o", "pipefail", "-e", "-c", command)
		if strings.HasSuffix(command, "-outform DER | sha256sum") {
			if want := strings.ReplaceAll(keys.Fingerprint().String(), " ", ""); !strings.Contains(out, want) {
				t.Errorf("openssl finds the fingerprint %s, not %s", out, want)
			}
		} else if strings.HasPrefix(command, "find") && out != "" {
			t.Errorf("other files: %s", out)
		}
	}
	if len(all) != 11 {
		t.Errorf("%d commands", len(all))
	}
	program := filepath.Join(t.TempDir(), "onvif.py")
	write(t, program, between(t, text, "-----BEGIN PYTHON-----", "-----END PYTHON-----"))
	args := []string{program}
	for name := range files {
		if strings.HasSuffix(name, ".mp4") && strings.HasPrefix(name, "data/video/") {
			args = append(args, name)
		}
	}
	out := toolIn(t, path, "python3", "python3", args...)
	if strings.Count(out, "OK ") != len(args)-1 {
		t.Error(out)
	}
	for _, name := range []string{"LEDGER", "MEDIA"} {
		program := filepath.Join(t.TempDir(), name+".py")
		write(t, program, between(t, text, "-----BEGIN "+name+"-----", "-----END "+name+"-----"))
		toolIn(t, path, "python3", "python3", program)
	}
}
