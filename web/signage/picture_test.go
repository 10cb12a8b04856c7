package signage

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/durable"
)

// shot is a JPEG of a shade.
func shot(t testing.TB, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 48, 32))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.SetGray(1, 1, color.Gray{255 - shade})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photo uploads a photo that is like no other.
func (v *venue) photo() Picture {
	v.Helper()
	all, err := Pictures(v.Dir)
	must(v.TB, all, err)
	p, err := v.AddPhoto(shot(v.TB, uint8(10*len(all))), true, by)
	return must(v.TB, p, err)
}

// plan enters a plan.
func (v *venue) plan(name string) Plan {
	v.Helper()
	picture, err := v.AddDrawing(shot(v.TB, 200), by)
	must(v.TB, picture, err)
	p, err := v.PutPlan(Plan{Name: name, Picture: picture}, by)
	return must(v.TB, p, err)
}

func TestR117R124Photos(t *testing.T) {
	v, hoved, _ := announced(t)
	_, err := v.AddPhoto(shot(t, 0), false, by)
	refuses(t, err, ErrRefused, "R124")
	_, err = v.AddPhoto([]byte("GIF89a"), true, by)
	refuses(t, err, ErrInvalid, "neither")
	if all, err := Pictures(v.Dir); err != nil || len(all) != 0 {
		t.Errorf("kept are %v, %v", all, err)
	}
	for words, p := range map[string]Picture{"not the SHA-256": "../index.db", "upload it first": Picture(bytes.Repeat([]byte("0"), 64))} {
		_, err = v.Inspect(Inspection{Sign: hoved.Number, Occasion: Periodic, Photos: []Picture{p}}, by)
		refuses(t, err, ErrInvalid, words)
		_, err = v.PutPlan(Plan{Name: "1", Picture: p}, by)
		refuses(t, err, ErrInvalid, words)
		_, err = v.Picture(p)
		refuses(t, err, ErrNotFound, "")
		g := hoved
		g.Photo = p
		_, err = v.PutSign(g, by)
		refuses(t, err, ErrInvalid, words)
	}
	p := v.photo()
	_, err = v.Inspect(Inspection{Sign: hoved.Number, Occasion: Periodic, Photos: []Picture{p, p}}, by)
	refuses(t, err, ErrInvalid, "twice")
	_, err = v.Inspect(Inspection{Sign: hoved.Number, Occasion: Periodic, Photos: make([]Picture, MaxPhotos+1)}, by)
	refuses(t, err, ErrInvalid, "at most")

	// A photo is of the sign as it hangs: it counts as before. Another position does not.
	hoved.Photo = p
	v.now = v.now.Add(time.Hour)
	hoved, err = v.PutSign(hoved, by)
	if must(t, hoved, err); hoved.Version != 2 || !v.snapshot().Standing(hoved).Valid {
		t.Errorf("with a photo: %+v", v.snapshot().Standing(hoved))
	}
	hoved.HeightCM = 170
	if hoved, err = v.PutSign(hoved, by); err != nil || v.snapshot().Standing(hoved).Valid {
		t.Errorf("hung higher: %v", err)
	}

	file, err := v.Picture(p)
	must(t, file, err)
	if err := os.WriteFile(filepath.Join(v.Dir, string(p)), append(file, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Picture(p); err == nil {
		t.Error("a picture that was exchanged is shown")
	}
}

// Pictures that no record names go after a day, with what a crash has left; those that an
// old record names stay.
func TestOrphansAreRemoved(t *testing.T) {
	v, hoved, _ := announced(t)
	if n, err := v.RemoveOrphans(); n != 0 || err != nil {
		t.Errorf("without a folder: %d %v", n, err)
	}
	var named []string
	for range 2 {
		hoved.Photo = v.photo()
		g, err := v.PutSign(hoved, by)
		must(t, g, err)
		named = append(named, string(hoved.Photo))
	}
	orphan, plan := v.photo(), v.plan("1. etasje")
	named = append(named, string(plan.Picture))
	half := filepath.Join(v.Dir, named[0]+durable.TempExt)
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	slices.Sort(named)
	for _, name := range append(slices.Clone(named), string(orphan), filepath.Base(half)) {
		if err := os.Chtimes(filepath.Join(v.Dir, name), v.now, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.now = v.now.Add(orphanAfter - time.Microsecond)
	if n, err := v.RemoveOrphans(); n != 0 || err != nil {
		t.Errorf("before a day is over: %d %v", n, err)
	}
	v.now = v.now.Add(time.Microsecond)
	if n, err := v.RemoveOrphans(); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	left, err := os.ReadDir(v.Dir)
	must(t, left, err)
	if all, err := Pictures(v.Dir); err != nil || !slices.Equal(all, named) || len(left) != len(named) {
		t.Errorf("left are %v, named %v", left, named)
	}
}

func TestPlansAndMarks(t *testing.T) {
	v, hoved, side := announced(t)
	plan := v.plan("1. etasje")
	for words, m := range map[string]Mark{
		"of a camera or of a sign": {Plan: plan.Number},
		"or of a sign":             {Plan: plan.Number, Camera: "k01-inngang", Sign: hoved.Number},
		"thousandths":              {Plan: plan.Number, Sign: hoved.Number, X: 1001},
		"no view":                  {Plan: plan.Number, Sign: hoved.Number, View: 70},
		"degrees":                  {Plan: plan.Number, Camera: "k01-inngang", Direction: 360},
		"no sign":                  {Plan: plan.Number, Sign: "S-099"},
		"no camera":                {Plan: plan.Number, Camera: "k99"},
		"is not on":                {Plan: plan.Number, Sign: hoved.Number, Gone: true},
		"no plan":                  {Plan: "P-002", Sign: hoved.Number},
	} {
		if _, err := v.Place(m, by); err == nil {
			t.Errorf("%s: placed", words)
		} else {
			refuses(t, err, err, words)
		}
	}
	side.State = Down
	side, err := v.PutSign(side, by)
	must(t, side, err)
	_, err = v.Place(Mark{Plan: plan.Number, Sign: side.Number}, by)
	refuses(t, err, ErrRefused, "down")
	for x := range 3 {
		m, err := v.Place(Mark{Plan: plan.Number, Camera: "k01-inngang", X: x, View: 360, Direction: 359}, by)
		must(t, m, err)
	}
	if now := v.snapshot(); len(now.Marks) != 1 || now.Marks[0].X != 2 {
		t.Errorf("%+v", now.Marks)
	}
	m, err := v.Place(Mark{Plan: plan.Number, Camera: "k01-inngang", Gone: true}, by)
	if must(t, m, err); len(v.snapshot().Marks) != 0 {
		t.Error("it is there still")
	}
	m, err = v.Place(Mark{Plan: plan.Number, Camera: "k01-inngang", X: 7}, by)
	must(t, m, err)

	another, err := v.AddDrawing(shot(t, 90), by)
	must(t, another, err)
	p, err := v.PutPlan(Plan{Number: plan.Number, Picture: another}, by)
	if must(t, p, err); p.Version != 2 || p.Name != plan.Name || len(v.snapshot().Marks) != 1 {
		t.Errorf("%+v", p)
	}
	gone := true
	p, err = v.ChangePlan(plan.Number, "Foajé", &gone, by)
	if must(t, p, err); p.Picture != another || len(v.snapshot().Plans)+len(v.snapshot().Marks) != 0 {
		t.Errorf("%+v", p)
	}
	_, err = v.Place(m, by)
	refuses(t, err, ErrNotFound, "no plan")
	gone = false
	p, err = v.ChangePlan(plan.Number, "", &gone, by)
	if must(t, p, err); p.Name != "Foajé" || len(v.snapshot().Marks) != 1 {
		t.Errorf("back in use: %+v", p)
	}
	_, err = v.PutPlan(Plan{Number: "P-009", Picture: another}, by)
	refuses(t, err, ErrNotFound, "P-009")
	if next := v.plan("2. etasje"); next.Number != "P-002" {
		t.Errorf("the next is %s", next.Number)
	}
}
