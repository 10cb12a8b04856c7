package web

import (
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// offer is an act that the state of a release allows now. Form is the name of its form
// and the end of the form's address.
type offer struct {
	Form  string
	Title string
	Why   string // why the reader may not do it now; "": the reader may
}

// releaseOffers are the acts that a release allows, the next one first: that is shown
// even where the reader may not do it, others only where the reader may. The log itself
// refuses what is asked for all the same; this is so that nobody has to find out.
func (f *frame) releaseOffers(r release.Release) []offer {
	var all []offer
	add := func(act release.Act, form, title string, right account.Right, waits string, whyNot ...string) {
		if _, err := release.Next(r.State, r.Kind, act); err != nil {
			return
		}
		o := offer{Form: form, Title: title}
		if !f.May(right) {
			if o.Why = waits; waits == "" {
				return
			}
		}
		for _, why := range whyNot {
			if o.Why == "" {
				o.Why = why
			}
		}
		if o.Why == "" || len(all) == 0 && waits != "" {
			all = append(all, o)
		}
	}
	when := func(is bool, nb, en string) string {
		if is {
			return f.T(nb, en)
		}
		return ""
	}
	approver := f.T("Venter på en godkjenner.", "Waits for an approver.")
	lead := f.T("Venter på en sikkerhetsansvarlig.", "Waits for a security lead.")
	mine := r.Approved.By == f.By && !r.Emergency
	unreviewed := r.Emergency && r.Reviewed.At == 0
	oral := (r.How == release.InPerson || r.How == release.Phone) && r.Written.At == 0
	consent := when(r.Basis == release.ConsentOfAll && r.Consent.At == 0,
		"Samtykket fra alle som er avbildet, må legges ved først.", "The consent of everybody in the footage has to be attached first.")
	last := lastGiven(r)
	building := when(last.N > 0 && last.Built == 0 && last.Gone == 0, "Pakken lages nå.", "The package is being made now.")
	past := when(r.Kind == release.Copy && last.N > 0 && (last.Gone != 0 || last.Deadline <= f.Now),
		"Pakken måtte slettes ved slettefristen, og kan ikke lenger overleveres.", "The package had to go at its deadline, and can no longer be handed over.")
	took := r.Approved.By == f.By || r.Delivery.Act.By == f.By
	for _, p := range r.Packages {
		took = took || p.Begun.By == f.By
	}

	add(release.Approve, "approve", f.T("Godkjenn utleveringen", "Approve the release"), account.Approve, approver, consent)
	export := func() {
		title := f.T("Pakk utleveringen", "Make the package")
		if last.Built != 0 {
			title = f.T("Lag en ny pakke", "Make another package")
		}
		if building != "" {
			title = f.T("Overlever når pakken er ferdig", "Hand it over once the package is complete")
		}
		add(release.Begin, "export", title, account.Release, lead,
			when(mine, "Du godkjente: en annen må pakke.", "You approved it: another person has to make the package."), building)
	}
	if r.State == release.Approved || past != "" {
		export()
	}
	title := f.T("Før inn overleveringen", "Enter the handover")
	switch r.Kind {
	case release.Viewing:
		title = f.T("Før inn gjennomsynet", "Enter the viewing")
	case release.Verbal:
		title = f.T("Før inn hva som ble fortalt", "Enter that it was told")
	}
	add(release.Deliver, "deliver", title, account.Release, lead, building, past,
		when(mine && r.Kind != release.Copy, "Du godkjente: en annen må vise eller fortelle det.", "You approved it: another person has to show or tell it."))
	if r.Kind == release.Copy {
		add(release.Receipt, "receipt", f.T("Før inn kvitteringen", "Enter the receipt"), account.Release, lead)
	}
	if oral && r.State == release.Receipted {
		add(release.Attach, "attach", f.T("Legg ved den skriftlige anmodningen", "Attach the written request"), account.Release, lead)
	}
	if unreviewed {
		add(release.Review, "review", f.T("Vurder hasteutleveringen", "Review the emergency release"), account.Approve, approver,
			when(took, "Du godkjente, pakket eller overleverte: en annen må vurdere.", "You approved, exported or delivered it: another person has to review it."))
	}
	if len(toTell(r)) > 0 {
		add(release.Notify, "tell", f.T("Si fra til mottakeren", "Tell the recipient"), account.StopRelease, "")
	}
	add(release.Close, "close", f.T("Avslutt utleveringen", "Close the release"), account.Release, lead,
		when(oral, "Den skriftlige anmodningen må legges ved først.", "The written request has to be attached first."),
		when(unreviewed, "En annen må vurdere hasteutleveringen først.", "Another person has to review the emergency release first."))
	if r.Verified.At == 0 {
		add(release.Verify, "verified", f.T("Mottakeren har kontrollert pakken", "The recipient has verified the package"), account.Release, "")
	}
	if r.Kind != release.Copy {
		add(release.Receipt, "receipt", f.T("Før inn en kvittering", "Enter a receipt"), account.Release, "")
	}
	if r.State == release.Draft {
		add(release.Approve, "emergency", f.T("Hasteutlevering: gå videre uten godkjenner", "Emergency: go on without an approver"), account.Release, "", consent)
	}
	if r.State == release.Exported && past == "" {
		export()
	}
	if !(oral && r.State == release.Receipted) {
		add(release.Attach, "attach", f.T("Legg ved et dokument", "Attach a document"), account.Release, "")
	}
	title = f.T("Avslå utleveringen", "Refuse the release")
	if r.State != release.Draft {
		title = f.T("Trekk utleveringen tilbake", "Withdraw the release")
	}
	add(release.Refuse, "refuse", title, account.StopRelease, "")
	return all
}

// toTell is what the recipient of a release still has to be told or given: what became of
// the footage at a person's request (R135), and supplements (R101).
func toTell(r release.Release) (all []release.Notice) {
	given := map[int]bool{}
	for _, n := range r.Notices {
		if n.How == "" {
			all = append(all, n)
		}
		given[n.Package] = true
	}
	for _, p := range r.Packages {
		if p.Supplements != 0 && p.Built != 0 && !given[p.N] {
			all = append(all, release.Notice{Package: p.N})
		}
	}
	return all
}

// releaseTask is what the reader is to do about a release, or nothing.
func (f *frame) releaseTask(r release.Release) string {
	for i, o := range f.releaseOffers(r) {
		if o.Why == "" && (i == 0 && o.Form != "verified" || o.Form == "review" || o.Form == "tell") {
			return o.Title
		}
	}
	return ""
}

// step is a place on the way of a release.
type step struct {
	State release.State
	Text  string
	At    footage.Instant // it was reached; 0: not yet
	By    string
	Now   bool // it is there
}

// Steps is the way of the release that is shown, as far as it has come.
func (p *releasePage) Steps() []step {
	r := p.Shown
	all := []step{{State: release.Draft, At: r.Created.At, By: r.Created.By}, {State: release.Approved, At: r.Approved.At, By: r.Approved.By}}
	if r.Kind == release.Copy {
		s := step{State: release.Exported}
		for _, made := range r.Packages {
			if made.Built != 0 {
				s.At, s.By = made.Built, made.Begun.By
			}
		}
		all = append(all, s)
	}
	all = append(all, step{State: release.Delivered, At: r.Delivery.At, By: r.Delivery.Act.By}, step{State: release.Receipted, At: r.Receipt.At, By: r.Receipt.Act.By})
	end := step{State: release.Closed, At: r.Ended.At, By: r.Ended.By}
	if r.State == release.Refused {
		for i := range all { // as far as it came
			if all[i].At == 0 {
				all = all[:i]
				break
			}
		}
		end.State = release.Refused
	}
	all = append(all, end)
	for i := range all {
		s := &all[i]
		s.Text, s.Now = p.ReleaseState(s.State), s.State == r.State
		switch {
		case s.State == release.Delivered && r.Kind == release.Viewing:
			s.Text = p.T("Vist", "Shown")
		case s.State == release.Delivered && r.Kind == release.Verbal:
			s.Text = p.T("Fortalt", "Told")
		}
	}
	return all
}
