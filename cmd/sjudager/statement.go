package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// language is an option --lang.
func (o *options) language() *string { return o.String("lang", string(statement.Norwegian), "") }

// saveSigned writes a statement to a file of the sort that its name says.
func saveSigned(s statement.Signed, l statement.Language, path string) (err error) {
	var file []byte
	switch filepath.Ext(path) {
	case ".json":
		file = s.JSON()
	case ".pdf":
		if file, err = s.PDF(l); err != nil {
			return err
		}
	default:
		return misuse(fmt.Sprintf("--out: %q ends neither in .json nor in .pdf", path), "the one can be checked, the other is printed")
	}
	return writeFile(path, func(w io.Writer) error { _, err := w.Write(file); return err })
}

func statementDay(ctx context.Context, c console, o *options) error {
	lang, out := o.language(), o.String("out", "", "")
	days := 0
	if len(o.args) > 0 && !strings.HasPrefix(o.args[0], "-") {
		days = 1
	}
	cl, args, err := o.connect([]string{"DAY"}[:days]...)
	if err != nil {
		return err
	}
	day := c.now().In(cl.zone).AddDate(0, 0, -1).Format("2006-01-02")
	if days == 1 {
		day = args[0]
	}
	var s statement.Signed
	if err := cl.post(ctx, "statements/"+url.PathEscape(day), nil, &s); err != nil {
		return err
	}
	if s.Statement.Day == nil {
		return fmt.Errorf("sjudager answered with another statement than that of %s", day)
	}
	if *out != "" {
		if err := saveSigned(s, statement.Language(*lang), *out); err != nil {
			return err
		}
	}
	switch {
	case o.json:
		c.json(s)
	case *out != "":
		fmt.Fprintf(c.out, "the statement of %s is in %s\n", day, *out)
	default:
		cl.printDay(c, s.Statement)
	}
	return nil
}

func (cl *client) printDay(c console, s statement.Statement) {
	d, at := s.Day, clock{cl.zone}
	fmt.Fprintf(c.out, "%s, %s, made %s\n", d.Date, at.span(d.From, d.To), at.at(s.Made))
	if !d.Complete {
		fmt.Fprintln(c.out, "the day is not over: this is how far it has come, and it is not kept")
	}
	table(c.out, func(row func(...any)) {
		row("CAMERA", "RECORDED", "OF", "SEGMENTS", "DELETED", "EARLY", "HELD", "FROZEN", "OVERDUE", "UNEXPLAINED", "GAPS")
		for _, camera := range append(d.Cameras[:len(d.Cameras):len(d.Cameras)], d.Total) {
			name := string(camera.Camera)
			if name == "" {
				name = "all"
			}
			var deleted, early, gaps []string
			for _, e := range camera.Deleted {
				deleted = append(deleted, fmt.Sprintf("%d %s", e.Segments, e.Cause))
			}
			for _, e := range camera.Early {
				early = append(early, fmt.Sprintf("%d %s", e.Segments, e.Cause))
			}
			for _, g := range camera.Gaps {
				gaps = append(gaps, fmt.Sprintf("%s %s", g.Cause, lasting(g.Seconds)))
			}
			row(name, lasting(camera.RecordedS), lasting(camera.ExpectedS), camera.Recorded.Segments, orNone(deleted), orNone(early), camera.Held.Segments, camera.Frozen.Segments,
				camera.Overdue, lasting(camera.UnexplainedS), orNone(gaps))
		}
	})
	fmt.Fprintf(c.out, "ledger: %d entries, root %s\n", s.Ledger.Size, s.Ledger.Root)
}

func lasting(seconds int64) string { return (time.Duration(seconds) * time.Second).String() }

func orNone(parts []string) string { return orDash(strings.Join(parts, ", ")) }

func statementList(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Statements
	if err := cl.get(ctx, "statements", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
	} else {
		table(c.out, func(row func(...any)) {
			for _, s := range all.Statements {
				row(s.Day, fmt.Sprintf("entry %d", s.Entry))
			}
		})
	}
	if len(all.Statements) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "no day has been stated yet", answered: true}
	}
	return nil
}

func statementAnswer(ctx context.Context, c console, o *options) error {
	camera, spans := o.String("camera", "", ""), map[string]*string{"from": o.String("from", "", ""), "to": o.String("to", "", "")}
	lang, out := o.language(), o.String("out", "", "")
	entries, checkpoint, key := o.String("entries", "", ""), o.String("checkpoint", "", ""), o.String("key", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera", "from", "to"); err != nil {
		return err
	}
	ask := web.AnswerRequest{Camera: footage.CameraID(*camera)}
	for option, at := range map[string]*footage.Instant{"from": &ask.From, "to": &ask.To} {
		if *at, err = parseTime(option, *spans[option], cl.zone, c.now()); err != nil {
			return err
		}
	}
	var s statement.Signed
	if *entries != "" {
		if *out != "" {
			return misuse("--out and --entries exclude each other: what is drawn from a file is not signed", "")
		}
		s.Statement.Answer, err = answerFrom(*entries, *checkpoint, *key, ask, footage.At(c.now()))
	} else {
		err = cl.post(ctx, "answer", ask, &s)
	}
	if err != nil {
		return err
	}
	if *out != "" {
		if err := saveSigned(s, statement.Language(*lang), *out); err != nil {
			return err
		}
	}
	words, err := s.Statement.Answer.Words(statement.Language(*lang), cl.zone.String())
	switch {
	case err != nil:
		return misuse(err.Error(), "")
	case o.json && *entries != "":
		c.json(map[string]any{"answer": s.Statement.Answer})
	case o.json:
		c.json(s)
	default:
		fmt.Fprintln(c.out, strings.Join(words, "\n"))
	}
	if !s.Statement.Answer.Known {
		return failure{exit: exitNothing, code: "nothing", text: fmt.Sprintf("nothing has ever been written down about %s", *camera), answered: true}
	}
	return nil
}

// answerFrom answers from a file of the lines of an exported ledger, and holds them to a
// checkpoint if one is given.
func answerFrom(entries, checkpoint, key string, ask web.AnswerRequest, now footage.Instant) (*statement.Answer, error) {
	f, err := os.Open(entries)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the entries: %w", err)
	}
	defer f.Close()
	var signed []byte
	if checkpoint != "" {
		if key == "" {
			return nil, misuse("--checkpoint needs --key: the public key, as it was told outside", "")
		}
		if signed, err = ledger.ReadOutside(checkpoint); err != nil {
			return nil, err
		}
	}
	all, err := ledger.ReadLines(f, signed, key)
	if err != nil {
		return nil, failure{exit: exitInvalid, code: "unverified", text: err.Error()}
	}
	a, err := statement.FromLedger(all, ask.Camera, footage.Span{From: ask.From, To: ask.To}, now)
	if err != nil {
		return nil, misuse(err.Error(), "")
	}
	return a, nil
}

// statementVerify checks a statement where it lies: it needs no configuration, no
// network and no running program.
func statementVerify(_ context.Context, c console, o *options) error {
	key, pdf, lang := o.String("key", "", ""), o.String("pdf", "", ""), o.language()
	o.asJSON()
	o.String("config", "", "") // not needed
	args, err := o.parse("FILE")
	if err != nil {
		return err
	}
	file, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("couldn't read the statement: %w", err)
	}
	s, err := statement.Parse(file)
	if err == nil {
		err = s.Verify(*key)
	}
	if err == nil && *pdf != "" {
		var printed, want []byte
		if printed, err = os.ReadFile(*pdf); err != nil {
			return fmt.Errorf("couldn't read the printed statement: %w", err)
		}
		if want, err = s.PDF(statement.Language(*lang)); err == nil && !bytes.Equal(printed, want) {
			err = fmt.Errorf("%s is not what this version of sjudager prints of %s in that language", *pdf, args[0])
		}
	}
	if err != nil {
		return failure{exit: exitInvalid, code: "unverified", text: err.Error()}
	}
	stated := s.Statement
	if o.json {
		c.json(map[string]any{"valid": true, "kind": stated.Kind, "site": stated.Site.Name, "made": stated.Made, "key": stated.Ledger.Key, "size": stated.Ledger.Size, "root": stated.Ledger.Root})
		return nil
	}
	what := ""
	if stated.Day != nil {
		what = "the day " + stated.Day.Date
	} else {
		what = fmt.Sprintf("%s from %s to %s", stated.Answer.Camera, stated.Answer.From, stated.Answer.To)
	}
	fmt.Fprintf(c.out, "everything is as it was signed: about %s, made %s, on %d entries of %s\n", what, stated.Made, stated.Ledger.Size, stated.Ledger.Origin)
	if stated.Answer != nil {
		fmt.Fprintf(c.out, "the answer follows from the entries that it cites (%d), each proved to be in the ledger\n", len(stated.Answer.Cited))
	}
	if *key == "" {
		fmt.Fprintln(c.out, "this says nothing about who signed it: compare the key with the one that was told outside (--key)")
		fmt.Fprintln(c.out, "key "+stated.Ledger.Key)
	}
	return nil
}

// logErase erases the text of a detail of an entry.
func logErase(ctx context.Context, c console, o *options) error {
	detail, reason, yes := o.String("detail", "", ""), o.String("reason", "", ""), o.Bool("yes", false, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("detail", "reason"); err != nil {
		return err
	}
	var n int64
	if _, err := fmt.Sscanf(args[0]+"\n", "%d\n", &n); err != nil {
		return misuse(fmt.Sprintf("%q is not the number of an entry", args[0]), "log show has the numbers")
	}
	if !*yes {
		return failure{exit: exitRefused, code: "unconfirmed", text: fmt.Sprintf("the text of the detail %s of entry %d would be gone for good", *detail, n),
			hint: "say --yes to erase it; log show tells what the entry says"}
	}
	var e web.LogEntry
	if err := cl.post(ctx, fmt.Sprintf("log/%d/erase", n), web.EraseRequest{Detail: *detail, Reason: *reason, Confirm: n}, &e); err != nil {
		return err
	}
	if o.json {
		c.json(e)
	} else {
		fmt.Fprintf(c.out, "the text of the detail %s of entry %d is erased\n", *detail, n)
	}
	return nil
}
