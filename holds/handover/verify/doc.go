// Package verify checks a handover package without Sjudager: no configuration, no
// daemon, no index, no network, and nothing but the standard library, so that the
// command sjuverify is small and builds for every system.
//
//	report, err := verify.Folder(ctx, "U-2026-0042_saknr-12345678", verify.Options{})
//
// # What it takes for granted
//
// Nothing that is in the package. It recomputes every SHA-256, compares the files that
// are there with those that are listed, both ways, checks the signature over the list
// and the certificates up to their root, the ONVIF signature of every master, that a
// master's pictures are byte for byte those of the recorded segments, that every ledger
// entry is in the tree that was signed, and where there is a time stamp that it is of this
// signature, by an authority for such, and not from before it. A supplement, which brings
// such a stamp later, is checked in the same way.
//
// What no program can find inside a package is whether the key belongs to whom it
// says. That is compared with the paper: Options.Fingerprint has what the receipt says.
// Without it, the report says that this is left to do. Nor can one find whether the
// authority of a time stamp is to be trusted: the report names it.
//
// # Doubt
//
// Report.OK is false when anything is not as it must be, a file that nobody listed or
// a byte behind a master's last box included. What could not be checked is a fault.
package verify
