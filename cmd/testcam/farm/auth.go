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
	stale          string // the nonce before
	uses           int    // of the nonce
}

// verdict is what an account says of a request.
type verdict uint8

const (
	refused  verdict = iota
	stale            // right, but for the nonce, which has expired
	admitted         // right
)

func newAccount(user, password string, schemes Auth) account {
	return account{user: user, password: password, schemes: schemes, nonce: rand.Text()}
}

// challenges returns the values of the WWW-Authenticate headers of a 401 that
// follows v.
func (a account) challenges(v verdict) []string {
	var all []string
	digest := fmt.Sprintf(`Digest realm="%s", nonce="%s"`, realm, a.nonce)
	if v == stale {
		digest += ", stale=TRUE"
	}
	if a.schemes&DigestSHA256 != 0 {
		all = append(all, digest+", algorithm=SHA-256")
	}
	if a.schemes&DigestMD5 != 0 {
		all = append(all, digest)
	}
	if a.schemes&Basic != 0 {
		all = append(all, fmt.Sprintf(`Basic realm="%s"`, realm))
	}
	return all
}

// judge tells whether the Authorization header of a request opens the camera.
func (a account) judge(method, header string) verdict {
	if a.user == "" {
		return admitted
	}
	right := admitted
	scheme, rest, _ := strings.Cut(header, " ")
	var got, want string
	switch strings.ToLower(scheme) {
	case "basic":
		if a.schemes&Basic == 0 {
			return refused
		}
		got, want = strings.TrimSpace(rest), base64.StdEncoding.EncodeToString([]byte(a.user+":"+a.password))
	case "digest":
		p := parseAuthParams(rest)
		sum, allowed := hexMD5, a.schemes&DigestMD5 != 0
		if strings.EqualFold(p["algorithm"], "SHA-256") {
			sum, allowed = hexSHA256, a.schemes&DigestSHA256 != 0
		}
		nonce := p["nonce"]
		if nonce == a.stale {
			right = stale
		} else if nonce != a.nonce {
			allowed = false
		}
		if !allowed || p["username"] != a.user || p["realm"] != realm {
			return refused
		}
		// RFC 7616 section 3.4.1 without qop, which the challenge does not offer.
		got = strings.ToLower(p["response"])
		want = sum(sum(a.user+":"+realm+":"+a.password) + ":" + nonce + ":" + sum(method+":"+p["uri"]))
	default:
		return refused
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return refused
	}
	return right
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
