package main

import (
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/web"
)

// says runs a command that does what it is asked, and looks for texts in what it says.
func (p *program) says(t *testing.T, args []string, want ...string) {
	t.Helper()
	r := p.run(args...)
	if r.code != exitDone {
		t.Errorf("%v ended with %d: %s", args, r.code, r.stderr)
	}
	for _, w := range want {
		if !strings.Contains(r.out, w) {
			t.Errorf("%v does not say %q:\n%s", args, w, r.out)
		}
	}
}

// answersPeople has the police appeal, a handover, a request of a person and what is
// refused, as the commands tell them.
func (p *program) answersPeople(camera, from, to string) {
	t := p.t
	t.Helper()
	var proposal holds.Proposal
	p.run("hold", "appeal", "new", "--json", "--camera", camera, "--from", from, "--to", to,
		"--district", "Oslo politidistrikt", "--source", "https://www.politiet.no/1", "--case", "16482011").document(t, &proposal)
	p.says(t, []string{"hold", "appeal", "show", proposal.Number}, "proposed hold", "2 segments", "sjudager hold appeal accept "+proposal.Number)
	var h web.Hold
	p.run("hold", "appeal", "accept", proposal.Number, "--json").document(t, &h)
	p.says(t, []string{"hold", "appeal", "list"}, h.Number, "politiet.no")
	if r := p.run("hold", "appeal", "accept", proposal.Number); r.code != exitRefused {
		t.Errorf("accepted twice: %d %s", r.code, r.stderr)
	}
	p.says(t, []string{"hold", "show", h.Number}, "police_requested: Oslo politidistrikt ber publikum", proposal.Number)
	if r := p.run("hold", "except", h.Number, "--ground", "court_order", "--approvers", "a,b"); r.code != exitRefused ||
		!strings.Contains(r.stderr, "no footage is kept longer than thirty days") || !strings.Contains(r.stderr, "ingen opptak lagres mer enn 30 dager") {
		t.Errorf("exceptional retention: %d %s", r.code, r.stderr)
	}
	p.says(t, []string{"hold", "close", h.Number, "--delivered"}, "receipt", "because it was handed over")
	p.says(t, []string{"hold", "list"}, h.Number)

	var q holds.Facts
	p.run("request", "new", "--json", "--type", "restriction", "--channel", "letter", "--reference", "2026/17",
		"--camera", camera, "--from", from, "--to", to).document(t, &q)
	p.says(t, []string{"request", "show", q.Number}, "Restriction (art. 18)", "answer by", "by "+q.Freeze+", until", "would go at", "its use is restricted")
	p.says(t, []string{"request", "list"}, q.Number, "restriction")
	p.says(t, []string{"hold", "list", "--freezes"}, q.Freeze, "restriction")
	p.says(t, []string{"hold", "show", q.Freeze}, "freeze", q.Number)
	p.says(t, []string{"status"}, "freezes", "1 active", "1 open, 0 overdue")
	p.says(t, []string{"countdown", "--camera", camera, "--from", from, "--to", to}, q.Freeze, "only the privacy role views it")
	p.says(t, []string{"segments", "--camera", camera}, "only the privacy role views it")
	if r := p.run("hold", "close", q.Freeze, "--why", "x"); r.code != exitRefused || !strings.Contains(r.stderr, "sjudager request close "+q.Number) {
		t.Errorf("closing a freeze: %d %s", r.code, r.stderr)
	}
	p.says(t, []string{"request", "extend", q.Number, "--reason", "mange kameraer og mange mennesker"}, "extended")
	p.says(t, []string{"request", "decide", q.Number, "--decision", "full", "--reason", "retten gjelder"}, "Granted in full")
	if r := p.run("request", "close", q.Number, "--note", "saken er over"); r.code != exitRefused || !strings.Contains(r.stderr, "the person is told") {
		t.Errorf("lifting a restriction that nobody was told of: %d %s", r.code, r.stderr)
	}
	p.says(t, []string{"request", "close", q.Number, "--note", "saken er over", "--told", from}, "closed", "has ended")
	p.says(t, []string{"request", "list", "--closed"}, q.Number)
	p.says(t, []string{"hold", "list", "--freezes", "--ended"}, q.Freeze)
}
