package handover

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store/dir"
)

const (
	entrance = footage.CameraID("k01-inngang")
	queue    = footage.CameraID("k02-ko")
	start    = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z
	second   = footage.Instant(1000000)
)

// scene is a vault with footage, a ledger that tells of it, and the keys that sign. It
// is made once: making RSA keys and video takes seconds.
var scene struct {
	dir    string
	disk   string // a folder that is on a disk
	keys   *Keys
	clips  [2]string // of 4 s, in two codecs
	broken error
}

func TestMain(m *testing.M) {
	// Packages are synced file by file, and on a disk that others write to this takes
	// most of the time.
	scene.disk = os.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil {
		os.Setenv("TMPDIR", "/dev/shm")
	}
	folder, err := os.MkdirTemp("", "handover-")
	if err != nil {
		panic(err)
	}
	scene.dir = folder
	scene.keys, scene.broken = OpenKeys(filepath.Join(folder, KeyFolder), "Eksempel Arena AS", func() time.Time { return start.Time() })
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

func tool(t testing.TB, install, name string, args ...string) string {
	t.Helper()
	return toolIn(t, "", install, name, args...)
}

func toolIn(t testing.TB, dir, install, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%v: apt-get install -y %s", err, install)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// clip is a recording of 4 s, in one codec or the other, as the recorder leaves it.
func clip(t testing.TB, i int) string {
	t.Helper()
	if scene.broken != nil {
		t.Fatal(scene.broken)
	}
	if scene.clips[i] == "" {
		path := filepath.Join(scene.dir, string(rune('a'+i))+".mp4")
		codec := [][]string{
			{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"},
			{"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none:keyint=25:min-keyint=25:scenecut=0:bframes=0"},
		}[i]
		args := append([]string{"-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-pix_fmt", "yuv420p", "-g", "25", "-sc_threshold", "0"}, codec...)
		args = append(args, "-video_track_timescale", "90000", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", path)
		tool(t, "ffmpeg", "ffmpeg", args...)
		scene.clips[i] = path
	}
	return scene.clips[i]
}

type rig struct {
	testing.TB
	vault  *vault.Vault
	notary *ledger.Notary
	now    time.Time
	later  atomic.Int64 // by how much it is later than now
	frozen bool         // what is recorded is kept for the person in it alone
}

func newRig(t testing.TB) *rig {
	t.Helper()
	folder := t.TempDir()
	r := &rig{TB: t, now: start.Add(time.Hour).Time()}
	clock := r.clock
	db, err := index.Open(filepath.Join(folder, "index.db"), clock)
	r.must(err)
	t.Cleanup(func() { r.must(db.Close()) })
	sp, err := spool.Open(filepath.Join(folder, "spool"))
	r.must(err)
	objects, err := dir.Open(filepath.Join(folder, "store"))
	r.must(err)
	keys, err := seal.Open(filepath.Join(folder, "keys"), "", true)
	r.must(err)
	key, err := ledger.OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene")
	r.must(err)
	log := slog.New(slog.DiscardHandler)
	r.notary = &ledger.Notary{Index: db, Key: key, Outlets: func() ledger.Outlets { return ledger.Outlets{} }, Now: clock, Log: log}
	r.vault = vault.New(vault.Options{
		Index: db, Store: objects, Spool: sp, Keys: keys, Site: "Sentrum Scene", SpoolLimit: func() int64 { return 1 << 40 },
		Terms: func(_ *index.Tx, _ footage.CameraID, span footage.Span) (vault.Terms, error) {
			return vault.Terms{Keep: span.From.Add(168 * time.Hour), Ceiling: span.From.Add(720 * time.Hour), Deadline: span.From.Add(168 * time.Hour), Restricted: r.frozen}, nil
		},
		Now: clock, Log: log,
	})
	return r
}

func (r *rig) clock() time.Time { return r.now.Add(time.Duration(r.later.Load())) }

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// record puts clips of a camera into the vault, one behind the other.
func (r *rig) record(camera footage.CameraID, from footage.Instant, clips ...int) footage.Instant {
	r.Helper()
	for _, i := range clips {
		path := clip(r, i)
		m, err := remux.Open(path)
		r.must(err)
		content, err := os.ReadFile(path)
		r.must(err)
		to := filepath.Join(r.vault.Spool.Dir(), string(camera), from.Compact()+".mp4")
		r.must(os.MkdirAll(filepath.Dir(to), 0o700))
		r.must(os.WriteFile(to, content, 0o600))
		from = spool.End(from, m.Ticks)
		r.must(m.Close())
	}
	_, err := r.vault.Ingest(context.Background())
	r.must(err)
	return from
}

// story fills the vault: the entrance has 8 s, a gap of 10 s, and 8 s of which the last
// four are in another codec; the queue has 4 s. Then a hold, and a view of it.
func (r *rig) story() Input {
	r.Helper()
	r.record(entrance, start, 0, 0)
	r.record(entrance, start+18*second, 0, 1)
	r.record(queue, start, 0)
	selections := []holds.Selection{
		{Cameras: []footage.CameraID{entrance}, Span: footage.Span{From: start + second, To: start + 26*second}},
		{Cameras: []footage.CameraID{queue}, Span: footage.Span{From: start, To: start + 20*second}},
	}
	r.must(r.vault.Index.Update(func(tx *index.Tx) error {
		gap := footage.Gap{Camera: entrance, Span: footage.Span{From: start + 8*second, To: start + 18*second}, Cause: footage.CauseEnded}
		if err := vault.PutGap(tx, gap); err != nil {
			return err
		}
		for _, e := range []ledger.Entry{
			{Kind: ledger.Retention, By: ledger.System, Fields: ledger.Fields{"keep": int64(604800), "hold_max": int64(2592000), "zone": "Europe/Oslo"}},
			{Kind: ledger.Login, By: "user-7f3a"},
			{Kind: ledger.Viewed, By: "user-7f3a", Fields: ledger.Fields{"camera": string(entrance), "from": start, "to": start + 5*second}, Details: map[string]string{"purpose": "Kari Nordmann i bildet"}},
			{Kind: ledger.Viewed, By: "user-7f3a", Fields: ledger.Fields{"camera": "k09-annen", "from": start, "to": start + 5*second}},
			{Kind: ledger.HoldReviewed, By: "user-7f3a", Fields: ledger.Fields{"hold": "H-2026-0001", "review": start}, Details: map[string]string{"reason": "x"}},
		} {
			if _, err := ledger.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
	oslo, err := time.LoadLocation("Europe/Oslo")
	r.must(err)
	return Input{
		Vault: r.vault, Notary: r.notary, Keys: scene.keys,
		Site: Site{Name: "Sentrum Scene", Zone: oslo, Controller: "Eksempel Arena AS", OrgNumber: "123456785", Contact: "personvern@example.no", Version: "0.9.0",
			Policy: holds.Policy{Keep: 168 * time.Hour, Hold: 720 * time.Hour, Zone: oslo}},
		Cameras: []Camera{
			{ID: entrance, Name: "Hovedinngang", Zone: "inngang", Place: "Over døra mot Storgata", Purposes: []string{"Avdekke og oppklare vold og tyveri i køen"}, Make: "Axis", Model: "P3245-LV", Firmware: "11.8.64"},
			{ID: queue, Name: "Køområdet sør", Zone: "kø"},
		},
		Release: Release{
			Number: "U-2026-0042", Kind: "copy", Case: "12345678", Concerns: "Slagsmål ved hovedinngangen", Purpose: "Etterforskning av kroppsskade",
			Recipient: Recipient{Name: "Ola Politimann", ServiceNumber: "4711", Unit: "Sentrum politistasjon", Organisation: "Oslo politidistrikt", Contact: "22 66 90 50", Identity: "tjenestebevis"},
			AskedAt:   start.Add(30 * time.Minute), AskedHow: "letter", Authority: "Straffeprosessloven § 203", Basis: "police_demand",
			Asked: "Inngang og kø 4. juli 2026 kl. 21.20 til 21.21", Difference: "Bare tiden da hendelsen varte", Description: "To personer slåss foran inngangen",
			Approved: Act{"user-11aa", "Anne Leder", start.Add(40 * time.Minute)}, Exported: Act{"user-7f3a", "Per Vakt", start.Add(time.Hour)},
		},
		Selections: selections,
		Holds: []holds.Hold{{Number: "H-2026-0001", Ground: "crime_likely", Case: "12345678", Cameras: []footage.CameraID{entrance, queue}, Selections: selections,
			Span: footage.Span{From: start, To: start + 26*second}, Placed: holds.Act{By: "user-7f3a", At: start.Add(10 * time.Minute)}, Until: start.Add(240 * time.Hour)}},
		Folder: r.TempDir(),
		Now:    r.clock,
		Stamp:  r.stamp,
	}
}

func (r *rig) build(in Input) Result {
	r.Helper()
	result, err := Build(context.Background(), in)
	r.must(err)
	return result
}

// tree is every file below dir with its content.
func tree(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			all[filepath.ToSlash(name)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// between is what lies between two lines of a text.
func between(t testing.TB, text []byte, first, last string) []byte {
	t.Helper()
	_, after, ok1 := bytes.Cut(text, []byte(first+"\n"))
	inside, _, ok2 := bytes.Cut(after, []byte(last+"\n"))
	if !ok1 || !ok2 {
		t.Fatalf("there is no %s", first)
	}
	return inside
}
