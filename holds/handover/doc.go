// Package handover makes the package that leaves the building: what a detective opens
// on a locked PC, and what a court's expert verifies two years later without us.
//
//	keys, err := keyring.Keys()
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
//     which of a segment. Segments are whole, so there is up to one segment's length more
//     at each end than was asked for; release note and release.json say how much;
//   - under data/visningskopi copies in H.264 of masters that not every player shows, with
//     camera, time and what they are burned in, and under data/stillbilder pictures of
//     single frames that were asked for. [Input].Encoder, ffmpeg, makes them; without it
//     the release note says that there are none. It runs at the least priority, one at a
//     time, and ends with the build and with the program;
//   - how the cameras were announced by signs while it was recorded (R93), period by
//     period, as the caller's sign register says it;
//   - the facts for programs under data/maskin, with the ledger's entries about just this
//     footage and their proofs, and for people under data/dokumentasjon;
//   - at the top what people need: a read-me, a player page, the release note, the receipt,
//     a verifier page, and for experts the commands and programs that check all of it.
//
// # Invariants
//
//  1. Nothing is encoded anew, filtered or left out of masters and segments; what is not
//     there is listed with its cause: what was to be given = delivered + gaps, in which
//     nothing was recorded, + missing, to the microsecond and the picture (R91).
//  2. A package has its name only when everything in it is on the medium and has been
//     read back from there (R96). Until then folder and marker say that it is incomplete,
//     and an error or an end of the context removes it.
//  3. The same selection gives the same bytes, but for the one time in it, which is when
//     the build was begun, and what is signed over it (R98). Of what ffmpeg makes that
//     holds for the same ffmpeg.
//  4. Nothing in it can be executed by itself (R81), and its pages ask no network.
//  5. The signing key's fingerprint is on the paper receipt and the manifest's digest in
//     the ledger: a package cannot vouch for its own key (R87).
//  6. It lengthens no deadline (R75): footage that comes due while it is read ends the
//     build. Result.Deadline is when a copy on the appliance must be gone (R100).
//  7. What only a freeze keeps is in no package but one that [Input].Viewer has the
//     privacy right for (R34).
//  8. People read words, in both languages: no code of a closed list is on paper.
//
// # Forms
//
// The files lie in the folder as they are ([Folder]), or in ZIP parts below 2 GiB in it
// ([ZIP], [AES]), with the receipt and how to unpack them beside these. They go straight
// into the parts: there is never a second copy, and where there is a password nothing
// plain is ever on the medium, but for the receipt. AES is WinZip's AE-2 with 256 bits,
// which 7-Zip opens and Explorer does not; names, sizes and times of files are not
// encrypted by it. Its keys are made from the password in 1000 rounds, so that has to be
// a strong one by itself.
//
// # Time stamps
//
// With Input.Stamp an authority stamps the CMS signature (RFC 3161): the token lies in
// signatur/tagmanifest.tsr, its certificates in signatur/tsa-kjede.pem. When it has not
// answered within half a minute the package is finished without, Result.Unstamped says
// why, and [Supplement] brings the stamp later in a small package of its own, which names
// the first by its manifest's digest (R101). No stamp is no doubt, a wrong one is; whether
// the authority is one to be trusted is for whoever relies on it: the verifiers show the
// highest certificate that is there.
//
// # Keys
//
// [Keyring] makes them a while after the first start, and writes each change down in the
// ledger. RSA-3072, since players and openssl everywhere know it, in a folder that only we may
// read: a root that signs certificates alone, and one signing key at a time ([Keys]).
// [Keys.Rotate] destroys the old one; its packages carry its certificate and stay
// verifiable. [Keys.UseChain] puts the operator's own certificate in the place of ours;
// it lies beside the key that it is for, and ends with it. A package is signed with the
// keys that there were when it was begun.
//
// # Speed
//
// Into a folder each segment is read and unsealed once, and goes to its own file and to
// the masters in the same pass, in which both are hashed; cameras go side by side, past
// the page cache, and files are read back while others are written. Of S bytes of
// footage 2 S are written and synced, 2 S are read back, and 4 S are hashed: that, and not
// the way there, is what it takes. `ffmpeg -c copy` writes S and hashes nothing; `make
// bench-release` sets the two side by side. Memory does not grow with the length, but for
// the tables of the movies.
//
// # Media
//
// [ErrFull], [ErrMedium] and [ErrAltered] tell a full medium, one that was pulled out or
// is write protected, and one that does not keep what is written.
//
// # Verifiers
//
// There are three: package verify, below this one, for the commands; verify.html, for
// browsers; expert.txt, for openssl, sha256sum and Python. TestDamage holds them to one
// list of damages. The builder uses the first one's names of files, fingerprints and, for
// the time stamp that it was given, its verdict.
package handover
