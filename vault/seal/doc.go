// Package seal keeps the keys of the vault and turns recordings into sealed
// objects and back. An object is an ordinary age file to the recipient of its
// camera-hour; README.md has the scheme, what each loss means, and what is not
// protected.
//
// # Invariants
//
//  1. A key is on disk, with its name, before the first byte that it seals leaves
//     [Keys.Seal].
//  2. What is stored has its key: [Keys.Settle] takes none that a stored segment
//     needs, and none of an hour for which a [Sealing] is open.
//  3. A crash at any moment leaves too many keys, never too few; calling Settle
//     again takes the rest.
//  4. No byte of a key leaves the folder and the memory of this package. Errors
//     and logs have none.
//  5. Under one file key, one chunk of plaintext is sealed, ever: when a source
//     changes between two readings, [ErrChanged] comes before the first byte of
//     the changed chunk does.
package seal
