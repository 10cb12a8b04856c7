package release

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
)

// Failure is why a package that was begun never was complete.
type Failure string

// The reasons.
const (
	FailedFull      Failure = "full"            // the medium has no room
	FailedProtected Failure = "write-protected" // the medium, or it may not be written
	FailedMedium    Failure = "medium"          // it was pulled out, or is broken
	FailedAltered   Failure = "altered"         // the medium gave back something else than was written
	FailedDue       Failure = "due"             // footage in it came to its deadline
	FailedReserved  Failure = "reserved"        // footage in it was frozen for the person in it
	FailedNothing   Failure = "nothing"         // none of the footage can be read
	FailedChanged   Failure = "changed"         // the release was refused or changed meanwhile
	FailedCancelled Failure = "cancelled"
	FailedStopped   Failure = "stopped" // the appliance was stopped, or lost its power
	FailedOther     Failure = "other"   // the record says it in words
)

// Failures are all of them, in words.
var Failures = []holds.Choice[Failure]{
	choice(FailedFull, "Mediet er fullt", "The medium is full"),
	choice(FailedProtected, "Mediet er skrivebeskyttet", "The medium is write protected"),
	choice(FailedMedium, "Mediet ble tatt ut, eller er ødelagt", "The medium was pulled out, or is broken"),
	choice(FailedAltered, "Mediet tok ikke vare på det som ble skrevet", "The medium did not keep what was written"),
	choice(FailedDue, "Opptak i pakken nådde slettefristen mens den ble laget", "Footage in the package came to its deadline while it was being built"),
	choice(FailedReserved, "Opptak i pakken ble sikret for den registrerte mens den ble laget", "Footage in the package was frozen for the person in it while it was being built"),
	choice(FailedNothing, "Ingen av opptakene kan leses lenger", "None of the footage can be read any more"),
	choice(FailedChanged, "Utleveringen ble avslått eller endret mens pakken ble laget", "The release was refused or changed while the package was being built"),
	choice(FailedCancelled, "Avbrutt", "Cancelled"),
	choice(FailedStopped, "Sjudager ble stanset, eller strømmen gikk", "Sjudager was stopped, or the power went"),
	choice(FailedOther, "En feil", "An error"),
}

// What a Build can say of its medium, besides what the operating system does.
var (
	ErrFull    = errors.New("the medium is full")
	ErrMedium  = errors.New("the medium cannot be written or read")
	ErrAltered = errors.New("the medium did not keep what was written")
)

// What ends a build while it runs.
var (
	errChanged = refused("the release was changed while its package was being built")
	errDue     = refused("footage in the package came to its deadline while it was being built (R100)")
	errStopped = errors.New("sjudager was stopped")
)

// cancelled ends a build because somebody says so.
type cancelled struct{ by string }

func (cancelled) Error() string { return "the export was cancelled" }

// causes are looked through in order: what says most comes first.
var causes = []struct {
	err error
	why Failure
}{
	{errChanged, FailedChanged}, {errDue, FailedDue}, {errStopped, FailedStopped}, {context.Canceled, FailedStopped},
	{vault.ErrGone, FailedDue}, {vault.ErrReserved, FailedReserved}, {ErrNothing, FailedNothing}, {ErrAltered, FailedAltered},
	{syscall.EROFS, FailedProtected}, {fs.ErrPermission, FailedProtected},
	{ErrFull, FailedFull}, {syscall.ENOSPC, FailedFull}, {syscall.EDQUOT, FailedFull},
	{ErrMedium, FailedMedium}, {syscall.EIO, FailedMedium}, {syscall.ENXIO, FailedMedium}, {syscall.ENODEV, FailedMedium}, {fs.ErrNotExist, FailedMedium},
}

// failureOf says why a build failed.
func failureOf(err error) Failure {
	if errors.As(err, new(cancelled)) {
		return FailedCancelled
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.why
		}
	}
	return FailedOther
}
