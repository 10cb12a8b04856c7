// Package ledger is the append-only Merkle log of everything that matters. README.md
// has what is in it to the byte, how to check it without this program, and what it
// proves.
//
// # Invariants
//
//  1. [Append] writes in the caller's transaction: an entry and the effect that it
//     tells of commit together or not at all, with no sync of their own.
//  2. Entries are numbered from 0 without a gap, and are never changed. What lies
//     beside them (details, lists) can go, and so can whole entries when they are
//     old; the hashes stay, the tree verifies, and an entry tells of it.
//  3. Entries hold ids, never names (R106): free text goes in as salted commitments.
//  4. The last entry of every signed tree is that of the checkpoint itself, so every
//     checkpoint is named by an entry and every entry is signed within the hour.
//  5. [Verify] takes nothing for granted that is stored, and names the first entry
//     that is not as it was written (R105).
//
// Every deleted segment has a record (R13), in the list of the entry that tells of it;
// the spans that went are in the entry itself and outlive the list.
//
// Package-level functions work on a transaction and start nothing. The [Notary]
// makes checkpoints every hour and sends one out of the building every day.
package ledger
