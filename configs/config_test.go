package configs

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// write puts a file into a folder.
func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// example puts example.yaml and the secrets that it points to into a folder.
func example(t *testing.T) (path string) {
	t.Helper()
	data, err := os.ReadFile("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write(t, folder, "s3.secret", "s3-hunter2\n")
	write(t, folder, "oidc.secret", "oidc-hunter2\n")
	write(t, folder, "k01.password", "cam/hunter2\r\n")
	return write(t, folder, "sjudager.yaml", string(data))
}

// revealed lets a test compare what is hidden.
var revealed = cmp.Options{
	cmp.Transformer("secret", Secret.Reveal),
	cmpopts.IgnoreFields(Config{}, "Digest"),
	cmpopts.IgnoreUnexported(Config{}),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Transformer("url", func(u URL) string { return u.text.Reveal() }),
}

func TestExample(t *testing.T) {
	path := example(t)
	folder := filepath.Dir(path)
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	url := func(s string) URL { return URL{newSecret(s)} }
	want := &Config{
		Site: Site{
			Name:     "Sentrum Scene",
			Timezone: "Europe/Oslo",
			Controller: Controller{
				Name:      "Eksempel Arena AS",
				OrgNumber: "123456785",
				Contact:   "personvern@example.no",
			},
			Purposes: policyPurposes,
		},
		DataDir: "/var/lib/sjudager",
		HTTP: HTTP{Listen: "127.0.0.1:8080", Remote: &Remote{
			Networks: []string{"198.51.100.0/24"}, Prefixes: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
			Decision: "Styret 12.6.2026: vaktsentralen ser kameraene ved alarm",
		}},
		Signage: Signage{Notice: "https://example.no/kamera", Officer: "personvernombud@example.no", Inspect: inspect, Gate: GateAlways, Listen: "127.0.0.1:8090", Texts: SignTexts{&SignText{
			Title: "(kameraovervåket område)", Controller: "(behandlingsansvarlig): {controller}", Purpose: "(formål): (formålene) ((berettiget interesse), GDPR art. 6 (1) f)",
			Recording: "(opptak: ja, lyd: nei): (slettes senest etter) {keep} (dager; inntil) {hold} (dager dersom ...)", Recipient: "(mottaker): (politiet ...)",
			Rights: "(rettigheter): (innsyn, protest, sletting, begrensning, klage til Datatilsynet)", Contact: "(kontakt): {contact}", Officer: "(personvernombud): {officer}",
		}}},
		Accounts: Accounts{
			SecondFactor: []string{"lead", "approver", "admin"}, Idle: Duration(30 * time.Minute), Session: Duration(12 * time.Hour),
			OIDC: &OIDC{
				Name: "Eksempel Arena", Issuer: "https://login.example.no/realms/arena", ClientID: "sjudager",
				ClientSecretFile: filepath.Join(folder, "oidc.secret"), ClientSecret: newSecret("oidc-hunter2"), Claim: "groups",
				Roles: RoleGroups{[]string{"vektere"}, []string{"sikkerhetsansvarlige"}, []string{"driftsledere"}, []string{"personvern"}, []string{"it-drift"}},
			},
		},
		Storage: &Storage{
			Endpoint:      "http://127.0.0.1:9000",
			Bucket:        "sjudager",
			Addressing:    AddressingAuto,
			AccessKey:     "sjudager",
			SecretKeyFile: filepath.Join(folder, "s3.secret"),
			SecretKey:     newSecret("s3-hunter2"),
		},
		Retention: Retention{Keep: 7 * Duration(day), Hold: 30 * Duration(day)},
		Ledger: Ledger{
			CheckpointDir:  "/mnt/backup/sjudager",
			CheckpointMail: &CheckpointMail{"mail.example.no:25", "sjudager@example.no", "personvern@example.no"},
			TSA:            "https://tsa.example.net/tsr",
			Keep:           1826 * Duration(day),
			KeepLists:      90 * Duration(day),
		},
		Recorder: Recorder{Segment: 30e9, SpoolLimit: 20 << 30},
		Backup: &Backup{
			Recipient: "age1c2z8ph6vhdwkg9hsu0getxkcguqtljggghmk7lmhx4t8znk9jflq289yre",
			Every:     Duration(day), Keep: 7, Dir: "/mnt/backup/sjudager",
		},
		Cameras: []Camera{{
			ID:           "k01-inngang",
			Name:         "Hovedinngang",
			Zone:         "inngang",
			URL:          url("rtsp://sjudager:cam%2Fhunter2@192.0.2.10:554/stream1"),
			PasswordFile: filepath.Join(folder, "k01.password"),
			Purposes:     []string{"danger", "security"},
			Transport:    TransportAuto,
			Enabled:      true,
		}, {
			ID:             "k02-scenekant",
			Name:           "Scenekant",
			Zone:           "scene",
			URL:            url("rtsps://sjudager:pass%2Fword@192.0.2.11/stream1"),
			Transport:      TransportTCP,
			TLSFingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			Enabled:        true,
		}},
	}
	if diff := cmp.Diff(want, got, revealed); diff != "" {
		t.Error(diff)
	}
	if got := got.Site.Location().String(); got != "Europe/Oslo" {
		t.Error(got)
	}
}

// TestExampleIsComplete holds the reference against the struct, both ways.
func TestExampleIsComplete(t *testing.T) {
	data, err := os.ReadFile("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		for i, child := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				walk(child, path+"[]")
			case i%2 == 1:
				at := join(path, n.Content[i-1].Value)
				documented = append(documented, at)
				walk(child, at)
			}
		}
	}
	walk(document.Content[0], "")
	slices.Sort(documented)
	known := slices.Sorted(slices.Values(allKeys(reflect.TypeFor[Config](), "")))
	if diff := cmp.Diff(known, slices.Compact(documented)); diff != "" {
		t.Errorf("the struct (-) and example.yaml (+) differ:\n%s", diff)
	}
}

const minimal = "site: {name: Sentrum Scene, timezone: Europe/Oslo}\n"

func TestDefaults(t *testing.T) {
	const left = `
data_dir:
http: {listen: "", tls: }
storage:
retention: {keep: "", hold: }
recorder:
cameras:
  - {id: k01, url: rtsp://192.0.2.10, enabled: false, zone: "", transport: ""}
`
	for _, text := range []string{minimal, minimal + left} {
		c, err := Parse("sjudager.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := &Config{Site: Site{Name: "Sentrum Scene", Timezone: "Europe/Oslo"}}
		want.defaults()
		if text != minimal {
			want.Cameras = []Camera{{ID: "k01", Name: "k01", URL: URL{newSecret("rtsp://192.0.2.10")}, Transport: TransportAuto}}
		}
		if diff := cmp.Diff(want, c, revealed); diff != "" {
			t.Error(diff)
		}
	}
}

// TestLimits tries both sides of every limit.
func TestLimits(t *testing.T) {
	for _, test := range []struct {
		setting string
		ok      bool
	}{
		{"retention: {keep: 1s}", true},
		{"retention: {keep: 999ms}", false},
		{"retention: {keep: 7d}", true},
		{"retention: {keep: 168h}", true},
		{"retention: {keep: 168h1ns}", false},
		{"retention: {hold: 720h}", true},
		{"retention: {hold: 720h1ns}", false},
		{"retention: {hold: 6d}", false},
		{"retention: {keep: 15s, hold: 15s}", true},
		{"retention: {keep: 15s, hold: 14s}", false},
		{"retention: {keep: -1s}", false},
		{"recorder: {segment: 2s}", true},
		{"recorder: {segment: 1999ms}", false},
		{"recorder: {segment: 5m}", true},
		{"recorder: {segment: 301s}", false},
		{"recorder: {spool_limit: 1MiB}", true},
		{"recorder: {spool_limit: 1048575B}", false},
		{"http: {listen: '127.0.0.1:0'}", true},
		{"http: {listen: '127.8.9.10:8080'}", true},
		{"http: {listen: '[::1]:8080'}", true},
		{"http: {listen: '[::ffff:127.0.0.1]:8080'}", true},
		{"http: {listen: 'localhost:8080'}", true},
		{"http: {listen: '127.0.0.1:65536'}", false},
		{"http: {listen: '127.0.0.1:http'}", false},
		{"http: {listen: '[::]:8080'}", true},
		{"http: {listen: ':8443'}", true},
		{"http: {listen: 'localhost.example.no:8080'}", false},
		{"http: {listen: '192.0.2.1:8080'}", true},
		{"http: {remote: {networks: [10.0.0.0/8], decision: x}}", true},
		{"http: {remote: {networks: [], decision: x}}", false},
		{"http: {remote: {networks: [10.0.0.0], decision: x}}", false},
		{"http: {remote: {networks: [10.0.0.0/8]}}", false},
		{"accounts: {second_factor: []}", true},
		{"accounts: {second_factor: [guard]}", true},
		{"accounts: {second_factor: [boss]}", false},
		{"accounts: {idle: 1m, session: 1m}", true},
		{"accounts: {idle: 59s}", false},
		{"accounts: {idle: 2h, session: 1h}", false},
		{"accounts: {session: 8d}", false},
		{"accounts: {oidc: {name: X, issuer: 'http://localhost:1', client_id: a, client_secret_file: testdata/camera.password, roles: {guard: [g]}}}", true},
		{"accounts: {oidc: {name: X, issuer: 'http://idp.example.no', client_id: a, client_secret_file: testdata/camera.password, roles: {guard: [g]}}}", false},
		{"accounts: {oidc: {name: X, issuer: 'https://idp.example.no', client_id: a, client_secret_file: testdata/camera.password}}", false},
		{"accounts: {oidc: {}}", false},
		{"cameras: [{id: a, url: rtsp://192.0.2.1, enabled: false, purposes: [theft]}]", true},
		{"cameras: [{id: a, url: rtsp://192.0.2.1, enabled: false, purposes: [nosy]}]", false},
		{"storage: {endpoint: 'https://s3.example.no', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", true},
		{"storage: {endpoint: 'https://s3.example.no/', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", true},
		{"storage: {endpoint: 'http://[::1]:9000', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", true},
		{"storage: {endpoint: 's3.example.no', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", false},
		{"storage: {endpoint: 'https://s3.example.no/abc', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", false},
		{"storage: {endpoint: 'https://s3.example.no?x', bucket: abc, access_key: a, secret_key_file: testdata/camera.password}", false},
		{"storage: {endpoint: 'https://s3.example.no', bucket: ab, access_key: a, secret_key_file: testdata/camera.password}", false},
		{"storage: {}", false},
		{"cameras: []", true},
	} {
		_, err := Parse("sjudager.yaml", []byte(minimal+test.setting+"\n"))
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.setting, err)
		}
	}
}

func TestCameraID(t *testing.T) {
	for id, ok := range map[string]bool{
		"k": true, "k01-inngang": true, "0": true, "a-": true,
		"a234567890123456789012345678901234567890":  true,
		"a2345678901234567890123456789012345678901": false,
		"-a": false, "K01": false, "k_01": false, "k.01": false, "k/01": false, "kø": false, "k 1": false,
	} {
		_, err := Parse("sjudager.yaml", []byte(minimal+"cameras: [{id: '"+id+"', url: rtsp://192.0.2.10, enabled: false}]"))
		if (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestOrgNumber(t *testing.T) {
	for number, ok := range map[string]bool{
		"123456785": true, "974760673": true, // Brønnøysundregistrene's own
		"974760674": false, "947760673": false, "97476067": false, "9747606730": false, "97476067x": false,
		"000000000": true, // the digits agree; the register decides what exists
	} {
		if isOrgNumber(number) != ok {
			t.Error(number)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "sjudager.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// How well employees work is no purpose (R61).
func TestPurposes(t *testing.T) {
	for purpose, ok := range map[string]bool{
		"code: vandalism, nb: Hærverk, en: Vandalism":      true,
		"code: Vandalism, nb: Hærverk, en: Vandalism":      false,
		"code: vandalism, nb: Hærverk":                     false,
		"code: x, nb: Ansattes prestasjoner, en: Staff":    false,
		"code: x, nb: Ansatte, en: Employee performance":   false,
		"code: performance, nb: Annet, en: Other":          false,
		"code: x, nb: Kontroll av arbeidstid, en: Control": false,
		"code: x, nb: A, en: B}, {code: x, nb: C, en: D":   false,
	} {
		c, err := Parse("sjudager.yaml", []byte("site: {name: X, timezone: UTC, purposes: [{"+purpose+"}]}"))
		if (err == nil) != ok {
			t.Errorf("%s: %v", purpose, err)
		}
		if err == nil && len(c.PurposesOf("k01")) != 1 {
			t.Errorf("%s: %v", purpose, c.PurposesOf("k01"))
		}
	}
	c, err := Parse("sjudager.yaml", []byte(minimal+"cameras: [{id: a, url: rtsp://192.0.2.1, enabled: false, purposes: [theft]}, {id: b, url: rtsp://192.0.2.1, enabled: false}]"))
	if err != nil || len(c.PurposesOf("a")) != 1 || c.PurposesOf("a")[0].Code != "theft" || len(c.PurposesOf("b")) != 3 || len(c.PurposesOf("gone")) != 3 {
		t.Errorf("%v", err)
	}
}
