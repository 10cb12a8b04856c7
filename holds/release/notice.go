package release

import (
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Notice is something that the recipient of footage is told after it was handed over:
// that a person in it has had it restricted, erased or rectified (GDPR art. 19; R135), or
// that there is a supplement to the package.
type Notice struct {
	Request string       `json:"request,omitempty" cbor:"1,keyasint,omitempty"` // I-2026-0001
	Type    holds.Right  `json:"type,omitempty" cbor:"2,keyasint,omitempty"`    // of the request
	Package int          `json:"package,omitempty" cbor:"3,keyasint,omitempty"` // the supplement
	How     How          `json:"how,omitempty" cbor:"4,keyasint,omitempty"`     // "" while it is owed
	Told    Confirmation `json:"told,omitzero" cbor:"5,keyasint,omitzero"`
}

// owed are the notices that nobody has given yet.
func (r Release) owed() (all []Notice) {
	for _, n := range r.Notices {
		if n.How == "" {
			all = append(all, n)
		}
	}
	return all
}

// tells reports whether recipients are told of a request: a restriction is in force from
// the moment in which it is entered, and erasure and rectification once they are granted.
func tells(q holds.SubjectRequest) bool {
	switch q.Decision {
	case holds.AnswerRefused, holds.AnswerNothing:
		return false
	case "":
		return q.Type == holds.RightRestriction
	}
	return q.Type == holds.RightRestriction || q.Type == holds.RightErasure || q.Type == holds.RightRectification
}

// owing are the notices of a release as they have to be now: those that were given, and
// those that all requests of people in its footage ask for.
func owing(r Release, all []holds.SubjectRequest) (notices []Notice) {
	given := func(q holds.SubjectRequest) bool {
		return slices.ContainsFunc(r.Notices, func(n Notice) bool { return n.Request == q.Number && n.How != "" })
	}
	notices = slices.DeleteFunc(slices.Clone(r.Notices), func(n Notice) bool { return n.How == "" })
	if r.Delivery.At == 0 || r.Erased != 0 {
		return notices
	}
	for _, q := range all {
		if tells(q) && !given(q) && touches(q.Window, r.Given) {
			notices = append(notices, Notice{Request: q.Number, Type: q.Type})
		}
	}
	return notices
}

// touches reports whether two lists of selections have something in common.
func touches(a, b []holds.Selection) bool {
	return slices.ContainsFunc(a, func(s holds.Selection) bool {
		return slices.ContainsFunc(s.Cameras, func(c footage.CameraID) bool { return slices.ContainsFunc(holds.SpansOf(b, c), s.Overlaps) })
	})
}

// owe brings into line what recipients are to be told of with the requests that there are.
func (l *Log) owe() {
	var late []Release
	var all []holds.SubjectRequest
	err := l.Index.View(func(tx *index.Tx) (err error) {
		late, all = nil, nil
		for q, err := range holds.SubjectRequests(tx) {
			if err != nil {
				return err
			}
			if q.Type == holds.RightRestriction || q.Type == holds.RightErasure || q.Type == holds.RightRectification {
				all = append(all, q)
			}
		}
		seen := map[string]bool{}
		for _, q := range all {
			for _, s := range q.Window {
				for _, c := range s.Cameras {
					keys, err := Filter{Camera: c, Span: s.Span}.keys(tx)
					if err != nil {
						return err
					}
					for _, key := range keys {
						if seen[key] {
							continue
						}
						seen[key] = true
						r, err := byKey(tx, key)
						if err != nil {
							return err
						}
						if !slices.Equal(owing(r, all), r.Notices) {
							late = append(late, r)
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		l.Log.Error("couldn't find out whom to tell of requests", "error", err)
	}
	for _, r := range late {
		if err := l.unless(r.Number, Owe, System, func(_ *index.Tx, r *Release) (already bool) {
			notices := owing(*r, all)
			already, r.Notices = slices.Equal(notices, r.Notices), notices
			return already
		}); err != nil {
			l.Log.Error("couldn't enter whom to tell of a request", "release", r.Number, "error", err)
		}
	}
}

// Telling is what Notify takes.
type Telling struct {
	Request string          `json:"request,omitempty"` // that the recipient was told of, or
	Package int             `json:"package,omitempty"` // the supplement that they were given
	How     How             `json:"how"`
	Note    string          `json:"note"`        // what was said, and to whom
	At      footage.Instant `json:"at,omitzero"` // 0: now
}

// Notify enters that the recipient was told of a person's request, or was given a
// supplement.
func (l *Log) Notify(number string, t Telling, by string) (Release, error) {
	return l.act(number, Notify, by, func(tx *index.Tx, r *Release) (err error) {
		if r.Because, err = reason(t.Note, "what was said, and to whom", 3); err != nil {
			return err
		}
		if err := chosen("way of telling", t.How, Hows); err != nil || t.How == NotAsked {
			return invalid("say how they were told: %s, %s, letter, mail or portal", InPerson, Phone)
		}
		n := Notice{Request: t.Request, Package: t.Package, How: t.How, Told: Confirmation{t.At, holds.Act{By: by, At: tx.Now}}}
		after := r.Delivery.At
		notices := slices.Clone(r.Notices)
		switch {
		case (t.Request == "") == (t.Package == 0):
			return invalid("say of which request they were told, or which supplement they were given")
		case t.Request != "":
			i := slices.IndexFunc(notices, func(n Notice) bool { return n.Request == t.Request && n.How == "" })
			if i < 0 {
				return refused("nobody has to be told of %s", t.Request)
			}
			n.Type = notices[i].Type
			notices = slices.Delete(notices, i, i+1)
		case t.Package < 1 || t.Package > len(r.Packages) || r.Packages[t.Package-1].Supplements == 0 || r.Packages[t.Package-1].Built == 0:
			return refused("package %d is no supplement that is complete", t.Package)
		default:
			after = max(after, r.Packages[t.Package-1].Built)
			r.change(t.Package, func(p *Package) { p.HandedOver = p.Medium })
		}
		if err := past(&n.Told.At, after, tx.Now, "they were told"); err != nil {
			return err
		}
		r.Notices = slices.Insert(notices, len(r.Notices)-len(r.owed()), n) // those that are owed come last
		return nil
	})
}
