// Package handover makes the package that leaves the building: what a detective opens
// on a locked PC, and what a court's expert verifies two years later without us.
//
//	keys, err := handover.OpenKeys(filepath.Join(dataDir, "keys", handover.KeyFolder), controller, time.Now)
//	result, err := handover.Build(ctx, handover.Input{...})
//
// # What it is
//
// A folder whose names are ASCII, a BagIt bag (RFC 8493), with
//
//   - masters under data/video: one movie (package vault/movie) for each camera and span,
//     in parts below 2 GiB, packet by packet what the camera sent, with the signed boxes
//     of the ONVIF Export File Format behind them. The time of day, with the site's offset
//     and UTC, is a track of text in it that players show by themselves (tx3g, 3GPP TS
//     26.245), second by second, and lies beside it as .srt and .vtt;
//   - the recorded segments under data/segmenter, byte for byte as their SHA-256 was taken
//     when they were recorded, and in data/maskin/media.csv which bytes of a master are
//     which of a segment. Segments are whole, so there are up to one segment's length more
//     of them at each end than was asked for; the release note says so;
//   - the facts for programs under data/maskin, with the ledger's entries about just this
//     footage and their proofs, and for people under data/dokumentasjon;
//   - at the top what people need: a read-me, a player page, the release note, the receipt,
//     a verifier page, and for experts the commands and programs that check all of it.
//
// # Invariants
//
//  1. Nothing is encoded anew, filtered or left out; what is missing is listed with its
//     cause: what was to be given = delivered + missing, to the microsecond (R91).
//  2. A package has its name only when everything in it is on the medium and has been
//     read back from there (R96). Until then folder and marker say that it is incomplete,
//     and an error or an end of the context removes it.
//  3. The same selection gives the same bytes, but for the one time in it, which is when
//     the build was begun, and what is signed over it (R98).
//  4. Nothing in it can be executed by itself (R81), and its pages ask no network.
//  5. The signing key's fingerprint is on the paper receipt and the manifest's digest in
//     the ledger: a package cannot vouch for its own key (R87).
//  6. It lengthens no deadline (R75): footage that comes due while it is read ends the
//     build. Result.Deadline is when a copy on the appliance must be gone (R100).
//
// # Keys
//
// RSA-3072, since players and openssl everywhere know it, in a folder that only we may
// read: a root that signs certificates alone, and one signing key at a time ([Keys]).
// [Keys.Rotate] destroys the old one; its packages carry its certificate and stay
// verifiable. [Keys.UseChain] puts the operator's own certificate in the place of ours.
//
// # Media
//
// [ErrFull], [ErrMedium] and [ErrAltered] tell a full medium, one that was pulled out or
// is write protected, and one that does not keep what is written.
//
// Package verify, below this one, is the verifier; it shares nothing with the builder but
// the names of files.
package handover
