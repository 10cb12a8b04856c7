package release

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// start is an ordinary July evening.
const start = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z

const (
	lead     = "u-lead"
	approver = "u-approver"
	third    = "u-third"
)

// rig is a log over an index with segments that have no object, and a clock that stands
// still until it is told.
type rig struct {
	*Log
	t        testing.TB
	mu       sync.Mutex
	clock    time.Time
	path     string
	builds   []Build
	building context.Context // of the last build
	onBuild  func(b Build) error
}

func (r *rig) at(i footage.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = i.Time()
}

func (r *rig) read() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func newRig(t testing.TB) *rig {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "release") // commits are not the subject
	if err != nil {
		folder = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	r := &rig{t: t, clock: start.Time(), path: filepath.Join(folder, "index.db")}
	r.open(filepath.Join(folder, "release"))
	t.Cleanup(func() {
		if err := r.Index.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// open opens the index and makes the log, as a start does.
func (r *rig) open(dir string) {
	r.t.Helper()
	db, err := index.Open(r.path, r.read)
	if err != nil {
		r.t.Fatal(err)
	}
	h := holds.New(holds.Options{
		Index: db, Policy: holds.Policy{Keep: holds.MaxKeep, Hold: holds.MaxHold, Zone: time.UTC}, Log: slog.New(slog.DiscardHandler),
		Cameras: func() []footage.CameraID { return []footage.CameraID{"k01", "k02"} },
		Pending: func(footage.CameraID, footage.Span) ([]footage.Span, error) { return nil, nil },
	})
	r.Log = New(Options{
		Index: db, Holds: h, Zone: func() *time.Location { return time.UTC }, Dir: dir, Now: r.read, Log: slog.New(slog.DiscardHandler),
		Build: func(ctx context.Context, b Build) (Built, error) {
			r.building = ctx
			r.builds = append(r.builds, b)
			if err := os.WriteFile(filepath.Join(b.Package.Path, "00.txt"), []byte("package"), 0o600); err != nil {
				return Built{}, err
			}
			if r.onBuild != nil {
				if err := r.onBuild(b); err != nil {
					return Built{}, err
				}
			}
			return Built{Parts: b.Parts, Bytes: 7, Files: 1, Manifest: sha256.Sum256([]byte("manifest")), Key: "aa:bb", Paths: []string{"U_saknr-12345678-26"},
				Name: "U_saknr-12345678-26", Signature: []byte("signature")}, nil
		},
	})
}

func (r *rig) restart() {
	r.t.Helper()
	if err := r.Index.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open(r.Dir)
}

// record puts n segments of half a minute into the index, kept for seven days.
func (r *rig) record(camera footage.CameraID, from footage.Instant, n int) {
	r.t.Helper()
	if err := r.Index.Update(func(tx *index.Tx) error {
		for i := range n {
			at := from.Add(time.Duration(i) * 30 * time.Second)
			s := vault.Segment{
				Segment: footage.Segment{Camera: camera, Span: footage.Span{From: at, To: at.Add(30 * time.Second)}, Bytes: 1000, SHA256: sha256.Sum256([]byte(at.String())), Codec: footage.H264, Frames: 25},
				Terms:   vault.Terms{Keep: at.Add(holds.MaxKeep), Ceiling: at.Add(holds.MaxHold), Deadline: at.Add(holds.MaxKeep)},
				Object:  footage.ObjectKey(camera, at, 0), State: vault.Stored,
			}
			if err := vault.Add(tx, s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
}

// terms are those of all segments, in words.
func (r *rig) terms() (all []string) {
	r.t.Helper()
	if err := r.Index.View(func(tx *index.Tx) error {
		for _, c := range vault.Cameras(tx) {
			for s, err := range vault.Segments(tx, c, footage.Always) {
				if err != nil {
					return err
				}
				all = append(all, fmt.Sprint(s.ID(), s.Terms))
			}
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// place holds the given cameras of the last quarter of an hour.
func (r *rig) place(cameras ...footage.CameraID) string {
	r.t.Helper()
	return must(r.Holds.Place(holds.Request{Cameras: cameras, Span: footage.Span{From: start.Add(-15 * time.Minute), To: start}, Ground: holds.CrimeLikely, Reason: "a fight at the entrance", By: lead}))(r.t).Hold.Number
}

// story are the ledger's entries of releases, the oldest first.
func (r *rig) story() (all []string) {
	r.t.Helper()
	if err := r.Index.View(func(tx *index.Tx) error {
		for e, err := range ledger.Entries(tx, ledger.Filter{}, 1<<40) {
			if err != nil {
				return err
			}
			if e.Kind != ledger.Released {
				continue
			}
			all = append(all, fmt.Sprintf("%s %s by %s", e.Text("act"), e.Text("state"), e.By))
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

func scope(from, to footage.Instant, cameras ...footage.CameraID) []holds.Selection {
	return []holds.Selection{{Cameras: cameras, Span: footage.Span{From: from, To: to}}}
}

// asked is a demand of the police for five minutes of k01.
func asked() Facts {
	return Facts{
		Matter{Kind: Copy, Basis: PoliceDemand, Recipient: Police, Organisation: "Oslo politidistrikt", How: "letter", AskedAt: start.Add(-time.Hour),
			Asked: scope(start.Add(-10*time.Minute), start.Add(-5*time.Minute), "k01")},
		Words{Asker: Person{"Kari Nordmann", "P1234", "Sentrum", "kari@politiet.example"}, Identity: "service card", Case: "12345678/26", Authority: "strpl. § 205",
			Concerns: "a fight at the entrance", Purpose: "investigation"},
	}
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func is(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

var byHand = Handover{Channel: ByHand, Medium: "Kingston DT", Serial: "K-77", Seal: "000123", HandedBy: "Ola Vakt", Received: "Kari Nordmann", Where: "the control room"}

func paper(s string) Paper { return Paper{SHA256: sha256.Sum256([]byte(s)), Archive: "binder 3"} }

// delivered takes a release all the way to its delivery.
func (r *rig) delivered(f Facts, o Order) Release {
	r.t.Helper()
	n := must(r.Request(f, lead))(r.t).Number
	must(r.Approve(n, approver))(r.t)
	must(r.export(n, o, lead))(r.t)
	return must(r.Deliver(n, byHand, lead))(r.t)
}

// export builds a package at once, as Run does; an error is why the record says that it
// failed.
func (r *rig) export(number string, o Order, by string) (Release, error) {
	if _, err := r.StartExport(number, o, by); err != nil {
		return Release{}, err
	}
	r.BuildNext(context.Background())
	s, err := r.Show(number)
	if err == nil {
		if p := s.last(); p.Built == 0 {
			err = fmt.Errorf("%w: %w: %s", failed{p.Failed}, ErrRefused, s.Failure)
		}
	}
	return s.Release, err
}

// failed is the record's reason, as an error.
type failed struct{ why Failure }

func (f failed) Error() string { return string(f.why) }

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

// The whole way: every act is a version, every version an entry of the ledger whose
// digests are those of what is kept (R79, R106).
func TestStory(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	f := asked()
	f.Hold = r.place("k01")
	before := r.terms()
	d := r.delivered(f, Order{})
	if !slices.Equal(r.terms(), before) {
		t.Error("a release has moved deadlines (R75)")
	}
	if d.Number != "U-2026-0001" || len(r.builds) != 1 || len(r.builds[0].Parts) != 10 || r.builds[0].Parts[0].SHA256 == (footage.SHA256{}) {
		t.Fatalf("%s was built of %+v", d.Number, r.builds)
	}
	r.at(start.Add(time.Hour))
	must(r.Receipt(d.Number, paper("receipt"), lead))(t)
	must(r.Verify(d.Number, "Kari Nordmann", 0, lead))(t)
	r.Step()
	must(r.Close(d.Number, "", lead))(t)
	s := must(r.Show(d.Number))(t)
	if p := s.Packages[0]; p.Gone == 0 || exists(p.Path) || p.Segments != 10 || len(s.Parts) != 10 {
		t.Errorf("our copy is not gone: %+v", p)
	}
	want := []string{"requested draft by u-lead", "approved approved by u-approver", "export-begun approved by u-lead", "exported exported by u-lead",
		"delivered delivered by u-lead", "receipted receipted by u-lead", "hold-closing receipted by system", "verified receipted by u-lead",
		"package-removed receipted by system", "closed closed by u-lead"}
	if got := r.story(); !slices.Equal(got, want) {
		t.Errorf("the ledger tells\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(s.Old) != len(want)-1 || s.Version != len(want) {
		t.Errorf("%d old versions, the last is %d", len(s.Old), s.Version)
	}
	r.intact(d.Number)
}

// A release of any kind, through any act, moves no deadline further (R75); its receipt
// brings that of the held footage nearer (R32).
func TestR75NothingIsLengthened(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	f := asked()
	f.Hold = r.place("k01")
	deadlines := func() (all []footage.Instant) {
		if err := r.Index.View(func(tx *index.Tx) error {
			for s, err := range vault.Segments(tx, "k01", footage.Always) {
				if err != nil {
					return err
				}
				all = append(all, s.Deadline)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := deadlines()
	r.at(start.Add(8 * 24 * time.Hour)) // only the hold keeps it
	n := r.delivered(f, Order{}).Number
	if !slices.Equal(deadlines(), before) {
		t.Error("deadlines have moved before the receipt")
	}
	must(r.Receipt(n, paper("receipt"), lead))(t)
	for i, d := range deadlines() {
		if d > before[i] || before[i] > start.Add(8*24*time.Hour) && d != start.Add(10*24*time.Hour) {
			t.Errorf("segment %d: %s, before the receipt %s", i, d, before[i])
		}
	}
	for _, k := range []Kind{Viewing, Verbal} {
		g := f
		g.Kind = k
		m := must(r.Request(g, lead))(t).Number
		was := deadlines()
		must(r.Approve(m, approver))(t)
		h := byHand
		h.Channel, h.Medium, h.Serial = BySpeaking, "", ""
		must(r.Deliver(m, h, lead))(t)
		must(r.Close(m, "", lead))(t)
		if !slices.Equal(deadlines(), was) {
			t.Errorf("%s has moved deadlines", k)
		}
	}
}

// intact holds every version of a release to the ledger.
func (r *rig) intact(number string) {
	r.t.Helper()
	s := must(r.Show(number))(r.t)
	all := append(s.Old, s.Release)
	if err := r.Index.View(func(tx *index.Tx) error {
		for e, err := range ledger.Entries(tx, ledger.Filter{}, 1<<40) {
			if err != nil {
				return err
			}
			if e.Text("release") != number {
				continue
			}
			v := all[e.Int("revision")-1]
			if v.Version != int(e.Int("revision")) || e.Text("record") != v.Record.Digest().String() {
				r.t.Errorf("version %d is not what the ledger says", v.Version)
			}
			if said := e.Text("said"); v.Erased == 0 && s.Erased == 0 && said != v.Said.Digest().String() {
				r.t.Errorf("the words of version %d are not what the ledger says", v.Version)
			}
			for name, value := range e.Fields {
				if strings.Contains(fmt.Sprint(value), "Kari") {
					r.t.Errorf("the ledger has a name: %s %v (R106)", name, value)
				}
			}
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
}

// The table, exhaustively: every act in every state, for every kind.
func TestStates(t *testing.T) {
	var b strings.Builder
	for _, kind := range Kinds {
		for _, act := range Acts {
			fmt.Fprintf(&b, "%s %s:", kind.Code, act)
			for _, state := range States {
				to, err := Next(state, kind.Code, act)
				switch {
				case err == nil:
					fmt.Fprintf(&b, " %s", to)
				case !errors.Is(err, ErrRefused) || to != state || len(err.Error()) < 25:
					t.Errorf("%s %s in %s: %s, %v", kind.Code, act, state, to, err)
				default:
					b.WriteString(" -")
				}
			}
			b.WriteString("\n")
		}
	}
	same := `requested: - - - - - - -
corrected: draft approved exported delivered receipted closed refused
attached: draft approved exported delivered receipted - -
approved: approved - - - - - -
refused: refused refused refused - - - -
`
	end := `receipted: - - - receipted - - -
`
	review := `reviewed: - approved exported delivered receipted - refused
`
	shown := same + `export-begun: - - - - - - -
exported: - - - - - - -
delivered: - delivered - - - - -
` + end + `verified: - - - - - - -
` + review + `closed: - - - closed closed - -
supplement-begun: - - - - - - -
supplemented: - - - - - - -
recipient-told: - - - delivered receipted closed -
`
	want := prefixed("copy", same+`export-begun: - approved exported - - - -
exported: - exported exported - - - -
delivered: - - delivered - - - -
`+end+`verified: - - - delivered receipted closed -
`+review+`closed: - - - - closed - -
supplement-begun: - - exported delivered receipted closed -
supplemented: - - exported delivered receipted closed -
recipient-told: - - - delivered receipted closed -
`) + prefixed("viewing", shown) + prefixed("verbal", shown)
	if b.String() != want {
		t.Errorf("the table is\n%s", b.String())
	}
}

func prefixed(kind, lines string) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		b.WriteString(kind + " " + line)
	}
	return b.String()
}

func TestR64NothingLeavesUnapproved(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	permitted := func(by string) error {
		return r.Index.View(func(tx *index.Tx) error { _, _, _, err := Permit(tx, n, by, footage.Staff); return err })
	}
	is(t, permitted(lead), ErrRefused)
	_, err := r.export(n, Order{}, lead)
	is(t, err, ErrRefused)
	must(r.Approve(n, approver))(t)
	is(t, permitted(approver), ErrRefused) // R68
	is(t, permitted(lead), nil)
	must(r.Refuse(n, "the request was withdrawn by letter", lead))(t)
	is(t, permitted(lead), ErrRefused)
	is(t, r.Index.View(func(tx *index.Tx) error { _, _, _, err := Permit(tx, "U-2026-0002", lead, footage.Staff); return err }), ErrNotFound)
	if len(r.builds) != 0 {
		t.Error("something was built")
	}
}

func TestR65R66FactsAreComplete(t *testing.T) {
	for name, break_ := range map[string]func(f *Facts){
		"name": func(f *Facts) { f.Asker.Name = " " }, "service number": func(f *Facts) { f.Asker.Service = "" }, "contact": func(f *Facts) { f.Asker.Contact = "" },
		"organisation": func(f *Facts) { f.Organisation = "" }, "identity": func(f *Facts) { f.Identity = "" }, "case": func(f *Facts) { f.Case = "123" },
		"concerns": func(f *Facts) { f.Concerns = "" }, "purpose": func(f *Facts) { f.Purpose = "" }, "scope": func(f *Facts) { f.Asked = nil },
		"basis": func(f *Facts) { f.Basis = "curiosity" }, "no basis": func(f *Facts) { f.Basis = "" }, "kind": func(f *Facts) { f.Kind = "gift" },
		"description": func(f *Facts) { f.Description = strings.Repeat("x", MaxDescription+1) }, "future": func(f *Facts) { f.AskedAt = start + 1 },
		"secrecy": func(f *Facts) { f.Secrecy = start.Add(time.Hour) }, "camera": func(f *Facts) { f.Asked[0].Cameras[0] = "../x" },
		"own initiative without reasons": func(f *Facts) { f.Basis, f.How, f.Asked, f.Given = OwnInitiative, NotAsked, nil, f.Asked },
		"asked on own initiative":        func(f *Facts) { f.Basis, f.Assessment = OwnInitiative, strings.Repeat("why ", 10) },
		"order without its statute":      func(f *Facts) { f.Basis, f.Authority = SeizureOrder, "" },
	} {
		f := asked()
		break_(&f)
		f.clean()
		if err := f.check(start); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := asked()
	f.clean()
	is(t, f.check(start), nil)
	f.Basis, f.How, f.Given, f.Asked, f.Asker.Service, f.Assessment = OwnInitiative, NotAsked, f.Asked, nil, "", "a theft that the police have to know about"
	is(t, f.check(start), nil)
}

func TestR67Recipients(t *testing.T) {
	all := []RecipientKind{Police, Prosecution, Court, Authority, DataSubject, Other, "press", "insurer", "employer"}
	want := map[Basis]string{
		PoliceDemand: "police prosecution", OwnInitiative: "police prosecution", SeizureOrder: "police prosecution court",
		ConsentOfAll: "police prosecution court authority data_subject other", OtherStatute: "police prosecution court authority", SubjectCopy: "data_subject",
	}
	for _, b := range Bases {
		var allowed []string
		for _, k := range all {
			err := Facts{Matter{Basis: b.Code, Recipient: k}, Words{Authority: "a statute"}}.recipient()
			if err == nil {
				allowed = append(allowed, string(k))
			} else {
				is(t, err, ErrRefused)
			}
		}
		if got := strings.Join(allowed, " "); got != want[b.Code] {
			t.Errorf("%s: %s", b.Code, got)
		}
	}
	is(t, Facts{Matter{Basis: OtherStatute, Recipient: Authority}, Words{}}.recipient(), ErrRefused)
	// The consent is a paper that is there before anybody approves.
	r := newRig(t)
	f := asked()
	f.Basis, f.Recipient, f.Asker.Service = ConsentOfAll, Other, ""
	n := must(r.Request(f, lead))(t).Number
	_, err := r.Approve(n, approver)
	is(t, err, ErrRefused)
	must(r.Attach(n, ConsentPaper, paper("consent"), lead))(t)
	must(r.Approve(n, approver))(t)
}

func TestR68TwoPersonsOrAReview(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, lead))(t)
	_, err := r.export(n, Order{}, lead)
	is(t, err, ErrRefused)
	_, err = r.Review(n, "fine", third)
	is(t, err, ErrRefused) // nothing to review
	// What is shown here is held to the same.
	v := asked()
	v.Kind = Viewing
	shown := must(r.Request(v, lead))(t).Number
	must(r.Approve(shown, lead))(t)
	h := byHand
	h.Channel, h.Medium, h.Serial = OnSite, "", ""
	_, err = r.Deliver(shown, h, lead)
	is(t, err, ErrRefused)
	must(r.Deliver(shown, h, approver))(t)
	must(r.Close(shown, "", lead))(t)

	e := must(r.Request(asked(), lead))(t).Number
	_, err = r.Emergency(e, "in haste", lead)
	is(t, err, ErrInvalid)
	must(r.Emergency(e, "a child is missing and nobody else is here", lead))(t)
	must(r.export(e, Order{}, lead))(t)
	if s := must(r.Show(e))(t); !slices.Equal(s.Flags, []Flag{FlagReview}) || len(r.Alarms()) != 0 {
		t.Errorf("flags %v, alarms %v", s.Flags, r.Alarms())
	}
	r.at(start.Add(ReviewWithin))
	if s := must(r.Show(e))(t); !slices.Equal(s.Flags, []Flag{FlagLate}) {
		t.Errorf("flags %v", s.Flags)
	}
	if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmRelease || a[0].Since != start.Add(ReviewWithin) || !strings.Contains(a[0].Detail, e) {
		t.Errorf("alarms %v", a)
	}
	_, err = r.Review(e, "fine", lead)
	is(t, err, ErrRefused)
	must(r.Review(e, "it was right", third))(t)
	if s := must(r.Show(e))(t); len(s.Flags) != 0 || len(r.Alarms()) != 0 || s.Reviewed.By != third {
		t.Errorf("flags %v, alarms %v", s.Flags, r.Alarms())
	}
	r.intact(e)
}

func TestR69OralStaysOpen(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	f := asked()
	f.How = Phone
	n := r.delivered(f, Order{}).Number
	must(r.Receipt(n, paper("receipt"), lead))(t)
	if s := must(r.Show(n))(t); !slices.Equal(s.Flags, []Flag{FlagWritten}) {
		t.Errorf("flags %v", s.Flags)
	}
	_, err := r.Close(n, "", lead)
	is(t, err, ErrRefused)
	_, err = r.Attach(n, WrittenRequest, Paper{Archive: "binder"}, lead)
	is(t, err, ErrInvalid)
	must(r.Attach(n, WrittenRequest, paper("letter"), lead))(t)
	must(r.Close(n, "", lead))(t)
}

func TestR70GivenAndAsked(t *testing.T) {
	r := newRig(t)
	f := asked()
	f.Given = scope(start.Add(-10*time.Minute), start.Add(-8*time.Minute), "k01")
	_, err := r.Request(f, lead)
	is(t, err, ErrInvalid)
	f.Differs = "the rest shows nothing of it"
	must(r.Request(f, lead))(t)
	f.Given = scope(start.Add(-11*time.Minute), start.Add(-8*time.Minute), "k01")
	_, err = r.Request(f, lead)
	is(t, err, ErrRefused)
	f.Given = scope(start.Add(-10*time.Minute), start.Add(-8*time.Minute), "k02")
	_, err = r.Request(f, lead)
	is(t, err, ErrRefused)
}

func TestR74ReceiptIsFlagged(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.delivered(asked(), Order{}).Number
	r.at(start.Add(ReceiptWithin) - 1)
	if s := must(r.Show(n))(t); len(s.Flags) != 0 {
		t.Errorf("flags %v", s.Flags)
	}
	r.at(start.Add(ReceiptWithin))
	if s := must(r.Show(n))(t); !slices.Equal(s.Flags, []Flag{FlagReceipt}) {
		t.Errorf("flags %v", s.Flags)
	}
}

func TestR76Recipients(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	secret := asked()
	secret.Secrecy, secret.SecrecyFor = start.Add(48*time.Hour), "the police lawyer"
	open, hidden := r.delivered(asked(), Order{}).Number, r.delivered(secret, Order{}).Number
	draft := must(r.Request(asked(), third))(t).Number
	list := func(f Filter) string {
		var numbers []string
		for _, x := range must(r.List(f))(t) {
			numbers = append(numbers, x.Number)
		}
		return strings.Join(numbers, " ")
	}
	at := footage.Span{From: start.Add(-6 * time.Minute), To: start}
	for want, f := range map[string]Filter{
		draft + " " + hidden + " " + open: {Camera: "k01", Span: at},
		open:                              {Camera: "k01", Span: at, Subject: true},
		draft:                             {User: third},
		"":                                {Camera: "k01", Span: footage.Span{From: start.Add(-5 * time.Minute), To: start}},
		hidden + " " + open:               {User: approver, Case: "12345678/26"},
		hidden:                            {State: Delivered, Limit: 1},
	} {
		if got := list(f); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
	r.at(start.Add(48 * time.Hour))
	if got := list(Filter{Camera: "k01", Span: at, Subject: true}); got != hidden+" "+open {
		t.Errorf("after the secrecy: %s", got)
	}
}

func TestR78NamesGo(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.delivered(asked(), Order{}).Number
	must(r.Correct(n, "a typing error", func(f *Facts) error { f.Asker.Name = "Kari Normann"; return nil }, lead))(t)
	must(r.Receipt(n, paper("receipt"), lead))(t)
	must(r.Verify(n, "Kari Normann", 0, lead))(t)
	must(r.Close(n, "", lead))(t)
	r.Step()
	five := footage.At(start.Time().AddDate(5, 0, 0))
	r.at(five - 1)
	r.Step()
	if s := must(r.Show(n))(t); s.Asker.Name != "Kari Normann" || s.Old[0].Asker.Name != "Kari Nordmann" {
		t.Errorf("%+v", s.Words)
	}
	r.at(five)
	r.Step()
	s := must(r.Show(n))(t)
	for _, v := range append(s.Old, s.Release) {
		if len(v.Paths) != 0 || v.Asker != (Person{}) || v.Case != "" || v.Received != "" || v.Salt != nil {
			t.Errorf("version %d still has %+v", v.Version, v.Said)
		}
	}
	if s.Erased != five || len(s.Parts) != 10 || s.Packages[0].Manifest == (footage.SHA256{}) || s.Receipt.SHA256 == (footage.SHA256{}) {
		t.Errorf("hashes are gone, too: %+v", s.Record)
	}
	if all := must(r.List(Filter{Case: "12345678/26"}))(t); len(all) != 0 {
		t.Error("it is still found by its case")
	}
	_, err := r.Correct(n, "too late", func(*Facts) error { return nil }, lead)
	is(t, err, ErrRefused)
	// Its rows hold nothing of a name.
	if err := r.Index.View(func(tx *index.Tx) error {
		for row := range tx.Scan(index.Prefix(room, saidPart)) {
			t.Errorf("%s is still there", row.Key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r.intact(n)
}

func TestR79CorrectionsAreVersions(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, approver))(t)
	// Something that nobody has decided upon leaves it approved.
	x := must(r.Correct(n, "wrong contact", func(f *Facts) error { f.Asker.Contact = "22 66 90 50"; return nil }, lead))(t)
	if x.State != Approved || x.Version != 3 {
		t.Errorf("%s, version %d", x.State, x.Version)
	}
	// What the approver has decided upon is approved again.
	x = must(r.Correct(n, "too much", func(f *Facts) error {
		f.Given, f.Differs = scope(start.Add(-10*time.Minute), start.Add(-8*time.Minute), "k01"), "nothing happens after that"
		return nil
	}, lead))(t)
	if x.State != Draft || x.Approved.At != 0 {
		t.Errorf("%s, approved %v", x.State, x.Approved)
	}
	_, err := r.Correct(n, "", func(*Facts) error { return nil }, lead)
	is(t, err, ErrInvalid)
	_, err = r.Correct(n, "somebody else", func(f *Facts) error { f.Recipient = "press"; return nil }, lead)
	is(t, err, ErrRefused)
	must(r.Approve(n, approver))(t)
	must(r.export(n, Order{}, lead))(t)
	_, err = r.Correct(n, "more", func(f *Facts) error { f.Given = f.Asked; return nil }, lead)
	is(t, err, ErrRefused)
	s := must(r.Show(n))(t)
	if len(s.Old) != 6 || s.Old[0].Asker.Contact != "kari@politiet.example" || s.Old[2].Asker.Contact != "22 66 90 50" || !same(s.Old[2].Given, s.Asked) || s.Old[3].Because != "too much" {
		t.Errorf("the old versions are %+v", s.Old)
	}
	if len(r.builds[0].Parts) != 4 {
		t.Errorf("%d segments were given", len(r.builds[0].Parts))
	}
	r.intact(n)
}

func TestR97PasswordsAreKeptAndDestroyed(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.delivered(asked(), Order{Password: true}).Number
	password := must(r.Password(n, lead))(t)
	if password != r.builds[0].Password || len(password) != 35 {
		t.Errorf("%q, built with %q", password, r.builds[0].Password)
	}
	path := r.passwordPath(n, 1)
	must(r.Receipt(n, paper("receipt"), lead))(t)
	r.at(start.Add(PackageAfter))
	r.restart()
	r.Step()
	if s := must(r.Show(n))(t); s.Packages[0].Gone == 0 || s.Packages[0].Destroyed != 0 || !exists(path) {
		t.Errorf("%+v", s.Packages)
	}
	must(r.Close(n, "", lead))(t)
	r.Step()
	if must(r.Password(n, lead))(t) != password {
		t.Error("it is gone before anybody has confirmed")
	}
	must(r.Verify(n, "Kari Nordmann", 0, lead))(t)
	if s := must(r.Show(n))(t); s.Packages[0].Destroyed == 0 || exists(path) || s.State != Closed {
		t.Errorf("%+v", s.Packages)
	}
	_, err := r.Password(n, lead)
	is(t, err, ErrRefused)
	r.intact(n)
}

func TestR100PackagesDieWithTheirFootage(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, approver))(t)
	x := must(r.export(n, Order{}, lead))(t)
	first := start.Add(-10 * time.Minute)
	p := x.Packages[0]
	if p.Deadline != first.Add(holds.MaxKeep) {
		t.Fatalf("its deadline is %s", p.Deadline)
	}
	r.at(p.Deadline - 1)
	if next := r.Step(); next != p.Deadline || !exists(p.Path) {
		t.Errorf("next %s", next)
	}
	r.at(p.Deadline)
	r.Step()
	if s := must(r.Show(n))(t); s.Packages[0].Gone != p.Deadline || exists(p.Path) {
		t.Errorf("%+v", s.Packages[0])
	}
	_, err := r.Deliver(n, byHand, lead)
	is(t, err, ErrRefused)
	// Another package of what is left is possible, and goes when its footage does,
	// also when that comes to its deadline early.
	x = must(r.export(n, Order{}, lead))(t)
	if len(r.builds[1].Parts) != 9 || !strings.HasSuffix(x.Packages[1].Path, "U-2026-0001_2") {
		t.Errorf("%d segments in %s", len(r.builds[1].Parts), x.Packages[1].Path)
	}
	if err := r.Index.Update(func(tx *index.Tx) error {
		s, _, err := vault.Find(tx, r.builds[1].Parts[5].ID)
		if err != nil {
			return err
		}
		return vault.SetTerms(tx, []vault.Change{{Segment: s, To: vault.Terms{Keep: tx.Now, Ceiling: s.Ceiling, Deadline: tx.Now}}})
	}); err != nil {
		t.Fatal(err)
	}
	r.Step()
	if exists(x.Packages[1].Path) {
		t.Error("it has outlived its footage")
	}
	// Nothing is built of footage that comes to its deadline meanwhile.
	r.onBuild = func(Build) error { r.at(start.Add(holds.MaxKeep)); return nil }
	_, err = r.export(n, Order{}, lead)
	is(t, err, failed{FailedDue})
	if exists(r.builds[2].Package.Path) {
		t.Error("something is left of it")
	}
	r.onBuild = nil
	_, err = r.export(n, Order{}, lead)
	is(t, err, ErrNothing)
	r.intact(n)
}

// A medium is ours until it is handed over.
func TestMedia(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	stick := t.TempDir()
	medium, err := elsewhere(filepath.Dir(r.Dir), stick)
	if err != nil || !medium {
		t.Fatalf("%v: %s and %s are on one disk; mount a tmpfs at /dev/shm", err, r.Dir, stick)
	}
	given := r.delivered(asked(), Order{Out: stick})
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, approver))(t)
	kept := must(r.export(n, Order{Out: stick}, lead))(t)
	r.at(kept.Packages[0].Deadline)
	r.Step()
	if !exists(given.Packages[0].Path) || exists(kept.Packages[0].Path) {
		t.Error("what was handed over is the recipient's, what was not is ours")
	}
	if s := must(r.Show(n))(t); !slices.Contains(s.Flags, FlagMedium) {
		t.Errorf("flags %v", s.Flags)
	}
	for _, out := range []string{"stick", filepath.Join(stick, "missing")} {
		_, err := r.export(n, Order{Out: out}, lead)
		is(t, err, ErrInvalid)
	}
}

// A crash while a package is being built leaves nothing of it after the next step, and
// the release can be exported again.
func TestRestartRemovesHalfPackages(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, approver))(t)
	p := must(r.StartExport(n, Order{Password: true}, lead))(t).Packages[0]
	must(r.makePassword(n, 1))(t)
	if err := os.MkdirAll(filepath.Join(p.Path, "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.Step()
	if !exists(p.Path) {
		t.Fatal("a package that is being built was removed")
	}
	_, err := r.StartExport(n, Order{}, lead)
	is(t, err, ErrRefused)
	r.restart()
	r.Step()
	if s := must(r.Show(n))(t); exists(p.Path) || s.Packages[0].Gone == 0 || s.Packages[0].Failed != FailedStopped || s.State != Approved || exists(r.passwordPath(n, 1)) || !slices.Contains(s.Flags, FlagFailed) {
		t.Errorf("%s: %+v, %v", s.State, s.Packages, s.Flags)
	}
	if x := must(r.export(n, Order{}, lead))(t); x.State != Exported || x.Packages[1].Built == 0 {
		t.Errorf("%+v", x.Packages)
	}
	r.intact(n)
}

// While a package is being built the release can be refused or corrected: then nothing
// of the package is left, and nothing has left.
func TestExportAgainstOthers(t *testing.T) {
	for name, other := range map[string]func(r *rig, n string) error{
		"refused": func(r *rig, n string) error {
			_, err := r.Refuse(n, "the request was withdrawn by letter", approver)
			return err
		},
		"corrected": func(r *rig, n string) error {
			_, err := r.Correct(n, "other purpose", func(f *Facts) error { f.Purpose = "prosecution"; return nil }, approver)
			return err
		},
	} {
		r := newRig(t)
		r.record("k01", start.Add(-20*time.Minute), 40)
		n := must(r.Request(asked(), lead))(t).Number
		must(r.Approve(n, approver))(t)
		r.onBuild = func(Build) error { return other(r, n) }
		_, err := r.export(n, Order{}, lead)
		is(t, err, failed{FailedChanged})
		if s := must(r.Show(n))(t); exists(r.builds[0].Package.Path) || s.Packages[0].Gone == 0 || s.State == Exported {
			t.Errorf("%s: %s, %+v", name, s.State, s.Packages)
		}
		r.intact(n)
	}
	// Of many who approve and export at once, one of each succeeds.
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	var approved, exported, refusals int
	var mu sync.Mutex
	var all sync.WaitGroup
	hold := make(chan struct{})
	r.onBuild = func(Build) error { <-hold; return nil }
	for range 8 {
		all.Go(func() {
			_, err := r.Approve(n, approver)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				approved++
			}
		})
	}
	all.Wait()
	var exports sync.WaitGroup
	for i := range 8 {
		exports.Go(func() {
			_, err := r.export(n, Order{}, lead)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				exported++
			case errors.Is(err, ErrRefused):
				if refusals++; refusals == 7 {
					close(hold)
				}
			default:
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	exports.Wait()
	if approved != 1 || exported != 1 || refusals != 7 {
		t.Errorf("%d approvals, %d exports, %d refusals", approved, exported, refusals)
	}
	r.intact(n)
}

// A hold that two releases need is closed after the second one's receipt (R32).
func TestR32HoldsCloseAfterReceipts(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	f := asked()
	f.Hold = r.place("k01")
	one, two := r.delivered(f, Order{}).Number, r.delivered(f, Order{}).Number
	must(r.Receipt(one, paper("receipt"), lead))(t)
	if k := must(r.Holds.Show(f.Hold))(t); k.Closes != 0 {
		t.Errorf("it closes at %s", k.Closes)
	}
	r.at(start.Add(time.Hour))
	must(r.Receipt(two, paper("receipt"), third))(t)
	// The first receipt counts: nobody may keep longer because of the second.
	if k := must(r.Holds.Show(f.Hold))(t); k.Closes != start.Add(holds.DeliveredAfter) || k.Receipt.By != third {
		t.Errorf("it closes at %s, by %s", k.Closes, k.Receipt.By)
	}
	for _, n := range []string{one, two} {
		if s := must(r.Show(n))(t); s.HoldTold == 0 {
			t.Errorf("%s has not told", n)
		}
	}
	f.Hold = "H-2026-0009"
	_, err := r.Request(f, lead)
	is(t, err, ErrInvalid)
}

func TestNumbers(t *testing.T) {
	for _, number := range []string{"", "U-2026-1", "U-2026-0000", "u-2026-0001", "U-26-0001", "U-2026-00001", "H-2026-0001", "U-2026-0001/x", "2026-0001"} {
		if key, err := parseNumber(number); err == nil {
			t.Errorf("%q is %s", number, key)
		}
	}
	// One that was given is never given again, whatever the counter says.
	r := newRig(t)
	for range 2 {
		must(r.Request(asked(), lead))(t)
		if err := r.Index.Update(func(tx *index.Tx) error { return tx.Put(index.Key("meta", "holds-U-2026"), 0) }); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(r.Request(asked(), lead))(t).Number; n != "U-2026-0003" {
		t.Errorf("then comes %s", n)
	}
	if key, err := parseNumber("U-2026-12345"); key != "2026-00012345" {
		t.Errorf("%s %v", key, err)
	}
}

// R34: what only a freeze keeps is not given, unless the privacy role says so.
func TestR34FrozenFootageStays(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := must(r.Request(asked(), lead))(t).Number
	must(r.Approve(n, approver))(t)
	if err := r.Index.Update(func(tx *index.Tx) error {
		var frozen []vault.Change
		for s, err := range vault.Segments(tx, "k01", scope(start.Add(-10*time.Minute), start.Add(-9*time.Minute))[0].Span) {
			if err != nil {
				return err
			}
			to := s.Terms
			to.Restricted = true
			frozen = append(frozen, vault.Change{Segment: s, To: to})
		}
		return vault.SetTerms(tx, frozen)
	}); err != nil {
		t.Fatal(err)
	}
	_, err := r.export(n, Order{Frozen: true}, lead)
	is(t, err, ErrRefused)
	must(r.export(n, Order{Viewer: footage.Privacy}, lead))(t)
	must(r.export(n, Order{Viewer: footage.Privacy, Frozen: true}, lead))(t)
	if a, b := len(r.builds[0].Parts), len(r.builds[1].Parts); a != 8 || b != 10 {
		t.Errorf("%d and %d segments were given", a, b)
	}
	// What the builder adds by itself does not leave (R64).
	r.onBuild = nil
	build := r.Build
	r.Build = func(ctx context.Context, b Build) (Built, error) {
		built, err := build(ctx, b)
		built.Parts = append(slices.Clone(built.Parts), Part{ID: "k01/x"})
		return built, err
	}
	_, err = r.export(n, Order{}, lead)
	is(t, err, failed{FailedOther})
	if exists(r.builds[2].Package.Path) {
		t.Error("something is left of it")
	}
}

// A password belongs to one form alone, and a still is of what is given.
func TestOrders(t *testing.T) {
	given := asked().Asked
	for name, c := range map[string]struct {
		o    Order
		form Form
		err  error
	}{
		"nothing said":      {Order{}, Folder, nil},
		"password":          {Order{Password: true}, AES, nil},
		"encrypted":         {Order{Form: AES}, AES, nil},
		"zip":               {Order{Form: ZIP}, ZIP, nil},
		"zip with password": {Order{Form: ZIP, Password: true}, "", ErrInvalid},
		"unknown":           {Order{Form: "tar"}, "", ErrInvalid},
		"still":             {Order{Stills: []Still{{"k01", given[0].From}}}, Folder, nil},
		"still behind":      {Order{Stills: []Still{{"k01", given[0].To}}}, "", ErrRefused},
		"still of another":  {Order{Stills: []Still{{"k02", given[0].From}}}, "", ErrRefused},
		"many stills":       {Order{Stills: make([]Still, MaxStills+1)}, "", ErrInvalid},
	} {
		err := c.o.complete(given)
		if !errors.Is(err, c.err) || err == nil && (c.o.Form != c.form || c.o.Password != (c.form == AES)) {
			t.Errorf("%s: %+v, %v", name, c.o, err)
		}
	}
}
