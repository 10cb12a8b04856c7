package release

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart; each is wrapped with a sentence for people.
var (
	// ErrInvalid: what was given is wrong in itself (no purpose, a code that is not on
	// its list).
	ErrInvalid = errors.New("the release is not valid")
	// ErrRefused: it is well formed, and a rule or the state of the release forbids it.
	ErrRefused = errors.New("refused")
	// ErrNotFound: there is no release with this number.
	ErrNotFound = errors.New("no such release")
	// ErrNothing: no footage is left in the given scope.
	ErrNothing = errors.New("there is no footage to release")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}
