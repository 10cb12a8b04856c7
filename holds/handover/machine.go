package handover

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/footage"
)

const machineFolder = "data/maskin/"

func sortGaps(all []footage.Gap) {
	slices.SortFunc(all, func(a, b footage.Gap) int { return int(min(max(a.Span.From-b.Span.From, -1), 1)) })
}

// asJSON writes a document for programs, the same for the same facts.
func asJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("internal error: a document cannot be written: " + err.Error()) // plain values
	}
	return b.Bytes()
}

// table writes a table for programs (RFC 4180).
func table(head []string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.WriteAll(append([][]string{head}, rows...)) // a Buffer takes everything
	return b.Bytes()
}

func number[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// local writes an instant as the site's clocks show it, with their offset.
func (b *builder) local(i footage.Instant) string {
	return i.Time().In(b.Site.Zone).Format("2006-01-02T15:04:05.000-07:00")
}

// machineFiles are the facts of the package for programs.
func (b *builder) machineFiles() map[string][]byte {
	type camera struct {
		Camera
		Codec   footage.Codec `json:"codec,omitempty"`
		Width   int           `json:"width,omitempty"`
		Height  int           `json:"height,omitempty"`
		Masters []string      `json:"masters"`
	}
	type span struct {
		Camera footage.CameraID `json:"camera"`
		footage.Span
	}
	var (
		cameras                      []camera
		asked, delivered             []span
		segments, media, gaps, clock [][]string
	)
	for _, g := range b.given {
		sheet := camera{Camera: g.camera, Masters: []string{}}
		for _, m := range g.masters {
			sheet.Codec, sheet.Width, sheet.Height = m.movie.Codec, m.movie.Width, m.movie.Height
			sheet.Masters = append(sheet.Masters, m.file())
			for p := range m.movie.Parts() {
				media = append(media, []string{m.file(), number(p.At), number(p.Size), segmentFile(p.Segment), number(p.From)})
			}
		}
		cameras = append(cameras, sheet)
		for _, s := range g.asked {
			asked = append(asked, span{g.camera.ID, s})
		}
		for _, s := range g.delivered() {
			delivered = append(delivered, span{g.camera.ID, s})
			gaps = append(gaps, []string{string(g.camera.ID), "delivered", s.From.String(), s.To.String(), b.local(s.From), b.local(s.To), number(s.Duration().Microseconds()), number(g.pictures(s)), "", ""})
		}
		for _, x := range g.missing {
			kind := "gap"
			if recorded(x.Cause) {
				kind = "missing"
			}
			gaps = append(gaps, []string{string(g.camera.ID), kind, x.Span.From.String(), x.Span.To.String(), b.local(x.Span.From), b.local(x.Span.To), number(x.Span.Duration().Microseconds()), "", string(x.Cause), x.Detail})
		}
	}
	for _, s := range b.segments {
		segments = append(segments, []string{
			string(s.ID()), string(s.Camera), s.Span.From.String(), s.Span.To.String(), b.local(s.Span.From), b.local(s.Span.To),
			number(s.Bytes), s.SHA256.String(), segmentFile(s.ID()), string(s.Codec), number(s.Width), number(s.Height), number(s.Frames), number(s.Run), number(s.LostPackets), number(s.DamagedFrames),
		})
		offset := ""
		if s.Clock.CameraKnown {
			offset = number(s.Clock.CameraOffsetMS)
		}
		clock = append(clock, []string{string(s.Camera), s.Span.From.String(), string(s.Clock.State), number(s.Clock.ErrorMS), number(s.Clock.AheadMS), offset})
	}
	type hold struct {
		Number     string            `json:"number"`
		Ground     holds.Ground      `json:"ground"`
		Case       string            `json:"case,omitempty"`
		Selections []holds.Selection `json:"selections"`
		Placed     holds.Act         `json:"placed"`
		Confirmed  *holds.Act        `json:"confirmed,omitempty"`
		Until      footage.Instant   `json:"until"`
	}
	kept := []hold{}
	for _, h := range b.Holds {
		k := hold{h.Number, h.Ground, h.Case, h.Selections, h.Placed, nil, h.Until}
		if h.Confirmed.At != 0 {
			k.Confirmed = &h.Confirmed
		}
		kept = append(kept, k)
	}
	release := struct {
		Schema     string          `json:"schema"`
		Release    Release         `json:"release"`
		Site       string          `json:"site"`
		Zone       string          `json:"time_zone"`
		Controller string          `json:"controller"`
		OrgNumber  string          `json:"org_number"`
		Version    string          `json:"made_by"`
		Made       footage.Instant `json:"made_at"`
		Keep       string          `json:"retention"`
		Hold       string          `json:"retention_held"`
		Asked      []span          `json:"to_be_given"`
		Delivered  []span          `json:"given"`
		Beyond     []beyond        `json:"beyond"` // at the ends of what is to be given
		Key        string          `json:"signing_key"`
	}{"sjudager.release/v1", b.Release, b.Site.Name, b.Site.Zone.String(), b.Site.Controller, b.Site.OrgNumber, "Sjudager " + b.Site.Version, b.at,
		b.Site.Policy.Keep.String(), b.Site.Policy.Hold.String(), asked, delivered, b.beyonds(), b.Keys.Fingerprint().String()}
	files := map[string][]byte{
		"release.json": asJSON(release),
		"cameras.json": asJSON(cameras),
		"holds.json":   asJSON(kept),
		"segments.csv": table([]string{"segment", "camera", "from_utc", "to_utc", "from_local", "to_local", "bytes", "sha256", "file", "codec", "width", "height", "frames", "run", "lost_packets", "damaged_frames"}, segments),
		"gaps.csv":     table([]string{"camera", "kind", "from_utc", "to_utc", "from_local", "to_local", "microseconds", "pictures", "cause", "detail"}, gaps),
		"signs.json":   b.signFacts(),
		"clock.csv":    table([]string{"camera", "from_utc", "state", "error_ms", "ahead_ms", "camera_offset_ms"}, clock),
	}
	named := map[string][]byte{verify.MediaMap: table(verify.MediaColumns, media)}
	for name, content := range files {
		named[machineFolder+name] = content
	}
	return named
}

// bagFiles are those that a bag begins with.
func (b *builder) bagFiles(files int, bytes int64) map[string][]byte {
	return map[string][]byte{
		"bagit.txt":    []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
		"bag-info.txt": b.bagInfo(files, bytes),
	}
}

// bagInfo is the bag's description (RFC 8493).
func (b *builder) bagInfo(files int, bytes int64) []byte {
	return fmt.Appendf(nil, "Source-Organization: %s\nOrganization-Address: org. %s\nContact-Email: %s\nExternal-Identifier: %s\nInternal-Sender-Identifier: %s\nBagging-Date: %s\nBag-Software-Agent: Sjudager %s\nPayload-Oxum: %d.%d\n",
		line(b.Site.Controller), line(b.Site.OrgNumber), line(b.Site.Contact), line(b.Release.Case), line(b.Release.Number), b.at.Time().Format("2006-01-02"), line(b.Site.Version), bytes, files)
}

// line is a text on one line.
func line(text string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, []byte(text)))
}
