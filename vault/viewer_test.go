package vault

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// R34: what only a freeze keeps, or what is restricted, opens to the privacy right
// alone, and a reader that is open lets go of it at that instant.
func TestR34OnlyThePrivacyRightSeesWhatIsFrozen(t *testing.T) {
	r := newRig(t)
	r.drop("k01", start)
	r.ingest()
	s := r.segments("k01")[0]
	terms := func(change func(*Terms)) {
		t.Helper()
		if err := r.Index.Update(func(tx *index.Tx) error {
			now, _, err := Find(tx, s.ID())
			if err != nil {
				return err
			}
			to := now.Terms
			change(&to)
			return SetTerms(tx, []Change{{Segment: now, To: to}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	opens := func(viewer footage.Viewer) error {
		open, err := r.OpenFor(context.Background(), s.ID(), viewer)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, open)
		return errors.Join(err, open.Close())
	}
	judge := func(when string, staff, privacy error) {
		t.Helper()
		if err := opens(footage.Staff); !errors.Is(err, staff) {
			t.Errorf("%s: staff: %v, want %v", when, err, staff)
		}
		if err := opens(footage.Privacy); !errors.Is(err, privacy) {
			t.Errorf("%s: the privacy role: %v, want %v", when, err, privacy)
		}
	}
	judge("unfrozen", nil, nil)
	terms(func(to *Terms) { to.Reserved, to.Deadline = to.Deadline, to.Ceiling })
	judge("frozen, within its days", nil, nil)

	watching, err := r.Open(context.Background(), s.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer watching.Close()
	if _, err := watching.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	r.at(start.Add(168 * time.Hour))
	if _, err := watching.Read(make([]byte, 100)); !errors.Is(err, ErrReserved) {
		t.Errorf("a reader that was open reads on: %v", err)
	}
	judge("past its days", ErrReserved, nil)
	r.at(start.Add(720 * time.Hour))
	judge("past the ceiling", ErrGone, ErrGone)

	r.at(start.Add(time.Hour))
	terms(func(to *Terms) { to.Restricted = true })
	judge("restricted", ErrReserved, nil)
	terms(func(to *Terms) { *to = Terms{Keep: to.Keep, Ceiling: to.Ceiling, Deadline: to.Keep} })
	judge("freed", nil, nil)
}
