package configs

import (
	"net/url"
	"strconv"
	"strings"
)

// URL is a camera's RTSP address. It prints without its password and without
// anything from the first "=" or "?" on, where some cameras want their password.
// URLs compare with ==, password included.
type URL struct{ text Secret }

// UnmarshalText reads the text of a setting. Its errors never quote the text:
// what cannot be read as a URL is most often a password that needs escaping,
// and net/url's own messages quote it.
func (u *URL) UnmarshalText(text []byte) error {
	const escape = "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25, or put the password into a password_file"
	p, err := url.Parse(string(text))
	switch {
	case err != nil:
		return wrong{"is not a URL", escape}
	case p.Scheme != "rtsp" && p.Scheme != "rtsps":
		return wrong{"is not an RTSP address", "begin it with rtsp:// or rtsps://"}
	case p.Fragment != "" || strings.Contains(p.EscapedPath()+p.RawQuery, "@"):
		return wrong{"has a #, or a @ or ? in an odd place", escape}
	case p.Hostname() == "":
		return wrong{"names no host", "write it as rtsp://192.0.2.10/stream1"}
	}
	if port := p.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return wrong{"has a port that does not exist", "use 1 to 65535, or leave it out for 554"}
		}
	}
	u.text = newSecret(p.String())
	return nil
}

// parsed returns the URL's parts; u has been through UnmarshalText.
func (u URL) parsed() *url.URL {
	p, err := url.Parse(u.text.Reveal())
	if err != nil {
		panic("internal error: the camera's address was not checked")
	}
	return p
}

// withPassword returns u with the password that a file held.
func (u URL) withPassword(password string) URL {
	p := u.parsed()
	p.User = url.UserPassword(p.User.Username(), password)
	return URL{newSecret(p.String())}
}

// String returns the address as it may be shown.
func (u URL) String() string {
	p := u.parsed()
	if p.User != nil {
		p.User = url.User(p.User.Username())
	}
	s := p.String()
	if i := strings.IndexAny(s, "?="); i >= 0 {
		s = s[:i] + "..."
	}
	return s
}

// MarshalText returns String, for JSON and for log records.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }
