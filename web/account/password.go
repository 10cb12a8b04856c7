package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long a password is, in characters.
const (
	MinPassword = 12
	MaxPassword = 200
)

//go:embed common.txt
var commonText string

// common are the words that guesses are made of.
var common = strings.Fields(commonText)

// PasswordFault says what is wrong with a password; the pages have words for each.
type PasswordFault string

// The faults of passwords.
const (
	PasswordShort  PasswordFault = "short"
	PasswordLong   PasswordFault = "long"
	PasswordOwn    PasswordFault = "own"    // has the person's name in it, and little else
	PasswordCommon PasswordFault = "common" // is made of what everybody takes, or of too little
)

// Error implements error.
func (f PasswordFault) Error() string {
	switch f {
	case PasswordShort:
		return "the password has fewer than 12 characters"
	case PasswordLong:
		return "the password has more than 200 characters"
	case PasswordOwn:
		return "the password is little more than a name"
	}
	return "the password is one of those that are tried first"
}

// Unwrap makes a fault an ErrInvalid.
func (f PasswordFault) Unwrap() error { return ErrInvalid }

// checkPassword refuses a password that is too short or is guessed early: what is
// left of it when digits, repetitions, common words and the person's own names are
// taken out must be something.
func checkPassword(password string, own ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return PasswordShort
	case n > MaxPassword:
		return PasswordLong
	}
	var names []string
	for _, name := range own {
		for part := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if len(part) > 2 {
				names = append(names, part)
			}
		}
	}
	lower := strings.ToLower(password)
	for _, read := range []string{lower, bare(lower)} {
		if without(read, common) < different {
			return PasswordCommon
		}
		if without(read, common, names) < different {
			return PasswordOwn
		}
	}
	return nil
}

// different is how many different characters must be left.
const different = 5

// without counts the different characters of s outside words and digits.
func without(s string, words ...[]string) int {
	for _, list := range words {
		for _, word := range list {
			s = strings.ReplaceAll(s, word, "")
		}
	}
	left := map[rune]bool{}
	for _, r := range s {
		if !unicode.IsDigit(r) {
			left[r] = true
		}
	}
	return len(left)
}

// bare is a text as guessing programs see it, with the letters that digits and signs
// stand for.
func bare(s string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(s)
}
