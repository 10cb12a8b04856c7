package footage

// Viewer is the right by which somebody views footage. The zero Viewer has the
// smaller right, so that a reader that says nothing never sees too much.
type Viewer int

// The rights.
const (
	// Staff may view footage that is within its days, or held for the police.
	Staff Viewer = iota
	// Privacy is the privacy role: it also sees what is kept for nobody but the person
	// in it (GDPR art. 18(2); R34).
	Privacy
)
