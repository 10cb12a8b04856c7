package farm

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

const realm = "farm"

// account is what one camera asks its clients for.
type account struct {
	user, password string // no user: everybody may come in
	schemes        Auth
	nonce          string
}

func newAccount(user, password string, schemes Auth) account {
	return account{user: user, password: password, schemes: schemes, nonce: rand.Text()}
}

// challenges returns the values of the WWW-Authenticate headers of a 401.
func (a account) challenges() []string {
	var all []string
	if a.schemes&DigestSHA256 != 0 {
		all = append(all, fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=SHA-256`, realm, a.nonce))
	}
	if a.schemes&DigestMD5 != 0 {
		all = append(all, fmt.Sprintf(`Digest realm="%s", nonce="%s"`, realm, a.nonce))
	}
	if a.schemes&Basic != 0 {
		all = append(all, fmt.Sprintf(`Basic realm="%s"`, realm))
	}
	return all
}

// admits tells whether the Authorization header of a request opens the camera.
func (a account) admits(method, header string) bool {
	if a.user == "" {
		return true
	}
	scheme, rest, _ := strings.Cut(header, " ")
	var got, want string
	switch strings.ToLower(scheme) {
	case "basic":
		if a.schemes&Basic == 0 {
			return false
		}
		got, want = strings.TrimSpace(rest), base64.StdEncoding.EncodeToString([]byte(a.user+":"+a.password))
	case "digest":
		p := parseAuthParams(rest)
		sum, allowed := hexMD5, a.schemes&DigestMD5 != 0
		if strings.EqualFold(p["algorithm"], "SHA-256") {
			sum, allowed = hexSHA256, a.schemes&DigestSHA256 != 0
		}
		if !allowed || p["username"] != a.user || p["realm"] != realm || p["nonce"] != a.nonce {
			return false
		}
		// RFC 7616 section 3.4.1 without qop, which the challenge does not offer.
		got = strings.ToLower(p["response"])
		want = sum(sum(a.user+":"+realm+":"+a.password) + ":" + a.nonce + ":" + sum(method+":"+p["uri"]))
	default:
		return false
	}
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

func hexMD5(s string) string    { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
func hexSHA256(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }

// parseAuthParams reads `name="value", name=value`. What it can't read ends it.
func parseAuthParams(s string) map[string]string {
	params := make(map[string]string)
	for {
		name, rest, ok := strings.Cut(strings.TrimLeft(s, ", \t"), "=")
		if !ok {
			return params
		}
		var value string
		if quoted, found := strings.CutPrefix(rest, `"`); found {
			if value, s, ok = strings.Cut(quoted, `"`); !ok {
				return params
			}
		} else {
			value, s, _ = strings.Cut(rest, ",")
		}
		params[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
}
