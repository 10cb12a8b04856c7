package holds

import (
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// The grounds of freezes, which no hold can have.
const (
	DataSubject Ground = "data_subject" // the person's request is being answered (GDPR art. 12 to 17, 21)
	Restriction Ground = "restriction"  // the person has had the use of it restricted (GDPR art. 18)
)

// terms is the whole rule for a segment: the deadline (invariant 2), for which a
// freeze counts as a hold does, and when the footage closes to everybody without the
// privacy right (R34): when nothing but a freeze keeps it, or from the first moment on
// where its use is restricted.
func terms(keep, ceiling footage.Instant, c cover) vault.Terms {
	t := vault.Terms{
		Keep: keep, Ceiling: ceiling, Restricted: c.restricted,
		Deadline: Deadline(keep, ceiling, max(c.held, c.frozen)),
	}
	if ordinary := Deadline(keep, ceiling, c.held); ordinary < t.Deadline {
		t.Reserved = ordinary
	}
	return t
}

// after is what now becomes for footage that had other terms before. What was due at the
// instant at stays due, and what had closed to viewers without the privacy right stays
// closed: a hold that comes later keeps it, and opens nothing.
func after(now, before vault.Terms, at footage.Instant) vault.Terms {
	if before.Deadline <= at {
		now.Deadline = min(now.Deadline, before.Deadline)
	}
	ordinary := before.Deadline
	if before.Reserved != 0 {
		ordinary = before.Reserved
	}
	if ordinary <= at {
		now.Reserved = ordinary
	}
	if now.Reserved >= now.Deadline {
		now.Reserved = 0
	}
	return now
}
