package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sjudager/sjudager/web"
)

// demand are the options of a demand of the police.
func demand(camera, from, to string) []string {
	return []string{"release", "new", "--basis", "police_demand", "--recipient", "police", "--organisation", "Oslo politidistrikt", "--how", "phone",
		"--name", "Kari Nordmann", "--service", "P1234", "--contact", "02800", "--identity", "ringte tilbake", "--case", "12345678/26",
		"--concerns", "slagsmål i køen", "--purpose", "etterforskning", "--camera", camera, "--from", from, "--to", to}
}

// releases has footage asked for, corrected, approved, refused and searched, as the
// commands tell it.
func (p *program) releases(camera, from, to string) {
	t := p.t
	t.Helper()
	refused := func(code int, want string, args ...string) {
		t.Helper()
		if r := p.run(args...); r.code != code || !strings.Contains(r.stderr, want) {
			t.Errorf("%v ended with %d: %s", args, r.code, r.stderr)
		}
	}
	refused(exitRefused, "R67", append(demand(camera, from, to), "--recipient", "press")...)
	refused(exitUsage, "--purpose is missing", append(demand(camera, from, to), "--purpose", "")...)
	refused(exitUsage, "case number", append(demand(camera, from, to), "--case", "1")...)
	p.says(t, []string{"release", "preview", "--camera", camera, "--from", from, "--to", to}, "there", "2 segments, ", "the first of it goes")
	refused(exitNothing, "no footage", "release", "preview", "--camera", camera, "--from", "2020-01-01T10:00:00Z", "--to", "2020-01-01T11:00:00Z")
	var r web.Release
	p.run(append(demand(camera, from, to), "--json")...).document(t, &r)
	refused(exitRefused, "only by an approved release", "release", "export", r.Number)
	p.says(t, []string{"release", "correct", r.Number, "--why", "hørt feil", "--service", "P4321"}, "P4321", "version 2", "Kari Nordmann")
	refused(exitUsage, "nothing is corrected", "release", "correct", r.Number, "--why", "hørt feil")
	p.says(t, []string{"release", "approve", r.Number}, "approved", "attach the written request")
	refused(exitRefused, "another person", "release", "export", r.Number) // R68
	letter := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(letter, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.says(t, []string{"release", "attach", r.Number, "--file", letter, "--archive", "perm 3"}, "approved")
	p.says(t, []string{"release", "refuse", r.Number, "--why", "politiet trengte det ikke likevel"}, "refused", "because")
	p.says(t, []string{"release", "show", r.Number}, "Police demand", "etterforskning")
	p.says(t, []string{"release", "list", "--case", "12345678/26"}, r.Number, "refused", "Oslo politidistrikt")
	p.says(t, []string{"release", "list", "--camera", camera, "--from", from, "--subject"}, "no releases")
	p.says(t, []string{"release", "choices"}, "police_demand", "--channel", "in_person")
	for _, format := range []string{"csv", "pdf"} {
		out := filepath.Join(t.TempDir(), "log."+format)
		p.says(t, []string{"release", "list", "--format", format, "--out", out}, out)
		if b, err := os.ReadFile(out); err != nil || format == "csv" && !strings.Contains(string(b), r.Number) || format == "pdf" && !strings.HasPrefix(string(b), "%PDF-") {
			t.Errorf("%s: %.40q %v", out, b, err)
		}
	}
	// What is shown here, by one person in an emergency; the review is another's.
	var shown web.Release
	p.run(append(demand(camera, from, to), "--kind", "viewing", "--how", "letter", "--json")...).document(t, &shown)
	p.says(t, []string{"release", "approve", shown.Number, "--emergency", "et barn er borte, og ingen andre er her"}, "alone in an emergency", "another reviews it")
	p.says(t, []string{"release", "deliver", shown.Number, "--channel", "on_site", "--handed-by", "Ola", "--received-by", "Kari", "--where", "vaktrommet"}, "delivered", "Shown on site")
	refused(exitRefused, "R68", "release", "review", shown.Number, "--note", "greit")
	p.says(t, []string{"release", "receipt", shown.Number, "--file", letter, "--archive", "perm 3"}, "receipted")
	refused(exitRefused, "R68", "release", "close", shown.Number)
	refused(exitRefused, "no package", "release", "verified", shown.Number, "--who", "Kari")
	refused(exitRefused, "no password", "release", "password", shown.Number)
	refused(exitNothing, "U-2020-0001", "release", "show", "U-2020-0001")

	// The whole way of a copy, by one person in an emergency.
	var copied web.Release
	p.run(append(demand(camera, from, to), "--how", "letter", "--json")...).document(t, &copied)
	p.says(t, []string{"release", "approve", copied.Number, "--emergency", "et barn er borte, og ingen andre er her"}, "alone in an emergency")
	p.run("release", "export", copied.Number, "--password", "--json").document(t, &copied)
	if n := len(copied.Packages); n != 1 || len(copied.Parts) != 2 || copied.Packages[0].Files == 0 || copied.Packages[0].Key == "" {
		t.Fatalf("%+v", copied)
	}
	folders, err := filepath.Glob(filepath.Join(copied.Packages[0].Path, "U-*_saknr-12345678-26"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("%v %v", folders, err)
	}
	password := strings.TrimSpace(p.run("release", "password", copied.Number).out)
	parts, err := filepath.Glob(filepath.Join(folders[0], "*_zip1av1.zip"))
	if err != nil || len(parts) != 1 {
		t.Fatalf("%v %v", parts, err)
	}
	unpacked := t.TempDir()
	if out, err := exec.Command("7z", "x", "-p"+password, "-o"+unpacked, parts[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v: apt-get install -y p7zip-full\n%s", err, out)
	}
	p.says(t, []string{"verify", filepath.Join(unpacked, filepath.Base(folders[0]))}, copied.Packages[0].Key)

	// The key that signed it, and the one after it.
	p.says(t, []string{"keys", "show"}, copied.Packages[0].Key, "our own")
	p.says(t, []string{"keys", "request"}, "BEGIN CERTIFICATE REQUEST")
	refused(exitUsage, "--yes", "keys", "rotate")
	p.says(t, []string{"keys", "rotate", "--yes"}, "signing key 2", "earlier key 1, destroyed\n  "+copied.Packages[0].Key)
	refused(exitUsage, "no certificate", "keys", "use", letter)
	p.says(t, []string{"log", "show", "--kind", "package-keys"}, strings.ReplaceAll(copied.Packages[0].Key, " ", ""))
	p.says(t, []string{"verify", filepath.Join(unpacked, filepath.Base(folders[0]))}, copied.Packages[0].Key)
	p.says(t, []string{"release", "deliver", copied.Number, "--channel", "in_person", "--medium", "Kingston", "--serial", "K77", "--handed-by", "Ola", "--received-by", "Kari", "--where", "vaktrommet"}, "delivered")
	p.says(t, []string{"release", "receipt", copied.Number, "--file", letter, "--archive", "perm 3"}, "receipted")
	p.says(t, []string{"release", "verified", copied.Number, "--who", "Kari Nordmann"}, "found whole")
	eventually(t, 10*time.Second, "our copy is gone", func() bool { _, err := os.Lstat(copied.Packages[0].Path); return os.IsNotExist(err) })
	p.says(t, []string{"release", "list", "--camera", camera, "--from", from, "--subject"}, copied.Number)
}
