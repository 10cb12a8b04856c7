package configs

import (
	"net/url"
	"slices"
	"strings"
	"time"
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
	// default 30d. A festival whose signs are looked at before doors has 24h.
	Inspect Duration `yaml:"inspect"`

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
	if !slices.Contains(gates, s.Gate) {
		r.fault("signage.gate", quote(string(s.Gate))+" is no gate", "use always, register or off")
	}
	if s.Inspect < Duration(time.Hour) || s.Inspect > Duration(365*day) {
		r.fault("signage.inspect", s.Inspect.String()+" is not between 1h and 365d", "use 30d unless you have a reason")
	}
}
