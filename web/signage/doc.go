// Package signage keeps the signs that announce the cameras: the zones of the venue and
// their entrances, the signs that hang there, what they say, and who looked when whether
// they are still there. It answers which valid sign covers which camera, now and at any
// past instant, prints the signs, and writes the notice behind them. It also has the
// rounds before doors, and the floor plans with cameras and signs on them.
//
// # Invariants
//
//  1. Nothing in the register is overwritten or removed. A zone, a sign or a plan that
//     changes has a further version, what is moved on a plan a further mark, an inspection
//     and a round are records of their own, to which nothing but their closing is added,
//     and what the configuration said is written down with the instant from which it did
//     (Observe). So the state at any instant is a function of the records alone
//     (Register.Snapshot), after signs were taken down and cameras renamed, too (R93, R122).
//  2. Coverage is a pure function of that state. A camera is covered when its zone is
//     registered and every public entrance of the zone has a valid sign (R111); for
//     everything else there is a hole with its reason.
//  3. A sign is valid while it is up, its latest inspection was after its last change (a
//     new photo of it is none), not longer ago than the interval, with all eight checks
//     passed, and while what it says of controller, contact, purposes, audio, recording and
//     retention, in each of its languages, is what the configuration in force says (R116).
//     At a festival an inspection is good for its event day only, which ends at six the
//     next morning. Only records make it valid: nobody can set it.
//  4. Each set of facts has one text version, made by itself when the configuration comes
//     into force: what the signs print, and the whole notice in both languages as it was
//     worded then, word for word, so that old ones stay retrievable (R122, R146).
//  5. A printed sign and a notice are the same bytes each time. They have no script, no
//     cookie and nothing of a third party.
//  6. A picture is kept under its own SHA-256, made anew (see the room picture): no byte
//     and no metadata of the upload are left, and whoever uploads a photo says that nobody
//     is in it (R124). It is there, durably, before the record that names it; one that no
//     record names goes after a day, and no other ever. Pictures are in the backup, beside
//     the index that names them, and come back with it.
//  7. How far a round is follows from the inspections that belong to it. With signs left
//     it closes for a stated reason only (R118).
//  8. A table of signs or zones is taken in whole or not at all, in one transaction, by
//     the code that enters a single one; a dry run is the same, rolled back.
//
// Zones of the kinds toilet, changing room and break room are refused (R42); dance floor,
// bar and seating need a documented decision with a review date (R43). Every change is in
// the ledger, by the numbers of zone (Z-001), sign (S-001) and plan (P-001), in the same
// transaction.
//
// A sign is in bokmål and English, and where it is to be in nynorsk and in Northern Sámi.
// The program has no words of its own in Northern Sámi, which none of its makers reads:
// the operator writes them into the configuration.
//
// The notice's text says what the product knows to be so. Who else works for the
// controller, and whether the store lies outside the EEA, it cannot know.
//
// # The gate
//
// A camera has a sheet (R92: what it is, where it looks, for what purposes) and an
// assessment of its own or of its zone (R138). Before it goes to recording for the first
// time it must have a controller, a registered zone with a valid sign at each public
// entrance, a purpose that the configuration has, and an assessment that approves and is
// not overdue; or somebody overrides that with a reason, which stays visible until it is
// ended (R41, R115). Snapshot.Passage is that decision, a function of the records; Admit
// writes it down. signage.gate says when it applies: always, as soon as the register has
// a zone, or never.
//
// What is once admitted is never stopped: a sign that falls down, an inspection or an
// assessment that runs out, a text that is not so any more are alarms and red, not the end
// of the recording, also over a restart and when an override is ended. Otherwise whoever
// tears down a sign switches off the cameras, and the footage of that night is the one
// that is missing. An admission ends when the camera moves to another zone; a zone that
// is renamed, in the register and then in the configuration, is the same. A camera that
// had footage before there was a gate, or went to recording while there was no register,
// is admitted once.
//
// The alarms (Snapshot.Alarms) are functions of the records too, and each ends by itself.
//
// # The notice for everybody
//
// NoticeServer publishes what Publish writes, on a listener of its own without a login,
// at the top and below the path that the QR codes have, and nothing else (R121, R122).
package signage
