package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
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
	p.copied(camera, from, to, letter)
	p.protected(camera, from, to, letter, refused)
}

// approver is somebody with an account who approves releases, in the pages.
func (p *program) approver() *visitor {
	t := p.t
	t.Helper()
	var invited web.Invited
	p.run("user", "add", "astrid", "--role", "approver", "--name", "Astrid Leder", "--json").document(t, &invited)
	v := newVisitor(t, "http://"+p.page, nil)
	page := v.follow(invited.Link, url.Values{"password": {goodPassword}, "again": {goodPassword}})
	if secret := regexp.MustCompile(`id="secret">([A-Z2-7]+)<`).FindStringSubmatch(page); secret != nil {
		code, err := totp.GenerateCode(secret[1], time.Now())
		if err != nil {
			t.Fatal(err)
		}
		v.post("/login/factor", url.Values{"code": {code}})
	}
	return v
}

// copied takes a copy all its way: a hold, a request, another person's approval, the
// package in a folder, what an expert does to check it, the receipt, the end of the hold,
// and our copy gone; and the ledger tells all of it.
func (p *program) copied(camera, from, to, letter string) {
	t := p.t
	t.Helper()
	var hold web.Hold
	p.run("hold", "place", "--camera", camera, "--from", from, "--to", to, "--ground", "police_requested", "--reason", "politiet har spurt etter opptaket", "--case", "12345678/26", "--json").document(t, &hold)
	var r web.Release
	p.run(append(demand(camera, from, to), "--how", "letter", "--hold", hold.Number, "--json")...).document(t, &r)
	v := p.approver()
	if status, body := v.read(v.client.Post(v.base+"/api/v1/releases/"+r.Number+"/approve", "application/json", strings.NewReader("{}"))); status != http.StatusOK {
		t.Fatalf("another person's approval: %d %s", status, body)
	}
	stick, err := os.MkdirTemp(p.dir, "stick")
	if err != nil {
		t.Fatal(err)
	}
	built := p.run("release", "export", r.Number, "--out", stick, "--json")
	if built.code != exitDone {
		t.Fatalf("%+v", built)
	}
	built.document(t, &r)
	own := r.Packages[0]
	if len(r.Parts) != 2 || own.Files == 0 || own.Key == "" || len(r.Paths) != 1 || !strings.HasSuffix(r.Paths[0], "_saknr-12345678-26") || filepath.Dir(own.Path) != stick {
		t.Fatalf("%+v", r)
	}
	folder := filepath.Join(own.Path, r.Paths[0])
	for _, command := range []string{
		"sha256sum --quiet --strict -c manifest-sha256.txt", "sha256sum --quiet --strict -c tagmanifest-sha256.txt",
		"openssl cms -verify -binary -inform DER -in signatur/tagmanifest.p7s -content tagmanifest-sha256.txt -CAfile signatur/kjede.pem -purpose any -out /dev/null",
		"echo " + own.Manifest.String() + " manifest-sha256.txt | sha256sum --quiet -c", // what the record and the ledger say
	} {
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir = folder
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s (apt-get install -y coreutils openssl): %v\n%s", command, err, said)
		}
	}
	p.says(t, []string{"verify", folder}, "")
	p.says(t, []string{"release", "deliver", r.Number, "--channel", "in_person", "--medium", "Kingston", "--serial", "K77", "--handed-by", "Ola", "--received-by", "Kari", "--where", "vaktrommet"}, "delivered")
	p.says(t, []string{"release", "receipt", r.Number, "--file", letter, "--archive", "perm 3"}, "receipted")
	p.run("hold", "show", hold.Number, "--json").document(t, &hold)
	if hold.Receipt == nil || hold.Closes != hold.Receipt.At.Add(holds.DeliveredAfter) {
		t.Errorf("after the receipt the hold closes at %s", hold.Closes)
	}
	p.says(t, []string{"hold", "close", hold.Number, "--why", "politiet har åpnet pakken", "--code", "delivered"}, "closed")
	p.says(t, []string{"release", "verified", r.Number, "--who", "Kari Nordmann"}, "found whole")
	eventually(t, 20*time.Second, "our copy is gone", func() bool { _, err := os.Lstat(own.Path); return os.IsNotExist(err) })
	p.says(t, []string{"release", "close", r.Number, "--note", "ferdig"}, "closed")
	p.says(t, []string{"release", "list", "--camera", camera, "--from", from, "--subject"}, r.Number)
	sheet := filepath.Join(t.TempDir(), "one.csv")
	p.says(t, []string{"release", "show", r.Number, "--format", "csv", "--out", sheet}, sheet)

	var log web.Log
	p.run("log", "show", "--kind", "released", "--json").document(t, &log)
	var acts []string
	for _, e := range log.Entries {
		if e.Fields["release"] == r.Number && e.Fields["act"] != string(release.Owe) {
			acts = append(acts, fmt.Sprint(e.Fields["act"]))
		}
	}
	if e := log.Entries; len(e) > 1 && e[0].Number > e[1].Number {
		slices.Reverse(acts)
	}
	if want := "requested approved export-begun exported delivered receipted hold-closing verified package-removed closed"; strings.Join(acts, " ") != want {
		t.Errorf("the ledger tells %v, want %s", acts, want)
	}
}

// protected makes a package with a password, which one person exports alone in an
// emergency, and takes it out of its ZIP file; it stays what it is when the key that
// signed it is another's by then.
func (p *program) protected(camera, from, to, letter string, refused func(int, string, ...string)) {
	t := p.t
	t.Helper()
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

	// It left while the authority was away, whose time stamp comes in a supplement.
	p.says(t, []string{"release", "deliver", copied.Number, "--channel", "in_person", "--medium", "Kingston", "--serial", "K78", "--handed-by", "Ola", "--received-by", "Kari", "--where", "vaktrommet"}, "delivered")
	p.stamped(copied.Number, copied)
}
