package web

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// builds has s make real packages, as the daemon does; shown is closed once their
// progress has been seen.
func builds(s *site, shown <-chan struct{}) {
	s.Helper()
	keys, err := handover.OpenKeys(filepath.Join(s.TempDir(), handover.KeyFolder), "Eksempel Arena AS", s.Now)
	if err != nil {
		s.Fatal(err)
	}
	s.Releases.Build = func(ctx context.Context, b release.Build) (release.Built, error) {
		b.Progress(string(handover.Writing), 1, 4, "data/video/k01.mp4")
		<-shown
		r := b.Release
		made, err := handover.Build(ctx, handover.Input{
			Vault: s.Vault, Notary: s.Notary, Keys: keys, Selections: r.Given, Folder: b.Package.Path, Now: s.Now,
			Release: handover.Release{Number: r.Number, Kind: r.Kind, Case: r.Case, Concerns: r.Concerns, Purpose: r.Purpose, AskedAt: r.AskedAt, AskedHow: r.How, Basis: r.Basis,
				Recipient: handover.Recipient{Name: r.Asker.Name, Organisation: r.Organisation}, Approved: handover.Act{ID: r.Approved.By, At: r.Approved.At}, Exported: handover.Act{ID: b.Package.Begun.By, At: b.Package.Begun.At}},
			Site:    handover.Site{Name: "Sentrum Scene", Zone: s.zone, Controller: "Eksempel Arena AS", Policy: s.Holds.Policy()},
			Cameras: []handover.Camera{{ID: "k01-inngang", Name: "Hovedinngang"}},
		})
		if err != nil {
			return release.Built{}, err
		}
		built := release.Built{Bytes: made.Bytes, Files: made.Files, Key: made.Fingerprint, Paths: []string{filepath.Base(made.Path)}}
		for _, segment := range made.Segments {
			built.Parts = append(built.Parts, release.Part{ID: segment.ID(), SHA256: segment.SHA256, Bytes: segment.Bytes})
		}
		return built, built.Manifest.UnmarshalText([]byte(made.Manifest))
	}
}

// testReleases goes the whole way of a release: a hold, the request, another person's
// approval, a package that is seen to be made and verified where it lies, the handover,
// the receipt, the hold's end, and our copy gone.
func testReleases(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.by = nil // whoever has signed in
	s.camera("k01-inngang", "Hovedinngang")
	picture := clip(t, "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -pix_fmt yuv420p -c:v libx264 -preset veryfast -bf 0 -g 25")
	s.record("k01-inngang", s.at("20:00:00"), picture)
	s.record("k01-inngang", s.at("20:00:02"), picture)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:04")}, Case: "16482011"})
	_, leo := s.person("leo", account.Lead)
	_, ane := s.person("ane", account.Approver)
	shown := make(chan struct{})
	builds(s, shown)
	stick := t.TempDir()
	s.Media = func() []string { return []string{stick} }

	b := browse(ctx, s)
	b.TB = t
	b.base = strings.Replace(b.base, "127.0.0.1", "localhost", 1) // cookies of its own
	become := func(u account.User) {
		t.Helper()
		if _, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: "sjudager", Value: s.signIn(u.ID), URL: b.base}); err != nil {
			t.Fatal(err)
		}
	}
	click := func(selector string) {
		t.Helper()
		if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatalf("%s: %v", selector, err)
		}
	}
	fill := func(values ...string) {
		t.Helper()
		for i := 0; i < len(values); i += 2 {
			b.do(chromedp.SetValue(chromedp.CSS(values[i]), values[i+1]))
		}
	}
	says := func(selector string, parts ...string) {
		t.Helper()
		text := js[string](b, fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? '').replaceAll('\u00a0', ' ')`, selector))
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s says %q, which lacks %q", selector, text, part)
			}
		}
	}
	const one = "/utleveringer/U-2026-0001"

	become(leo)
	b.open("/sikringer/H-2026-0001?lang=nb")
	click(`#hold a[href*="/utleveringer/ny"]`)
	if js[bool](b, `document.querySelector('.given').checkVisibility() || document.querySelector('#assessment').checkVisibility() || document.querySelector('#secrecy_for').checkVisibility()`) {
		t.Error("it asks for what nobody has said is the case")
	}
	fill("#recipient", "police", "#organisation", "Oslo politidistrikt", "#name", "Kari Nordmann", "#service", "P1234", "#contact", "02800", "#identity", "tjenestebevis sett",
		"#how", "letter", "#basis", "police_demand", "#purpose", "etterforskning")
	fill("[name=from_clock]", "20:00:02", "[name=to_clock]", "20:00")
	click(`#releaseform .primary`)
	b.wait(`document.activeElement?.id === 'releaseform' && document.querySelector('#to-wrong') !== null && document.querySelector('#service').value === 'P1234'`)
	fill("[name=from_clock]", "20:00:00", "[name=to_clock]", "20:00:04")
	click(`#releaseform [value=preview]`)
	b.wait(`document.querySelector('#preview video')?.videoWidth === 320`)
	says("#preview", "2 opptaksbiter", "Opptaket slettes mandag 3. aug. 2026")
	click(`#releaseform .primary`)
	says("#acts", "Venter på en godkjenner.")

	become(ane)
	b.open("/?lang=nb")
	click(`#todo a[href^="/utleveringer/"]`)
	b.do(chromedp.Click(chromedp.CSS(`#acts [name=sure]`)))
	click(`#acts .primary`)
	says("#acts", "Venter på en sikkerhetsansvarlig.")

	become(leo)
	b.open(one + "?lang=nb")
	fill("#export-out", stick)
	click(`#acts .primary`)
	built := make(chan bool)
	go func() { built <- s.Releases.BuildNext(context.Background()) }()
	b.wait(`document.querySelector('#building progress')?.value === 1 && document.querySelector('#building').innerText.includes('Skriver')`)
	b.do(chromedp.Evaluate[chromedp.Void](axe(t)))
	for _, fault := range js[[]string](b, axeFaults) {
		t.Errorf("while it is made: %s", fault)
	}
	b.shoot("release-progress")
	close(shown)
	if !<-built {
		t.Fatal("there was nothing to build")
	}
	b.wait(`document.querySelector('#building') === null && document.querySelector('#packages') !== null`) // by itself
	r, err := s.Releases.Show("U-2026-0001")
	if err != nil || r.State != release.Exported || len(r.Paths) != 1 {
		t.Fatalf("%s %s %v", r.State, r.Failure, err)
	}
	made := r.Packages[0]
	folder := filepath.Join(made.Path, r.Paths[0])
	says("#packages", made.Manifest.String(), "2 opptaksbiter", stick, "Utleveringsnotat")
	says("#acts-h", "Før inn overleveringen")
	if kind := js[string](b, `fetch(document.querySelector('#packages a[type]:last-of-type').href).then(async r => r.headers.get('Content-Type') + (await r.text()).slice(0, 5))`); kind != "application/pdf%PDF-" {
		t.Errorf("the receipt is %s", kind)
	}

	// What was written, as its recipient finds it.
	check := exec.Command("sha256sum", "--quiet", "-c", "manifest-sha256.txt")
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v %s", err, out)
	}
	tab, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	outside := &browser{TB: t, ctx: tab}
	pages, err := filepath.Glob(filepath.Join(folder, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		outside.do(chromedp.Navigate("file://" + page))
		if js[bool](outside, `document.querySelector('#pick[webkitdirectory]') !== null`) {
			break
		}
	}
	outside.do(chromedp.SetUploadFiles(chromedp.CSS("#pick"), []string{folder}))
	outside.wait("!!document.body.dataset.result")
	if verdict := js[string](outside, "document.body.dataset.result"); verdict != "ok" {
		t.Error(js[string](outside, "document.body.innerText"))
	}

	s.setNow(saturday.Add(30 * time.Minute))
	become(leo)
	b.open(one + "?lang=nb")
	fill("#deliver-medium", "Kingston", "#deliver-serial", "77", "#deliver-where", "vaktrommet")
	click(`#acts .primary`)
	says("#done", "Leo → Kari Nordmann, vaktrommet", "Kingston, serienummer 77")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#receipt-file"), []string{filepath.Join(folder, "03_KVITTERING.pdf")}))
	b.wait(`/^[0-9a-f]{64}$/.test(document.querySelector('#receipt-sha256').value) && !document.querySelector('#receipt-file').name`)
	fill("#receipt-archive", "perm 3")
	click(`#acts .primary`)
	says("#done", "fikk beskjed om kvitteringen")
	b.open("/sikringer/H-2026-0001?lang=nb")
	says("#hold", "Oppheves etter utlevering", "om 2 d")
	b.open(one + "?lang=nb")
	click(`#acts .primary`)
	says("#release-h", "Avsluttet")

	s.setNow(saturday.Add(49 * time.Hour))
	s.Releases.Step()
	s.sweep()
	become(leo)
	b.open(one + "?lang=nb")
	says("#packages", "Slettet fra anlegget, sett borte")
	s.setNow(saturday.Add(7 * 24 * time.Hour))
	s.sweep()
	if left, err := s.Releases.Preview(r.Given, footage.Staff); err != nil || left.Segments != 0 {
		t.Errorf("%d segments are left, %v", left.Segments, err)
	}
	become(leo)
	b.open("/sikringer/H-2026-0001?lang=nb")
	says("#hold", "Avsluttet")
	b.open(one + "?lang=nb&log=yes")
	says("#versions", "Pakken fjernet fra anlegget", "Avsluttet", "Kvittering ført inn", "Overlevert", "Pakket", "Godkjent", "Registrert", made.Manifest.String())
	b.clean("400")
}
