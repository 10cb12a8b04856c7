package configs

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Accounts says how people sign in. A change counts for those who are signed in, too.
type Accounts struct {
	// SecondFactor are the roles whose sessions need a second factor (R148): any of
	// guard, lead, approver, privacy, admin and supplier. Default lead, approver and
	// admin. Everybody may set one up.
	SecondFactor []string `yaml:"second_factor"`

	// Idle is after how long without use a session ends: 1m to 24h, default 30m.
	Idle Duration `yaml:"idle"`

	// Session is how long a session lasts at most: Idle to 7d, default 12h, a shift.
	Session Duration `yaml:"session"`

	// OIDC is a provider of shared sign-in; nil: none. Needs a restart.
	OIDC *OIDC `yaml:"oidc"`
}

// OIDC is a provider of sign-in by OpenID Connect. Whoever it says is in a group of a
// role gets an account with that role at the first sign-in; the second factor is the
// provider's affair. Passwords go on working.
type OIDC struct {
	// Name is what the button of the sign-in page says. Required.
	Name string `yaml:"name"`

	// Issuer is the https URL of the provider; http on loopback addresses. Required.
	Issuer string `yaml:"issuer"`

	// ClientID is what the provider calls this program. Required. The address that it
	// sends people back to is that of the pages, with /login/oidc/callback.
	ClientID string `yaml:"client_id"`

	// ClientSecretFile is a file with the client's secret on one line. Required.
	ClientSecretFile string `yaml:"client_secret_file"`

	// ClientSecret is what was in the file when the configuration was read.
	ClientSecret Secret

	// Claim is the claim with the groups of a person. Default groups.
	Claim string `yaml:"claim"`

	// Roles has the groups of each role. At least one is required.
	Roles RoleGroups `yaml:"roles"`
}

func (o *OIDC) defaults() { o.Claim = "groups" }

// RoleGroups are the groups at the provider that make somebody one of these. There are
// no suppliers among them: their accounts end (R59).
type RoleGroups struct {
	Guard    []string `yaml:"guard"`
	Lead     []string `yaml:"lead"`
	Approver []string `yaml:"approver"`
	Privacy  []string `yaml:"privacy"`
	Admin    []string `yaml:"admin"`
}

// Remote admits networks besides the local ones (R56).
type Remote struct {
	// Networks are what is admitted, such as 198.51.100.0/24. Required.
	Networks []string `yaml:"networks"`

	// Decision says who has decided that, when and why: the record that remote viewing
	// needs. Required, at most 100 characters.
	Decision string `yaml:"decision"`

	// Prefixes is Networks, read.
	Prefixes []netip.Prefix
}

// Purpose is why footage may be watched (R55).
type Purpose struct {
	// Code stands in the ledger: 1 to 40 of a-z, 0-9 and "-". Required.
	Code string `yaml:"code"`

	// Norwegian and English are what the page asks. Required, at most 100 characters.
	Norwegian string `yaml:"nb"`
	English   string `yaml:"en"`

	// Nynorsk is what signs in nynorsk say. Default: Norwegian; at most 100 characters.
	Nynorsk string `yaml:"nn"`
}

// policyPurposes are those of the published policy (section 2.7): what the signs say.
var policyPurposes = []Purpose{
	{"danger", "Forebygge farlige situasjoner", "Prevent dangerous situations", "Førebyggje farlege situasjonar"},
	{"theft", "Forebygge tyveri", "Prevent theft", "Førebyggje tjuveri"},
	{"security", "Ivareta sikkerheten", "Ensure security", "Vareta tryggleiken"},
}

var roles = []string{"guard", "lead", "approver", "privacy", "admin", "supplier"}

func (r *reader) accounts(a *Accounts) {
	for i, role := range a.SecondFactor {
		if !slices.Contains(roles, role) {
			r.fault(fmt.Sprintf("accounts.second_factor[%d]", i), quote(role)+" is not a role", "use some of "+strings.Join(roles, ", "))
		}
	}
	if a.Idle < Duration(time.Minute) || a.Idle > Duration(24*time.Hour) {
		r.fault("accounts.idle", a.Idle.String()+" is not between 1m and 24h", "use 30m unless you have a reason")
	}
	if a.Session < a.Idle || a.Session > Duration(7*day) {
		r.fault("accounts.session", a.Session.String()+" is not between accounts.idle and 7d", "use 12h unless you have a reason")
	}
	if a.OIDC != nil {
		r.oidc(a.OIDC)
	}
}

func (r *reader) oidc(o *OIDC) {
	const at = "accounts.oidc."
	if r.require(at+"name", o.Name, "write what the button of the sign-in page says") {
		r.words(at+"name", o.Name)
	}
	const issuer = "write the provider's address as https://host/path"
	if r.require(at+"issuer", o.Issuer, issuer) {
		u, err := url.Parse(o.Issuer)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
			r.fault(at+"issuer", "is not the https address of a provider", issuer)
		}
	}
	r.require(at+"client_id", o.ClientID, "write what the provider calls this program")
	if r.require(at+"client_secret_file", o.ClientSecretFile, "write the path of a file with the client's secret on one line") {
		o.ClientSecretFile = r.resolve(o.ClientSecretFile)
		secret, _ := r.secret(at+"client_secret_file", o.ClientSecretFile)
		o.ClientSecret = newSecret(secret)
	}
	r.require(at+"claim", o.Claim, "write the claim with a person's groups, such as groups")
	g := o.Roles
	if len(slices.Concat(g.Guard, g.Lead, g.Approver, g.Privacy, g.Admin)) == 0 {
		r.fault(at+"roles", "no role has a group", "write the groups of a role, such as guard: [vektere]; without one nobody can come in this way")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func (r *reader) remote(m *Remote) {
	const fix = "write networks such as 198.51.100.0/24"
	if len(m.Networks) == 0 {
		r.fault("http.remote.networks", "missing", fix+"; or remove remote to serve local networks only")
	}
	for i, text := range m.Networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			r.fault(fmt.Sprintf("http.remote.networks[%d]", i), quote(text)+" is not a network", fix)
			continue
		}
		m.Prefixes = append(m.Prefixes, p.Masked())
	}
	if r.require("http.remote.decision", m.Decision, "write who has decided that other than local networks may watch, when and why (R56)") {
		r.words("http.remote.decision", m.Decision)
	}
}

var purposeCode = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// performance is what a purpose must not be about: how well employees work (R61;
// aml. chapter 9).
var performance = regexp.MustCompile(`(?i)(prestasjon|arbeidsinnsats|effektivitet|produktivitet|arbeidstid|oppmøte|performance|productivity|efficiency|attendance|working.?(time|hours))`)

func (r *reader) purposes(path string, all []Purpose) {
	for i, p := range all {
		at := fmt.Sprintf("%s[%d]", path, i)
		if r.require(at+".code", p.Code, "write a short code for the ledger, such as theft") && !purposeCode.MatchString(p.Code) {
			r.fault(at+".code", quote(p.Code)+" is not a code", "use 1 to 40 of a-z, 0-9 and -")
		}
		for name, text := range map[string]string{"nb": p.Norwegian, "en": p.English} {
			if r.require(at+"."+name, text, "write the purpose in this language, too") {
				r.words(at+"."+name, text)
			}
			if performance.MatchString(text) || performance.MatchString(p.Code) {
				r.fault(at+"."+name, "is about how employees work, which footage must not be watched for", "remove it; security cameras may not be used for that (working environment act, chapter 9)")
			}
		}
		r.words(at+".nn", p.Nynorsk)
		for _, other := range all[:i] {
			if other.Code == p.Code {
				r.fault(at+".code", quote(p.Code)+" is given twice", "give each purpose a code of its own")
			}
		}
	}
}

// cameraPurposes checks that a camera's purposes are among the site's.
func (r *reader) cameraPurposes(at string, codes []string, site []Purpose) {
	for i, code := range codes {
		if !slices.ContainsFunc(site, func(p Purpose) bool { return p.Code == code }) {
			var known []string
			for _, p := range site {
				known = append(known, p.Code)
			}
			r.fault(fmt.Sprintf("%s.purposes[%d]", at, i), quote(code)+" is not among site.purposes", "use some of "+strings.Join(known, ", "))
		}
	}
}

// PurposesOf are why footage of a camera may be watched; those of the site for a
// camera that is configured no more.
func (c *Config) PurposesOf(camera string) []Purpose {
	for _, cam := range c.Cameras {
		if cam.ID == camera && len(cam.Purposes) > 0 {
			return slices.DeleteFunc(slices.Clone(c.Site.Purposes), func(p Purpose) bool { return !slices.Contains(cam.Purposes, p.Code) })
		}
	}
	return c.Site.Purposes
}
