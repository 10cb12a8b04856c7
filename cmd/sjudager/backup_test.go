package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
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
		if _, err := openSealed(file, keys, folder); err == nil {
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
	b, err := openSealed(file, keys, t.TempDir())
	if err != nil || b.Site != "Sentrum Scene" || b.Vault == "" {
		t.Errorf("%+v, %v", b.aboutBackup, err)
	}
	var parsed *configs.Config
	if parsed, err = configs.Parse(p.config(), b.config); err != nil || parsed.Backup.Recipient != recipient {
		t.Error(err)
	}
}

func openSealed(path string, keys []byte, folder string) (opened, error) {
	f, err := os.Open(path)
	if err != nil {
		return opened{}, err
	}
	defer f.Close()
	return openBackup(f, keys, folder)
}

// Backups in a bucket that keeps old versions: they are made, listed, pruned with every
// version, and restored, with the holds, when all else is lost. Nobody takes them for
// footage, and one that fails keeps no footage waiting.
func TestBackupInBucket(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	identity, recipient := operator(t)
	cameras := startFarm(t, camera)
	p := install(t, setup{})
	o, storage := startS3(t, p.dir, "")
	admin, err := minio.New(strings.TrimPrefix(o.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	s := setup{recorder: "segment: 2s", storage: storage, cameras: map[string]string{camera: cameras.URL(camera)}, backup: "recipient: " + recipient + ", dir: sjudager.yaml"}
	p.configure(s)
	p.start()
	// The place for backups is a file.
	eventually(t, 20*time.Second, "an alarm", func() bool { return p.alarm(footage.AlarmBackup) != "" })
	eventually(t, 30*time.Second, "three segments", func() bool { return len(p.segments(camera).Segments) >= 3 })
	p.stop()

	s.backup = "recipient: " + recipient + ", keep: 2"
	p.configure(s)
	p.run("backup", "--list").ends(t, 3, "there is no backup in")
	p.start()
	versions := func() (all []string) {
		for v := range admin.ListObjectsIter(t.Context(), o.Bucket, minio.ListObjectsOptions{Prefix: backupFolder, Recursive: true, WithVersions: true}) {
			if v.Err != nil {
				t.Fatal(v.Err)
			}
			all = append(all, v.Key)
		}
		return all
	}
	eventually(t, 20*time.Second, "the scheduled backup", func() bool { return len(versions()) == 1 })
	first := versions()[0]
	// Somebody deletes it, which hides it.
	if err := admin.RemoveObject(t.Context(), o.Bucket, first, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	hold := p.place(p.segments(camera).Segments[0])
	picture := filepath.Join(p.dir, "plan.png")
	var drawn bytes.Buffer
	if err := errors.Join(png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 64, 64))), os.WriteFile(picture, drawn.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	var plan signage.Plan
	p.run("sign", "plan", "add", "--name", "1. etasje", "--picture", picture, "--json").document(t, &plan)
	p.run("backup").ends(t, 0, backupFolder)
	p.run("backup").ends(t, 0, backupFolder)
	p.run("backup").ends(t, 0, backupFolder)
	var list struct {
		Place   string
		Backups []kept
	}
	p.run("backup", "--list", "--json").document(t, &list)
	if left := versions(); len(left) != 2 || len(list.Backups) != 2 || backupFolder+list.Backups[1].Name != left[1] || list.Backups[0].Bytes == 0 {
		t.Errorf("listed are %+v, there is %v", list, left)
	}
	p.run("check", "--deep").ends(t, 0, "0 findings")
	if said := p.alarm(footage.AlarmOrphans) + p.alarm(footage.AlarmBackup); said != "" {
		t.Errorf("an alarm says %q", said)
	}
	had := p.segments(camera).Segments
	p.stop()

	// Only the keys and the bucket are left, and of the holds no copy.
	for _, name := range []string{"index.db", copyName} {
		if err := os.Remove(filepath.Join(p.dataDir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(p.dataDir(), picturePrefix)); err != nil {
		t.Fatal(err)
	}
	bucket, err := s3.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Delete(t.Context(), copyName); err != nil {
		t.Fatal(err)
	}
	p.run("check").ends(t, 5, "there is no index")
	p.run("restore", "--identity", identity, "sjudager-nothing").ends(t, 3, "neither a file nor a backup")
	p.run("restore", "--identity", identity, "newest").ends(t, 0, "the index is from the backup of", "of which 0 remain")
	p.start()
	var h web.Hold
	p.run("hold", "show", "--json", hold).document(t, &h)
	if h.State != holds.Active {
		t.Errorf("the hold is %s", h.State)
	}
	p.run("sign", "picture", string(plan.Picture), "--out", picture).ends(t, 0)
	have := p.segments(camera).Segments
	for _, was := range had {
		if !slices.ContainsFunc(have, func(s web.Segment) bool {
			return s.ID == was.ID && s.SHA256 == was.SHA256 && s.Deadline >= was.Deadline
		}) {
			t.Errorf("%s is not back", was.ID)
		}
	}
	p.run("check", "--deep").ends(t, 0, "0 findings")
	p.run("log", "verify").ends(t, 0)
}

// At the time of a backup the store may be away, or refuse us: that is an alarm, which
// stands until a later step has made the backup; and the next is made when it is time.
func TestBackupSteps(t *testing.T) {
	t.Parallel()
	_, recipient := operator(t)
	for name, start := range map[string]func() (*s3test.Server, error){"rgw": s3test.StartRGW, "versitygw": s3test.StartVersity} {
		t.Run(name, func(t *testing.T) {
			server, err := start()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			o := s3.Options{Endpoint: server.Endpoint, Bucket: "sjudager", AccessKey: server.AccessKey, SecretKey: server.SecretKey}
			if err := s3.CreateBucket(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			right := o
			now := time.Date(2026, 7, 4, 19, 20, 0, 0, time.UTC)
			clock := func() time.Time { return now }
			folder := t.TempDir()
			d := newOffline(console{now: clock}, &configs.Config{DataDir: folder, Backup: &configs.Backup{Recipient: recipient, Every: configs.Duration(time.Hour), Keep: 2}})
			d.File = filepath.Join(folder, "sjudager.yaml")
			if err := os.WriteFile(d.File, []byte("site: {}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if d.index, err = index.Open(filepath.Join(folder, "index.db"), clock); err != nil {
				t.Fatal(err)
			}
			defer d.index.Close()
			started := func() store.Store { // with the options of the moment
				return &remoteStore{name: "bucket", now: clock, open: func(ctx context.Context) (store.Store, error) {
					s, err := s3.Open(ctx, o)
					if err != nil {
						return nil, err
					}
					return s, nil
				}}
			}
			made := func() (n int) {
				bucket, err := s3.Open(t.Context(), right)
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range bucket.List(t.Context(), backupFolder) {
					if err != nil {
						t.Fatal(err)
					}
					n++
				}
				return n
			}
			for _, step := range []struct {
				what      string
				o         s3.Options
				after     time.Duration
				alarm     string // a word in it
				made      int
				untouched bool // the alarm is as old as the one before
			}{
				{"the wrong secret", s3.Options{Endpoint: o.Endpoint, Bucket: o.Bucket, AccessKey: o.AccessKey, SecretKey: "wrong"}, 0, "secret", 0, false},
				{"nobody there", s3.Options{Endpoint: "http://" + unused(t), Bucket: o.Bucket, AccessKey: o.AccessKey, SecretKey: o.SecretKey}, 10 * time.Minute, "refused", 0, true},
				{"all is well", right, 10 * time.Minute, "", 1, false},
				{"not yet", right, 59 * time.Minute, "", 1, false},
				{"the second", right, 2 * time.Minute, "", 2, false},
				{"the third", right, time.Hour, "", 2, false},
			} {
				o, now = step.o, now.Add(step.after)
				d.store = started()
				was := d.backupAlarm.Load()
				ctx, cancel := context.WithTimeout(t.Context(), askStore)
				err := d.backUpStep(ctx)
				cancel()
				alarm := d.backupAlarm.Load()
				switch {
				case (err != nil) != (step.alarm != "") || (alarm != nil) != (step.alarm != "") || alarm != nil && !strings.Contains(alarm.Detail, step.alarm):
					t.Errorf("%s: the alarm is %+v, %v", step.what, alarm, err)
				case step.untouched && alarm.Since != was.Since:
					t.Errorf("%s: the alarm is since %s instead of %s", step.what, alarm.Since, was.Since)
				}
				if n := made(); n != step.made {
					t.Errorf("%s: there are %d backups", step.what, n)
				}
			}
			if left, err := filepath.Glob(filepath.Join(folder, ".backup-*")); err != nil || len(left) > 0 {
				t.Errorf("left is %v, %v", left, err)
			}
		})
	}
}
