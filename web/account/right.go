package account

import (
	"slices"
	"strings"
)

// Role is what somebody is here for. A person may have several.
type Role string

// The roles (R53, R59).
const (
	Guard    Role = "guard"    // vekter: watches, places quick holds
	Lead     Role = "lead"     // sikkerhetsansvarlig: confirms holds, makes releases
	Approver Role = "approver" // approves releases
	Privacy  Role = "privacy"  // signs, requests, the log
	Admin    Role = "admin"    // cameras and users, no footage
	Supplier Role = "supplier" // for a visit, no footage; always expires
)

// Roles are all of them, in the order in which people choose.
var Roles = []Role{Guard, Lead, Approver, Privacy, Admin, Supplier}

// ParseRoles reads a list of roles such as "guard,lead".
func ParseRoles(list string) (roles []Role, err error) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			roles = append(roles, Role(name))
		}
	}
	return roles, checkRoles(roles)
}

func checkRoles(roles []Role) error {
	if len(roles) == 0 {
		return invalid("a role is missing; there are %s", join(Roles))
	}
	for i, r := range roles {
		if !slices.Contains(Roles, r) {
			return invalid("%q is not a role; there are %s", r, join(Roles))
		}
		if slices.Contains(roles[:i], r) {
			return invalid("the role %s is given twice", r)
		}
	}
	if len(roles) > 1 && slices.Contains(roles, Supplier) {
		return invalid("a supplier has no other role (R59)")
	}
	return nil
}

func join(roles []Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// word is a list of roles as one word of the ledger.
func word(roles []Role) string { return strings.ReplaceAll(join(roles), ", ", "+") }

// Right is what a request needs.
type Right string

// The rights. Every route names one.
const (
	Open        Right = "open"         // needs nobody: signing in, and what that page is made of
	Own         Right = "own"          // of anybody who is signed in, about nobody else
	See         Right = "see"          // state, timelines, deletions; no footage
	Watch       Right = "watch"        // footage
	Frozen      Right = "frozen"       // footage that is frozen for a request (R34)
	SeeHolds    Right = "see-holds"    // holds and their reasons
	QuickHold   Right = "quick-hold"   // a hold that waits for Hold (R33)
	Hold        Right = "hold"         // place, confirm, review, narrow, close
	Release     Right = "release"      // hand footage over
	SeeReleases Right = "see-releases" // to whom, and why: names of people outside
	StopRelease Right = "stop-release" // refuse or withdraw one
	Approve     Right = "approve"      // releases (R68)
	Requests    Right = "requests"     // of those who were filmed: freezes, answers
	Inspect     Right = "inspect"      // see signs and coverage, look at them, work through a round
	Signs       Right = "signs"        // all else about signs
	ReadLog     Right = "read-log"     // the ledger, who did what
	ProveLog    Right = "prove-log"
	EraseLog    Right = "erase-log" // the text of a detail, for good
	Operate     Right = "operate"   // backups, checks, a sweep
	Settings    Right = "settings"
	Users       Right = "users"
)

// rights is who may do what. Only people may do what is personal: a token stands
// for none, and what needs two persons needs two who can be asked (R25, R68).
var rights = []struct {
	right    Right
	roles    []Role
	personal bool
}{
	{Own, Roles, true},
	{See, Roles, false},
	{Watch, []Role{Guard, Lead, Approver, Privacy}, false},
	{Frozen, []Role{Privacy}, false},
	{SeeHolds, []Role{Guard, Lead, Approver, Privacy}, false},
	{QuickHold, []Role{Guard, Lead}, false},
	{Hold, []Role{Lead}, true},
	{Release, []Role{Lead}, true},
	{Approve, []Role{Approver}, true},
	{SeeReleases, []Role{Lead, Approver, Privacy}, true},
	{StopRelease, []Role{Lead, Approver, Privacy}, true},
	{Requests, []Role{Privacy}, true},
	{Inspect, []Role{Guard, Lead, Privacy, Admin}, false},
	{Signs, []Role{Privacy, Lead}, false},
	{ReadLog, []Role{Privacy}, false},
	{ProveLog, []Role{Privacy, Admin}, false},
	{EraseLog, []Role{Privacy}, true},
	{Operate, []Role{Admin}, false},
	{Settings, []Role{Admin, Privacy}, false},
	{Users, []Role{Admin}, true},
}

// Rights are all rights of the table.
func Rights() (all []Right) {
	for _, r := range rights {
		all = append(all, r.right)
	}
	return append(all, Open)
}

// Identity is who makes a request, once that is known.
type Identity struct {
	ID    string // in the ledger: "u-...", "t-..." or "uid:..."
	Name  string // for people; empty where there is none
	Roles []Role
	// Language is what the person has chosen, or "".
	Language string
	Token    bool     // a program
	Machine  bool     // the socket, whose file permissions are the access control
	Session  *Session // nil without one
}

// May reports whether somebody may do what needs r. Nobody is nil, and may do what
// is open.
func (i *Identity) May(r Right) bool {
	if r == Open {
		return true
	}
	if i == nil {
		return false
	}
	for _, row := range rights {
		if row.right != r {
			continue
		}
		switch {
		case i.Machine:
			return true
		case i.Token && row.personal:
			return false
		}
		return slices.ContainsFunc(i.Roles, func(role Role) bool { return slices.Contains(row.roles, role) })
	}
	return false
}
