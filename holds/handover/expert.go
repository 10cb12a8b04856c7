package handover

import (
	_ "embed"
	"fmt"
)

// The names of what lies at the top, in the order in which people see it.
const (
	readMeFile   = "00_LES_MEG_READ_ME.pdf"
	playerFile   = "01_SPILL_AV_PLAY.html"
	noteFile     = "02_UTLEVERINGSNOTAT.pdf"
	receiptFile  = "03_KVITTERING.pdf"
	verifierFile = "04_VERIFISER_VERIFY.html"
	expertFile   = "VERIFISERING_EKSPERT.txt"
)

// expert has what it takes to check a package, or to write another verifier, without
// us. The tests run its commands and programs as they stand.
//
//go:embed expert.txt
var expert string

func (b *builder) expertText() string {
	own, root := b.Keys.Fingerprint(), b.Keys.Root()
	return fmt.Sprintf(expert, folderName(b.Release), b.Site.Version, own, own.Words(), root, b.Site.Zone)
}
