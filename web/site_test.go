package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// site is a whole appliance but for its cameras: real index, vault, store and
// holds, whose footage ffmpeg made and whose clock stands still.
type site struct {
	noBackup bool // none is configured
	testing.TB
	*Server
	by      *account.Identity // who asks; nil: whoever the request says
	mu      sync.Mutex        // guards now and health, in tests that serve
	now     time.Time
	began   time.Time
	zone    *time.Location
	health  []footage.Health
	alarms  []footage.Alarm
	deleted holds.Deletion
	test    func(context.Context, footage.CameraID) (CameraTest, error)
	log     *bytes.Buffer
}

// byAnybody is the id of whoever asks where a test does not say, and may do all.
const byAnybody = "web"

// saturday is a July evening in Oslo: 21:47:05 by the site's clocks.
var saturday = time.Date(2026, 7, 4, 19, 47, 5, 0, time.UTC)

func newSite(t testing.TB, now time.Time) *site {
	t.Helper()
	s := &site{TB: t, now: now, began: now, log: &bytes.Buffer{}, by: &account.Identity{ID: byAnybody, Machine: true}}
	var err error
	if s.zone, err = time.LoadLocation("Europe/Oslo"); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	clock := func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	db, err := index.Open(filepath.Join(folder, "index.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	sp, err := spool.Open(filepath.Join(folder, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := dir.Open(filepath.Join(folder, "store"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(folder, "keys"), "", true)
	if err != nil {
		t.Fatal(err)
	}
	var v *vault.Vault
	h := holds.New(holds.Options{
		Index:  db,
		Policy: holds.Policy{Keep: holds.MaxKeep, Hold: holds.MaxHold, Zone: s.zone},
		Cameras: func() (ids []footage.CameraID) {
			for _, h := range s.health {
				ids = append(ids, h.Camera)
			}
			return ids
		},
		Pending: func(c footage.CameraID, span footage.Span) ([]footage.Span, error) { return v.Pending(c, span) },
		Log:     log,
	})
	v = vault.New(vault.Options{
		Index: db, Store: st, Spool: sp, Keys: keys, Site: "Sentrum Scene", SpoolLimit: func() int64 { return 1 << 30 },
		Terms: h.Terms, Note: holds.Note, Now: clock, Log: log,
	})
	key, err := ledger.OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene")
	if err != nil {
		t.Fatal(err)
	}
	notary := &ledger.Notary{Index: db, Key: key, Outlets: func() ledger.Outlets { return ledger.Outlets{} }, Now: clock, Log: log}
	s.Server = New(Options{
		Site:  func() Site { return Site{"Sentrum Scene", "Eksempel Arena AS"} },
		Index: db, Vault: v, Holds: h, Spool: sp,
		Statements: &statement.Maker{
			Index: db, Notary: notary, Policy: h.Policy, Pending: v.Pending, Now: clock, Log: log,
			Site: func() statement.Site {
				return statement.Site{Name: "Sentrum Scene", Controller: "Eksempel Arena AS"}
			},
			Cameras: func() []statement.Camera { return []statement.Camera{{ID: "k01-inngang", Name: "Hovedinngang"}} },
		},
		Notary: notary, Store: st,
		Releases: release.New(release.Options{
			Index: db, Zone: func() *time.Location { return s.zone }, Holds: h, Dir: folder, Now: clock, Log: log,
			Build: func(_ context.Context, b release.Build) (release.Built, error) {
				err := os.WriteFile(filepath.Join(b.Package.Path, "package"), []byte(b.Password), 0o600)
				return release.Built{Parts: b.Parts, Bytes: 1, Files: 1, Manifest: sha256.Sum256(nil), Key: "ab:cd"}, err
			},
		}),
		Keys:    &handover.Keyring{Index: db, Folder: filepath.Join(folder, handover.KeyFolder), Site: "Eksempel Arena AS", Now: clock, Log: log},
		Sweeper: &holds.Sweeper{Index: db, Vault: v, Holds: h, Now: clock, Log: log},
		Clock:   &holds.Clock{Wall: clock, Uptime: func() time.Duration { return time.Hour }, Boot: "test", Log: log},
		Health: func() []footage.Health {
			s.mu.Lock()
			defer s.mu.Unlock()
			return slices.Clone(s.health)
		},
		TestCamera: func(ctx context.Context, c footage.CameraID) (CameraTest, error) { return s.test(ctx, c) },
		Zones: func() map[string][]footage.CameraID {
			return map[string][]footage.CameraID{"Inngang": {"k01-inngang", "k02-ko"}}
		},
		Alarms:  func() []footage.Alarm { return s.alarms },
		Deleted: func() holds.Deletion { return s.deleted },
		WriteBackup: func(w io.Writer) error {
			if s.noBackup {
				return ErrNoBackup
			}
			_, err := io.WriteString(w, "a backup")
			return err
		},
		Settings: func() []Setting {
			return []Setting{{"site.name", "Sentrum Scene", 2}, {"retention.keep", "7d", 0}, {"cameras[0].name", "Hovedinngang", 9}}
		},
		Signs:      &signage.Signs{Index: db, Dir: t.TempDir(), Log: log},
		Accounts:   account.New(account.Options{Index: db, Rules: account.DefaultRules, Now: clock, Log: log}),
		KeepBackup: func(context.Context) (string, error) { return "/mnt/backup/one", nil },
		Version:    "test", Started: now.Add(-5 * time.Hour), Now: clock, Log: log,
	})
	return s
}

// setNow turns the clock, while the site is serving.
func (s *site) setNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// at is an instant of the day that the site began on, by its clocks.
func (s *site) at(clock string) footage.Instant {
	s.Helper()
	w := s.began.In(s.zone)
	d, err := parseClock(clock)
	if err != nil {
		s.Fatal(err)
	}
	return footage.At(time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, s.zone).Add(d))
}

// camera configures a camera that records.
func (s *site) camera(id footage.CameraID, name string) {
	s.health = append(s.health, footage.Health{
		Camera: id, Name: name, State: footage.StateRecording, Since: footage.At(s.now.Add(-time.Hour)),
		Codec: footage.H264, Width: 1280, Height: 720, FPS: 25, Bitrate: 4_100_000, LastFrame: footage.At(s.now),
	})
}

// record puts the recording at path into the vault, as footage of camera from
// start on, and returns its segment.
func (s *site) record(camera footage.CameraID, start footage.Instant, path string) footage.SegmentID {
	s.Helper()
	s.spool(camera, start, path)
	s.ingest()
	return footage.NewSegmentID(camera, start)
}

// spool drops the recording at path into the spool.
func (s *site) spool(camera footage.CameraID, start footage.Instant, path string) {
	s.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	to := filepath.Join(s.Spool.Dir(), string(camera), start.Compact()+".mp4")
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, b, 0o600)); err != nil {
		s.Fatal(err)
	}
}

func (s *site) ingest() {
	s.Helper()
	if _, err := s.Vault.Ingest(context.Background()); err != nil {
		s.Fatal(err)
	}
}

// gap writes a gap down.
func (s *site) gap(camera footage.CameraID, from, to footage.Instant, cause footage.Cause, detail string) {
	s.Helper()
	if err := s.Index.Update(func(tx *index.Tx) error {
		return vault.PutGap(tx, footage.Gap{Camera: camera, Span: footage.Span{From: from, To: to}, Cause: cause, Detail: detail})
	}); err != nil {
		s.Fatal(err)
	}
}

// place places a hold.
func (s *site) place(r holds.Request) holds.Placed {
	s.Helper()
	if r.Ground == "" {
		r.Ground, r.Reason = holds.CrimeLikely, "Slagsmål ved inngangen"
	}
	if r.By == "" {
		r.By = "uid:0"
	}
	p, err := s.Holds.Place(r)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

func (s *site) sweep() {
	s.Helper()
	if _, err := s.Sweeper.Step(context.Background()); err != nil {
		s.Fatal(err)
	}
}

// person makes an account with a password that nobody knows, and returns the text of
// a session of it.
func (s *site) person(login string, roles ...account.Role) (session string, u account.User) {
	s.Helper()
	n := account.NewUser{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Roles: roles}
	if slices.Contains(roles, account.Supplier) {
		n.Expires = s.Server.now().Add(24 * time.Hour)
	}
	u, _, err := s.Accounts.Invite(n, "u-test")
	if err != nil {
		s.Fatal(err)
	}
	return s.signIn(u.ID), u
}

// signIn begins a session of somebody.
func (s *site) signIn(who string) (session string) {
	s.Helper()
	link, err := s.Accounts.SignInLink(who)
	if err != nil {
		s.Fatal(err)
	}
	session, _, err = s.Accounts.Follow(context.Background(), link.Secret, account.NewUser{}, "", account.Where{Address: "192.0.2.1"})
	if err != nil {
		s.Fatal(err)
	}
	return session
}

// ask sends a request to the server as a browser on this machine does.
func (s *site) ask(method, target, body string, header ...string) *httptest.ResponseRecorder {
	s.Helper()
	r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	if s.by != nil {
		r = r.WithContext(with(r.Context(), s.by))
	}
	w := recorder{httptest.NewRecorder()}
	s.guard(s.localHost(s.router)).ServeHTTP(w, r)
	return w.ResponseRecorder
}

// recorder takes a write deadline, as a connection does.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetWriteDeadline(time.Time) error { return nil }

func (s *site) get(target string, header ...string) *httptest.ResponseRecorder {
	s.Helper()
	return s.ask(http.MethodGet, target, "", header...)
}

// send posts a form as a browser does.
func (s *site) send(target string, fields url.Values) *httptest.ResponseRecorder {
	s.Helper()
	return s.ask(http.MethodPost, target, fields.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Origin", "http://localhost")
}

// made keeps what ffmpeg has made, for all tests.
var made struct {
	sync.Mutex
	dir  string
	path map[string]string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "web-")
	if err != nil {
		panic(err)
	}
	made.dir, made.path = dir, map[string]string{}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// clip returns a fragmented MP4 that ffmpeg makes with the given arguments.
func clip(t testing.TB, args string) string {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if path, ok := made.path[args]; ok {
		return path
	}
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatalf("%v: apt-get install -y ffmpeg", err)
	}
	path := filepath.Join(made.dir, string(rune('a'+len(made.path)))+".mp4")
	all := "-v error -nostdin " + args + " -an -movflags +frag_keyframe+empty_moov+default_base_moof " + path
	if out, err := exec.Command(ffmpeg, strings.Fields(all)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", all, err, out)
	}
	made.path[args] = path
	return path
}

// short is two seconds of a test picture, and long five minutes of a very slow
// one; hevc is short in H.265.
func short(t testing.TB) string {
	return clip(t, "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -pix_fmt yuv420p -c:v libx264 -preset veryfast -g 25")
}

func long(t testing.TB) string {
	return clip(t, "-f lavfi -i testsrc2=size=64x36:rate=1/5:duration=300 -pix_fmt yuv420p -c:v libx264 -preset veryfast -g 6")
}

func hevc(t testing.TB) string {
	return clip(t, "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -pix_fmt yuv420p -c:v libx265 -preset veryfast -g 25 -x265-params log-level=none -tag:v hvc1")
}
