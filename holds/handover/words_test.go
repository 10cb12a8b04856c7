package handover

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// No code of any closed list reaches the paper: each is said in words, in both languages.
func TestWords(t *testing.T) {
	acts := append(slices.Clone(release.Acts), release.Fail, release.Remove, release.EndHold, release.EraseNames, release.Tell, release.Forget)
	causes := []vault.Cause{vault.ByDeadline, vault.ByHoldEnd, vault.ByCeiling, vault.ByHoldClosed, vault.ByFreezeClosed, vault.ByRetention, vault.ByOrphan, vault.ByRoom}
	var said [2][]string
	for i, english := range []bool{false, true} {
		t := tongue{english, time.UTC}
		all := &said[i]
		each(all, "kind", release.Kinds, func(c release.Kind) string { return chosen(t, c, release.Kinds) })
		each(all, "how", release.Hows, func(c release.How) string { return chosen(t, c, release.Hows) })
		each(all, "recipient", release.Recipients, func(c release.RecipientKind) string { return chosen(t, c, release.Recipients) })
		each(all, "channel", release.Channels, func(c release.Channel) string { return chosen(t, c, release.Channels) })
		for _, r := range release.Bases {
			*all = append(*all, row("basis", r.Code, t.basis(r.Code)))
		}
		for _, c := range release.States {
			*all = append(*all, row("state", c, t.state(c)))
		}
		for _, c := range acts {
			*all = append(*all, row("act", c, t.act(c)), row("act of the ledger", c, t.entry(ledger.Entry{Kind: ledger.Released, Fields: ledger.Fields{"act": string(c)}})))
		}
		for _, c := range append(slices.Clone(holds.Grounds), holds.Recovered, holds.DataSubject, holds.Restriction) {
			*all = append(*all, row("ground", c, t.ground(c)))
		}
		for _, c := range holds.ClosingRules {
			*all = append(*all, row("closing", c.Code, t.closing(c.Code)))
		}
		for _, c := range []holds.State{holds.Awaiting, holds.Active, holds.Closed, holds.Lapsed} {
			*all = append(*all, row("hold", c, t.holdState(c)))
		}
		for _, c := range footage.Causes {
			*all = append(*all, row("cause", c, t.cause(c)), row("cause in the ledger", c, t.entry(ledger.Entry{Kind: ledger.GapFound, Fields: ledger.Fields{"cause": string(c)}})))
		}
		for _, c := range causes {
			*all = append(*all, row("deletion", c, t.entry(ledger.Entry{Kind: ledger.Deleted, Fields: ledger.Fields{"cause": string(c)}})))
		}
		for _, c := range ledger.Kinds() {
			*all = append(*all, row("entry", c, t.say(c.Words())))
		}
		for _, c := range []footage.ClockState{footage.ClockSynced, footage.ClockHoldover, footage.ClockUnsynced} {
			*all = append(*all, row("clock", c, t.clockState(c)))
		}
		for c := range clockWords {
			*all = append(*all, row("clock event", c, t.clock(c)))
		}
	}
	for _, rows := range said {
		for _, r := range rows {
			if _, words, _ := strings.Cut(r, ": "); strings.HasSuffix(r, bare) || words == "" {
				t.Error(r)
			}
		}
	}
	slices.Sort(said[0])
	slices.Sort(said[1])
	same := 0
	for i, nb := range said[0] {
		if nb == said[1][i] {
			same++ // as "Portal" is
		}
	}
	if len(said[0]) != len(said[1]) || same > 2 {
		t.Errorf("%d and %d words, %d the same", len(said[0]), len(said[1]), same)
	}
}

const bare = " (a bare code)"

var coded = regexp.MustCompile(`^[a-z]+([_-][a-z]+)*$`)

func each[C ~string](all *[]string, what string, list []holds.Choice[C], words func(C) string) {
	for _, c := range list {
		*all = append(*all, row(what, c.Code, words(c.Code)))
	}
}

func row[C ~string](what string, code C, words string) string {
	r := fmt.Sprintf("%s %s: %s", what, code, words)
	// Some words are spelt as their code is in English, without its underscores.
	if words == string(code) && (coded.MatchString(words) && strings.ContainsAny(words, "_-") || what != "state" && what != "act" && what != "act of the ledger") {
		r += bare
	}
	return r
}
