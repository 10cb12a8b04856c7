package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// verifyPackage checks a handover package, as the small command sjuverify does.
func verifyPackage(ctx context.Context, c console, o *options) error {
	fingerprint, manifest := o.String("fingerprint", "", ""), o.String("manifest", "", "")
	all := o.Bool("all", false, "")
	o.asJSON()
	o.String("config", "", "") // not needed
	args, err := o.parse("PACKAGE")
	if err != nil {
		return err
	}
	options := verify.Options{Manifest: *manifest}
	if *fingerprint != "" {
		f, err := verify.ParseFingerprint(*fingerprint)
		if err != nil {
			return misuse("--fingerprint: "+err.Error(), "")
		}
		options.Fingerprint = &f
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	report, err := verify.Folder(ctx, args[0], options)
	if errors.Is(err, context.Canceled) {
		return failure{exit: exitFailed, code: "interrupted", text: "interrupted before everything was read"}
	}
	if err != nil {
		return err
	}
	if o.json {
		c.json(report)
	} else {
		report.Text(c.out, *all)
	}
	if !report.OK {
		return failure{exit: exitInvalid, code: "unverified", text: fmt.Sprintf("%s is not as it must be", args[0]), answered: true}
	}
	return nil
}
