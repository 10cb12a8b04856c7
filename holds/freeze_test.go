package holds

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// R34: the rule of who may view what, as a table: keep 7, ceiling 30.
func TestR34TermsOfFreezes(t *testing.T) {
	for name, c := range map[string]struct {
		c    cover
		want vault.Terms
	}{
		"nothing":                     {cover{}, vault.Terms{Deadline: 7}},
		"a hold":                      {cover{held: 20}, vault.Terms{Deadline: 20}},
		"a freeze":                    {cover{frozen: 20}, vault.Terms{Deadline: 20, Reserved: 7}},
		"a freeze past the ceiling":   {cover{frozen: 40}, vault.Terms{Deadline: 30, Reserved: 7}},
		"a freeze within its days":    {cover{frozen: 5}, vault.Terms{Deadline: 7}},
		"the hold ends first":         {cover{held: 20, frozen: 25}, vault.Terms{Deadline: 25, Reserved: 20}},
		"the freeze ends first":       {cover{held: 25, frozen: 20}, vault.Terms{Deadline: 25}},
		"both to the ceiling":         {cover{held: 40, frozen: 41}, vault.Terms{Deadline: 30}},
		"restricted":                  {cover{frozen: 40, restricted: true}, vault.Terms{Deadline: 30, Reserved: 7, Restricted: true}},
		"restricted, held all along":  {cover{held: 40, frozen: 40, restricted: true}, vault.Terms{Deadline: 30, Restricted: true}},
		"restricted for its own days": {cover{frozen: 5, restricted: true}, vault.Terms{Deadline: 7, Restricted: true}},
	} {
		c.want.Keep, c.want.Ceiling = 7, 30
		if diff := cmp.Diff(c.want, terms(7, 30, c.c)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	frozen := vault.Terms{Keep: 7, Ceiling: 30, Deadline: 30, Reserved: 7}
	for name, c := range map[string]struct {
		now, before vault.Terms
		at          footage.Instant
		want        vault.Terms
	}{
		"a hold in time opens":             {vault.Terms{Deadline: 30}, frozen, 6, vault.Terms{Deadline: 30}},
		"a hold too late keeps it closed":  {vault.Terms{Deadline: 30}, frozen, 7, vault.Terms{Deadline: 30, Reserved: 7}},
		"the freeze lifted, nothing holds": {vault.Terms{Deadline: 7}, frozen, 8, vault.Terms{Deadline: 7}},
		"a hold ends before the freeze":    {vault.Terms{Deadline: 30, Reserved: 7}, vault.Terms{Deadline: 30, Reserved: 20}, 9, vault.Terms{Deadline: 30, Reserved: 7}},
		"what was due stays due":           {vault.Terms{Deadline: 30, Reserved: 7}, vault.Terms{Deadline: 7}, 7, vault.Terms{Deadline: 7}},
	} {
		if diff := cmp.Diff(c.want, after(c.now, c.before, c.at)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A lay reader is told why frozen footage is still there, and who views it.
func TestPlanExplainsFreezes(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 3)
	r.register(NewRequest{Window: window(0, 3)})
	r.register(NewRequest{Type: RightRestriction, Window: window(2, 3)})
	r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(1, 2), Until: all[1].Keep.Add(36 * time.Hour)})
	plan, err := r.holds.Plan(footage.At(r.clock), 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range plan {
		_, why, _ := strings.Cut(d.Why, "CEST, ")
		got = append(got, why)
	}
	want := []string{
		"goes 2026-08-03 21:20:00 CEST: frozen for a person's request by F-2026-0001, to the ceiling of 30 days; from 2026-07-11 21:20:00 CEST on only the privacy role views it",
		"goes 2026-08-03 21:21:00 CEST: held by H-2026-0001, frozen for a person's request by F-2026-0001, to the ceiling of 30 days; from 2026-07-13 09:21:00 CEST on only the privacy role views it",
		"goes 2026-08-03 21:22:00 CEST: frozen for a person's request by F-2026-0001 and F-2026-0002, to the ceiling of 30 days; only the privacy role views it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
