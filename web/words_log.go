package web

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

// Kind says what entries of a kind are about; a kind without words is shown by its
// code.
func (t tongue) Kind(k ledger.Kind) string {
	return t.T(k.Words())
}

// Entry says in words what an entry tells besides its kind.
func (f *frame) Entry(e LogEntry) string {
	var parts []string
	say := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	text := func(name string) string { s, _ := e.Fields[name].(string); return s }
	say(text("hold"))
	if c := text("camera"); c != "" {
		say(f.Name(footage.CameraID(c)))
	}
	if list, ok := e.Fields["cameras"]; ok {
		say(f.cameraWords(list))
	}
	from, to := instant(fmt.Sprint(e.Fields["from"])), instant(fmt.Sprint(e.Fields["to"]))
	if from != 0 && to > from {
		say(f.Span(footage.Span{From: from, To: to}))
	}
	if c := text("cause"); c != "" {
		say(f.Cause(footage.Cause(c)))
	}
	if n, ok := number(e.Fields["segments"]); ok {
		say(f.Segments(int(n)))
	}
	if n, ok := number(e.Fields["bytes"]); ok {
		say(f.Bytes(n))
	}
	for _, name := range []string{"user", "role", "release", "sign", "version"} {
		say(text(name))
	}
	if e.Kind == ledger.Released {
		say(f.ReleaseAct(release.Act(text("act"))))
	} else {
		say(text("state"))
	}
	if n, ok := number(e.Fields["delta_ms"]); ok {
		say(fmt.Sprintf("%+d ms", n))
	}
	for _, name := range []string{"reason", "case", "place", "detail", "purpose"} {
		if d, has := e.Details[name]; has && d.Erased {
			say(f.T("(fritekst slettet)", "(free text erased)"))
		} else if has {
			say("«" + d.Text + "»")
		}
	}
	return strings.Join(parts, " · ")
}

func (f *frame) cameraWords(list any) string {
	var names []string
	switch list := list.(type) {
	case []string:
		for _, c := range list {
			names = append(names, f.Name(footage.CameraID(c)))
		}
	case []any:
		for _, c := range list {
			names = append(names, f.Name(footage.CameraID(fmt.Sprint(c))))
		}
	case []footage.CameraID:
		return f.Names(list)
	default:
		return fmt.Sprint(list)
	}
	return strings.Join(names, ", ")
}

func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case uint64:
		return int64(n), true
	case float64:
		return int64(n), true
	}
	return 0, false
}
