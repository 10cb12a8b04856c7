package configs

import (
	"slices"
	"time"
)

// Config is one configuration file, complete and valid once [Parse] has
// returned it. It is never changed afterwards; a reload makes a new one.
//
// Unless a field says otherwise a change takes effect when the file is saved.
type Config struct {
	Site Site `yaml:"site"`

	// DataDir is the folder with the spool, the index, the keys and, without
	// Storage, the footage. Default /var/lib/sjudager. It belongs on a local
	// disk: the index locks and maps its file. Needs a restart; the footage does
	// not move along, and a wrong folder looks like an empty vault.
	DataDir string `yaml:"data_dir"`

	HTTP HTTP `yaml:"http"`

	// Storage is the object store for the footage; nil is a folder under
	// DataDir.
	Storage *Storage `yaml:"storage"`

	Accounts  Accounts  `yaml:"accounts"`
	Retention Retention `yaml:"retention"`
	Recorder  Recorder  `yaml:"recorder"`
	Ledger    Ledger    `yaml:"ledger"`
	Signage   Signage   `yaml:"signage"`

	// Backup is where copies of the index go; nil: none is made.
	Backup *Backup `yaml:"backup"`

	// Cameras are recorded in parallel; there may be none. The footage of one
	// that is removed or renamed still meets its deadlines (R12).
	Cameras []Camera `yaml:"cameras"`

	// Digest is the SHA-256 of the file, without the files that it points to. The
	// ledger tells by it which configuration was in force.
	Digest [32]byte

	lines map[string]int // of the file, by path; see Settings
}

// Site is the venue.
type Site struct {
	// Name of the venue, as the pages and the footage show it. Required, at most
	// 100 characters. Needs a restart.
	Name string `yaml:"name"`

	// Timezone is an IANA name such as Europe/Oslo. Required, because it decides
	// when seven days are over: at the same local clock time, which after the
	// spring clock change is an hour before 168 h (R3).
	Timezone string `yaml:"timezone"`

	Controller Controller `yaml:"controller"`

	// Purposes are why footage may be watched (R55): the page asks before it plays.
	// Default: the three of the policy. None may be about employees' work (R61).
	Purposes []Purpose `yaml:"purposes"`
}

// Location returns the zone that Timezone names.
func (s Site) Location() *time.Location {
	l, err := time.LoadLocation(s.Timezone)
	if err != nil {
		panic("internal error: the time zone was not checked: " + err.Error())
	}
	return l
}

// Controller is who answers for the recordings under the GDPR
// (behandlingsansvarlig). It stands on signs, receipts and packages. All of it
// is required as soon as a camera is enabled (R41).
type Controller struct {
	// Name is the registered name of the organisation, at most 100 characters.
	Name string `yaml:"name"`

	// OrgNumber is its Norwegian organisation number: nine digits, of which the
	// last is a mod-11 check digit. Spaces are left out.
	OrgNumber string `yaml:"org_number"`

	// Contact is where a filmed person turns to: a mail address or a telephone
	// number, at most 100 characters.
	Contact string `yaml:"contact"`
}

// HTTP is the address of the pages and the JSON API.
type HTTP struct {
	// Listen is host:port, default 127.0.0.1:8080; port 0 lets the system
	// choose, and no host is every address of the machine. On other addresses than
	// loopback there is https only. Needs a restart.
	Listen string `yaml:"listen"`

	TLS TLS `yaml:"tls"`

	// Remote admits other than local networks (R56); nil: none.
	Remote *Remote `yaml:"remote"`
}

// TLS turns http into https. Both files are left out or both are given. Left out, and
// with an address that other machines reach, the program makes a certificate of its own
// at the first start and says its fingerprint. Needs a restart; a renewed certificate
// in the same files does not.
type TLS struct {
	// Cert is a PEM file with the certificate and its intermediates.
	Cert string `yaml:"cert"`

	// Key is the PEM file with the private key that belongs to Cert.
	Key string `yaml:"key"`
}

// Storage is a bucket on an S3 server. Any change needs a restart, and moves no
// footage: what lies in the old bucket is no longer reached.
type Storage struct {
	// Endpoint is the server's http or https URL, without path and credentials.
	// Required. Over http everyone on the way sees the footage; keep that to
	// loopback and to a network of its own.
	Endpoint string `yaml:"endpoint"`

	// Bucket must exist and hold nothing else. Required; 3 to 63 of a-z, 0-9,
	// "." and "-".
	Bucket string `yaml:"bucket"`

	// Region is what the server calls its place; empty: the server is asked.
	Region string `yaml:"region"`

	// CAFile is a PEM file with the certificates of the authorities that an https
	// server's certificate may be from; left out: those that the system trusts.
	CAFile string `yaml:"ca_file"`

	// CA is what CAFile held when the configuration was read.
	CA string

	// Addressing is where the bucket stands in a request. Default auto.
	Addressing Addressing `yaml:"addressing"`

	// AccessKey names the account at the server. Left out: the environment's
	// AWS_ACCESS_KEY_ID.
	AccessKey string `yaml:"access_key"`

	// SecretKeyFile is a file with the account's secret key on one line. Left out:
	// the systemd credential s3-secret-key, or else the environment's
	// AWS_SECRET_ACCESS_KEY.
	SecretKeyFile string `yaml:"secret_key_file"`

	// SecretKey is the secret key, from wherever it was when the configuration
	// was read.
	SecretKey Secret
}

// Addressing is where in a URL an S3 bucket stands.
type Addressing string

const (
	AddressingAuto        Addressing = "auto"         // in the host at the large clouds, elsewhere in the path
	AddressingPath        Addressing = "path"         // https://host/bucket/key
	AddressingVirtualHost Addressing = "virtual-host" // https://bucket.host/key
)

// Backup makes copies of the index and of this file, without the keys of the footage
// (R9): encrypted, and without the files that this one names.
type Backup struct {
	// Recipient is the age public key of the operator, whose identity is kept
	// elsewhere. Required.
	Recipient string `yaml:"recipient"`

	// Every is how long from one backup to the next: 1h to 30d, default 24h.
	Every Duration `yaml:"every"`

	// Keep is how many backups there are at most, 1 to 1000; the oldest goes. Default 7.
	Keep int `yaml:"keep"`

	// Dir is a folder for them, on another disk than DataDir; empty: the bucket, under
	// "backup/", which needs Storage.
	Dir string `yaml:"dir"`
}

func (b *Backup) defaults() { b.Every, b.Keep = Duration(day), 7 }

// Retention is how long footage lives, counted from each segment's first frame
// (R2). Both can be lowered, never raised above what the policy promises.
type Retention struct {
	// Keep is how long a segment without a hold lives: 1s to 168h, default 168h.
	// Shortening it applies to what is already recorded, lengthening does not
	// (R20). The lower end is for trials: footage that lives shorter than
	// Recorder.Segment is gone before anyone can see it.
	Keep Duration `yaml:"keep"`

	// Hold is how long a hold can keep a segment: Keep to 720h, default 720h.
	Hold Duration `yaml:"hold"`
}

// Recorder sets how the cameras' streams are written.
type Recorder struct {
	// Segment is how long a piece of footage is: 2s to 300s (R47), default 30s.
	// It is the unit of storage, hold and deletion; each ends at the first key
	// frame after this time. Short ones make many objects, long ones reach the
	// vault late. Needs a restart.
	Segment Duration `yaml:"segment"`

	// SpoolLimit is the local disk space for footage that the object store does
	// not have yet: at least 1MiB, default 20GiB. A camera of 4 Mbit/s fills
	// 1.7 GiB an hour, so the default lasts ten cameras an hour and a bit. At
	// the limit the oldest footage without a hold is dropped, with an alarm.
	// Needs a restart.
	SpoolLimit ByteSize `yaml:"spool_limit"`
}

// Ledger says how the ledger's checkpoints leave the building, each day and on every
// way that is given (R104). With none, whoever has the machine can rewrite its past
// unseen. Files, mails and stamps hold a number, a hash and a signature.
type Ledger struct {
	// CheckpointDir is a folder that takes a file of a few hundred bytes a day: a
	// share of another machine, or one that a backup takes along. Outside DataDir.
	// Empty: none.
	CheckpointDir string `yaml:"checkpoint_dir"`

	// CheckpointMail sends the checkpoint by mail; nil: none.
	CheckpointMail *CheckpointMail `yaml:"checkpoint_mail"`

	// TSA is the http or https URL of a time stamping authority (RFC 3161), which
	// learns the checkpoint's hash and nothing else. Empty: none.
	TSA string `yaml:"tsa"`

	// Keep is how long entries are kept (R109): 365d to 36525d, default 1826d, which is
	// five years. Of what is older the hash stays, and the rest goes on verifying.
	Keep Duration `yaml:"keep"`

	// KeepLists is how long the record of every single deleted segment is kept beside
	// the entries (R13): at least 31d, default 90d; never longer than Keep. A camera of
	// 30 s segments deletes 2,880 a day, whose records take 220 kB of the index and of
	// every backup. What went when and why, and the daily statements, stay as long as
	// the entries.
	KeepLists Duration `yaml:"keep_lists"`
}

// CheckpointMail is a mail a day. All of it is required.
type CheckpointMail struct {
	// Relay is the host:port of a mail server that takes mail from this machine
	// without a login. Where it offers STARTTLS its certificate must be valid.
	Relay string `yaml:"relay"`

	// From is the sender's address.
	From string `yaml:"from"`

	// To is the address of whoever keeps the checkpoints: somebody who does not
	// administer this machine.
	To string `yaml:"to"`
}

// Camera is one RTSP source.
type Camera struct {
	// ID names the camera's footage for good: 1 to 40 of a-z, 0-9 and "-",
	// beginning with a letter or digit, used once. Required. A new ID is a new
	// camera; do not give an old one to another camera while its footage lives.
	ID string `yaml:"id"`

	// Name is what people call the camera, at most 100 characters. Default: ID.
	Name string `yaml:"name"`

	// Zone is the part of the venue that the camera sees, at most 100
	// characters. Required for an enabled camera (R41).
	Zone string `yaml:"zone"`

	// URL is rtsp://host/path or rtsps://host/path, with the user and, unless
	// PasswordFile has it, the password. Required. Once the configuration is
	// read it includes the password from the file.
	URL URL `yaml:"url"`

	// PasswordFile is a file with the camera's password on one line, for a URL
	// that has a user and no password.
	PasswordFile string `yaml:"password_file"`

	// Purposes are the codes of those of Site.Purposes that its footage may be watched
	// for. Default: all.
	Purposes []string `yaml:"purposes"`

	// Transport is how the video travels. Default auto.
	Transport Transport `yaml:"transport"`

	// TLSFingerprint is the SHA-256 of the camera's certificate, for rtsps with
	// a self-signed one: 64 hexadecimal digits, here in lower case and without
	// colons. Empty: the certificate must be valid for the host. Another
	// certificate than this one is refused, a renewed one too.
	TLSFingerprint string `yaml:"tls_fingerprint"`

	// Enabled says whether the camera is recorded. Default true. Its footage
	// stays visible, and meets its deadlines, either way.
	Enabled bool `yaml:"enabled"`
}

// RTSPURL returns the camera's URL with the user and the password in it. It is
// for the RTSP client alone; print c.URL instead.
func (c Camera) RTSPURL() string { return c.URL.text.Reveal() }

// Transport is how a camera's video travels.
type Transport string

const (
	TransportAuto      Transport = "auto"      // UDP, and TCP when no packet comes
	TransportTCP       Transport = "tcp"       // inside the RTSP connection; crosses firewalls, loses nothing
	TransportUDP       Transport = "udp"       // unicast; loses frames on a busy network; not for rtsps
	TransportMulticast Transport = "multicast" // many receivers for one stream, where the network carries it; not for rtsps
)

// The limits of the settings. The first two are the venues' published promise,
// "Opptak lagres i sju dager ... inntil 30 dager", which the signs repeat: an
// hour more makes them untrue (R4, R24).
const (
	maxKeep       = Duration(7 * 24 * time.Hour)
	maxHold       = Duration(30 * 24 * time.Hour)
	minKeep       = Duration(time.Second)
	minSegment    = Duration(2 * time.Second)   // most cameras send a key frame every 1 to 2 s
	maxSegment    = Duration(300 * time.Second) // R47
	minSpoolLimit = ByteSize(1 << 20)           // less does not hold one segment
	keepLedger    = Duration(1826 * day)        // R109
	keepLists     = Duration(90 * day)
	maxText       = 100 // characters; what a sign's line and a page's heading hold
)

// defaults fills in what a file may leave out.
func (c *Config) defaults() {
	c.DataDir = "/var/lib/sjudager"
	c.HTTP.Listen = "127.0.0.1:8080"
	c.Site.Purposes = slices.Clone(policyPurposes)
	c.Accounts = Accounts{SecondFactor: []string{"lead", "approver", "admin"}, Idle: Duration(30 * time.Minute), Session: Duration(12 * time.Hour)}
	c.Retention = Retention{Keep: maxKeep, Hold: maxHold}
	c.Recorder = Recorder{Segment: Duration(30 * time.Second), SpoolLimit: 20 << 30}
	c.Ledger.Keep, c.Ledger.KeepLists = keepLedger, keepLists
	c.Signage.Inspect, c.Signage.Gate = inspect, GateRegister
}

func (c *Camera) defaults() {
	c.Transport = TransportAuto
	c.Enabled = true
}
