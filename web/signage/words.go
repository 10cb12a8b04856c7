package signage

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/footage"
)

// Language is a language of signs and notice.
type Language string

// The languages.
const (
	Norwegian Language = "nb"
	English   Language = "en"
	Nynorsk   Language = "nn"
	Sami      Language = "se" // Northern Sámi, in the operator's words
)

// Further are those that a sign may have besides Languages.
var Further = []Language{Nynorsk, Sami}

// Languages are those of every sign and of the notice, the first first.
var Languages = []Language{Norwegian, English}

// say picks the words of a language.
func (l Language) say(nb, en string, args ...any) string {
	if l == English {
		nb = en
	}
	return fmt.Sprintf(nb, args...)
}

// last is a length of time in the largest unit that fits.
func (l Language) last(d time.Duration) string {
	for _, u := range []struct {
		unit                     time.Duration
		one, many, oneEn, manyEn string
	}{
		{24 * time.Hour, "dag", "dager", "day", "days"},
		{time.Hour, "time", "timer", "hour", "hours"},
		{time.Minute, "minutt", "minutter", "minute", "minutes"},
		{time.Second, "sekund", "sekunder", "second", "seconds"},
	} {
		if d >= u.unit && d%u.unit == 0 {
			n := int(d / u.unit)
			word := l.say(u.many, u.manyEn)
			if n == 1 {
				word = l.say(u.one, u.oneEn)
			}
			return fmt.Sprintf("%d %s", n, word)
		}
	}
	return d.String()
}

var months = [...]string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}

// date is the day of an instant by the clocks of a time zone.
func (l Language) date(i footage.Instant, zone string) string {
	at := i.Time()
	if z, err := time.LoadLocation(zone); err == nil {
		at = at.In(z)
	}
	if l == English {
		return at.Format("2 January 2006")
	}
	return fmt.Sprintf("%d. %s %d", at.Day(), months[at.Month()-1], at.Year())
}

// list joins words as one reads them out.
func (l Language) list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + l.say(" og ", " and ") + words[n]
}

// purposes are those of the facts as part of a sentence.
func (l Language) purposes(f Facts) string {
	var all []string
	for _, p := range f.Purposes {
		all = append(all, lower(p.In(l)))
	}
	return l.list(all)
}

// lower makes the first letter small, unless the word is written in capitals.
func lower(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// controller is who answers for the recordings.
func (l Language) controller(f Facts) string {
	if f.OrgNumber == "" {
		return f.Controller
	}
	return f.Controller + l.say(", org.nr. ", ", org. no. ") + grouped(f.OrgNumber)
}

// grouped writes an organisation number as people do: 123 456 785.
func grouped(number string) string {
	if len(number) != 9 {
		return number
	}
	return number[:3] + " " + number[3:6] + " " + number[6:]
}

func (l Language) yes(is bool) string {
	if is {
		return l.say("ja", "yes")
	}
	return l.say("nei", "no")
}

// storage is how long footage is kept, as part of a sentence.
func (l Language) storage(f Facts) string {
	if f.HoldMaxS <= f.KeepS {
		return l.say("slettes senest etter %s", "deleted after %s at the latest", l.last(f.keep()))
	}
	return l.say("slettes senest etter %s; inntil %s dersom opptaket sannsynligvis utleveres til politiet",
		"deleted after %s at the latest; up to %s if the recording is likely to be handed to the police", l.last(f.keep()), l.last(f.hold()))
}

func upper(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}
