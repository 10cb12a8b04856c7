package release

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// ReviewWithin is how soon another person looks at an approval that one person gave
	// alone (R68).
	ReviewWithin = 24 * time.Hour
	// ReceiptWithin is how long a delivery may lack its receipt before that is flagged
	// (R74).
	ReceiptWithin = 7 * 24 * time.Hour
	// PackageAfter is how long the appliance keeps its copy of a package after the
	// receipt, unless the recipient has opened it before: the hold closes then, too (R32).
	PackageAfter = 48 * time.Hour
)

// Options is what a Log is made of. All fields are required.
type Options struct {
	Index *index.DB
	Zone  func() *time.Location // of the site: its calendar year numbers the releases

	// Build writes the package of a release. It reads footage through the vault, which
	// gives none past its deadline, and returns when the package is complete and was read
	// back.
	Build func(ctx context.Context, b Build) (Built, error)

	// Holds have what keeps footage beyond seven days. It is told of receipts: 48 hours
	// after them holds close (R32).
	Holds *holds.Holds

	Dir string // packages and passwords lie in folders of it
	Now func() time.Time
	Log *slog.Logger
}

// Log is the release log (utleveringslogg). Its methods may be called from any
// goroutine.
type Log struct {
	Options
	disk    durable.Disk
	changed chan struct{} // nudged when the step has something to do
	work    chan struct{} // nudged when there is something to build

	mu    sync.Mutex
	jobs  []*job                   // mu: packages that this process builds, the one that is built now first
	stuck map[string]footage.Alarm // mu: packages and passwords that could not be removed, by path
}

// New returns the log. It starts nothing; see Run.
func New(o Options) *Log {
	return &Log{Options: o, changed: make(chan struct{}, 1), work: make(chan struct{}, 1), stuck: map[string]footage.Alarm{}}
}

func (l *Log) now() footage.Instant { return footage.At(l.Now()) }

func nudge(what chan<- struct{}) {
	select {
	case what <- struct{}{}:
	default:
	}
}

// Request enters a release: what is asked for, by whom, and why (R65). It is a draft
// that somebody approves or refuses.
func (l *Log) Request(f Facts, by string) (Release, error) {
	var r Release
	f.clean()
	if err := l.known(f.Hold); err != nil {
		return Release{}, err
	}
	err := l.Index.Update(func(tx *index.Tx) (err error) {
		r = Release{Record: Record{State: Draft, Matter: f.Matter, Created: holds.Act{By: by, At: tx.Now}}, Said: Said{Words: f.Words}}
		if err := f.check(tx.Now); err != nil {
			return err
		}
		if r.Number, err = nextNumber(tx, l.Zone()); err != nil {
			return err
		}
		return write(tx, Release{}, &r, Request, by)
	})
	if err == nil {
		l.Holds.Numbered()
	}
	return l.did(r, err)
}

// known refuses the number of a hold that there never was. A freeze is none.
func (l *Log) known(hold string) error {
	if hold == "" {
		return nil
	}
	k, err := l.Holds.Show(hold)
	switch {
	case errors.Is(err, holds.ErrNotFound), err == nil && k.Freeze():
		return invalid("there is no hold %q", hold)
	case err != nil:
		return fmt.Errorf("couldn't read the hold %s: %w", hold, err)
	}
	return nil
}

// act carries out what a person does to a release: one transaction, one new version.
func (l *Log) act(number string, act Act, by string, do func(tx *index.Tx, r *Release) error) (Release, error) {
	var r Release
	err := l.Index.Update(func(tx *index.Tx) (err error) {
		r, err = perform(tx, number, act, by, do)
		return err
	})
	return l.did(r, err)
}

func perform(tx *index.Tx, number string, act Act, by string, do func(tx *index.Tx, r *Release) error) (Release, error) {
	was, err := find(tx, number)
	if err != nil {
		return Release{}, err
	}
	r := was
	r.Because, r.Archive = "", ""
	if r.State, err = Next(was.State, was.Kind, act); err != nil {
		return Release{}, wrap(number, err)
	}
	if was.Erased != 0 && !slices.Contains([]Act{Remove, EndHold, Forget}, act) {
		return Release{}, refused("the names and words of %s were erased at %s; it cannot be changed any more", number, was.Erased)
	}
	if err := do(tx, &r); err != nil {
		return Release{}, wrap(number, err)
	}
	return r, write(tx, was, &r, act, by)
}

func (l *Log) did(r Release, err error) (Release, error) {
	if err != nil {
		return Release{}, err
	}
	l.Log.Info("release", "number", r.Number, "act", r.Act, "state", r.State)
	if r.State == Draft || r.State == Refused {
		l.stop(r.Number, errChanged)
	}
	nudge(l.changed)
	return r, nil
}

// reason trims what decides over footage, and refuses it when it is too short or long.
func reason(text, of string, least int) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < least || n > MaxText {
		return text, invalid("say in words %s, in %d to %d characters", of, least, MaxText)
	}
	return text, nil
}

// line trims what is no longer than a line.
func line(text *string, of string, least int) error {
	*text = strings.TrimSpace(*text)
	if n := utf8.RuneCountInString(*text); n < least || n > MaxLine {
		return invalid("%s has %d to %d characters; this has %d", of, least, MaxLine, n)
	}
	return nil
}

// past refuses an instant that lies ahead, or before what it follows upon; 0 is now.
func past(at *footage.Instant, after, now footage.Instant, of string) error {
	if *at == 0 {
		*at = now
	}
	if *at > now || *at < after {
		return invalid("%s at %s; that lies between %s and now", of, *at, after)
	}
	return nil
}

// Correct makes a new version in which edit has changed the facts; why says what was
// wrong (R79). A correction of something that the approver has decided upon makes an
// approved release a draft again. What has been exported keeps its kind and its scope.
func (l *Log) Correct(number, why string, edit func(*Facts) error, by string) (Release, error) {
	s, err := l.Show(number)
	if err != nil {
		return Release{}, err
	}
	edited := s.Facts()
	if err := edit(&edited); err != nil {
		return Release{}, err
	}
	if edited.Hold != s.Hold { // asked before the transaction, as at the request
		if err := l.known(edited.Hold); err != nil {
			return Release{}, err
		}
	}
	return l.act(number, Correct, by, func(tx *index.Tx, r *Release) (err error) {
		if r.Because, err = reason(why, "what was wrong", 3); err != nil {
			return err
		}
		was, f := r.Facts(), r.Facts()
		if err := edit(&f); err != nil {
			return err
		}
		f.clean()
		if err := f.check(tx.Now); err != nil {
			return err
		}
		switch {
		case r.State == Draft:
		case r.State == Approved && was.decided(f):
			r.State, r.Approved, r.Emergency, r.ReviewBy, r.Reviewed = Draft, holds.Act{}, false, 0, holds.Act{}
		case r.State != Approved && (f.Kind != was.Kind || !same(f.Given, was.Given) || f.Hold != was.Hold):
			return refused("what was given, and from which hold, is not corrected once it was exported or delivered")
		}
		r.Matter, r.Words = f.Matter, f.Words
		return nil
	})
}

// Paper is a document that belongs to a release. The paper itself lies in the venue's
// archive.
type Paper struct {
	At      footage.Instant `json:"at,omitzero"` // it came; 0: now
	SHA256  footage.SHA256  `json:"sha256"`      // of its file
	Archive string          `json:"archive"`     // where it lies
}

// What a Paper that is attached can be.
const (
	WrittenRequest = "request" // the written request that follows an oral one (R69)
	ConsentPaper   = "consent" // of everybody in the footage
)

// Attach adds a document.
func (l *Log) Attach(number, what string, p Paper, by string) (Release, error) {
	return l.act(number, Attach, by, func(tx *index.Tx, r *Release) error {
		d := Document{p.At, p.SHA256, holds.Act{By: by, At: tx.Now}}
		if err := errorsFirst(past(&d.At, 0, tx.Now, "it came"), line(&p.Archive, "where the document lies", 1)); err != nil {
			return err
		}
		if d.SHA256 == (footage.SHA256{}) {
			return invalid("give the document's SHA-256")
		}
		r.Archive = p.Archive
		switch what {
		case WrittenRequest:
			r.Written = d
		case ConsentPaper:
			r.Consent = d
		default:
			return invalid("a document is a %s or a %s, not %q", WrittenRequest, ConsentPaper, what)
		}
		return nil
	})
}

func errorsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Approve lets a draft leave. Who approves does not also export or hand over (R68).
func (l *Log) Approve(number, by string) (Release, error) {
	return l.act(number, Approve, by, func(tx *index.Tx, r *Release) error { return r.approve(holds.Act{By: by, At: tx.Now}) })
}

// Emergency lets a draft leave by one person alone, and says why: another looks at that
// within ReviewWithin (R68).
func (l *Log) Emergency(number, why, by string) (Release, error) {
	return l.act(number, Approve, by, func(tx *index.Tx, r *Release) (err error) {
		if r.Because, err = reason(why, "why one person has to decide alone", MinReason); err != nil {
			return err
		}
		r.Emergency, r.ReviewBy = true, tx.Now.Add(ReviewWithin)
		return r.approve(holds.Act{By: by, At: tx.Now})
	})
}

func (r *Release) approve(act holds.Act) error {
	if r.Basis == ConsentOfAll && r.Consent.At == 0 {
		return refused("the consent of everybody in the footage is not attached")
	}
	r.Approved = act
	return nil
}

// Review says that another person stands by an emergency release, or what was wrong
// with it.
func (l *Log) Review(number, note, by string) (Release, error) {
	return l.act(number, Review, by, func(tx *index.Tx, r *Release) (err error) {
		switch {
		case !r.unreviewed():
			return refused("there is nothing to review")
		case r.Approved.By == by || r.hasExported(by) || r.Delivery.Act.By == by:
			return refused("an emergency release is reviewed by somebody who has not approved, exported or delivered it (R68)")
		}
		r.Reviewed = holds.Act{By: by, At: tx.Now}
		r.Because, err = reason(note, "what you find", 3)
		return err
	})
}

func (r Release) hasExported(by string) bool {
	for _, p := range r.Packages {
		if p.Begun.By == by {
			return true
		}
	}
	return false
}

// Refuse turns a release down, or withdraws it before it was handed over, with the
// reason. Its packages go.
func (l *Log) Refuse(number, why, by string) (Release, error) {
	return l.act(number, Refuse, by, func(tx *index.Tx, r *Release) (err error) {
		r.Ended = holds.Act{By: by, At: tx.Now}
		r.Because, err = reason(why, "why it is refused", MinReason)
		return err
	})
}

// Handover is what Deliver takes (R73).
type Handover struct {
	Channel    Channel         `json:"channel"`
	Medium     string          `json:"medium,omitempty"` // maker and model
	Serial     string          `json:"serial,omitempty"`
	Seal       string          `json:"seal,omitempty"`
	Protection string          `json:"protection,omitempty"`
	HandedBy   string          `json:"handed_by"`
	Received   string          `json:"received_by"`
	Where      string          `json:"where"`
	At         footage.Instant `json:"at,omitzero"` // 0: now
}

// Deliver says how footage was handed over, shown or told.
func (l *Log) Deliver(number string, h Handover, by string) (Release, error) {
	return l.act(number, Deliver, by, func(tx *index.Tx, r *Release) error {
		if err := chosen("channel", h.Channel, Channels); err != nil {
			return err
		}
		if copied := r.Kind == Copy; copied == (h.Channel == OnSite || h.Channel == BySpeaking) {
			return invalid("the channel %s does not go with a release of the kind %s", h.Channel, r.Kind)
		}
		after := r.Approved.At
		if r.Kind == Copy {
			p := r.lastGiven()
			if after = p.Built; after == 0 { // a later package is being built
				return refused("a package of it is being built")
			}
			if err := past(&h.At, after, tx.Now, "it was handed over"); err != nil {
				return err
			}
			if p.Gone != 0 && p.Gone <= h.At || h.At >= p.Deadline {
				return refused("its package had to go at %s, and nothing of it may be handed over after that (R100)", min(p.Deadline, tx.Now))
			}
			r.change(p.N, func(p *Package) { p.HandedOver = p.Medium })
		} else if err := separate(r, by); err != nil {
			return err
		}
		if err := errorsFirst(past(&h.At, after, tx.Now, "it was handed over"),
			line(&h.Medium, "the medium's make", needed(h.Channel.physical(), 2)), line(&h.Serial, "the medium's serial number", needed(h.Channel.physical(), 1)),
			line(&h.Seal, "the seal", 0), line(&h.Protection, "the protection", 0),
			line(&h.HandedBy, "who handed it over", 2), line(&h.Received, "who received it", 2), line(&h.Where, "where that was", 2)); err != nil {
			return err
		}
		r.Delivery = Delivery{h.Channel, h.Medium, h.Serial, h.Seal, h.Protection, h.At, holds.Act{By: by, At: tx.Now}}
		r.HandedBy, r.Received, r.Where = h.HandedBy, h.Received, h.Where
		return nil
	})
}

// Receipt enters the recipient's receipt. The hold closes 48 hours after it
// ([holds.Holds.Delivered]), and the appliance's package goes then at the latest (R32).
func (l *Log) Receipt(number string, p Paper, by string) (Release, error) {
	r, err := l.act(number, Receipt, by, func(tx *index.Tx, r *Release) error {
		d := Document{p.At, p.SHA256, holds.Act{By: by, At: tx.Now}}
		if err := errorsFirst(past(&d.At, r.Delivery.At, tx.Now, "the receipt is"), line(&p.Archive, "where the receipt lies", 1)); err != nil {
			return err
		}
		r.Receipt, r.Archive = d, p.Archive
		return nil
	})
	if err == nil {
		l.endHolds()
	}
	return r, err
}

// Verify enters that the recipient has opened the package and found it whole (R74).
// From then on no password is kept (R97).
func (l *Log) Verify(number, who string, at footage.Instant, by string) (Release, error) {
	r, err := l.act(number, Verify, by, func(tx *index.Tx, r *Release) error {
		if err := errorsFirst(past(&at, r.Delivery.At, tx.Now, "it was opened"), line(&who, "who opened it", 2)); err != nil {
			return err
		}
		r.Verified, r.Checked = Confirmation{at, holds.Act{By: by, At: tx.Now}}, who
		return nil
	})
	if err == nil {
		l.removePasswords()
	}
	return r, err
}

// Close ends a release for which nothing is left to be done: the written request is
// there (R69), and an emergency was reviewed (R68).
func (l *Log) Close(number, note, by string) (Release, error) {
	return l.act(number, Close, by, func(tx *index.Tx, r *Release) error {
		switch {
		case r.oral():
			return refused("the written request that follows an oral one is not attached (R69)")
		case r.unreviewed():
			return refused("nobody has reviewed that one person released it alone (R68)")
		}
		r.Ended, r.Because = holds.Act{By: by, At: tx.Now}, note
		return line(&r.Because, "the note", 0)
	})
}

// oral reports whether the request was made by word of mouth, and nothing in writing
// has followed.
func (r Release) oral() bool { return (r.How == InPerson || r.How == Phone) && r.Written.At == 0 }
