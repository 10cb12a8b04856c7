package configs

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Signage is about the signs that announce the cameras and the notice behind them.
type Signage struct {
	// Notice is the http or https address where the venue publishes the notice, below
	// which each of its versions has a folder; at most 100 characters. Empty: nowhere,
	// and then no sign can be printed, because it could not say where to read more.
	Notice string `yaml:"notice"`

	// Officer is where the data protection officer is reached, if there is one, at most
	// 100 characters.
	Officer string `yaml:"officer"`

	// Inspect is how long a sign counts after somebody has looked at it: 1h to 365d,
	// default 30d.
	Inspect Duration `yaml:"inspect"`

	// Festival says that signs are looked at before doors on each event day: a look at one
	// is then good for its event day only, which ends at six the next morning.
	Festival bool `yaml:"festival"`

	// Texts are what signs say in languages that the program has no words of its own for.
	Texts SignTexts `yaml:"texts"`

	// Listen is host:port at which everybody may read the notice, without a login and with
	// nothing else on it: the address that Notice names leads there, through a reverse
	// proxy or the venue's router. It is https with the files of HTTP.TLS, or else http.
	// Empty: the notice is published elsewhere. Needs a restart.
	Listen string `yaml:"listen"`

	// Gate is when a camera has to be announced and decided on before it begins to record
	// (R41, R115): always; register, the default, which is as soon as the sign register has
	// a zone; or off. What records already goes on, whatever becomes of its signs.
	Gate Gate `yaml:"gate"`
}

// SignTexts are the operator's own words of a sign, by language.
type SignTexts struct {
	Sami *SignText `yaml:"se"` // Northern Sámi
}

// SignText is what a sign says in one language, line by line, each at most 250 characters.
// What stands before the first colon is printed in bold. All lines are required but
// Officer, which is where signage.officer is given.
type SignText struct {
	Title      string `yaml:"title"`      // that the area is monitored; what area follows it
	Controller string `yaml:"controller"` // with {controller}: name and organisation number
	Purpose    string `yaml:"purpose"`    // purposes and legal basis
	Recording  string `yaml:"recording"`  // recording, no audio, with {keep} and {hold}: numbers of days
	Recipient  string `yaml:"recipient"`
	Rights     string `yaml:"rights"`
	Contact    string `yaml:"contact"` // with {contact}
	Officer    string `yaml:"officer"` // with {officer}
}

// maxLine is how many characters a line of SignText has at most.
const maxLine = 250

// Gate is when a camera has to be announced before it records.
type Gate string

// The gates.
const (
	GateAlways   Gate = "always"
	GateRegister Gate = "register"
	GateOff      Gate = "off"
)

var gates = []Gate{GateAlways, GateRegister, GateOff}

// inspect is how long a sign counts after somebody has looked at it, by default.
const inspect = Duration(30 * day)

func (r *reader) signage(s *Signage) {
	if s.Listen != "" {
		r.address("signage.listen", s.Listen, "127.0.0.1:8090")
	}
	if s.Notice != "" {
		u, err := url.Parse(s.Notice)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			r.fault("signage.notice", quote(s.Notice)+" is not the address of a page", "write where the venue publishes the notice, such as https://example.no/kamera")
		}
		r.words("signage.notice", s.Notice)
		s.Notice = strings.TrimRight(s.Notice, "/")
	}
	r.words("signage.officer", s.Officer)
	if t := s.Texts.Sami; t != nil {
		r.signText("signage.texts.se", t, s.Officer != "")
	}
	if !slices.Contains(gates, s.Gate) {
		r.fault("signage.gate", quote(string(s.Gate))+" is no gate", "use always, register or off")
	}
	if s.Inspect < Duration(time.Hour) || s.Inspect > Duration(365*day) {
		r.fault("signage.inspect", s.Inspect.String()+" is not between 1h and 365d", "use 30d unless you have a reason")
	}
}

func (r *reader) signText(path string, t *SignText, officer bool) {
	for _, l := range []struct {
		name, text string
		needed     bool
		values     []string
	}{
		{"title", t.Title, true, nil},
		{"controller", t.Controller, true, []string{"{controller}"}},
		{"purpose", t.Purpose, true, nil},
		{"recording", t.Recording, true, []string{"{keep}", "{hold}"}},
		{"recipient", t.Recipient, true, nil},
		{"rights", t.Rights, true, nil},
		{"contact", t.Contact, true, []string{"{contact}"}},
		{"officer", t.Officer, officer, []string{"{officer}"}},
	} {
		at := path + "." + l.name
		if l.text == "" {
			if l.needed {
				r.fault(at, "is missing", "write this line of the sign in that language, too")
			}
			continue
		}
		if n := utf8.RuneCountInString(l.text); n > maxLine || hasControl(l.text) {
			r.fault(at, fmt.Sprintf("has %d characters, or more than one line", n), fmt.Sprintf("write at most %d on one line", maxLine))
		}
		for _, v := range l.values {
			if !strings.Contains(l.text, v) {
				r.fault(at, "does not have "+v, "write "+v+" where the sign is to say it: it follows the configuration")
			}
		}
	}
}
