package footage

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func at(s string) Instant {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return At(t)
}

func TestParseCameraID(t *testing.T) {
	for _, good := range []string{"k01-inngang", "a", "0", "k-", "abcdefghijabcdefghijabcdefghijabcdefghij"} {
		if id, err := ParseCameraID(good); err != nil || string(id) != good {
			t.Errorf("ParseCameraID(%q) = %q, %v", good, id, err)
		}
	}
	for _, bad := range []string{"", "-a", "K01", "k 1", "k/1", "..", "kø", "k_1", "abcdefghijabcdefghijabcdefghijabcdefghijk"} {
		if _, err := ParseCameraID(bad); !errors.Is(err, ErrCameraID) {
			t.Errorf("ParseCameraID(%q) gives %v, want ErrCameraID", bad, err)
		}
	}
}

func TestInstantForms(t *testing.T) {
	i := at("2026-07-04T21:20:00.1234567+02:00")
	if got, want := i.String(), "2026-07-04T19:20:00.123456Z"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	if got, want := i.Compact(), "20260704T192000.123456Z"; got != want {
		t.Errorf("Compact() = %s, want %s", got, want)
	}
	var zero Instant
	if zero.String() != "" || !zero.Time().IsZero() || At(time.Time{}) != 0 {
		t.Error("the zero Instant does not stand for the zero time")
	}
	text, err := json.Marshal(map[string]Instant{"a": i, "b": 0})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]Instant
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back["a"] != i || back["b"] != 0 {
		t.Errorf("%s reads back as %v", text, back)
	}
	if err := json.Unmarshal([]byte(`{"a":"yesterday"}`), &back); err == nil {
		t.Error(`"yesterday" is taken for a time`)
	}
}

func TestParseCompactTakesOnlyItsOwnForm(t *testing.T) {
	for _, bad := range []string{"", "20260704T192000Z", "20260704T192000.12345Z", "20260704T192000.1234567Z", "20261304T192000.123456Z", "20260704T192000,123456Z", "20260704T192000.123456"} {
		if i, err := ParseCompact(bad); err == nil {
			t.Errorf("ParseCompact(%q) = %v", bad, i)
		}
	}
}

// instants between 1970 and 2262, as far as a time.Duration from the epoch goes.
var instants = rapid.Map(rapid.Int64Range(1, 9e15), func(i int64) Instant { return Instant(i) })

func TestCompactSortsAndReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instants.Draw(t, "a"), instants.Draw(t, "b")
		if back, err := ParseCompact(a.Compact()); err != nil || back != a {
			t.Fatalf("%v reads back as %v, %v", a, back, err)
		}
		if want := a.Time().Format(compact); a.Compact() != want {
			t.Fatalf("Compact() = %s, want %s", a.Compact(), want)
		}
		if (a < b) != (a.Compact() < b.Compact()) {
			t.Fatalf("%s and %s sort otherwise than %v and %v", a.Compact(), b.Compact(), a, b)
		}
	})
}

// What no Instant gives is refused, however near it comes.
func FuzzParseCompact(f *testing.F) {
	f.Add("20260704T192000.123456Z")
	f.Add("20260230T192000.123456Z")
	f.Add("00010101T000000.000000Z")
	f.Add("2026070:T192000.123456Z")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := time.Parse(compact, s)
		if err == nil && want.Format(compact) != s {
			err = errors.New("another form")
		}
		if got, errGot := ParseCompact(s); (err == nil) != (errGot == nil) || err == nil && got != At(want) {
			t.Errorf("ParseCompact(%q) = %v, %v, want %v, %v", s, got, errGot, want, err)
		}
	})
}

func BenchmarkCompact(b *testing.B) {
	i := at("2026-07-04T19:20:00.123456Z")
	for b.Loop() {
		if back, err := ParseCompact(i.Compact()); err != nil || back != i {
			b.Fatal(back, err)
		}
	}
}

func TestSpanBorders(t *testing.T) {
	s := Span{10, 20}
	for _, c := range []struct {
		other    Span
		overlaps bool
	}{
		{Span{0, 10}, false}, {Span{0, 11}, true}, {Span{19, 30}, true}, {Span{20, 30}, false},
		{Span{12, 13}, true}, {Span{0, 30}, true}, {Span{15, 15}, false}, {Span{30, 0}, false},
	} {
		if got := s.Overlaps(c.other); got != c.overlaps {
			t.Errorf("%v overlaps %v: %v", s, c.other, got)
		}
		if got := c.other.Overlaps(s); got != c.overlaps {
			t.Errorf("%v overlaps %v: %v", c.other, s, got)
		}
	}
	if !s.Contains(10) || s.Contains(20) {
		t.Error("a span has its beginning and not its end")
	}
}

func TestUnion(t *testing.T) {
	spans := []Span{{30, 40}, {10, 20}, {20, 25}, {12, 14}, {70, 70}, {41, 45}, {60, 50}}
	for _, c := range []struct {
		seam time.Duration
		want []Span
	}{
		{0, []Span{{10, 25}, {30, 40}, {41, 45}}},
		{time.Microsecond, []Span{{10, 25}, {30, 45}}},
		{5 * time.Microsecond, []Span{{10, 45}}},
	} {
		if got := Union(spans, c.seam); !slices.Equal(got, c.want) {
			t.Errorf("with a seam of %v: %v, want %v", c.seam, got, c.want)
		}
	}
	if spans[0] != (Span{30, 40}) {
		t.Error("it has changed what it was given")
	}
}

func TestSubtractAgainstPoints(t *testing.T) {
	small := rapid.Custom(func(t *rapid.T) Span {
		return Span{Instant(rapid.IntRange(0, 30).Draw(t, "from")), Instant(rapid.IntRange(0, 30).Draw(t, "to"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		s, holes := small.Draw(t, "span"), rapid.SliceOf(small).Draw(t, "holes")
		left := s.Subtract(holes)
		for i := Instant(0); i < 31; i++ {
			want := s.Contains(i)
			for _, h := range holes {
				want = want && !h.Contains(i)
			}
			got := false
			for _, l := range left {
				got = got || l.Contains(i)
			}
			if got != want {
				t.Fatalf("instant %d: in what is left %v, want %v; left %v", i, got, want, left)
			}
		}
		for i, l := range left {
			if l.Empty() || i > 0 && left[i-1].To >= l.From {
				t.Fatalf("the pieces %v are not apart and in order", left)
			}
		}
	})
}

func TestObjectKey(t *testing.T) {
	start := at("2026-07-04T19:20:00.123456Z")
	key := ObjectKey("k01-inngang", start, 7)
	if want := "footage/k01-inngang/2026-07-04/19/20-00.123456Z.7.mp4.age"; key != want {
		t.Errorf("ObjectKey = %s, want %s", key, want)
	}
	camera, back, run, err := ParseObjectKey(key)
	if camera != "k01-inngang" || back != start || run != 7 || err != nil {
		t.Errorf("ParseObjectKey = %v %v %v %v", camera, back, run, err)
	}
	for _, bad := range []string{
		"", "footage/", "other/k01/2026-07-04/19/20-00.123456Z.7.mp4", "footage/K01/2026-07-04/19/20-00.123456Z.7.mp4",
		"footage/k01/2026-07-04/19/20-00.123456Z.07.mp4", "footage/k01/2026-07-04/19/20-00.123456Z.mp4",
		"footage/k01/2026-07-04/19/20-00.123456Z.7.mp4.tmp", "footage/k01/2026-02-30/19/20-00.123456Z.7.mp4",
		"footage/k01/2026-07-04/19/20-00.123456Z.+7.mp4", "footage/k01/2026-07-04/19/20-00.123456Z.7.mp4.age.age", "footage/k01/2026-07-04/19/20-00.123456Z.7.age",
	} {
		if _, _, _, err := ParseObjectKey(bad); err == nil {
			t.Errorf("ParseObjectKey takes %q", bad)
		}
	}
}

func FuzzParseObjectKey(f *testing.F) {
	f.Add("footage/k01-inngang/2026-07-04/19/20-00.123456Z.7.mp4")
	f.Fuzz(func(t *testing.T, key string) {
		if camera, start, run, err := ParseObjectKey(key); err == nil && ObjectKey(camera, start, run) != strings.TrimSuffix(key, ".age")+".age" {
			t.Errorf("%q is read as another key, %q", key, ObjectKey(camera, start, run))
		}
	})
}

func TestSegmentID(t *testing.T) {
	s := Segment{Camera: "k01", Span: Span{at("2026-07-04T19:20:00Z"), at("2026-07-04T19:20:30Z")}}
	if got, want := s.ID(), SegmentID("k01/20260704T192000.000000Z"); got != want {
		t.Errorf("ID() = %s, want %s", got, want)
	}
	camera, start, err := s.ID().Split()
	if diff := cmp.Diff([]any{s.Camera, s.Span.From}, []any{camera, start}); diff != "" || err != nil {
		t.Errorf("Split: %v %s", err, diff)
	}
	for _, bad := range []SegmentID{"", "k01", "k01/", "k01/now", "K/20260704T192000.000000Z", "k01/x/20260704T192000.000000Z"} {
		if _, _, err := bad.Split(); err == nil {
			t.Errorf("%q is taken for a segment id", bad)
		}
	}
}

func TestDigestText(t *testing.T) {
	var d, back SHA256
	d[0], d[31] = 0xab, 0x01
	text, _ := d.MarshalText()
	if err := back.UnmarshalText(text); err != nil || back != d {
		t.Errorf("%s reads back as %v, %v", text, back, err)
	}
	for _, bad := range []string{"", "ab", string(text) + "00", "zz" + string(text[2:])} {
		if back.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken for a SHA-256", bad)
		}
	}
}
