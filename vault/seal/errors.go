package seal

import (
	"errors"
)

// Errors that callers tell apart.
var (
	// ErrMaster: there is no master key to start with, or one that must not be
	// used. The text says what to do.
	ErrMaster = errors.New("the master key cannot be used")
	// ErrNoKey: no key is left that opens the object. For footage that is due,
	// this is how it ends.
	ErrNoKey = errors.New("no key opens it")
	// ErrKey: a key's file is not what was written there.
	ErrKey = errors.New("the key is damaged")
	// ErrOther: what lies in the store is a sealed object, and not the one that
	// was put there.
	ErrOther = errors.New("another object lies in its place")
	// ErrNotSealed: what lies in the store is not an age file.
	ErrNotSealed = errors.New("it is not a sealed object")
	// ErrDamaged: a part of the object does not open: its bytes have changed.
	ErrDamaged = errors.New("its bytes are not those that were sealed")
	// ErrChanged: a recording has changed while it was being sealed.
	ErrChanged = errors.New("the recording changed while it was being sealed")
	// ErrInUse: the keys of the hour cannot be settled at this moment, because a
	// segment is on its way into it. Later they can.
	ErrInUse = errors.New("a segment is on its way into this hour")
)
