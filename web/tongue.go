package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// tongue speaks to one reader: in a language, with the site's clocks. Texts stand
// where they are used, in both languages side by side.
type tongue struct {
	lang string // "nb" or "en"
	zone *time.Location
}

const (
	bokmaal = "nb"
	english = "en"
)

// language chooses by the address, then by what the reader has chosen for good, then
// by what the browser asks for. Whoever asks for none gets bokmål.
func language(r *http.Request) string {
	switch lang := r.URL.Query().Get("lang"); lang {
	case bokmaal, english:
		return lang
	}
	if who := identity(r); who != nil && who.Language != "" {
		return who.Language
	}
	// Browsers list languages in the order of preference; the first that we
	// know, or that is near to bokmål, decides.
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		switch tag, _, _ = strings.Cut(strings.ToLower(tag), "-"); tag {
		case "nb", "no", "nn", "da", "sv":
			return bokmaal
		case "en":
			return english
		}
	}
	return bokmaal
}

// T returns the text in the reader's language.
func (t tongue) T(nb, en string) string {
	if t.lang == english {
		return en
	}
	return nb
}

// F is T with the verbs of fmt.
func (t tongue) F(nb, en string, args ...any) string { return fmt.Sprintf(t.T(nb, en), args...) }

// Count writes n and what there are n of.
func (t tongue) Count(n int, nbOne, nbMany, enOne, enMany string) string {
	if n == 1 {
		return "1 " + t.T(nbOne, enOne)
	}
	return t.Number(n) + " " + t.T(nbMany, enMany)
}

// Segments is Count of segments.
func (t tongue) Segments(n int) string {
	return t.Count(n, "opptaksbit", "opptaksbiter", "segment", "segments")
}

// Number groups the digits of n in threes.
func (t tongue) Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + t.T("\u00a0", ",") + s[i:]
	}
	return s
}

func (t tongue) decimal(f float64, unit string) string {
	digits := 0
	if f < 9.95 {
		digits = 1
	}
	s := strconv.FormatFloat(f, 'f', digits, 64)
	return strings.Replace(s, ".", t.T(",", "."), 1) + "\u00a0" + unit
}

// Bytes writes a size in decimal units, as disks are sold.
func (t tongue) Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d\u00a0B", n)
	}
	f := float64(n)
	for _, unit := range []string{"kB", "MB", "GB"} {
		if f /= 1000; f < 999.5 {
			return t.decimal(f, unit)
		}
	}
	return t.decimal(f/1000, "TB")
}

// Decimal writes f with one decimal.
func (t tongue) Decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', 1, 64), ".", t.T(",", "."), 1)
}

// Rate writes bits a second.
func (t tongue) Rate(bits int64) string {
	if bits < 999_500 {
		return fmt.Sprintf("%d\u00a0kbit/s", (bits+500)/1000)
	}
	return t.decimal(float64(bits)/1e6, "Mbit/s")
}

// FPS writes frames a second.
func (t tongue) FPS(f float64) string {
	return strings.Replace(strconv.FormatFloat(float64(int(f*10+0.5))/10, 'f', -1, 64), ".", t.T(",", "."), 1) +
		"\u00a0" + t.T("bilder/s", "fps")
}

var (
	months = map[string][12]string{
		bokmaal: {"jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."},
		english: {"Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sep", "Oct", "Nov", "Dec"},
	}
	weekdays = map[string][7]string{
		bokmaal: {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
		english: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
)

// Weekday is the short name of w's day of the week.
func (t tongue) Weekday(w wall) string {
	return string([]rune(weekdays[t.lang][w.Weekday()])[:3])
}

// Month is w's day and month, as in "4. juli".
func (t tongue) Month(w wall) string {
	return fmt.Sprintf(t.T("%d. %s", "%d %s"), w.Day(), months[t.lang][w.Month()-1])
}

// Short is w's day and month in little space, as in "4.7.".
func (t tongue) Short(w wall) string {
	if t.lang == english {
		return w.Format("2 Jan")
	}
	return fmt.Sprintf("%d.%d.", w.Day(), w.Month())
}

// Date is w's day, as in "lør 4. juli".
func (t tongue) Date(w wall) string { return t.Weekday(w) + " " + t.Month(w) }

// LongDate is the same in full, as in "lørdag 4. juli 2026".
func (t tongue) LongDate(w wall) string {
	return fmt.Sprintf("%s %s %d", weekdays[t.lang][w.Weekday()], t.Month(w), w.Year())
}

// Wall is what the site's clocks and calendar show at i.
func (t tongue) Wall(i footage.Instant) wall { return footage.ReadingAt(i, t.zone) }

// Clock is the time of day at i to the second. In the hour that an autumn night
// repeats, it says which of the two is meant.
func (t tongue) Clock(i footage.Instant) string {
	s := t.Wall(i).Format("15:04:05")
	if ambiguous(i, t.zone) {
		s += " (" + offsetAt(i, t.zone) + ")"
	}
	return s
}

// Stamp is day and time of day.
func (t tongue) Stamp(i footage.Instant) string { return t.Date(t.Wall(i)) + " " + t.Clock(i) }

// Full is Stamp with the year.
func (t tongue) Full(i footage.Instant) string {
	return t.LongDate(t.Wall(i)) + " " + t.T("kl. ", "at ") + t.Clock(i)
}

// Span is the beginning and the end of s, with the day of the end where it is
// another.
func (t tongue) Span(s footage.Span) string {
	if t.Wall(s.From).Format(dayForm) == t.Wall(s.To).Format(dayForm) {
		return t.Stamp(s.From) + "–" + t.Clock(s.To)
	}
	return t.Stamp(s.From) + " – " + t.Stamp(s.To)
}

// Within is Span without the day, for a list under a heading that names it.
func (t tongue) Within(s footage.Span) string { return t.Clock(s.From) + "–" + t.Clock(s.To) }

// For is a length of time in its two greatest units.
func (t tongue) For(d time.Duration) string {
	if d < time.Second {
		return "< 1\u00a0s"
	}
	units := []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, t.T("d", "d")}, {time.Hour, t.T("t", "h")}, {time.Minute, "min"}, {time.Second, "s"}}
	var parts []string
	for _, u := range units {
		if n := d / u.unit; n > 0 {
			parts = append(parts, fmt.Sprintf("%d\u00a0%s", n, u.name))
			d -= n * u.unit
		} else if len(parts) > 0 {
			break
		}
		if len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " ")
}

// Until is how long it is from now to i.
func (t tongue) Until(now, i footage.Instant) string { return t.For(i.Sub(now)) }

// Number64 is Number of what the API counts in 64 bits.
func (t tongue) Number64(n int64) string { return t.Number(int(n)) }
