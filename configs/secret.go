package configs

import "unique"

// Secret is a text that may be used but never shown: every way of printing,
// logging or marshalling it gives "[hidden]". Secrets compare with ==.
//
// It holds a handle rather than the text itself, because package fmt reads the
// unexported fields of the structs it prints: there it meets a pointer, and
// prints an address.
type Secret struct{ text unique.Handle[string] }

func newSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{unique.Make(s)}
}

// Reveal returns the text. Call it where the secret is used, keep no copy.
func (s Secret) Reveal() string {
	if s == (Secret{}) {
		return ""
	}
	return s.text.Value()
}

// String returns "[hidden]", or nothing when there is no secret.
func (s Secret) String() string {
	if s == (Secret{}) {
		return ""
	}
	return "[hidden]"
}

// MarshalText returns String, for JSON and for log records.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
