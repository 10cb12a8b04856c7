package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// A zone from nothing to full coverage and a printed sign, on the command line; then the
// configuration lowers the retention, and the sign is worth nothing.
func TestR111R116R121SignCommands(t *testing.T) {
	t.Parallel()
	s := setup{signage: "notice: https://example.no/kamera/", cameras: map[string]string{"k01-inngang": "rtsp://127.0.0.1:1/x"}}
	p := install(t, s)
	p.start()
	refused := func(code int, words string, args ...string) {
		t.Helper()
		if r := p.run(args...); r.code != code || !strings.Contains(r.stderr, words) {
			t.Errorf("%v: %d %s", args, r.code, r.stderr)
		}
	}
	if r := p.run("sign", "list"); r.code != exitNothing {
		t.Errorf("an empty register: %d %s", r.code, r.out)
	}
	p.says(t, []string{"sign", "coverage"}, "k01-inngang", "no: no-zone")
	p.says(t, []string{"sign", "override", "--camera", "k01-inngang", "--reason", "Skiltet er bestilt og kommer onsdag."}, "--end 1")
	p.says(t, []string{"sign", "coverage", "--camera", "k01-inngang"}, "override 1", "bestilt")
	p.says(t, []string{"sign", "override", "--end", "1"}, "has ended")
	refused(exitRefused, "R42", "sign", "zone", "--name", "test", "--kind", "changing-room", "--entrances", "a=A")
	refused(exitRefused, "R43", "sign", "zone", "--name", "test", "--kind", "bar", "--entrances", "a=A")
	refused(exitUsage, "hoved=Hovedinngang", "sign", "zone", "--name", "test", "--kind", "entrance", "--entrances", "a")
	p.says(t, []string{"sign", "zone", "--name", "test", "--kind", "bar", "--entrances", "hoved=Hovedinngang; side=Sideinngang", "--staff", "ansatt=Ansatte",
		"--decision", "To ran mot baren i vår, vakt alene var ikke nok.", "--review", time.Now().AddDate(0, 6, 0).Format("2006-01-02 15:04")}, "Z-001 test, version 1")
	refused(exitUsage, "--area is missing", "sign", "put", "--before", "Z-001/hoved")
	put := []string{"sign", "put", "--before", "Z-001/hoved,Z-001/side", "--area", "baren, ikke salen", "--area-en", "the bar, not the hall", "--position", "ved døra, 160 cm"}
	refused(exitUsage, "bak", append(slices.Clone(put), "--before", "Z-001/bak")...)
	p.says(t, put, "S-001 is up, with text version 1")
	p.says(t, []string{"sign", "list"}, "ansatt (staff)", "Z-001/hoved, Z-001/side", "no: uninspected")
	p.says(t, []string{"sign", "inspect", "S-001", "--occasion", "install", "--failed", "lit,readable", "--defect", "for mørkt", "--due", time.Now().Add(48 * time.Hour).Format(time.RFC3339)}, "to be mended by")
	p.says(t, []string{"sign", "mend", "1"}, "S-001 is mended")
	var i signage.Inspection
	p.run("sign", "inspect", "S-001", "--occasion", "before-doors", "--json").document(t, &i)
	then := i.Done.At
	p.says(t, []string{"sign", "coverage"}, "hoved", "side", "S-001: yes")

	folder := t.TempDir()
	sign, page, files := filepath.Join(folder, "sign.pdf"), filepath.Join(folder, "notice.html"), filepath.Join(folder, "notice.zip")
	p.says(t, []string{"sign", "print", "S-001", "--out", sign}, sign)
	p.says(t, []string{"sign", "notice", "--lang", "en", "--out", page}, page)
	p.says(t, []string{"sign", "notice"}, "Opptak slettes av seg selv senest 7 dager", "test: 1 kamera")
	if b, err := os.ReadFile(sign); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("the sign: %v", err)
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.Contains(b, []byte("7 days after")) {
		t.Errorf("the notice: %v", err)
	}

	// A round before doors with a photo, a plan, and the register as a table.
	picture := filepath.Join(folder, "plan.png")
	var drawn bytes.Buffer
	if err := errors.Join(png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 64, 64))), os.WriteFile(picture, drawn.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	p.says(t, []string{"sign", "round", "begin", "--event", "Konsert"}, "round 1 of", "S-001")
	refused(exitRefused, "round 1", "sign", "round", "begin", "--event", "konsert")
	refused(exitRefused, "are left", "sign", "round", "close", "1")
	refused(exitUsage, "--nobody", "sign", "inspect", "S-001", "--occasion", "before-doors", "--photo", picture)
	p.run("sign", "inspect", "S-001", "--occasion", "before-doors", "--photo", picture, "--nobody", "--json").document(t, &i)
	photo := filepath.Join(folder, "photo.jpg")
	p.says(t, []string{"sign", "picture", string(i.Photos[0]), "--out", photo}, photo)
	if b, err := os.ReadFile(photo); err != nil || !bytes.HasPrefix(b, []byte("\xff\xd8")) || i.Round != 1 {
		t.Errorf("the photo: %v, round %d", err, i.Round)
	}
	p.says(t, []string{"sign", "round", "show", "1"}, "Konsert: open", "passed")
	p.says(t, []string{"sign", "round", "close", "1"}, "1 passed, 0 with a defect, 0 left")
	p.says(t, []string{"sign", "round", "list"}, "Konsert", "closed")
	if r := p.run("sign", "plan", "list"); r.code != exitNothing {
		t.Errorf("no plan: %d", r.code)
	}
	p.says(t, []string{"sign", "plan", "add", "--name", "1. etasje", "--picture", picture}, "P-001 1. etasje, version 1")
	p.says(t, []string{"sign", "plan", "place", "P-001", "--camera", "k01-inngang", "--x", "250", "--y", "400", "--direction", "180", "--view", "90"}, "at 250, 400")
	p.says(t, []string{"sign", "plan", "place", "P-001", "--sign", "S-001", "--x", "10", "--y", "20"}, "S-001 is on P-001")
	p.says(t, []string{"sign", "plan", "place", "P-001", "--sign", "S-001", "--gone"}, "no more")
	p.says(t, []string{"sign", "plan", "change", "P-001", "--name", "Foajé"}, "P-001 Foajé is in use")
	p.says(t, []string{"sign", "plan", "list"}, "Foajé", "180", "90")
	list := filepath.Join(folder, "skilt.csv")
	p.says(t, []string{"sign", "export", list}, list)
	p.says(t, []string{"sign", "import", list, "--dry-run"}, "same", "nothing is written")
	p.says(t, []string{"sign", "export", list, "--zones"}, list)
	p.says(t, []string{"sign", "import", list}, "Z-001", "same")
	if err := os.WriteFile(list, []byte("sign;material\nS-001;laminert\nS-009;x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := p.run("sign", "import", list, "--dry-run"); r.code != exitUsage || !strings.Contains(r.out, "no S-009") {
		t.Errorf("%d %s %s", r.code, r.out, r.stderr)
	}
	refused(exitUsage, "line 3", "sign", "import", list)

	s.retention = "keep: 5d"
	p.configure(s)
	eventually(t, 20*time.Second, "a new version of the notice", func() bool {
		var all web.SignRegister
		p.run("sign", "list", "--json").document(t, &all)
		return len(all.Texts) == 2
	})
	p.says(t, []string{"sign", "coverage"}, "no: no-valid", "S-001: no: text (retention)")
	p.says(t, []string{"sign", "coverage", "--at", then.String()}, "S-001: yes")
	p.says(t, []string{"sign", "notice"}, "senest 5 dager")
	p.says(t, []string{"sign", "notice", "--version", "1"}, "senest 7 dager")
	p.says(t, []string{"sign", "publish", "--out", files}, files)
	if z, err := zip.OpenReader(files); err != nil || len(z.File) != 10 {
		t.Errorf("the published notice: %v", err)
	}
	p.says(t, []string{"sign", "put", "--number", "S-001", "--text", "2", "--why", "ny lagringstid"}, "text version 2")
	p.says(t, []string{"sign", "inspect", "S-001", "--occasion", "install"}, "all eight checks passed")
	p.says(t, []string{"sign", "coverage"}, "S-001: yes")
	p.says(t, []string{"sign", "put", "--number", "S-001", "--state", "down"}, "S-001 is down")
	p.says(t, []string{"sign", "coverage"}, "no: no-sign")
	p.says(t, []string{"sign", "coverage", "--at", then.String()}, "S-001: yes")
	p.says(t, []string{"sign", "history", "--camera", "k01-inngang", "--from", time.Now().Add(-time.Hour).Format(time.RFC3339), "--to", time.Now().Format(time.RFC3339Nano)},
		"not known", "no: no-zone", "S-001: no: uninspected", "S-001: yes", "S-001: no: text", "hoved     -")
}
