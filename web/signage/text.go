package signage

import (
	"reflect"

	"github.com/sjudager/sjudager/vault/footage"
)

// Text is a version of what signs and notice say. It is never changed, but for the day
// on which the next one took its place.
type Text struct {
	Number    int             `cbor:"1,keyasint" json:"number"`
	Facts     Facts           `cbor:"2,keyasint" json:"facts"`
	Norwegian Notice          `cbor:"3,keyasint" json:"nb"` // as it was worded then
	English   Notice          `cbor:"4,keyasint" json:"en"`
	Updated   footage.Instant `cbor:"5,keyasint" json:"updated"`   // when the wording was made
	Effective footage.Instant `cbor:"6,keyasint" json:"effective"` // when these facts came into force
	Retired   footage.Instant `cbor:"7,keyasint" json:"retired"`   // 0: in force
}

// Notice is the notice in one language: the short text, and all that article 13 asks for.
type Notice struct {
	Title    string    `cbor:"1,keyasint" json:"title"`
	Short    string    `cbor:"2,keyasint" json:"short"`
	Sections []Section `cbor:"3,keyasint" json:"sections"`
}

// Section is a heading and its paragraphs.
type Section struct {
	Heading    string   `cbor:"1,keyasint" json:"heading"`
	Paragraphs []string `cbor:"2,keyasint" json:"paragraphs"`
}

// In is the notice in a language.
func (t Text) In(l Language) Notice {
	if l == English {
		return t.English
	}
	return t.Norwegian
}

// next returns the version that follows the last one at an instant, unless that says it
// all already. Words that a later version of the program has chosen better make a new
// version of the same facts, which signs of the older one are still valid with.
func next(texts []Text, f Facts, now footage.Instant) (Text, bool) {
	t := Text{Number: 1, Facts: f, Norwegian: compose(f, Norwegian), English: compose(f, English), Updated: now, Effective: now}
	if len(texts) == 0 {
		return t, true
	}
	last := texts[len(texts)-1]
	t.Number = last.Number + 1
	if reflect.DeepEqual(last.Facts, f) {
		t.Effective = last.Effective
		return t, !reflect.DeepEqual(last.Norwegian, t.Norwegian) || !reflect.DeepEqual(last.English, t.English)
	}
	return t, true
}
