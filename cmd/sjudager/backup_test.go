package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// operator makes the operator's pair of keys with age-keygen's help.
func operator(t *testing.T) (identity, recipient string) {
	t.Helper()
	need(t, "age-keygen", "age")
	identity = filepath.Join(t.TempDir(), "operator.key")
	if out, err := exec.Command("age-keygen", "-o", identity).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("age-keygen", "-y", identity).Output()
	if err != nil {
		t.Fatal(err)
	}
	return identity, strings.TrimSpace(string(out))
}

// A backup from before footage was held, freed, recorded and deleted, restored: the
// hold that was placed since lives, the one that was closed since does not, what has
// been recorded since is there, and what has gone since does not show (R37).
func TestRestoreR37(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	identity, recipient := operator(t)
	cameras := startFarm(t, camera)
	s := setup{
		retention: "keep: 20s, hold: 10m", recorder: "segment: 2s", cameras: map[string]string{camera: cameras.URL(camera)},
		backup: "recipient: " + recipient + ", dir: backups",
	}
	p := install(t, s)
	p.start()
	eventually(t, 30*time.Second, "five segments", func() bool { return len(p.segments(camera).Segments) >= 5 })
	had := p.segments(camera).Segments
	closed := p.place(had[0])
	file := filepath.Join(p.dir, "before.tar.age")
	p.run("backup", "--out", file).ends(t, 0, file)

	p.run("hold", "close", closed, "--why", "not needed").ends(t, 0)
	later := p.place(had[2])
	waitUntil(t, had[4].Start.Add(22*time.Second))
	eventually(t, 20*time.Second, "everything but what is held is gone", func() bool {
		left := p.segments(camera).Segments
		return left[0].ID == had[2].ID && left[1].Start > had[4].Start
	})
	since := p.segments(camera).Segments
	p.run("restore", "--identity", identity, file).ends(t, 4, "is running")
	p.stop()
	p.run("restore", "--identity", identity, file).ends(t, 4, "not lost", "--replace")
	if err := os.Remove(filepath.Join(p.dataDir(), "index.db")); err != nil {
		t.Fatal(err)
	}
	other, _ := operator(t)
	p.run("restore", "--identity", other, file).ends(t, 1, "no key opens it")
	p.run("restore", "--identity", identity, file).ends(t, 0, "the hold "+later+" is in force", "the hold "+closed+" has ended")
	p.start()
	now := p.segments(camera).Segments
	shown := func(id footage.SegmentID) bool {
		return slices.ContainsFunc(now, func(s web.Segment) bool { return s.ID == id })
	}
	for i, was := range had[:5] {
		if shown(was.ID) != (i == 2) {
			t.Errorf("%s is shown: %v", was.ID, shown(was.ID))
		}
	}
	p.same(since[:1])
	var h web.Hold
	p.run("hold", "show", "--json", closed).document(t, &h)
	if h.State != holds.Closed {
		t.Errorf("%s is %s", closed, h.State)
	}
	if next := p.place(had[2]); next != "H-"+later[2:6]+"-0003" {
		t.Errorf("the next hold is %s", next)
	}
	p.run("check", "--deep").ends(t, 0, "0 findings")
	since = p.segments(camera).Segments
	p.stop()
	// With --replace an index that lives is moved aside.
	p.run("restore", "--identity", identity, "--replace", file).ends(t, 0, "is in force")
	if aside, err := filepath.Glob(filepath.Join(p.dataDir(), "index.db.replaced-*")); err != nil || len(aside) == 0 {
		t.Errorf("the old index has gone: %v", err)
	}
	p.start()
	p.same(since[:1])
	p.run("log", "verify").ends(t, 0)
}

// Backups are made by themselves, the oldest goes, what is in them is the index and the
// configuration and no key, and a backup that fails is an alarm.
func TestBackup(t *testing.T) {
	t.Parallel()
	need(t, "age", "age")
	identity, recipient := operator(t)
	p := install(t, setup{})
	p.start()
	p.run("backup").ends(t, 4, "backup.recipient is not configured")
	p.stop()
	s := setup{backup: "recipient: " + recipient + ", keep: 2, dir: backups"}
	p.configure(s)
	p.start()
	folder := filepath.Join(p.dir, "backups")
	made := func() []string {
		names, err := filepath.Glob(filepath.Join(folder, "sjudager-*.tar.age"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	eventually(t, 20*time.Second, "the first backup", func() bool { return len(made()) == 1 })
	first := made()[0]
	if err := os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var b web.Backup
	for range 2 {
		p.run("backup", "--json").document(t, &b)
	}
	p.stop()
	p.run("backup").ends(t, 0, folder)
	if left := made(); len(left) != 2 || slices.Contains(left, first) {
		t.Errorf("there are %v", left)
	}
	if _, err := os.Stat(filepath.Join(folder, "notes.txt")); err != nil {
		t.Error(err)
	}

	list := exec.Command("sh", "-c", `age -d -i "$0" "$1" | tar -t`, identity, made()[0])
	if out, err := list.CombinedOutput(); err != nil || string(out) != "backup.json\nsjudager.yaml\nindex.db\n" {
		t.Errorf("%v: %s", err, out)
	}
	show := exec.Command("sh", "-c", `age -d -i "$0" "$1" | tar -xO sjudager.yaml`, identity, made()[0])
	file, err := os.ReadFile(p.config())
	if out, errShow := show.Output(); err != nil || errShow != nil || !bytes.Equal(out, file) {
		t.Errorf("the configuration is %s, %v, %v", out, err, errShow)
	}

	// A folder that is a file.
	s.backup = "recipient: " + recipient + ", dir: sjudager.yaml"
	p.configure(s)
	p.start()
	eventually(t, 20*time.Second, "an alarm", func() bool {
		var status web.Status
		return p.ask("status", nil, &status) == nil && slices.ContainsFunc(status.Alarms, func(a footage.Alarm) bool { return a.Code == footage.AlarmBackup })
	})
	p.run("backup").ends(t, 1)
}

// A backup that was cut off, or altered, is not restored.
func TestOpenDamagedBackup(t *testing.T) {
	t.Parallel()
	identity, recipient := operator(t)
	p := install(t, setup{backup: "recipient: " + recipient + ", dir: backups"})
	p.start()
	file := filepath.Join(p.dir, "b.age")
	p.run("backup", "--out", file).ends(t, 0)
	p.stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	altered := slices.Clone(whole)
	altered[len(altered)/2] ^= 1
	keys, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"cut": whole[:len(whole)-1], "cut at a chunk": whole[:len(whole)/2], "altered": altered, "empty": nil} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if _, err := openBackup(file, keys, folder); err == nil {
			t.Errorf("%s: no error", name)
		}
		left, err := os.ReadDir(folder)
		if err != nil || len(left) != 0 {
			t.Errorf("%s: left is %v, %v", name, left, err)
		}
	}
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := openBackup(file, keys, t.TempDir())
	if err != nil || b.Site != "Sentrum Scene" || b.Vault == "" {
		t.Errorf("%+v, %v", b.aboutBackup, err)
	}
	var parsed *configs.Config
	if parsed, err = configs.Parse(p.config(), b.config); err != nil || parsed.Backup.Recipient != recipient {
		t.Error(err)
	}
}
