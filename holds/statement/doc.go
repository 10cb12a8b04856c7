// Package statement says in signed documents what was recorded and what was deleted:
// each day's statement (slettebevis, R19), and the answer to a question about one
// camera and span in the past, which is most often that there is nothing any more
// (R131).
//
// # Invariants
//
//  1. A statement is made of the ledger and, for what is stored now, the index. An
//     answer is made of entries that it carries with their proofs, so whoever has it
//     and the public key can draw the same conclusion again, without this appliance:
//     [Verify] does.
//  2. What is signed is the statement in lines, a path and a value each, as a signed
//     note of the ledger's key. The JSON document has the same facts; Verify compares
//     the two line by line and names what differs.
//  3. The statement of a day that is over is made once, shortly after midnight on the
//     site's clocks, and kept beside an entry of the ledger that has its digest
//     ([Daily]). Days that were missed are caught up with.
//  4. It has no image, no picture of anybody, and no names but those of the site, its
//     controller and the cameras.
//  5. The printed form is made of the signed one alone: the same statement gives the
//     same pages.
//
// What the words mean: a piece was recorded when it came from the camera and was kept;
// held or frozen when it stays beyond its own deadline; overdue when its deadline has
// passed and it is not known to be gone.
package statement
