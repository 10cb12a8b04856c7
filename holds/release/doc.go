// Package release is the release log (utleveringslogg): what left, to whom, on what
// basis, and what became of it.
//
// # Invariants
//
//  1. No footage leaves without a release that another person than the one who takes it
//     out has approved ([Permit], called inside the transaction that takes the
//     segments; R64, R68). One person alone can do both in an emergency, which a third
//     reviews within 24 hours or an alarm stands.
//  2. Every act makes a new version of the record. Nothing that was written is changed:
//     the last version lies under release/now, those before under release/old (R79).
//  3. Names and words lie apart from ids, codes, times and hashes (release/said), and
//     nothing of them is in the ledger. Each version's entry has the digest of the
//     record and a salted commitment to the words, so that what was written can be
//     proved as long as it is kept, and nothing be guessed once it is erased. They are
//     erased five calendar years after the release has ended (R63, R78, R106).
//  4. A release moves no deadline (R75). A package on the appliance is removed at the
//     earliest deadline that its segments have, when these come nearer, too, or before:
//     48 hours after the receipt, when the recipient has opened it, when the release is
//     refused. What was seen to be gone is written down (R8, R32, R100). Its folder is
//     entered before the first byte of it is written.
//  5. What is given lies within what was asked for, and where it is less the record says
//     why (R70).
//  6. A password lies in a file of its own outside the index, until the recipient has
//     opened the package; then it is overwritten and removed (R97).
//
// # States
//
//	draft -> approved -> exported -> delivered -> receipted -> closed
//	   \________\___________\-> refused
//
// [Next] is the whole table, a pure function. Footage that is shown or told
// ([Viewing], [Verbal]) goes from approved to delivered, and may be closed without a
// receipt. A correction of what the approver has decided upon makes an approved release
// a draft again.
//
// # Building
//
// [Log.StartExport] enters a package and returns; [Log.Run] owns the goroutine that builds
// what is entered, one package at a time, in the order in which it was. [Log.Exporting]
// says how far one is. It ends complete, and then the release is exported, or not at all:
// the reason ([Failure]) stands in the record, and nothing of it is left, whether the
// medium was full or pulled out, footage in it came to its deadline, the release was
// refused or changed, somebody cancelled it ([Log.CancelExport]), sjudager was stopped, or
// the power went. What is still to be built at a stop is not built at the next start.
//
// A supplement (R101) is a package without footage that adds to one which has left: a time
// stamp that came too late. What it needs of the first, its name, digests and signature,
// is kept with the words and erased with them.
//
// # After the handover
//
// When a person in the footage has it restricted, or erasure or rectification is granted,
// the recipient is told (R135): the step compares the register of requests with what was
// delivered and enters what is owed ([Notice]); [Log.Notify] enters that it was done, as it
// does for a supplement that was sent. Both are possible when the release is closed.
//
// # The step
//
// [Log.Run] steps at the next package's deadline, and every half minute at the latest:
// it tells the holds of receipts ([holds.Holds.Delivered]), removes packages and passwords,
// finds what recipients are owed, and erases names. What fails stands as an alarm and is tried again; one failure stops
// no other.
//
// At the start it removes packages and passwords that no release has: an index from a
// backup does not know what was made after it.
//
// # Media
//
// A package that is written to another disk than the appliance's is a medium. It is ours
// until it is handed over; one whose footage comes to its deadline before that is
// removed where it lies, and flagged, for it may have been unplugged; so is one that went
// while it was written.
package release
