package statement

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
)

// What is known of a piece of an asked span.
type What string

// The list, in the order in which one goes before another.
const (
	Stored       What = "stored"        // it is there, and goes at Until
	Waiting      What = "waiting"       // it is recorded, and on its way into the vault
	Deleted      What = "deleted"       // it was there, and was seen to be gone
	DeletedEarly What = "deleted-early" // the same, before its deadline
	Gap          What = "gap"           // nothing was recorded, and Cause says why
	Recorded     What = "recorded"      // it was recorded, and no entry says that it is gone
	Unknown      What = "unknown"       // no entry says anything
	Before       What = "before"        // it lies before the ledger begins
	Future       What = "future"        // it lies after the statement was made
)

// Answer says of one camera and span what became of the footage.
type Answer struct {
	Camera footage.CameraID `json:"camera"`
	Name   string           `json:"name"` // as configured now, or ""
	From   footage.Instant  `json:"from"`
	To     footage.Instant  `json:"to"`
	Known  bool             `json:"known"` // the ledger or the index has the camera
	Since  footage.Instant  `json:"since"` // the oldest entry of the ledger; nothing is known of what was before
	Pieces []Piece          `json:"pieces"`
	Holds  []Held           `json:"holds"`
	Cited  []Cited          `json:"cited"`
}

// Piece is a part of the asked span, and what became of it.
type Piece struct {
	From     footage.Instant `json:"from"`
	To       footage.Instant `json:"to"`
	What     What            `json:"what"`
	Cause    string          `json:"cause"`    // of a gap or a deletion, by its code
	Segments int64           `json:"segments"` // that were deleted, where each has its record
	Deadline footage.Instant `json:"deadline"` // the earliest; 0 where only the sum is left
	Gone     footage.Instant `json:"gone"`     // by then all of it was seen to be gone
	LateS    int64           `json:"late_s"`   // after it was due, the most
	Until    footage.Instant `json:"until"`    // when what is stored goes, the earliest
	Entries  []int64         `json:"entries"`  // of the ledger, that say so
}

// Held is a hold or a freeze that reached into the asked span.
type Held struct {
	Number string          `json:"number"`
	Freeze bool            `json:"freeze"`
	Placed footage.Instant `json:"placed"`
	Ground string          `json:"ground"`
	Until  footage.Instant `json:"until"`
	Ended  footage.Instant `json:"ended"` // 0 while it is in force
	How    string          `json:"how"`   // it ended: the kind of the entry
}

// Cited is an entry that the answer rests on. Line is its bytes, Proof shows that it is
// in the ledger (c2sp.org/tlog-proof), List has the records that it has the digest of.
type Cited struct {
	Line  string `json:"line"`
	Proof string `json:"proof"`
	List  string `json:"list"`
}

// evidence is an entry with its list, "" where that is pruned.
type evidence struct {
	ledger.Entry
	list string
}

// concerns reports whether an entry says something about the footage of camera in span.
func concerns(e ledger.Entry, camera footage.CameraID, span footage.Span) bool {
	switch e.Kind {
	case ledger.Deleted, ledger.DeletedEarly, ledger.GapFound, ledger.Recorded:
		if e.Text("camera") != string(camera) {
			return false
		}
		return len(within(e.Spans(), span)) > 0 || span.Contains(e.Instant("from"))
	case ledger.HoldPlaced, ledger.FreezePlaced, ledger.HoldNarrowed:
		return len(within(reach(e, camera), span)) > 0
	}
	return false
}

// reach is what the entry of a hold says that it covers of a camera.
func reach(e ledger.Entry, camera footage.CameraID) (spans []footage.Span) {
	words, several := e.Fields["selections"].([]string)
	for _, w := range words {
		c, times, _ := strings.Cut(w, "@")
		from, to, _ := strings.Cut(times, "/")
		var s footage.Span
		if c == string(camera) && s.From.UnmarshalText([]byte(from)) == nil && s.To.UnmarshalText([]byte(to)) == nil {
			spans = append(spans, s)
		}
	}
	if !several && slices.Contains(e.Cameras(), string(camera)) {
		spans = append(spans, footage.Span{From: e.Instant("from"), To: e.Instant("to")})
	}
	return spans
}

// ends reports whether an entry ends one of these holds.
func ends(e ledger.Entry) bool {
	return e.Kind == ledger.HoldClosed || e.Kind == ledger.HoldLapsed || e.Kind == ledger.FreezeClosed
}

// compose draws the conclusion from entries, in their order, and from what is stored.
// It is a pure function, so that Verify can draw it again.
func (a *Answer) compose(entries []evidence, stored []Piece, made footage.Instant) error {
	span := footage.Span{From: a.From, To: a.To}
	said := slices.Clone(stored)
	a.Holds = []Held{}
	for _, e := range entries {
		var err error
		switch {
		case ends(e.Entry):
			for i := range a.Holds {
				if h := &a.Holds[i]; h.Number == e.Text("hold") && h.Ended == 0 {
					h.Ended, h.How = e.At, string(e.Kind)
				}
			}
		case !concerns(e.Entry, a.Camera, span):
			return fmt.Errorf("entry %d is cited, and says nothing about what was asked", e.Number)
		case e.Kind == ledger.HoldPlaced || e.Kind == ledger.FreezePlaced:
			a.Holds = append(a.Holds, Held{
				Number: e.Text("hold"), Freeze: e.Kind == ledger.FreezePlaced, Placed: e.At, Ground: e.Text("ground"), Until: e.Instant("until"),
			})
		case e.Kind == ledger.HoldNarrowed:
		default:
			var pieces []Piece
			pieces, err = e.pieces()
			said = append(said, pieces...)
		}
		if err != nil {
			return err
		}
	}
	a.Known = a.Known || len(said) > 0 || len(a.Holds) > 0
	a.Pieces = paint(span, said, a.Since, made)
	return nil
}

// pieces are what one entry says.
func (e evidence) pieces() (all []Piece, err error) {
	p := Piece{Cause: e.Text("cause"), Entries: []int64{e.Number}, What: Deleted}
	switch e.Kind {
	case ledger.GapFound:
		p.What = Gap
	case ledger.Recorded:
		p.What = Recorded
	case ledger.DeletedEarly:
		p.What, p.Deadline, p.Gone, p.Segments = DeletedEarly, e.Instant("deadline"), e.At, 1
	case ledger.Deleted:
		if e.list != "" {
			records, err := ledger.ParseDeletions(e.Entry, e.list)
			for _, d := range records {
				p.From, p.To, p.Cause, p.Segments = d.Span.From, d.Span.To, d.Cause, 1
				p.Deadline, p.Gone, p.LateS = d.Deadline, d.Verified, int64(d.Late()/time.Second)
				all = append(all, p)
			}
			return all, err
		}
		p.Gone, p.LateS = e.At, e.Int("late_s")
	}
	for _, s := range e.Spans() {
		p.From, p.To = s.From, s.To
		all = append(all, p)
	}
	return all, nil
}

// paint divides span into what is said of it. What is stored goes before what was
// deleted, and that before what was never there.
func paint(span footage.Span, said []Piece, since, made footage.Instant) []Piece {
	order := []What{Stored, Waiting, Deleted, DeletedEarly, Gap, Recorded}
	slices.SortStableFunc(said, func(a, b Piece) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.What), slices.Index(order, b.What)), cmp.Compare(a.From, b.From))
	})
	var all []Piece
	left := []footage.Span{span}
	put := func(p Piece) {
		own := footage.Span{From: p.From, To: p.To}
		for _, part := range within(left, own) {
			p.From, p.To = part.From, part.To
			all = append(all, p)
		}
		left = without(left, []footage.Span{own})
	}
	for _, p := range said {
		put(p)
	}
	rest := left
	for _, s := range rest {
		put(Piece{From: s.From, To: min(s.To, since), What: Before})
		put(Piece{From: max(s.From, since), To: min(s.To, made), What: Unknown})
		put(Piece{From: max(s.From, made), To: s.To, What: Future})
	}
	slices.SortFunc(all, func(a, b Piece) int { return cmp.Compare(a.From, b.From) })
	return join(all)
}

// join makes one of neighbours of which the same is said, and gives slivers between
// two segments, which are shorter than three frames, to the one before.
func join(pieces []Piece) []Piece {
	joined := []Piece{}
	for i, p := range pieces {
		n := len(joined) - 1
		if p.Entries == nil {
			p.Entries = []int64{}
		}
		if p.What == Unknown && p.To.Sub(p.From) <= seam && n >= 0 && joined[n].To == p.From && i+1 < len(pieces) && pieces[i+1].What == joined[n].What {
			joined[n].To = p.To
			continue
		}
		if n < 0 || joined[n].What != p.What || joined[n].Cause != p.Cause || joined[n].To != p.From {
			p.Entries = slices.Clone(p.Entries)
			joined = append(joined, p)
			continue
		}
		b := &joined[n]
		b.To = p.To
		b.Segments += p.Segments
		b.Deadline, b.Until = earliest(b.Deadline, p.Deadline), earliest(b.Until, p.Until)
		b.Gone, b.LateS = max(b.Gone, p.Gone), max(b.LateS, p.LateS)
		for _, e := range p.Entries {
			if !slices.Contains(b.Entries, e) {
				b.Entries = append(b.Entries, e)
			}
		}
	}
	return joined
}

func earliest(a, b footage.Instant) footage.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// errAnother: the pieces or holds of an answer are not what its entries say.
var errAnother = errors.New("it does not follow from the entries that it cites")

// follows checks the proofs of an answer, and draws its conclusion again.
func (a *Answer) follows(l Anchor, made footage.Instant) error {
	var all []evidence
	for i, c := range a.Cited {
		e, err := ledger.CheckProof([]byte(c.Proof), []byte(c.Line), l.Key)
		if err == nil && !strings.HasSuffix(c.Proof, l.Checkpoint) {
			err = errors.New("its proof ends in another checkpoint")
		}
		if err == nil && c.List != "" && ledger.Digest([]byte(c.List)) != e.Text("list") {
			err = errors.New("its list is not what was written down")
		}
		if err == nil && i > 0 && all[i-1].Number >= e.Number {
			err = errors.New("it is not in its place")
		}
		if err != nil {
			return fmt.Errorf("answer.cited[%d]: %w", i, err)
		}
		all = append(all, evidence{e, c.List})
	}
	var stored []Piece
	for _, p := range a.Pieces {
		if p.What == Stored || p.What == Waiting {
			stored = append(stored, p)
		}
	}
	again := Answer{Camera: a.Camera, From: a.From, To: a.To, Known: a.Known, Since: a.Since}
	if err := again.compose(all, stored, made); err != nil {
		return err
	}
	if !slices.EqualFunc(again.Pieces, a.Pieces, samePiece) {
		return fmt.Errorf("answer.pieces: %w", errAnother)
	}
	if !slices.Equal(again.Holds, a.Holds) {
		return fmt.Errorf("answer.holds: %w", errAnother)
	}
	return nil
}

func samePiece(a, b Piece) bool {
	same := slices.Equal(a.Entries, b.Entries)
	a.Entries, b.Entries = nil, nil
	return same && fmt.Sprint(a) == fmt.Sprint(b)
}

// MaxAsked is how long a span one answer may be about. A camera's week has 20,000
// records, which the answer carries.
const MaxAsked = 8 * 24 * time.Hour

// before is how long before footage was recorded something may have been written down
// about it: a hold on what is still to come.
const before = holds.MaxHold
