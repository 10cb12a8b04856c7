package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web"
)

func logVerify(ctx context.Context, c console, o *options) error {
	checkpoints, key := o.String("checkpoint", "", ""), o.String("key", "", "")
	proof, entry := o.String("proof", "", ""), o.String("entry", "", "")
	if slices.ContainsFunc(o.args, func(a string) bool { return strings.HasPrefix(a, "--proof") }) {
		o.asJSON()
		o.String("config", "", "") // not needed
		if _, err := o.parse(); err != nil {
			return err
		}
		if err := o.require("proof", "entry", "key"); err != nil {
			return err
		}
		return c.checkProof(o, *proof, *entry, *key)
	}
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	ask := web.VerifyRequest{Key: *key}
	for path := range strings.SplitSeq(*checkpoints, ",") {
		if path == "" {
			continue
		}
		text, err := ledger.ReadOutside(path)
		if err != nil {
			return err
		}
		ask.Checkpoints = append(ask.Checkpoints, string(text))
	}
	var v web.Verified
	err = cl.post(ctx, "log/verify", ask, &v)
	if f, ok := errors.AsType[failure](err); ok && f.code == "not-running" {
		v, err = cl.verifyOffline(c, ask)
	}
	if err != nil {
		return err
	}
	if o.json {
		c.json(v)
	} else {
		cl.printVerified(c, v, len(ask.Checkpoints))
	}
	if v.Valid {
		return nil
	}
	first := v.Faults[0]
	text := first.What
	if first.Entry != nil {
		text = fmt.Sprintf("entry %d: %s", *first.Entry, text)
	}
	return failure{exit: exitInvalid, code: "unverified", text: "the ledger is not as it was written: " + text, answered: true}
}

// verifyOffline verifies the ledger in a folder that no program runs on.
func (cl *client) verifyOffline(c console, ask web.VerifyRequest) (web.Verified, error) {
	path := filepath.Join(filepath.Dir(cl.socket), "index.db")
	db, err := index.OpenReadOnly(path, c.now)
	if err != nil {
		return web.Verified{}, fmt.Errorf("no sjudager is running, and its index cannot be read either: %w", err)
	}
	o := ledger.VerifyOptions{Key: ask.Key}
	for _, text := range ask.Checkpoints {
		o.Outside = append(o.Outside, []byte(text))
	}
	var report ledger.Report
	err = db.View(func(tx *index.Tx) (err error) {
		report, err = ledger.Verify(tx, o)
		return err
	})
	return web.NewVerified(report), errors.Join(err, db.Close())
}

func (cl *client) printVerified(c console, v web.Verified, given int) {
	at := clock{cl.zone}
	fmt.Fprintf(c.out, "%d entries, of which %d are pruned to their hashes, from %s to %s\n", v.Entries, v.Pruned, at.at(v.From), at.at(v.To))
	fmt.Fprintf(c.out, "root %s\n", v.Root)
	fmt.Fprintf(c.out, "%s signed and right; the newest covers all but the last %d\n", count(v.Checkpoints, "checkpoint"), v.Entries-v.Covered)
	if given > 0 {
		fmt.Fprintf(c.out, "%d of %s from outside are of this ledger\n", v.Outside, count(given, "checkpoint"))
	}
	if v.Key != "" {
		fmt.Fprintf(c.out, "key %s\n", v.Key)
	}
	for _, f := range v.Faults {
		if f.Entry == nil {
			fmt.Fprintf(c.out, "WRONG: %s\n", f.What)
			continue
		}
		fmt.Fprintf(c.out, "WRONG: entry %d, %s, %s: %s\n", *f.Entry, at.at(f.At), orDash(f.Kind), f.What)
	}
	if v.Valid {
		fmt.Fprintln(c.out, "everything is as it was written")
		if given == 0 {
			fmt.Fprintln(c.out, "this says nothing about who wrote it: compare with a checkpoint that left the building (--checkpoint)")
		}
	}
}

func (c console) checkProof(o *options, proofFile, entryFile, key string) error {
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return fmt.Errorf("couldn't read the proof: %w", err)
	}
	line, err := os.ReadFile(entryFile)
	if err != nil {
		return fmt.Errorf("couldn't read the entry: %w", err)
	}
	e, err := ledger.CheckProof(proof, line, key)
	if err != nil {
		return failure{exit: exitInvalid, code: "unverified", text: err.Error()}
	}
	if o.json {
		c.json(map[string]any{"valid": true, "entry": web.NewLogEntry(ledger.Told{Entry: e, Line: line})})
		return nil
	}
	fmt.Fprintf(c.out, "entry %d of %s, %s, is in the ledger that the key signs\n", e.Number, e.At, e.Kind)
	return nil
}

func logShow(ctx context.Context, c console, o *options) error {
	query := url.Values{}
	words := map[string]*string{}
	for _, name := range []string{"camera", "user", "hold", "kind"} {
		words[name] = o.String(name, "", "")
	}
	from, to := o.String("from", "", ""), o.String("to", "", "")
	last, lines := o.Int("last", 50, ""), o.Bool("lines", false, "")
	format, lang, out := o.String("format", "", ""), o.language(), o.String("out", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	for name, v := range words {
		query.Set(name, *v)
	}
	for name, given := range map[string]string{"from": *from, "to": *to} {
		if given == "" {
			continue
		}
		at, err := parseTime(name, given, cl.zone, c.now())
		if err != nil {
			return err
		}
		query.Set(name, at.String())
	}
	if *format != "" || *out != "" {
		return cl.exportLog(ctx, c, o, query, *format, *lang, *out)
	}
	all, err := cl.entries(ctx, query, *last)
	if err != nil {
		return err
	}
	slices.Reverse(all.Entries)
	switch {
	case o.json:
		c.json(all)
	case *lines:
		for _, e := range all.Entries {
			fmt.Fprint(c.out, e.Line)
		}
	default:
		table(c.out, func(row func(...any)) {
			for _, e := range all.Entries {
				row(e.Number, clock{cl.zone}.at(e.At), e.Kind, e.By, e.Said())
			}
		})
	}
	if len(all.Entries) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "no entry of the ledger is like that", answered: true}
	}
	return nil
}

// exportLog puts the entries into a file for a spreadsheet, or a printed one: all of
// them unless --last is given.
func (cl *client) exportLog(ctx context.Context, c console, o *options, query url.Values, format, lang, out string) error {
	o.Visit(func(f *flag.Flag) {
		if f.Name == "last" && f.Value.String() != "0" {
			query.Set("limit", f.Value.String())
		}
	})
	return cl.saveLog(ctx, c, o, "log", query, format, lang, out)
}

// saveLog puts one of the logs into a file.
func (cl *client) saveLog(ctx context.Context, c console, o *options, path string, query url.Values, format, lang, out string) error {
	if format != "csv" && format != "pdf" {
		return misuse("--format is csv or pdf", "")
	}
	if out == "" || o.json {
		return misuse("--out is missing: the file to write", "")
	}
	query.Set("format", format)
	query.Set("lang", lang)
	if err := cl.download(ctx, path+"?"+query.Encode(), out); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "the log is in %s\n", out)
	return nil
}

// entries asks for the last n entries, the newest first; 0 is for all.
func (cl *client) entries(ctx context.Context, query url.Values, n int) (web.Log, error) {
	const page = 1000
	all := web.Log{Entries: []web.LogEntry{}}
	for {
		limit := page
		if n > 0 {
			limit = min(page, n-len(all.Entries))
		}
		query.Set("limit", strconv.Itoa(limit))
		var more web.Log
		if err := cl.get(ctx, "log", query, &more); err != nil {
			return all, err
		}
		all.Size, all.Next = more.Size, more.Next
		all.Entries = append(all.Entries, more.Entries...)
		if more.Next == nil || n > 0 && len(all.Entries) >= n {
			return all, nil
		}
		query.Set("before", strconv.FormatInt(*more.Next, 10))
	}
}

func logCheckpoint(ctx context.Context, c console, o *options) error {
	out := o.String("out", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var made web.Checkpoint
	if err := cl.post(ctx, "log/checkpoint", nil, &made); err != nil {
		return err
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(made.Note), 0o644); err != nil {
			return fmt.Errorf("couldn't write the checkpoint: %w", err)
		}
	}
	if o.json {
		c.json(made)
		return nil
	}
	fmt.Fprintf(c.out, "%s\nkey %s\n", made.Note, made.Key)
	return nil
}

func logProof(ctx context.Context, c console, o *options) error {
	out := o.String("out", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return misuse(fmt.Sprintf("%q is not the number of an entry", args[0]), "sjudager log show lists them")
	}
	var p web.Proof
	if err := cl.get(ctx, fmt.Sprintf("log/proof/%d", n), nil, &p); err != nil {
		if f, ok := errors.AsType[failure](err); ok && f.exit == exitRefused {
			f.hint = "sjudager log checkpoint makes one"
			return f
		}
		return err
	}
	if o.json && *out == "" {
		c.json(p)
		return nil
	}
	base := *out
	if base == "" {
		base = fmt.Sprintf("entry-%d", n)
	}
	for name, text := range map[string]string{base + ".proof": p.Proof, base + ".entry": p.Line} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("couldn't write the proof: %w", err)
		}
	}
	if o.json {
		c.json(p)
		return nil
	}
	fmt.Fprintf(c.out, "wrote %s.proof and %s.entry; to check them anywhere:\n  sjudager log verify --proof %s.proof --entry %s.entry --key %s\n", base, base, base, base, p.Key)
	return nil
}
