package holds

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// ReviewEvery is how far ahead the next review of a hold may lie (R30).
	ReviewEvery = 7 * 24 * time.Hour
	// CaseWithin is how long a hold may lack the number of a police case (R31).
	CaseWithin = 72 * time.Hour
)

// Flag is something about an active hold that a person should see to. It changes
// nothing about what the hold keeps.
type Flag string

// The flags.
const (
	FlagUnreviewed Flag = "unreviewed" // its review date has passed (R30)
	FlagNoCase     Flag = "no-case"    // 72 hours old, and without a police case number (R31)
)

// Flags returns what is to be seen to at now, the most pressing first.
func (h Hold) Flags(now footage.Instant) []Flag {
	flags := []Flag{}
	if !h.State.InForce() || h.Freeze() { // a freeze is looked at with its request
		return flags
	}
	if h.Review <= now {
		flags = append(flags, FlagUnreviewed)
	}
	if h.Case == "" && h.Placed.At.Add(CaseWithin) <= now {
		flags = append(flags, FlagNoCase)
	}
	return flags
}

// Review says that a hold is still needed, and why.
type Review struct {
	Note string          // in words
	Case string          // the police case number; empty: as it was
	Next footage.Instant // the next review; 0: in ReviewEvery
	By   string
}

// Review writes down that a person has looked at an active hold, and sets the date
// of the next review (R30). It moves no deadline.
func (h *Holds) Review(number string, r Review) (Hold, error) {
	var err error
	if r.Note, err = worded(r.Note, "why the hold is still needed", 1, MaxReason); err != nil {
		return Hold{}, err
	}
	r.Case = strings.TrimSpace(r.Case)
	return h.act(number, "reviewed", func(tx *index.Tx, hold *Hold) (err error) {
		if r.Case != "" {
			hold.Case = r.Case
		}
		if err := checkCase(hold.Case); err != nil {
			return err
		}
		if hold.Review, err = nextReview(r.Next, tx.Now); err != nil {
			return err
		}
		hold.Reviewed = Act{r.By, tx.Now}
		if err := putHold(tx, *hold); err != nil {
			return err
		}
		return noteReviewed(tx, *hold, r)
	})
}

// nextReview is when a hold that was looked at now is looked at next.
func nextReview(asked, now footage.Instant) (footage.Instant, error) {
	latest := now.Add(ReviewEvery)
	switch {
	case asked == 0:
		return latest, nil
	case asked <= now:
		return 0, fmt.Errorf("%w: the next review would be at %s, which has passed", ErrInvalid, asked)
	case asked > latest:
		return 0, fmt.Errorf("%w: a hold is reviewed within %d days, by %s (R30)", ErrRefused, ReviewEvery/(24*time.Hour), latest)
	}
	return asked, nil
}

// checkCase refuses what cannot be the number of a police case.
func checkCase(number string) error {
	if n := utf8.RuneCountInString(number); number != "" && (n < MinCase || n > MaxCase) {
		return fmt.Errorf("%w: a case number has %d to %d characters", ErrInvalid, MinCase, MaxCase)
	}
	return nil
}
