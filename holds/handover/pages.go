package handover

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// The two pages are one file each and ask for nothing: their policy lets run no script
// but the one that is in them, and lets nothing out.
var (
	//go:embed player.html
	playerHTML []byte
	//go:embed verify.html
	verifierHTML []byte
)

// sealed puts the digest of a page's script into its policy.
func sealed(page []byte) []byte {
	_, after, _ := bytes.Cut(page, []byte("<script>"))
	script, _, _ := bytes.Cut(after, []byte("</script>"))
	sum := sha256.Sum256(script)
	return bytes.Replace(page, []byte("sha256-SCRIPT"), []byte("sha256-"+base64.StdEncoding.EncodeToString(sum[:])), 1)
}

func verifierPage() []byte { return sealed(verifierHTML) }

// playerPage is the player with what it plays. Its times are milliseconds since 1970.
func (b *builder) playerPage() []byte {
	type span struct {
		From  float64 `json:"from"`
		To    float64 `json:"to"`
		Media float64 `json:"media"` // seconds
	}
	type movie struct {
		File  string        `json:"file"`
		Copy  string        `json:"copy,omitempty"` // for browsers that cannot play it
		Type  string        `json:"type"`
		Codec footage.Codec `json:"codec"`
		Frame float64       `json:"frame"` // milliseconds
		Spans []span        `json:"spans"`
	}
	type camera struct {
		ID    footage.CameraID `json:"id"`
		Name  string           `json:"name"`
		Asked []span           `json:"asked"`
		// Milliseconds: to be given, given, gaps, missing; and the pictures that are given.
		Account [5]float64 `json:"account"`
		Masters []movie    `json:"masters"`
	}
	type gap struct {
		Camera footage.CameraID `json:"camera"`
		From   float64          `json:"from"`
		To     float64          `json:"to"`
		Nb     string           `json:"nb"`
		En     string           `json:"en"`
	}
	ms := func(i footage.Instant) float64 { return float64(i) / 1000 }
	page := struct {
		Number  string   `json:"number"`
		Case    string   `json:"case"`
		Site    string   `json:"site"`
		Zone    string   `json:"zone"`
		From    float64  `json:"from"`
		To      float64  `json:"to"`
		Cameras []camera `json:"cameras"`
		Gaps    []gap    `json:"gaps"`
	}{Number: b.Release.Number, Case: b.Release.Case, Site: b.Site.Name, Zone: b.Site.Zone.String(), From: ms(b.span.From), To: ms(b.span.To), Gaps: []gap{}}
	for _, g := range b.given {
		c := camera{ID: g.camera.ID, Name: g.camera.Name, Masters: []movie{}}
		for _, s := range g.asked {
			c.Asked = append(c.Asked, span{From: ms(s.From), To: ms(s.To)})
		}
		a := g.account()
		for i, d := range []time.Duration{a.Asked, a.Given, a.Gaps, a.Missing} {
			c.Account[i] = float64(d.Microseconds()) / 1000
		}
		c.Account[4] = float64(a.Pictures)
		for _, m := range g.masters {
			x := movie{File: m.file(), Type: `video/mp4; codecs="` + m.movie.CodecString + `"`, Codec: m.movie.Codec, Frame: float64(m.movie.Ticks) * 1000 / spool.Timescale / float64(m.movie.Frames)}
			if b.copied(m) {
				x.Copy = m.copyFile()
			}
			for _, s := range m.movie.Spans {
				x.Spans = append(x.Spans, span{ms(s.From), ms(s.To), float64(s.Media) / spool.Timescale})
			}
			c.Masters = append(c.Masters, x)
			page.From, page.To = min(page.From, ms(m.movie.Given.From)), max(page.To, ms(m.movie.Given.To))
		}
		for _, x := range g.missing {
			nb, en := statement.CauseInWords(x.Cause)
			page.Gaps = append(page.Gaps, gap{g.camera.ID, ms(x.Span.From), ms(x.Span.To), nb, en})
		}
		page.Cameras = append(page.Cameras, c)
	}
	data, err := json.Marshal(page) // which leaves no < that could end the element
	if err != nil {
		panic("internal error: the player's data cannot be written: " + err.Error()) // plain values
	}
	return bytes.Replace(sealed(playerHTML), []byte(">DATA<"), append(append([]byte(">"), data...), '<'), 1)
}
