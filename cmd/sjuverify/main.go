// Sjuverify checks a handover package of Sjudager. It needs no installation, no network
// and no rights, and has nothing of Sjudager but the check itself.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

const usage = `Usage: sjuverify [--fingerprint TEXT] [--manifest SHA256] [--all] [--json] FOLDER

Checks a handover package: every file's SHA-256, files that are missing or too many,
the signature, its certificates and time stamp, the signature in every master,
that a master's pictures are those of the recorded segments, and the proofs of the
ledger.

  --fingerprint TEXT   of the key, from the paper receipt: words or hexadecimal digits
  --manifest SHA256    of the manifest, from the paper receipt
  --all                name the files that are as they must be, too
  --json               print the report as JSON

Ends with 0 when all is as it was signed, 5 when anything is not, 2 when it was called
wrongly, 1 when it could not be done.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("sjuverify", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Usage = func() { fmt.Fprint(complaints, usage) }
	fingerprint := flags.String("fingerprint", "", "")
	manifest := flags.String("manifest", "", "")
	all := flags.Bool("all", false, "")
	asJSON := flags.Bool("json", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		if err == nil {
			flags.Usage()
		}
		return 2
	}
	o := verify.Options{Manifest: *manifest}
	if *fingerprint != "" {
		f, err := verify.ParseFingerprint(*fingerprint)
		if err != nil {
			fmt.Fprintln(complaints, "sjuverify:", err)
			return 2
		}
		o.Fingerprint = &f
	}
	report, err := verify.Folder(context.Background(), flags.Arg(0), o)
	if err != nil {
		fmt.Fprintln(complaints, "sjuverify:", err)
		return 1
	}
	if *asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return 1
		}
	} else {
		report.Text(out, *all)
	}
	if !report.OK {
		return 5
	}
	return 0
}
