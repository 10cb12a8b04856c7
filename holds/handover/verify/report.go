package verify

import (
	"fmt"
	"io"
	"time"
)

// Verdict is what was found out about one file.
type Verdict string

// The verdicts. Only the first is good.
const (
	Good     Verdict = "ok"
	Altered  Verdict = "altered"    // its SHA-256 is not the one that is listed
	Missing  Verdict = "missing"    // it is listed and not there
	Extra    Verdict = "extra"      // it is there and not listed
	Unread   Verdict = "unreadable" // the medium did not give it
	Unsigned Verdict = "signature"  // a master whose own signature does not hold
	Trailing Verdict = "trailing"   // a master with something behind its last box
	Differs  Verdict = "media"      // a master whose pictures are not those of the segments
	Invalid  Verdict = "invalid"    // it does not say what it must
)

// File is one file of a package.
type File struct {
	Name    string  `json:"name"`
	Bytes   int64   `json:"bytes"`
	SHA256  string  `json:"sha256,omitempty"` // as it was read
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail,omitempty"`
}

// Signer is who signed, as the package itself has it.
type Signer struct {
	Name        string    `json:"name"`
	Root        string    `json:"root"` // the name of the root certificate
	At          time.Time `json:"at"`
	Fingerprint string    `json:"fingerprint"`
	Words       string    `json:"words"`
	RootPrint   string    `json:"root_fingerprint"`
	// Compared says that the fingerprint was compared with one from outside.
	Compared bool `json:"compared"`
}

// Ledger is what the extract of the ledger comes to.
type Ledger struct {
	Entries int    `json:"entries"` // that are proven
	Size    int64  `json:"size"`    // of the tree
	Root    string `json:"root"`    // in hex
	Key     string `json:"key"`
}

// Report is what Folder found.
type Report struct {
	OK         bool        `json:"ok"`
	Folder     string      `json:"folder"`
	Manifest   string      `json:"manifest"` // SHA-256 of the manifest, as the receipt has it
	Masters    int         `json:"masters"`  // whose own signature holds
	Signer     *Signer     `json:"signer,omitempty"`
	Stamp      *TimeStamp  `json:"stamp,omitempty"`
	Ledger     *Ledger     `json:"ledger,omitempty"`
	Supplement *Supplement `json:"supplement,omitempty"` // where the package is one
	Files      []File      `json:"files"`
	Faults     []string    `json:"faults"` // what is wrong with the package as a whole
}

// Bad are the files that are not as they must be.
func (r Report) Bad() (bad []File) {
	for _, f := range r.Files {
		if f.Verdict != Good {
			bad = append(bad, f)
		}
	}
	return bad
}

// Text prints the report for people.
func (r Report) Text(w io.Writer, all bool) {
	for _, f := range r.Files {
		if f.Verdict == Good && !all {
			continue
		}
		fmt.Fprintf(w, "%-10s %s", f.Verdict, f.Name)
		if f.Detail != "" {
			fmt.Fprintf(w, ": %s", f.Detail)
		}
		fmt.Fprintln(w)
	}
	for _, fault := range r.Faults {
		fmt.Fprintf(w, "%-10s %s\n", "fault", fault)
	}
	fmt.Fprintf(w, "files      %d, %d not as they must be\n", len(r.Files), len(r.Bad()))
	fmt.Fprintf(w, "manifest   %s\n", r.Manifest)
	fmt.Fprintf(w, "masters    %d signed\n", r.Masters)
	if s := r.Signer; s != nil {
		fmt.Fprintf(w, "signed by  %s, %s\n", s.Name, s.At.UTC().Format(time.RFC3339))
		fmt.Fprintf(w, "root       %s\n           %s\n", s.Root, s.RootPrint)
		fmt.Fprintf(w, "key        %s\n           %s\n", s.Fingerprint, s.Words)
		if !s.Compared {
			fmt.Fprintln(w, "           compare it with the paper receipt: a package cannot vouch for its own key")
		}
	}
	if t := r.Stamp; t != nil {
		fmt.Fprintf(w, "stamped    %s by %s\n           %s\n           %s\n", t.At.UTC().Format(time.RFC3339), t.Name, t.Top, t.TopPrint)
		fmt.Fprintln(w, "           compare it with what the authority publishes: a package cannot vouch for it")
	}
	if s := r.Supplement; s != nil {
		fmt.Fprintf(w, "supplement of %s, of which the manifest is\n           %s\n", s.Package, s.Manifest)
	}
	if l := r.Ledger; l != nil {
		fmt.Fprintf(w, "ledger     %d entries proven, tree of %d, root %s\n           %s\n", l.Entries, l.Size, l.Root, l.Key)
	}
	if r.OK {
		fmt.Fprintln(w, "The package is as it was signed.")
	} else {
		fmt.Fprintln(w, "THE PACKAGE IS NOT AS IT MUST BE.")
	}
}
