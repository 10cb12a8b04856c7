package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
)

// Kind says what an entry is about. The list is closed: a new one is a constant
// and a line in the table.
type Kind string

// The kinds.
const (
	Start         Kind = "start"         // the program began to serve
	Stop          Kind = "stop"          // it ended in order
	Configuration Kind = "configuration" // another configuration came into force
	Retention     Kind = "retention"     // what deadlines are made from has changed (R20)
	ClockEvent    Kind = "clock"         // the clock leapt (R17)
	GapFound      Kind = "gap"           // a camera has no footage (R50)
	Recorded      Kind = "recorded"      // what a camera recorded on a day, as the day's statement found it
	Stated        Kind = "stated"        // the statement of a day was made and signed (R19)
	Restored      Kind = "restored"      // the index was put back from a backup, or made anew from the store
	Adopted       Kind = "adopted"       // footage that the store had and the index did not was taken in

	HoldPlaced    Kind = "hold-placed"
	HoldReviewed  Kind = "hold-reviewed" // somebody looked whether it is still needed (R30)
	HoldConfirmed Kind = "hold-confirmed"
	HoldNarrowed  Kind = "hold-narrowed"
	HoldDelivered Kind = "hold-delivered" // it closes because of a receipt (R32)
	HoldClosed    Kind = "hold-closed"
	HoldLapsed    Kind = "hold-lapsed"
	FreezePlaced  Kind = "freeze-placed"
	FreezeClosed  Kind = "freeze-closed"
	AppealEntered Kind = "appeal" // of the police to the public (R38)

	RequestReceived Kind = "request-received" // of a person in the footage (R125)
	RequestExtended Kind = "request-extended"
	RequestDecided  Kind = "request-decided"
	RequestClosed   Kind = "request-closed"

	Deleted      Kind = "deleted"       // footage of a camera since the last checkpoint, each piece seen to be gone
	DeletedEarly Kind = "deleted-early" // before its deadline (R15)

	Viewed       Kind = "viewed"
	LogRead      Kind = "log-read" // somebody read this log on the page
	Exported     Kind = "exported"
	Released     Kind = "released" // a release reached a state
	Login        Kind = "login"
	LoginFailed  Kind = "login-failed"
	Logout       Kind = "logout" // sessions were ended
	UserInvited  Kind = "user-invited"
	UserChanged  Kind = "user-changed" // what of an account, but for its roles
	RoleChanged  Kind = "role-changed"
	TokenMade    Kind = "token-made" // for a program
	TokenRevoked Kind = "token-revoked"
	SignChanged  Kind = "sign-changed"

	Checkpointed   Kind = "checkpoint"      // always the last entry of the checkpoint's tree
	CheckpointSent Kind = "checkpoint-sent" // it left the building (R104)
	KeyAnnounced   Kind = "key"             // checkpoints from here on are signed with it
	PackageKeys    Kind = "package-keys"    // packages from here on are signed with key, whose root is root and certificates hash to sha256 (R87)
	Erased         Kind = "erased"          // a detail of an entry was erased
	Pruned         Kind = "pruned"          // entries and lists below these numbers were removed (R109)
)

// kinds is the table: what the entries of each kind say. A name ends in "?" where
// it may be left out. Details are free text and stand in the entry as commitments.
var kinds = func() map[Kind]shape {
	table := map[Kind]shape{}
	for _, k := range []struct {
		kind            Kind
		fields, details string
	}{
		{Start, "version config", ""},
		{Stop, "", ""},
		{Configuration, "config", ""},
		{Retention, "keep hold_max zone", ""},
		{ClockEvent, "delta_ms paused? why? old? new?", "sources? reason?"},
		{GapFound, "camera from to cause", "detail?"},
		{HoldPlaced, "hold cameras from to ground happened? review? selections? confirm? appeal? until segments bytes", "reason case? place?"},
		{HoldReviewed, "hold review", "reason case?"},
		{HoldConfirmed, "hold", "reason?"},
		{HoldNarrowed, "hold cameras from to selections? segments bytes", "reason"},
		{HoldDelivered, "hold receipt closes", ""},
		{HoldClosed, "hold code?", "reason"},
		{HoldLapsed, "hold code?", ""},
		{FreezePlaced, "hold request ground? cameras from to selections? until segments bytes", "reason?"},
		{FreezeClosed, "hold request code?", "reason?"},
		{AppealEntered, "appeal cameras from to selections?", "source district case?"},
		{RequestReceived, "request type channel received due hold? cameras? from? to? selections? segments? bytes?", "reference?"},
		{RequestExtended, "request due", "reason"},
		{RequestDecided, "request decision", "reason"},
		{RequestClosed, "request told?", "reason"},
		{Recorded, "camera from to spans segments bytes", ""},
		{Stated, "day list", ""},
		{Restored, "since? how", ""},
		{Adopted, "camera from to bytes sha256", ""},
		{Deleted, "camera cause? from to spans? segments bytes late_s? list", ""},
		{DeletedEarly, "camera from to bytes deadline cause", ""},
		{Viewed, "camera from to right?", "purpose?"},
		{Exported, "cameras from to bytes? sha256? right?", "purpose?"},
		{LogRead, "", ""},
		{Released, "release state act revision record said? hold? manifest? signer? stamp?", ""},
		{Login, "", "from?"},
		{LoginFailed, "user?", "from?"},
		{Logout, "user", ""},
		{UserInvited, "user role until?", ""},
		{UserChanged, "user what", ""},
		{RoleChanged, "user role", ""},
		{TokenMade, "token role until", ""},
		{TokenRevoked, "token", ""},
		{SignChanged, "sign state", "detail?"},
		{Checkpointed, "", ""},
		{CheckpointSent, "size root way stamp?", "to?"},
		{KeyAnnounced, "key", ""},
		{PackageKeys, "key root sha256", ""},
		{Erased, "entry detail", "reason?"},
		{Pruned, "entries lists", ""},
	} {
		table[k.kind] = shape{names(k.fields), names(k.details)}
	}
	return table
}()

// Kinds returns every Kind, in no order.
func Kinds() []Kind {
	var all []Kind
	for k := range kinds {
		all = append(all, k)
	}
	return all
}

// shape is what the entries of a kind have: by name, whether it must be there.
type shape struct{ fields, details map[string]bool }

func names(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		set[strings.TrimSuffix(name, "?")] = !strings.HasSuffix(name, "?")
	}
	return set
}

// form is what a field's value looks like.
type form int

const (
	wordForm  form = iota // 1 to 200 printable ASCII without spaces: names do not pass (R106)
	wordsForm             // a list of words
	timeForm              // RFC 3339 in UTC with six decimals
	hashForm              // SHA-256 in lower-case hex
	numeral               // a whole number
)

// forms has the form of each field, whatever the kind; other fields are words.
var forms = map[string]form{
	"n": numeral, "segments": numeral, "bytes": numeral, "keep": numeral, "hold_max": numeral, "delta_ms": numeral,
	"size": numeral, "late_s": numeral, "entry": numeral, "entries": numeral, "lists": numeral, "revision": numeral,
	"at": timeForm, "old": timeForm, "new": timeForm, "from": timeForm, "to": timeForm, "until": timeForm, "happened": timeForm, "review": timeForm, "confirm": timeForm, "deadline": timeForm, "since": timeForm,
	"receipt": timeForm, "closes": timeForm, "received": timeForm, "due": timeForm, "told": timeForm,
	"config": hashForm, "list": hashForm, "sha256": hashForm, "manifest": hashForm, "record": hashForm, "said": hashForm, "root": hashForm, "stamp": hashForm,
	"cameras": wordsForm, "selections": wordsForm, "spans": wordsForm,
}

func formOf(field string) form {
	if f, ok := forms[field]; ok {
		return f
	}
	return wordForm
}

// maxList is how many words a list may have.
const maxList = 4096

// fits reports whether v, an int64, a string or a []string, has the form.
func (f form) fits(v any) bool {
	switch v := v.(type) {
	case int64:
		return f == numeral
	case []string:
		return f == wordsForm && len(v) <= maxList && !slices.ContainsFunc(v, func(word string) bool { return !isWord(word) })
	case string:
		switch f {
		case wordForm:
			return isWord(v)
		case timeForm:
			return isTime(v)
		case hashForm:
			return isHash(v)
		}
	}
	return false
}

func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= 200
}

func isHash(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return len(s) == 64
}

func isTime(s string) bool {
	const like = "0000-00-00T00:00:00.000000Z"
	for i := range len(s) {
		if i >= len(like) || s[i] != like[i] && (like[i] != '0' || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return len(s) == len(like)
}

// check holds an entry to the table.
func (e Entry) check() error {
	s, known := kinds[e.Kind]
	if !known {
		return fmt.Errorf("%q is not a kind of entry", e.Kind)
	}
	if e.Number < 0 || e.At == 0 || !formOf("by").fits(e.By) {
		return fmt.Errorf("an entry needs a number, a time and an actor's id; this has %d, %q and %q", e.Number, e.At, e.By)
	}
	for name, v := range e.Fields {
		if _, known := s.fields[name]; !known {
			return fmt.Errorf("an entry of the kind %s has no %s", e.Kind, name)
		}
		if !formOf(name).fits(v) {
			return fmt.Errorf("%v cannot be the %s of an entry", v, name)
		}
	}
	for name, v := range e.Commitments {
		if _, known := s.details[name]; !known {
			return fmt.Errorf("an entry of the kind %s has no detail %s", e.Kind, name)
		}
		if !hashForm.fits(v) {
			return fmt.Errorf("%q cannot be the commitment of a detail", v)
		}
	}
	for name, required := range s.fields {
		if _, there := e.Fields[name]; required && !there {
			return fmt.Errorf("an entry of the kind %s needs %s", e.Kind, name)
		}
	}
	for name, required := range s.details {
		if _, there := e.Commitments[name]; required && !there {
			return fmt.Errorf("an entry of the kind %s needs the detail %s", e.Kind, name)
		}
	}
	return nil
}

// plain returns the value of a field as an int64, a string or a []string, or nil
// where it is empty and so left out.
func plain(v any) any {
	switch v := v.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	case []string:
		if v == nil {
			return nil
		}
		return v
	case []footage.CameraID:
		words := make([]string, len(v))
		for i, c := range v {
			words[i] = string(c)
		}
		return words
	}
	text := ""
	switch v := v.(type) {
	case fmt.Stringer: // instants and digests
		text = v.String()
	case nil:
	default:
		text = fmt.Sprint(v)
	}
	if text == "" {
		return nil
	}
	return text
}

// number reads a numeral as Append writes it.
func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}
