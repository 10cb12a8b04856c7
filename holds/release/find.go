package release

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Filter says which releases List returns; what is empty does not matter.
type Filter struct {
	Camera footage.CameraID
	Span   footage.Span // of Camera
	User   string       // who has done something to it
	Case   string
	State  State
	Open   bool // something is still to be done

	// Subject leaves only what a person in the footage is told when they ask to whom it
	// was given (GDPR art. 15(1)(c)): what was delivered, and is not under secrecy, without
	// names and words (R76).
	Subject bool
	Limit   int // 0: all
}

func (f Filter) takes(r Release, now footage.Instant) bool {
	switch {
	case f.Camera != "" && !slices.ContainsFunc(holds.SpansOf(r.Given, f.Camera), func(s footage.Span) bool { return f.Span == (footage.Span{}) || s.Overlaps(f.Span) }),
		f.Case != "" && !strings.EqualFold(f.Case, r.Case),
		f.State != "" && f.State != r.State,
		f.Open && !r.open(),
		f.Subject && (r.Delivery.At == 0 || r.Secrecy > now):
		return false
	}
	return true
}

// List returns the releases of a filter, the newest first.
func (l *Log) List(f Filter) ([]Release, error) {
	var all []Release
	err := l.Index.View(func(tx *index.Tx) error {
		keys, err := f.keys(tx)
		if err != nil {
			return err
		}
		for _, key := range keys {
			r, err := byKey(tx, key)
			if err != nil {
				return err
			}
			if f.takes(r, tx.Now) {
				if f.Subject {
					r.Said = Said{}
				}
				all = append(all, r)
			}
			if f.Limit > 0 && len(all) == f.Limit {
				break
			}
		}
		return nil
	})
	return all, err
}

// keys are those of the releases that may be meant, the newest first, by the narrowest
// of the rows by which releases are found.
func (f Filter) keys(tx *index.Tx) (keys []string, err error) {
	from, to := index.Prefix(room, nowPart)
	switch {
	case f.Open:
		from, to = index.Prefix(room, openPart)
	case f.Case != "":
		from, to = index.Prefix(room, casePart, url.QueryEscape(strings.ToLower(f.Case)))
	case f.Camera != "":
		if from, to = index.Prefix(room, cameraPart, string(f.Camera)); f.Span != (footage.Span{}) {
			// No selection is longer than MaxSpan, so none that begins earlier reaches it.
			from = index.Key(room, cameraPart, string(f.Camera), max(1, f.Span.From.Add(-MaxSpan)).Compact())
			to = index.Key(room, cameraPart, string(f.Camera), f.Span.To.Compact())
		}
	case f.User != "":
		from, to = index.Prefix(room, userPart, url.QueryEscape(f.User))
	}
	for row := range tx.Scan(from, to) {
		if strings.HasPrefix(row.Key, room+"/"+cameraPart+"/") {
			var end footage.Instant
			if err := row.Decode(&end); err != nil {
				return nil, err
			}
			if f.Span != (footage.Span{}) && end <= f.Span.From {
				continue
			}
		}
		keys = append(keys, row.Key[len(row.Key)-len("2026-00000001"):])
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	slices.Reverse(keys)
	if f.User == "" {
		return keys, nil
	}
	kept := keys[:0]
	for _, key := range keys {
		found, err := tx.Get(index.Key(room, userPart, url.QueryEscape(f.User), key), new(footage.Instant))
		if err != nil {
			return nil, err
		}
		if found {
			kept = append(kept, key)
		}
	}
	return kept, nil
}

// Shown is a release with its flags, the segments of its last package but for supplements, and its earlier
// versions.
type Shown struct {
	Release
	Flags   []Flag
	Parts   []Part
	Old     []Release // the first one first
	Failure string    // of the last package, in words, where it has failed and they are not erased
}

// Show returns a release, whole.
func (l *Log) Show(number string) (Shown, error) {
	var s Shown
	err := l.Index.View(func(tx *index.Tx) (err error) {
		if s.Release, err = find(tx, number); err != nil {
			return err
		}
		s.Flags = s.Release.Flags(tx.Now)
		for old, err := range versions(tx, s.key()) {
			if err != nil {
				return err
			}
			s.Old = append(s.Old, old)
		}
		p := s.last()
		if p == nil {
			return nil
		}
		for _, v := range slices.Backward(append(slices.Clip(s.Old), s.Release)) {
			if v.Act == Fail && p.Failed != "" {
				s.Failure = v.Because
				break
			}
		}
		if p = s.lastGiven(); p != nil {
			s.Parts, err = Parts(tx, number, p.N)
		}
		return err
	})
	return s, err
}
