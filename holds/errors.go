package holds

import "errors"

// Errors that callers tell apart; each is wrapped with a sentence for people.
var (
	// ErrInvalid: the request itself is wrong (no camera, an empty span, a ground
	// that is not on the list).
	ErrInvalid = errors.New("the request is not valid")
	// ErrRefused: the request is well formed, and a rule forbids it.
	ErrRefused = errors.New("refused")
	// ErrNotFound: there is no hold, freeze, request or appeal with this number.
	ErrNotFound = errors.New("not found")
	// ErrNothing: no footage is left, and none will come, that the hold could
	// keep. Place returns the missing spans with it.
	ErrNothing = errors.New("there is nothing left to hold")
)
