package signage

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrInvalid: what was asked for is not complete, or says what cannot be.
var ErrInvalid = errors.New("the request is not valid")

// ErrNotFound: the register has no such zone, sign, inspection or version.
var ErrNotFound = errors.New("not found")

// ErrRefused: a rule forbids it, which the text names.
var ErrRefused = errors.New("refused")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// worded trims a text that people read, which has least to most characters and is on one
// line.
func worded(text, what string, least, most int) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	if n < least || n > most || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) {
		return text, invalid("%s has %d to %d characters on one line; %q has %d", what, least, most, text, n)
	}
	return text, nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}
