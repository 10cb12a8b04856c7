package release

import "slices"

// State is where a release is in its life.
type State string

// The states.
const (
	Draft     State = "draft"     // asked for; nobody has decided
	Approved  State = "approved"  // may leave
	Exported  State = "exported"  // the package is built
	Delivered State = "delivered" // handed over, shown, or told
	Receipted State = "receipted" // the recipient has signed for it
	Closed    State = "closed"
	Refused   State = "refused" // turned down or withdrawn before it left, with the reason
)

// States are all of them, in the order of a life.
var States = []State{Draft, Approved, Exported, Delivered, Receipted, Closed, Refused}

// ended reports whether nothing more is to be done in this state.
func (s State) ended() bool { return s == Closed || s == Refused }

// Act is something that is done to a release. Each makes a new version of its record
// (R79) and an entry of the ledger.
type Act string

// The acts of people.
const (
	Request Act = "requested" // the first; it makes the release
	Correct Act = "corrected"
	Attach  Act = "attached"
	Approve Act = "approved"
	Refuse  Act = "refused"
	Begin   Act = "export-begun"
	Export  Act = "exported"
	Deliver Act = "delivered"
	Receipt Act = "receipted"
	Verify  Act = "verified" // the recipient has opened it and found it whole (R74)
	Review  Act = "reviewed" // another person stands by an emergency release (R68)
	Close   Act = "closed"

	BeginSupplement Act = "supplement-begun"
	AddSupplement   Act = "supplemented"
	Notify          Act = "recipient-told" // of what became of the footage (R135), or given a supplement
)

// The acts that go with any state: most are the appliance's.
const (
	Fail       Act = "export-failed"
	Remove     Act = "package-removed"
	EndHold    Act = "hold-closing"
	EraseNames Act = "names-erased"
	Tell       Act = "password-told"
	Forget     Act = "password-destroyed"
	Owe        Act = "notice-owed" // or no longer
)

// Acts are those that people do.
var Acts = []Act{Request, Correct, Attach, Approve, Refuse, Begin, Export, Deliver, Receipt, Verify, Review, Close, BeginSupplement, AddSupplement, Notify}

// OwnActs are the others.
var OwnActs = []Act{Fail, Remove, EndHold, EraseNames, Tell, Forget, Owe}

// rule says from which states an act leads where, by kind of release, and why not from
// others.
type rule struct {
	to    map[State]State          // for every kind
	only  map[Kind]map[State]State // in place of to, for the kinds that differ
	needs string                   // completes "U-2026-0001 is draft: "
}

func stay(states ...State) map[State]State {
	to := map[State]State{}
	for _, s := range states {
		to[s] = s
	}
	return to
}

var never = map[State]State{}

var rules = map[Act]rule{
	Request: {needs: "a request makes a release of its own"},
	Correct: {to: stay(Draft, Approved, Exported, Delivered, Receipted, Closed, Refused)},
	Attach:  {to: stay(Draft, Approved, Exported, Delivered, Receipted), needs: "a document is attached before the release has ended"},
	Approve: {to: map[State]State{Draft: Approved}, needs: "only a draft is approved"},
	Refuse:  {to: map[State]State{Draft: Refused, Approved: Refused, Exported: Refused}, needs: "a release is refused before it is handed over"},
	Begin: {to: stay(Approved, Exported), needs: "footage leaves only by an approved release (R64)",
		only: map[Kind]map[State]State{Viewing: never, Verbal: never}},
	Export: {to: map[State]State{Approved: Exported, Exported: Exported}, needs: "footage leaves only by an approved release (R64)",
		only: map[Kind]map[State]State{Viewing: never, Verbal: never}},
	Deliver: {to: map[State]State{Exported: Delivered}, needs: "a copy is handed over once it is exported, and once; footage is shown or told once that is approved",
		only: map[Kind]map[State]State{Viewing: {Approved: Delivered}, Verbal: {Approved: Delivered}}},
	Receipt: {to: map[State]State{Delivered: Receipted}, needs: "there is a receipt for what was delivered, and one"},
	Verify: {to: stay(Delivered, Receipted, Closed), needs: "the recipient opens what was delivered",
		only: map[Kind]map[State]State{Viewing: never, Verbal: never}},
	Review: {to: stay(Approved, Exported, Delivered, Receipted, Refused), needs: "only an approval that one person gave alone is reviewed"},
	BeginSupplement: {to: stay(Exported, Delivered, Receipted, Closed), needs: "a supplement adds to a package that is complete",
		only: map[Kind]map[State]State{Viewing: never, Verbal: never}},
	AddSupplement: {to: stay(Exported, Delivered, Receipted, Closed), needs: "a supplement adds to a package that is complete",
		only: map[Kind]map[State]State{Viewing: never, Verbal: never}},
	Notify: {to: stay(Delivered, Receipted, Closed), needs: "whoever has received footage is told what became of it"},
	Close: {to: map[State]State{Receipted: Closed}, needs: "a copy is closed once it is receipted, anything else once it is delivered; what is not handed over is refused",
		only: map[Kind]map[State]State{Viewing: {Delivered: Closed, Receipted: Closed}, Verbal: {Delivered: Closed, Receipted: Closed}}},
}

// Next returns the state that an act leads to. ErrRefused, with the reason, when a
// release of that kind in that state does not allow it.
func Next(state State, kind Kind, act Act) (State, error) {
	if slices.Contains(OwnActs, act) {
		return state, nil
	}
	r := rules[act]
	to, differs := r.only[kind]
	if !differs {
		to = r.to
	}
	if next, allowed := to[state]; allowed {
		return next, nil
	}
	switch {
	case differs && len(to) == 0:
		return state, refused("there is no package of a release of the kind %s", kind)
	case state == Closed:
		return state, refused("it is closed; only its words can be corrected")
	case state == Refused:
		return state, refused("it was refused; only its words can be corrected")
	}
	return state, refused("it is %s: %s", state, r.needs)
}
