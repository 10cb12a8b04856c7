package verify

import (
	"path"
	"strings"
)

// The names in a package, of which Sjudager writes and reads the same.
const (
	Manifest    = "manifest-sha256.txt"    // every file under data/
	TagManifest = "tagmanifest-sha256.txt" // the manifest, and the files beside it
	Signature   = "signatur/tagmanifest.p7s"
	Chain       = "signatur/kjede.pem" // leaf, issuing, root
	KeyPrint    = "signatur/noekkelavtrykk.txt"
	Stamp       = "signatur/tagmanifest.tsr" // a time stamp of Signature (RFC 3161), where there is one
	StampChain  = "signatur/tsa-kjede.pem"   // the certificates in it, who stamped first

	VideoFolder   = "data/video"
	SegmentFolder = "data/segmenter"
	MediaMap      = "data/maskin/media.csv" // which bytes of a master are which of a segment
	AuditExtract  = "data/maskin/audit-extract.jsonl"
	AuditProofs   = "data/maskin/audit-proofs.json"
	ReleaseFile   = "data/maskin/release.json"

	// What a supplement has: the time stamp of another package, which came late.
	SupplementFile = "data/maskin/supplement.json"
	LateSignature  = "data/tillegg/tagmanifest.p7s" // of the other package
	LateStamp      = "data/tillegg/tagmanifest.tsr"
	LateStampChain = "data/tillegg/tsa-kjede.pem"

	// Unfinished is behind the name of a package's folder, and the name of a file in
	// it, until everything in it is written and has been read back.
	Unfinished     = ".UFULLSTENDIG-INCOMPLETE"
	UnfinishedFile = "UFULLSTENDIG_INCOMPLETE.txt"
)

// beside are the files that no manifest lists, since they are of the signature.
func beside(name string) bool {
	switch name {
	case TagManifest, Signature, Chain, KeyPrint, Stamp, StampChain:
		return true
	}
	return false
}

// isMaster reports whether name is that of a master.
func isMaster(name string) bool {
	return path.Dir(name) == VideoFolder && strings.HasSuffix(name, ".mp4")
}
