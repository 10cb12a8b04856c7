package farm

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// digest answers a challenge as RFC 7616 section 3.4 tells a client to.
func digest(challenge, user, password string) func(method, url string) string {
	p := parseAuthParams(strings.TrimPrefix(challenge, "Digest "))
	h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	extra := ""
	if p["algorithm"] == "SHA-256" {
		h = func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
		extra = ", algorithm=SHA-256"
	}
	return func(method, url string) string {
		response := h(h(user+":"+p["realm"]+":"+password) + ":" + p["nonce"] + ":" + h(method+":"+url))
		return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s"%s`, user, p["realm"], p["nonce"], url, response, extra)
	}
}

func basic(user, password string) func(method, url string) string {
	return func(string, string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		auth       Auth
		challenges []string // how they begin
	}{
		{0, []string{`Digest realm="farm", nonce=`}},
		{Basic, []string{`Basic realm="farm"`}},
		{DigestMD5, []string{`Digest realm="farm", nonce=`}},
		{DigestSHA256, []string{`Digest realm="farm", nonce=`}},
		{Basic | DigestMD5 | DigestSHA256, []string{`Digest realm="farm", nonce=`, `Digest realm="farm", nonce=`, `Basic realm="farm"`}},
	} {
		s, _ := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), User: "vakt", Password: "s:e,k=r\"e t", Auth: c.auth})
		client := dial(t, s, "cam")
		client.must("OPTIONS", client.url)
		challenges := client.ask("DESCRIBE", client.url).header["Www-Authenticate"]
		if len(challenges) != len(c.challenges) {
			t.Fatalf("auth %b: challenges %q", c.auth, challenges)
		}
		for i, challenge := range challenges {
			if !strings.HasPrefix(challenge, c.challenges[i]) {
				t.Errorf("auth %b: challenge %q", c.auth, challenge)
			}
			if sha := strings.Contains(challenge, "algorithm=SHA-256"); sha != (i == 0 && c.auth&DigestSHA256 != 0) {
				t.Errorf("auth %b: challenge %d is SHA-256: %v", c.auth, i, sha)
			}
			try := func(user, password string) int {
				client.authorize = digest(challenge, user, password)
				if strings.HasPrefix(challenge, "Basic") {
					client.authorize = basic(user, password)
				}
				return client.ask("DESCRIBE", client.url).status
			}
			if a, b, c := try("vakt", "wrong"), try("other", "s:e,k=r\"e t"), try("", ""); a != 401 || b != 401 || c != 401 {
				t.Errorf("wrong password, wrong user, neither: %d, %d, %d", a, b, c)
			}
			if status := try("vakt", "s:e,k=r\"e t"); status != 200 {
				t.Errorf("%q: status %d", challenge, status)
			}
		}
		// What was not offered is not taken.
		if c.auth == Basic || c.auth == DigestSHA256 {
			client.authorize = digest(`Digest realm="farm", nonce="`+s.Camera("cam").account.nonce+`"`, "vakt", "s:e,k=r\"e t")
			if a := client.ask("DESCRIBE", client.url); a.status != 401 {
				t.Errorf("auth %b takes MD5", c.auth)
			}
		}
	}
}

// Every request but OPTIONS needs authorization, and a password can change while
// a client plays.
func TestSetPassword(t *testing.T) {
	t.Parallel()
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), User: "vakt", Password: "old"})
	c := dial(t, s, "cam")
	for _, method := range []string{"DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"} {
		if a := c.ask(method, c.url, "Transport: RTP/AVP/TCP"); a.status != 401 {
			t.Errorf("%s without authorization: %d", method, a.status)
		}
	}
	c.authorize = digest(c.ask("DESCRIBE", c.url).header.Get("WWW-Authenticate"), "vakt", "old")
	c.play()
	s.Camera("cam").SetPassword("vakt", "new")
	if a := c.ask("GET_PARAMETER", c.url); a.status != 401 {
		t.Errorf("with the old password: %d", a.status)
	}
	advance(s, clock, 1e9)
	c.unit(H264) // the session goes on
	other := dial(t, s, "cam")
	other.authorize = digest(other.ask("DESCRIBE", other.url).header.Get("WWW-Authenticate"), "vakt", "new")
	other.play()
	s.Camera("cam").SetPassword("", "")
	dial(t, s, "cam").must("DESCRIBE", c.url)
}

// The example of RFC 7616 section 3.9.1 does without qop here, so the reference
// is RFC 2069's computation on fixed values.
func TestJudge(t *testing.T) {
	a := account{user: "Mufasa", password: "Circle of Life", schemes: DigestMD5, nonce: "n"}
	want := hexMD5(hexMD5("Mufasa:farm:Circle of Life") + ":n:" + hexMD5("PLAY:rtsp://h/c"))
	for header, ok := range map[string]bool{
		`Digest username="Mufasa", realm="farm", nonce="n", uri="rtsp://h/c", response="` + want + `"`:                    true,
		`digest username="Mufasa",realm="farm",nonce="n",uri="rtsp://h/c",response="` + strings.ToUpper(want) + `"`:       true,
		`Digest username="Mufasa", realm="farm", nonce="m", uri="rtsp://h/c", response="` + want + `"`:                    false,
		`Digest username="Mufasa", realm="else", nonce="n", uri="rtsp://h/c", response="` + want + `"`:                    false,
		`Digest username="Mufasa", realm="farm", nonce="n", uri="rtsp://h/c", response=""`:                                false,
		`Digest username="Mufasa", realm="farm", nonce="n", uri="rtsp://h/c", response="` + want + `", algorithm=SHA-256`: false,
		"":         false,
		"Digest":   false,
		"Basic ":   false,
		"Bearer x": false,
	} {
		if got := a.judge("PLAY", header) == admitted; got != ok {
			t.Errorf("%s: admitted: %v", header, got)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(`Digest username="u", realm="farm", nonce="n", uri="x", response="y"`)
	f.Add(`Digest a=b, c="d`)
	f.Add(`Basic dTpw`)
	f.Fuzz(func(t *testing.T, header string) {
		a := account{user: "u", password: "not to be guessed by a fuzzer", schemes: Basic | DigestMD5 | DigestSHA256, nonce: "n"}
		if a.judge("PLAY", header) != refused {
			t.Errorf("%q opens the camera", header)
		}
	})
}
