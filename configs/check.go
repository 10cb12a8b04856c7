package configs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// check looks at the values, makes paths absolute and reads the secrets.
func (r *reader) check(c *Config) {
	recording := slices.ContainsFunc(c.Cameras, func(c Camera) bool { return c.Enabled })
	r.site(&c.Site, recording)
	c.DataDir = r.resolve(c.DataDir)
	r.http(&c.HTTP)
	if c.Storage != nil {
		r.storage(c.Storage)
	}
	if c.Backup != nil {
		r.backup(c.Backup, c.Storage != nil)
	}
	r.accounts(&c.Accounts)
	r.purposes("site.purposes", c.Site.Purposes)
	r.retention(c.Retention)
	r.recorder(c.Recorder)
	r.ledger(&c.Ledger, c.DataDir)
	r.signage(&c.Signage)
	lines := map[string]int{}
	for i := range c.Cameras {
		r.camera(&c.Cameras[i], fmt.Sprintf("cameras[%d]", i), lines)
		r.cameraPurposes(fmt.Sprintf("cameras[%d]", i), c.Cameras[i].Purposes, c.Site.Purposes)
	}
}

// require notes a value that is missing. It returns whether there is one to
// look at further.
func (r *reader) require(path, value, fix string) bool {
	if value == "" && !r.faulty(path) {
		r.fault(path, "missing", fix)
	}
	return value != ""
}

// words checks a value that is shown to people.
func (r *reader) words(path, value string) {
	switch n := utf8.RuneCountInString(value); {
	case hasControl(value):
		r.fault(path, "has a line break or a control character", "write it on one line")
	case n > maxText:
		r.fault(path, fmt.Sprintf("has %d characters", n), fmt.Sprintf("signs and pages hold %d", maxText))
	}
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func (r *reader) site(s *Site, recording bool) {
	if r.require("site.name", s.Name, "write the venue's name") {
		r.words("site.name", s.Name)
	}
	const zone = "write a name such as Europe/Oslo; it decides when seven days are over"
	if r.require("site.timezone", s.Timezone, zone) {
		// "Local" would make the deadlines depend on the machine.
		if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "Local" {
			r.fault("site.timezone", quote(s.Timezone)+" is not in the time zone database", zone)
		}
	}
	c := &s.Controller
	if recording { // R41
		const why = "no camera may record before it is known who answers for the recordings: "
		r.require("site.controller.name", c.Name, why+"write the organisation's registered name")
		r.require("site.controller.org_number", c.OrgNumber, why+"write the organisation number, nine digits")
		r.require("site.controller.contact", c.Contact, why+"write a mail address or a telephone number for questions about them")
	}
	r.words("site.controller.name", c.Name)
	r.words("site.controller.contact", c.Contact)
	if c.OrgNumber = strings.ReplaceAll(c.OrgNumber, " ", ""); c.OrgNumber != "" && !isOrgNumber(c.OrgNumber) {
		r.fault("site.controller.org_number", quote(c.OrgNumber)+" is not an organisation number",
			"write its nine digits; the last one is a check digit, so look for a slip in any of them")
	}
}

// isOrgNumber checks a Norwegian organisation number: nine digits, the last
// being 11 minus the weighted sum of the others modulo 11.
func isOrgNumber(s string) bool {
	weights := [...]int{3, 2, 7, 6, 5, 4, 3, 2, 1}
	if len(s) != len(weights) {
		return false
	}
	sum := 0
	for i, w := range weights {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += w * int(s[i]-'0')
	}
	return sum%11 == 0
}

func (r *reader) http(h *HTTP) {
	r.address("http.listen", h.Listen, "127.0.0.1:8080")
	if h.Remote != nil {
		r.remote(h.Remote)
	}
	r.tls(&h.TLS)
}

// address checks what a listener is opened at.
func (r *reader) address(at, listen, example string) {
	host, port, err := net.SplitHostPort(listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		r.fault(at, quote(listen)+" is not host:port", "write "+example)
	} else if _, err := netip.ParseAddr(host); host != "" && host != "localhost" && err != nil {
		r.fault(at, quote(listen)+" has a name that may mean another address tomorrow", fmt.Sprintf("write an address of this machine, 127.0.0.1:%s for itself alone or 0.0.0.0:%s for its networks", port, port))
	}
}

func (r *reader) tls(t *TLS) {
	const certAt, keyAt = "http.tls.cert", "http.tls.key"
	t.Cert, t.Key = r.resolve(t.Cert), r.resolve(t.Key)
	switch {
	case t.Cert == "" && t.Key == "":
	case t.Cert == "":
		r.require(certAt, t.Cert, "a key needs its certificate: write the path of the PEM file, or leave out both")
	case t.Key == "":
		r.require(keyAt, t.Key, "a certificate needs its key: write the path of the PEM file, or leave out both")
	default:
		cert, certOK := r.file(certAt, t.Cert)
		key, keyOK := r.file(keyAt, t.Key)
		if !certOK || !keyOK {
			return
		}
		if _, err := tls.X509KeyPair(cert, key); err != nil {
			r.fault(certAt, "certificate and key are of no use: "+strings.TrimPrefix(err.Error(), "tls: "), "give two PEM files that belong together")
		}
	}
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (r *reader) storage(s *Storage) {
	const endpoint = "write the server's address as https://host or http://host:port, without path or credentials"
	if r.require("storage.endpoint", s.Endpoint, endpoint+"; or remove storage to keep the footage under data_dir") {
		s.Endpoint = strings.TrimSuffix(s.Endpoint, "/")
		u, err := url.Parse(s.Endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
			(&url.URL{Scheme: u.Scheme, Host: u.Host}).String() != s.Endpoint {
			r.fault("storage.endpoint", "is not the address of a server", endpoint)
		}
	}
	if r.require("storage.bucket", s.Bucket, "write the name of a bucket that exists and holds nothing else") && !bucketName.MatchString(s.Bucket) {
		r.fault("storage.bucket", quote(s.Bucket)+" cannot be a bucket's name", "write its 3 to 63 characters of a-z, 0-9, . and -")
	}
	if s.Addressing == "" {
		s.Addressing = AddressingAuto
	} else if !slices.Contains(addressings, s.Addressing) {
		r.fault("storage.addressing", quote(string(s.Addressing))+" is no addressing", "use auto, path or virtual-host")
	}
	if s.CAFile = r.resolve(s.CAFile); s.CAFile != "" {
		r.authorities(s)
	}
	r.account(s)
}

var addressings = []Addressing{AddressingAuto, AddressingPath, AddressingVirtualHost}

func (r *reader) authorities(s *Storage) {
	const at = "storage.ca_file"
	if strings.HasPrefix(s.Endpoint, "http:") {
		r.fault(at, "the endpoint is http, which has no certificate", "write https:// if the server can, or remove ca_file")
		return
	}
	text, ok := r.file(at, s.CAFile)
	if ok && !x509.NewCertPool().AppendCertsFromPEM(text) {
		r.fault(at, s.CAFile+" has no certificate in it", "give the PEM file of the authority that signed the server's certificate: BEGIN CERTIFICATE ... END CERTIFICATE")
	}
	s.CA = string(text)
}

// account finds the account's name and secret key: in the file and the file that
// it names, or else where systemd and the tools for S3 put them.
func (r *reader) account(s *Storage) {
	if s.AccessKey == "" {
		s.AccessKey = os.Getenv("AWS_ACCESS_KEY_ID")
	}
	r.require("storage.access_key", s.AccessKey, "write the name of the account at the server, or set AWS_ACCESS_KEY_ID")
	const at = "storage.secret_key_file"
	file := r.resolve(s.SecretKeyFile)
	s.SecretKeyFile = file
	if folder := os.Getenv("CREDENTIALS_DIRECTORY"); file == "" && folder != "" {
		file = filepath.Join(folder, "s3-secret-key")
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			file = ""
		}
	}
	key := os.Getenv("AWS_SECRET_ACCESS_KEY")
	if file != "" {
		key, _ = r.secret(at, file)
	} else {
		r.require(at, key, "write the path of a file with the account's secret key on one line, or set the systemd credential s3-secret-key or AWS_SECRET_ACCESS_KEY")
	}
	s.SecretKey = newSecret(key)
}

// ageRecipient is what an age X25519 public key looks like (bech32).
var ageRecipient = regexp.MustCompile(`^age1[02-9ac-hj-np-z]{58}$`)

func (r *reader) backup(b *Backup, bucket bool) {
	const recipient = "write the public key that age-keygen prints, age1...; keep the identity elsewhere, nothing else opens a backup"
	if r.require("backup.recipient", b.Recipient, recipient) && !ageRecipient.MatchString(b.Recipient) {
		r.fault("backup.recipient", quote(b.Recipient)+" is not an age public key", recipient)
	}
	if b.Every < Duration(time.Hour) || b.Every > Duration(30*day) {
		r.fault("backup.every", b.Every.String()+" is not between 1h and 30d", "use 24h unless you have a reason")
	}
	if b.Keep < 1 || b.Keep > 1000 {
		r.fault("backup.keep", strconv.Itoa(b.Keep)+" is not between 1 and 1000", "use 7 unless you have a reason")
	}
	if b.Dir = r.resolve(b.Dir); b.Dir == "" && !bucket {
		r.fault("backup.dir", "missing", "write a folder on another disk than data_dir: there is no bucket that the backups could lie in")
	}
}

func (r *reader) retention(v Retention) {
	const promise = "the privacy policy and the signs promise"
	switch at := "retention.keep"; {
	case v.Keep > maxKeep:
		r.fault(at, v.Keep.String()+" is longer than seven days, which is what "+promise, "use 7d or less; single recordings are kept longer with a hold")
	case v.Keep < minKeep:
		r.fault(at, v.Keep.String()+" is shorter than a second", "use 1s to 7d")
	}
	switch at := "retention.hold"; {
	case v.Hold > maxHold:
		r.fault(at, v.Hold.String()+" is longer than thirty days, the most that "+promise+" for recordings that the police may need", "use 30d or less")
	case v.Hold < v.Keep && v.Keep <= maxKeep:
		r.fault(at, fmt.Sprintf("%v is shorter than retention.keep, %v, so that a hold would shorten the life of a recording", v.Hold, v.Keep), fmt.Sprintf("use %v to 30d", v.Keep))
	}
}

func (r *reader) recorder(v Recorder) {
	if v.Segment < minSegment || v.Segment > maxSegment {
		r.fault("recorder.segment", v.Segment.String()+" is not between 2s and 300s", "use 30s unless you have a reason")
	}
	if v.SpoolLimit < minSpoolLimit {
		r.fault("recorder.spool_limit", v.SpoolLimit.String()+" does not hold one segment", "use 20GiB, or what the disk can spare")
	}
}

// ledger checks the ways on which checkpoints leave the building.
func (r *reader) ledger(l *Ledger, dataDir string) {
	if l.CheckpointDir = r.resolve(l.CheckpointDir); l.CheckpointDir != "" {
		if in, err := filepath.Rel(dataDir, l.CheckpointDir); err == nil && filepath.IsLocal(in) {
			r.fault("ledger.checkpoint_dir", "lies in data_dir, and goes where that goes", "give a folder on another machine, or one that a backup takes along")
		}
	}
	if l.Keep < 365*Duration(day) || l.Keep > 36525*Duration(day) {
		r.fault("ledger.keep", l.Keep.String()+" is not between 365d and 36525d", "use 1826d, or what the controller has decided")
	}
	if l.KeepLists < 31*Duration(day) {
		r.fault("ledger.keep_lists", l.KeepLists.String()+" is shorter than 31d", "use 90d, or what the controller has decided")
	}
	l.KeepLists = min(l.KeepLists, l.Keep)
	if m := l.CheckpointMail; m != nil {
		if r.require("ledger.checkpoint_mail.relay", m.Relay, "write the mail server as host:port, such as mail.example.no:25") {
			if host, port, err := net.SplitHostPort(m.Relay); err != nil || host == "" || port == "" {
				r.fault("ledger.checkpoint_mail.relay", quote(m.Relay)+" is not host:port", "write it as mail.example.no:25")
			}
		}
		for path, address := range map[string]string{"ledger.checkpoint_mail.from": m.From, "ledger.checkpoint_mail.to": m.To} {
			if r.require(path, address, "write one mail address") {
				if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
					r.fault(path, quote(address)+" is not a mail address", "write one address such as personvern@example.no, without a name")
				}
			}
		}
	}
	if l.TSA != "" {
		if u, err := url.Parse(l.TSA); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			r.fault("ledger.tsa", "is not the address of a time stamping authority", "write its http or https URL, without credentials")
		}
	}
}

var (
	cameraID    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)
	transports  = []Transport{TransportAuto, TransportTCP, TransportUDP, TransportMulticast}
)

// camera checks one camera; lines has the ids so far and where they stand.
func (r *reader) camera(c *Camera, at string, lines map[string]int) {
	const idRule = "use up to 40 of a-z, 0-9 and -, such as k01-inngang"
	if r.require(at+".id", c.ID, "name the camera's footage: "+idRule) {
		if !cameraID.MatchString(c.ID) {
			r.fault(at+".id", quote(c.ID)+" cannot be a camera's id", idRule)
		} else if line, twice := lines[c.ID]; twice {
			r.fault(at+".id", fmt.Sprintf("%q is the id of the camera on line %d already", c.ID, line), "give each camera its own")
		} else {
			lines[c.ID] = r.line(at + ".id")
		}
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	r.words(at+".name", c.Name)
	if c.Enabled { // R41
		r.require(at+".zone", c.Zone, "no camera may record before it is known what it sees: write the part of the venue, such as inngang, or enabled: false")
	}
	r.words(at+".zone", c.Zone)
	if !slices.Contains(transports, c.Transport) {
		r.fault(at+".transport", quote(string(c.Transport))+" is no transport", "use auto, tcp, udp or multicast")
	}
	if r.require(at+".url", c.URL.text.Reveal(), "write the camera's address, such as rtsp://user@192.0.2.10/stream1") {
		r.credentials(c, at)
		r.fingerprint(c, at)
		if c.URL.parsed().Scheme == "rtsps" && (c.Transport == TransportUDP || c.Transport == TransportMulticast) {
			r.fault(at+".transport", quote(string(c.Transport))+" would carry the video unencrypted, which is not what rtsps is for", "use auto or tcp")
		}
	}
}

// credentials checks the user and the password, and reads the password's file.
func (r *reader) credentials(c *Camera, at string) {
	c.PasswordFile = r.resolve(c.PasswordFile)
	user := c.URL.parsed().User
	_, inURL := user.Password()
	switch {
	case c.PasswordFile == "" && user != nil && !inURL:
		r.fault(at+".url", "has a user without a password", "add password_file, or write user:@ for an empty password")
	case c.PasswordFile != "" && user.Username() == "":
		r.fault(at+".password_file", "the url names no user that the password belongs to", "write the url as rtsp://user@host/path")
	case c.PasswordFile != "" && inURL:
		r.fault(at+".password_file", "the url has a password already", "remove one of the two; the file is the better place")
	case c.PasswordFile != "":
		if password, ok := r.secret(at+".password_file", c.PasswordFile); ok {
			c.URL = c.URL.withPassword(password)
		}
	}
}

func (r *reader) fingerprint(c *Camera, at string) {
	if c.TLSFingerprint == "" {
		return
	}
	at += ".tls_fingerprint"
	c.TLSFingerprint = strings.ToLower(strings.ReplaceAll(c.TLSFingerprint, ":", ""))
	switch {
	case c.URL.parsed().Scheme != "rtsps":
		r.fault(at, "the url is rtsp, which has no certificate", "write rtsps:// if the camera can, or remove the fingerprint")
	case !fingerprint.MatchString(c.TLSFingerprint):
		r.fault(at, "is not the SHA-256 of a certificate", "write its 64 hexadecimal digits, as openssl x509 -noout -fingerprint -sha256 prints them")
	}
}
