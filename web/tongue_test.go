package web

import (
	"io/fs"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"golang.org/x/net/html"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ address, accept, want string }{
		{"/", "", "nb"},
		{"/", "en-GB,en;q=0.9", "en"},
		{"/", "nb-NO,nb;q=0.9,en;q=0.8", "nb"},
		{"/", "nn", "nb"},
		{"/", "de-DE,de;q=0.9", "nb"},
		{"/", "de-DE,en;q=0.5", "en"},
		{"/", "sv, en", "nb"},
		{"/?lang=en", "nb", "en"},
		{"/?lang=nb", "en", "nb"},
		{"/?lang=fr", "en", "en"},
	} {
		r := httptest.NewRequest("GET", c.address, nil)
		r.Header.Set("Accept-Language", c.accept)
		if got := language(r); got != c.want {
			t.Errorf("%s with %q is %s, want %s", c.address, c.accept, got, c.want)
		}
	}
}

var verbs = regexp.MustCompile(`%[a-z]`)

// Every text of the templates stands there in both languages, with the same
// things to fill in.
func TestTemplatesSpeakBothLanguages(t *testing.T) {
	var texts int
	var check func(name string, n parse.Node)
	check = func(name string, n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			if n != nil {
				for _, child := range n.Nodes {
					check(name, child)
				}
			}
		case *parse.IfNode:
			check(name, n.Pipe)
			check(name, n.List)
			check(name, n.ElseList)
		case *parse.WithNode:
			check(name, n.Pipe)
			check(name, n.List)
			check(name, n.ElseList)
		case *parse.RangeNode:
			check(name, n.Pipe)
			check(name, n.List)
			check(name, n.ElseList)
		case *parse.TemplateNode:
			check(name, n.Pipe)
		case *parse.ActionNode:
			check(name, n.Pipe)
		case *parse.PipeNode:
			if n != nil {
				for _, c := range n.Cmds {
					check(name, c)
				}
			}
		case *parse.CommandNode:
			for _, arg := range n.Args {
				check(name, arg)
			}
			kind := n.Args[0].String()
			kind = kind[strings.LastIndex(kind, ".")+1:]
			if kind != "T" && kind != "F" {
				return
			}
			texts++
			if len(n.Args) < 3 {
				t.Fatalf("%s: %s has one language", name, n)
			}
			if n.Args[1].String() == ".Norwegian" && n.Args[2].String() == ".English" {
				return // of a closed list, whose own test looks for both
			}
			nb, okNB := n.Args[1].(*parse.StringNode)
			en, okEN := n.Args[2].(*parse.StringNode)
			if !okNB || !okEN || nb.Text == "" || en.Text == "" {
				t.Errorf("%s: %s has one language", name, n)
				return
			}
			if a, b := verbs.FindAllString(nb.Text, -1), verbs.FindAllString(en.Text, -1); !slices.Equal(a, b) || (kind == "F") != (len(a) > 0) || kind == "F" && len(n.Args)-3 != len(a) {
				t.Errorf("%s: %s: %v and %v to fill in", name, n, a, b)
			}
		}
	}
	for page, set := range pages() {
		for _, tmpl := range set.Templates() {
			if tmpl.Tree != nil {
				check(page+": "+tmpl.Name(), tmpl.Tree.Root)
			}
		}
	}
	if texts < 100 {
		t.Errorf("only %d texts were found: has the way of writing them changed?", texts)
	}
}

var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// Outside the actions the templates have markup, names and units, but no text in
// one language only.
func TestTemplatesSayNothingElse(t *testing.T) {
	var files []string
	if err := fs.WalkDir(templateFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, name)
		}
		return err
	}); err != nil || len(files) < len(pages()) {
		t.Fatalf("no templates: %v", err)
	}
	neutral := strings.NewReplacer("Sjudager", "", "Bokmål", "", "English", "", "min", "", "UTC", "", "JSON", "", "PDF", "", "CSV", "", "SHA-256", "", "ms", "")
	word := regexp.MustCompile(`\pL{2,}`)
	for _, name := range files {
		b, err := templateFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page := read(t, action.ReplaceAllString(string(b), ""))
		for n := range page.root.Descendants() {
			texts := []string{}
			if n.Type == html.TextNode {
				texts = append(texts, n.Data)
			}
			for _, attr := range []string{"aria-label", "title", "placeholder", "alt"} {
				value, _ := attribute(n, attr)
				texts = append(texts, value)
			}
			for _, text := range texts {
				if m := word.FindString(neutral.Replace(text)); m != "" {
					t.Errorf("%s: %q is in no language", name, m)
				}
			}
		}
	}
}

// The closed lists have words of their own for everything on them.
func TestWordsForEverything(t *testing.T) {
	nb, en := tongue{lang: bokmaal}, tongue{lang: english}
	seen := map[string]bool{}
	distinct := func(kind, code, a, b string) {
		t.Helper()
		if a == "" || a == code || b == "" || b == code || a == b || seen[kind+a] || seen[kind+b] {
			t.Errorf("%s %s: %q, %q", kind, code, a, b)
		}
		seen[kind+a], seen[kind+b] = true, true
	}
	for _, c := range footage.Causes {
		distinct("cause", string(c), nb.Cause(c), en.Cause(c))
		if f := family(c); f == "unknown" && c != footage.CauseUnknown {
			t.Errorf("%s has no colour", c)
		}
	}
	for _, c := range []footage.AlarmCode{
		footage.AlarmCameraDown, footage.AlarmStore, footage.AlarmKeys, footage.AlarmDamagedKey, footage.AlarmDeletion, footage.AlarmOverdue,
		footage.AlarmSpool, footage.AlarmDamaged, footage.AlarmConfiguration, footage.AlarmOrphans,
		footage.AlarmCheckpoint, footage.AlarmLedger,
		footage.AlarmHolds, footage.AlarmBackup, footage.AlarmClock, footage.AlarmLogin, footage.AlarmRelease,
	} {
		distinct("alarm", string(c), nb.Alarm(c), en.Alarm(c))
	}
	for _, g := range append(slices.Clone(holds.Grounds), holds.Recovered) {
		distinct("ground", string(g), nb.Ground(g), en.Ground(g))
	}
	for _, k := range ledger.Kinds() {
		distinct("kind", string(k), nb.Kind(k), en.Kind(k))
	}
	for _, f := range []holds.Flag{holds.FlagUnreviewed, holds.FlagNoCase} {
		distinct("flag", string(f), nb.Flag(f), en.Flag(f))
	}
	for _, f := range []holds.RequestFlag{holds.FlagOverdue, holds.FlagTell} {
		distinct("request flag", string(f), nb.RequestFlag(f), en.RequestFlag(f))
	}
	for _, r := range holds.ClosingRules {
		distinct("closing", string(r.Code), nb.Closing(r.Code), en.Closing(r.Code))
	}
	for _, c := range holds.Rights {
		distinct("right", string(c.Code), nb.RightUsed(c.Code), en.RightUsed(c.Code))
	}
	for _, c := range holds.Channels {
		distinct("channel", string(c.Code), nb.Channel(c.Code), en.Channel(c.Code))
	}
	for _, c := range holds.Answers {
		distinct("answer", string(c.Code), nb.Answer(c.Code), en.Answer(c.Code))
	}
	for _, s := range []footage.CameraState{footage.StateConnecting, footage.StateRecording, footage.StateDown, footage.StateDisabled} {
		distinct("state", string(s), nb.State(footage.Health{State: s}), en.State(footage.Health{State: s}))
	}
	for _, s := range []holds.State{holds.Awaiting, holds.Active, holds.Closed, holds.Lapsed} {
		a, b := nb.HoldState(s), en.HoldState(s)
		if a == "" || a == b {
			t.Errorf("state %s: %q, %q", s, a, b)
		}
	}
	for _, l := range []holds.Lack{holds.LackDeleted, holds.LackGap, holds.LackNotRecorded} {
		m := holds.Missing{Why: l, Cause: footage.CauseDisk}
		distinct("lack", string(l), nb.Missing(m), en.Missing(m))
	}
}

func TestFigures(t *testing.T) {
	nb, en := tongue{lang: bokmaal}, tongue{lang: english}
	for _, c := range []struct{ got, want string }{
		{nb.Bytes(0), "0 B"}, {nb.Bytes(999), "999 B"}, {nb.Bytes(1000), "1,0 kB"}, {en.Bytes(1500), "1.5 kB"},
		{nb.Bytes(9_949), "9,9 kB"}, {nb.Bytes(9_950), "10 kB"}, {nb.Bytes(999_499), "999 kB"}, {nb.Bytes(999_500), "1,0 MB"},
		{nb.Bytes(1_234_000_000), "1,2 GB"}, {nb.Bytes(45_000_000_000_000), "45 TB"}, {nb.Bytes(4_500_000_000_000_000), "4500 TB"},
		{nb.Rate(0), "0 kbit/s"}, {nb.Rate(640_400), "640 kbit/s"}, {nb.Rate(999_999), "1,0 Mbit/s"}, {en.Rate(4_140_000), "4.1 Mbit/s"},
		{nb.FPS(25), "25 bilder/s"}, {nb.FPS(12.52), "12,5 bilder/s"}, {en.FPS(29.97), "30 fps"},
		{nb.Number(0), "0"}, {nb.Number(1234), "1 234"}, {en.Number(1234567), "1,234,567"}, {nb.Number(-1234), "-1 234"},
		{nb.For(0), "< 1 s"}, {nb.For(45 * time.Second), "45 s"}, {nb.For(90 * time.Second), "1 min 30 s"}, {nb.For(time.Hour), "1 t"},
		{nb.For(7 * 24 * time.Hour), "7 d"}, {nb.For(7*24*time.Hour - time.Hour), "6 d 23 t"}, {en.For(26*time.Hour + 5*time.Second), "1 d 2 h"},
		{nb.For(24*time.Hour + 5*time.Minute), "1 d"},
		{nb.Segments(1), "1 opptaksbit"}, {nb.Segments(2), "2 opptaksbiter"}, {en.Segments(0), "0 segments"},
	} {
		if got := strings.ReplaceAll(c.got, "\u00a0", " "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	oslo := zone(t, "Europe/Oslo")
	nb, en := tongue{bokmaal, oslo}, tongue{english, oslo}
	at := func(s string) (i footage.Instant) {
		if err := i.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return i
	}
	july := at("2026-07-04T19:47:05.999999Z")
	first, second := at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")
	for _, c := range []struct{ got, want string }{
		{nb.Clock(july), "21:47:05"},
		{nb.Stamp(july), "lør 4. juli 21:47:05"},
		{en.Stamp(july), "Sat 4 July 21:47:05"},
		{nb.Full(july), "lørdag 4. juli 2026 kl. 21:47:05"},
		{en.Full(july), "Saturday 4 July 2026 at 21:47:05"},
		{nb.Clock(first), "02:30:00 (UTC+2)"},
		{nb.Clock(second), "02:30:00 (UTC+1)"},
		{nb.Span(footage.Span{From: first, To: second}), "søn 25. okt. 02:30:00 (UTC+2)–02:30:00 (UTC+1)"},
		{en.Span(footage.Span{From: july, To: july.Add(3 * time.Hour)}), "Sat 4 July 21:47:05 – Sun 5 July 00:47:05"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	for zoneName, want := range map[string]string{
		"Europe/Oslo": "UTC+2", "Asia/Kolkata": "UTC+5:30", "America/St_Johns": "UTC−2:30", "UTC": "UTC+0",
	} {
		if got := offsetAt(july, zone(t, zoneName)); got != want {
			t.Errorf("%s is %s, want %s", zoneName, got, want)
		}
	}
}
