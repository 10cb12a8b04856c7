package holds

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// R25: which holds need a second person.
func TestWhatNeedsASecondPerson(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	r.minutes("k02", 1)
	k01, both := []footage.CameraID{"k01"}, []footage.CameraID{"k01", "k02"}
	hours := func(h time.Duration) footage.Span { return footage.Span{From: start, To: start.Add(h)} }
	for name, c := range map[string]struct {
		q    Request
		want State
	}{
		"six hours":                 {Request{Cameras: k01, Span: hours(AloneWithin)}, Active},
		"more than six hours":       {Request{Cameras: k01, Span: hours(AloneWithin + time.Microsecond)}, Awaiting},
		"all cameras":               {Request{Cameras: both, Span: span(0, 1)}, Awaiting},
		"all, one after the other":  {Request{Cameras: k01, Span: span(0, 1), More: []Selection{{both[1:], span(2, 3)}}}, Awaiting},
		"four hours and four hours": {Request{Cameras: k01, Span: hours(4 * time.Hour), More: []Selection{{k01, footage.Span{From: start.Add(5 * time.Hour), To: start.Add(9 * time.Hour)}}}}, Awaiting},
		"six hours twice the same":  {Request{Cameras: k01, Span: hours(AloneWithin), More: []Selection{{k01, hours(AloneWithin)}}}, Active},
		"a quick one":               {Request{Cameras: k01, Span: span(0, 1), Quick: true}, Awaiting},
	} {
		e, err := r.holds.Estimate(c.q)
		if h := r.place(c.q).Hold; h.State != c.want || (h.ConfirmBy != 0) != (c.want == Awaiting) || err != nil || e.SecondPerson != (c.want == Awaiting) {
			t.Errorf("%s: %s, by %s, estimate %v %v", name, h.State, h.ConfirmBy, e.SecondPerson, err)
		}
	}
}

// R25, R33: a hold that waits for a second person keeps what it covers for 24 hours,
// past its seven days too, and no longer; confirmed, it is like any other.
func TestConfirm(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 3)
	k01 := []footage.CameraID{"k01"}
	placedAt := all[0].Keep.Add(-time.Hour)
	r.at(placedAt)
	left := r.place(Request{Cameras: k01, Span: span(0, 1), Quick: true}).Hold
	taken := r.place(Request{Cameras: k01, Span: span(1, 2), Quick: true}).Hold
	r.at(placedAt.Add(ConfirmWithin) - 1)
	r.sweep()
	if diff := cmp.Diff([]int{0, 1}, r.stored("k01")); diff != "" {
		t.Fatalf("before the wait ends: %s", diff)
	}
	for _, by := range []string{"uid:0"} {
		if _, err := r.holds.Confirm(taken.Number, "", by); !errors.Is(err, ErrRefused) {
			t.Errorf("its placer confirms it: %v", err)
		}
	}
	h, err := r.holds.Confirm(taken.Number, "the duty manager agrees", "uid:1")
	if err != nil || h.State != Active || h.Confirmed.By != "uid:1" || h.Until != taken.Until || !h.Quick {
		t.Fatalf("%+v, %v", h, err)
	}
	if got := r.told(); got[len(got)-1] != `hold-confirmed by uid:1: map[hold:`+h.Number+`] reason="the duty manager agrees"` || !strings.Contains(got[0], "confirm:"+left.ConfirmBy.String()) {
		t.Errorf("%q", got)
	}
	if _, err := r.holds.Confirm(taken.Number, "", "uid:2"); !errors.Is(err, ErrRefused) {
		t.Errorf("confirming again gives %v", err)
	}
	r.at(placedAt.Add(ConfirmWithin))
	// Too late, whether the sweeper has come or not.
	if _, err := r.holds.Confirm(left.Number, "", "uid:1"); !errors.Is(err, ErrRefused) {
		t.Errorf("confirming what has lapsed gives %v", err)
	}
	r.sweep()
	if diff := cmp.Diff([]int{1}, r.stored("k01")); diff != "" {
		t.Errorf("after the wait: %s", diff)
	}
	if k, err := r.holds.Show(left.Number); err != nil || k.State != Lapsed || k.Ended.At != left.ConfirmBy {
		t.Errorf("%+v, %v", k, err)
	}
	r.at(all[1].Ceiling)
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("past the ceiling: %v", left)
	}
}

// Narrowing frees at once what no hold covers any more, and nothing else.
func TestNarrow(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 6)
	k01 := []footage.CameraID{"k01"}
	wide := r.place(Request{Cameras: k01, Span: span(0, 6)}).Hold
	r.place(Request{Cameras: k01, Span: span(4, 5)})
	r.at(all[5].Keep)
	narrow := func(to ...Selection) error {
		_, err := r.holds.Narrow(wide.Number, to, "only the fight itself", "uid:3")
		return err
	}
	for _, c := range []struct {
		to   []Selection
		want error
	}{
		{nil, ErrInvalid},
		{[]Selection{{k01, span(1, 1)}}, ErrInvalid},
		{[]Selection{{k01, span(1, 7)}}, ErrRefused},
		{[]Selection{{[]footage.CameraID{"k02"}, span(1, 2)}}, ErrRefused},
	} {
		if err := narrow(c.to...); !errors.Is(err, c.want) {
			t.Errorf("%v gives %v", c.to, err)
		}
	}
	if err := narrow(Selection{k01, span(1, 2)}, Selection{k01, span(2, 3)}); err != nil {
		t.Fatal(err)
	}
	r.sweep()
	if diff := cmp.Diff([]int{1, 2, 4}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
	if err := narrow(Selection{k01, span(0, 3)}); !errors.Is(err, ErrRefused) {
		t.Errorf("widening it again gives %v", err)
	}
	k, err := r.holds.Show(wide.Number)
	if err != nil || k.Segments != 2 || k.Span != span(1, 3) || len(k.Selections) != 2 {
		t.Errorf("%+v, %v", k, err)
	}
	if got := r.told(); !strings.HasPrefix(got[2], "hold-narrowed by uid:3: ") || !strings.Contains(got[2], "segments:2") || !strings.HasSuffix(got[2], `reason="only the fight itself"`) {
		t.Errorf("%q", got)
	}
}

// R24, R26, R29, R32, R34: whatever is placed, confirmed, narrowed, delivered, closed,
// frozen and answered in whatever order, what is stored is what the rule says: nothing
// early, nothing late, nothing past the ceiling, nothing that is held lost; and who has
// not the privacy right sees exactly what is kept for more than a freeze.
func TestR24NoSequenceOfHoldsPassesTheCeiling(t *testing.T) {
	t.Parallel()
	r := newRig(t, fullPolicy(t))
	day := footage.Instant(0) // each run has minutes of its own
	rapid.Check(t, func(t *rapid.T) {
		const minutes = 8
		day += footage.Instant(40 * 24 * time.Hour / time.Microsecond)
		first := start + day
		r.at(first)
		cameras := []footage.CameraID{"k01", "k02"}
		at := func(minute int) footage.Instant { return first.Add(time.Duration(minute) * time.Minute) }
		alive := map[footage.SegmentID]vault.Segment{}
		for _, camera := range cameras {
			for i := range minutes {
				s := r.record(camera, at(i), at(i+1))
				alive[s.ID()] = s
			}
		}
		type held struct {
			number    string
			on        []Selection
			until     footage.Instant
			confirmBy footage.Instant // 0: confirmed
			request   string          // of a freeze, until it is answered
			freeze    bool
			restricts bool
		}
		shut := map[footage.SegmentID]bool{} // a freeze alone has kept it since
		var model []held
		now := first
		settle := func() {
			model = slices.DeleteFunc(model, func(h held) bool { return h.until <= now || h.confirmBy != 0 && h.confirmBy <= now })
			for id, s := range alive {
				end, ordinary := s.Keep, s.Keep
				for _, h := range model {
					for _, sel := range h.on {
						if slices.Contains(sel.Cameras, s.Camera) && sel.Overlaps(s.Span) {
							ends := h.until
							if h.confirmBy != 0 {
								ends = min(ends, h.confirmBy)
							}
							if end = max(end, ends); !h.freeze {
								ordinary = max(ordinary, ends)
							}
						}
					}
				}
				shut[id] = shut[id] || min(ordinary, s.Ceiling) <= now
				if min(end, s.Ceiling) <= now {
					delete(alive, id)
				}
			}
		}
		selection := func(t *rapid.T, within footage.Span) Selection {
			n := int(within.Duration() / time.Minute)
			from := rapid.IntRange(0, n-1).Draw(t, "from")
			to := rapid.IntRange(from+1, n).Draw(t, "to")
			return Selection{
				rapid.SampledFrom([][]footage.CameraID{{"k01"}, {"k02"}, cameras}).Draw(t, "cameras"),
				footage.Span{From: within.From.Add(time.Duration(from) * time.Minute), To: within.From.Add(time.Duration(to) * time.Minute)},
			}
		}
		pickOf := func(t *rapid.T, freeze bool) int {
			var all []int
			for i, h := range model {
				if h.freeze == freeze && (!freeze || h.request != "") {
					all = append(all, i)
				}
			}
			if len(all) == 0 {
				return -1
			}
			return rapid.SampledFrom(all).Draw(t, "hold")
		}
		pick := func(t *rapid.T) int { return pickOf(t, false) }
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"place": func(t *rapid.T) {
				one := selection(t, footage.Span{From: at(0), To: at(minutes)})
				q := Request{Cameras: one.Cameras, Span: one.Span, Quick: rapid.Bool().Draw(t, "quick"), Ground: CrimeLikely, Reason: "a fight at the entrance", By: "uid:0"}
				if rapid.Bool().Draw(t, "two") {
					q.More = []Selection{selection(t, footage.Span{From: at(0), To: at(minutes)})}
				}
				if d := rapid.IntRange(0, 29).Draw(t, "days"); d > 0 && now.Add(time.Duration(d)*24*time.Hour) < r.holds.Policy().Ceiling(at(0)) {
					q.Until = now.Add(time.Duration(d) * 24 * time.Hour)
				}
				placed, err := r.holds.Place(q)
				if errors.Is(err, ErrNothing) || errors.Is(err, ErrInvalid) && q.Until == 0 {
					return
				}
				must(err)
				model = append(model, held{number: placed.Hold.Number, on: placed.Hold.Selections, until: placed.Hold.Until, confirmBy: placed.Hold.ConfirmBy})
			},
			"freeze": func(t *rapid.T) {
				q := NewRequest{Type: rapid.SampledFrom([]Right{"access", RightRestriction}).Draw(t, "right"), Channel: "form", By: "uid:3"}
				q.Window = []Selection{selection(t, footage.Span{From: at(0), To: at(minutes)})}
				f, err := r.holds.Register(q)
				must(err)
				if f.Freeze != "" {
					model = append(model, held{number: f.Freeze, on: f.Window, until: f.FrozenUntil, request: f.Number, freeze: true, restricts: q.Type == RightRestriction})
				}
			},
			"answer": func(t *rapid.T) {
				i := pickOf(t, true)
				if i < 0 {
					return
				}
				d := rapid.SampledFrom([]Answer{"full", AnswerRefused}).Draw(t, "answer")
				_, err := r.holds.DecideRequest(model[i].request, d, "all that was asked for, or not", "uid:3")
				must(err)
				_, err = r.holds.CloseRequest(model[i].request, Ending{Note: "sent", Told: now, By: "uid:3"})
				must(err)
				if model[i].request = ""; d != AnswerRefused {
					model = slices.Delete(model, i, i+1)
				}
			},
			"deliver": func(t *rapid.T) {
				i := pick(t)
				if i < 0 {
					return
				}
				h, err := r.holds.Delivered(model[i].number, Delivery{By: "uid:4"})
				must(err)
				model[i].until = min(model[i].until, now.Add(DeliveredAfter))
				if h.State == Active && h.Ends() != model[i].until {
					t.Fatalf("it ends at %s, not at %s", h.Ends(), model[i].until)
				}
			},
			"confirm": func(t *rapid.T) {
				i := pick(t)
				if i < 0 {
					return
				}
				_, err := r.holds.Confirm(model[i].number, "", "uid:1")
				if model[i].confirmBy == 0 {
					if !errors.Is(err, ErrRefused) {
						t.Fatal(err)
					}
					return
				}
				must(err)
				model[i].confirmBy = 0
			},
			"narrow": func(t *rapid.T) {
				i := pick(t)
				if i < 0 {
					return
				}
				from := rapid.SampledFrom(model[i].on).Draw(t, "of")
				to := selection(t, from.Span)
				to.Cameras = from.Cameras[:rapid.IntRange(1, len(from.Cameras)).Draw(t, "n")]
				h, err := r.holds.Narrow(model[i].number, []Selection{to}, "less", "uid:2")
				must(err)
				model[i].on, model[i].until = h.Selections, min(model[i].until, h.Until) // or what was delivered
			},
			"close": func(t *rapid.T) {
				i := pick(t)
				if i < 0 {
					return
				}
				_, err := r.holds.Close(model[i].number, "over", "uid:0")
				must(err)
				model = slices.Delete(model, i, i+1)
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 4*24*60).Draw(t, "minutes")) * time.Minute)
				r.at(now)
				settle() // before anything else can move a deadline
			},
			"": func(t *rapid.T) {
				settle()
				must(r.index.View(func(tx *index.Tx) error {
					for id, s := range alive {
						restricted := slices.ContainsFunc(model, func(h held) bool {
							return h.restricts && slices.ContainsFunc(h.on, func(sel Selection) bool { return slices.Contains(sel.Cameras, s.Camera) && sel.Overlaps(s.Span) })
						})
						got, _, err := vault.Find(tx, id)
						if err != nil || got.Visible(now, footage.Staff) == (shut[id] || restricted) || !got.Visible(now, footage.Privacy) {
							t.Fatalf("shut %v, restricted %v: %+v, %v", shut[id], restricted, got.Terms, err)
						}
					}
					return nil
				}))
				if rapid.Bool().Draw(t, "sweep") {
					r.sweep()
					var want, got []string
					for _, s := range alive {
						want = append(want, fmt.Sprint(s.Camera, s.Span.From))
						if now >= s.Ceiling {
							t.Fatalf("the model keeps %s past its ceiling", s.ID())
						}
					}
					for _, camera := range cameras {
						for _, m := range r.stored(camera) {
							got = append(got, fmt.Sprint(camera, start.Add(time.Duration(m)*time.Minute)))
						}
					}
					slices.Sort(want)
					slices.Sort(got)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatalf("rule (-) and store (+): %s", diff)
					}
				}
			},
		})
		for _, h := range model {
			if h.freeze {
				continue
			}
			_, err := r.holds.Close(h.number, "the run is over", "uid:0")
			must(err)
		}
		r.at(first.Add(MaxHold))
		r.sweep()
	})
}
