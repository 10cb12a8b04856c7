package handover

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
)

// ascii writes text with letters, digits and hyphens only, for names that every file
// system, ZIP program and command line takes (R95).
func ascii(text string, most int) string {
	var b strings.Builder
	for _, r := range strings.NewReplacer(
		"æ", "ae", "ø", "o", "å", "a", "Æ", "Ae", "Ø", "O", "Å", "A", "ä", "a", "ö", "o", "ü", "u", "Ä", "A", "Ö", "O", "Ü", "U",
		"é", "e", "è", "e", "ê", "e", "á", "a", "š", "s", "č", "c", "đ", "d", "ŋ", "n", "ž", "z",
	).Replace(text) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := b.String()
	return strings.Trim(name[:min(len(name), most)], "-")
}

// folderName is that of the package: U-2026-0042_saknr-12345678. It and the longest name
// in it stay below 200 characters.
func folderName(r Release) string {
	name := ascii(r.Number, 24)
	if number := ascii(r.Case, 24); number != "" {
		name += "_saknr-" + number
	}
	return name
}

// stem is the name of a master without what tells its parts apart:
// k03-inngang_Hovedinngang_20260704T192000Z_20260704T194959Z.
func stem(c Camera, span footage.Span) string {
	const form = "20060102T150405Z"
	name := string(c.ID)
	if spoken := ascii(c.Name, 20); spoken != "" && spoken != name {
		name += "_" + spoken
	}
	return fmt.Sprintf("%s_%s_%s", name, span.From.Time().Format(form), span.To.Time().Format(form))
}
