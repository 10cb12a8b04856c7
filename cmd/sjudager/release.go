package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// factOptions are the options for the words of a release, with their names in the API;
// those with a dot are of the asker.
var factOptions = map[string]string{
	"kind": "kind", "basis": "basis", "recipient": "recipient", "organisation": "organisation", "how": "how", "hold": "hold",
	"name": ".name", "service": ".service", "unit": ".unit", "contact": ".contact", "identity": "identity", "authority": "authority", "assessment": "assessment",
	"case": "case", "concerns": "concerns", "purpose": "purpose", "differs": "differs", "description": "description", "secrecy-for": "secrecy_for",
}

// facts declares the options that a release is made of; what it returns reads those
// that were given, in the form of the API.
func (o *options) facts() func(cl *client, c console) (map[string]any, error) {
	words := map[string]*string{}
	for name := range factOptions {
		words[name] = o.String(name, "", "")
	}
	camera, from, to, also, given := o.String("camera", "", ""), o.String("from", "", ""), o.String("to", "", ""), o.String("also", "", ""), o.String("given", "", "")
	asked, secrecy, minors := o.String("asked-at", "", ""), o.String("secrecy", "", ""), o.Bool("minors", false, "")
	return func(cl *client, c console) (map[string]any, error) {
		facts, asker := map[string]any{}, map[string]any{}
		o.Visit(func(f *flag.Flag) {
			key, known := factOptions[f.Name]
			switch {
			case !known:
			case strings.HasPrefix(key, "."):
				asker[key[1:]] = *words[f.Name]
			default:
				facts[key] = *words[f.Name]
			}
			if f.Name == "minors" {
				facts["minors"] = *minors
			}
		})
		if len(asker) > 0 {
			facts["asker"] = asker
		}
		for key, text := range map[string]string{"asked_at": *asked, "secrecy": *secrecy} {
			var at footage.Instant
			if err := readTimes(cl.zone, c.now(), timeOption{strings.ReplaceAll(key, "_", "-"), text, &at}); err != nil {
				return nil, err
			}
			if text != "" {
				facts[key] = at
			}
		}
		list := *also
		if *camera+*from+*to != "" {
			if err := o.require("camera", "from", "to"); err != nil {
				return nil, err
			}
			list = *camera + "@" + *from + "/" + *to + ";" + list
		}
		for key, text := range map[string]string{"asked": list, "given": *given} {
			all, err := parseSelections(map[string]string{"asked": "also"}[key]+strings.TrimPrefix(key, "asked"), text, cl.zone, c.now())
			if err != nil {
				return nil, err
			}
			if len(all) > 0 {
				facts[key] = all
			}
		}
		return facts, nil
	}
}

func releaseNew(ctx context.Context, c console, o *options) error {
	read := o.facts()
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("basis", "recipient", "name", "contact", "identity", "concerns", "purpose"); err != nil {
		return err
	}
	facts, err := read(cl, c)
	if err != nil {
		return err
	}
	if facts["kind"] == nil {
		facts["kind"] = release.Copy
	}
	if facts["basis"] == string(release.OwnInitiative) { // nobody has asked for it
		if facts["given"] == nil {
			facts["given"] = facts["asked"]
		}
		delete(facts, "asked")
		facts["how"] = release.NotAsked
	}
	return cl.onRelease(ctx, c, o, "releases", facts)
}

func releasePreview(ctx context.Context, c console, o *options) error {
	camera, from, to, also := o.String("camera", "", ""), o.String("from", "", ""), o.String("to", "", ""), o.String("also", "", "")
	cl, _, err := o.connect()
	if err == nil {
		err = o.require("camera", "from", "to")
	}
	var given []web.Selection
	if err == nil {
		given, err = parseSelections("also", *camera+"@"+*from+"/"+*to+";"+*also, cl.zone, c.now())
	}
	var p release.Preview
	if err == nil {
		err = cl.post(ctx, "releases/preview", map[string]any{"given": given}, &p)
	}
	if err != nil {
		return err
	}
	if o.json {
		c.json(p)
	} else {
		cl.printPreview(c, p)
	}
	if p.Segments == 0 {
		return failure{exit: exitNothing, code: string(web.CodeNothing), text: "there is no footage to release", answered: true}
	}
	return nil
}

func (cl *client) printPreview(c console, p release.Preview) {
	at := clock{cl.zone}
	var missing []holds.Missing
	table(c.out, func(row func(...any)) {
		row("CAMERA", "FROM - TO ("+cl.zone.String()+")", "")
		for _, one := range p.Cameras {
			for _, list := range []struct {
				spans []footage.Span
				words string
			}{{one.Available, "there"}, {one.Withheld, "only the privacy role gives it"}, {one.Coming, "not in the vault yet"}} {
				for _, s := range list.spans {
					row(one.Camera, at.span(s.From, s.To), list.words)
				}
			}
			missing = append(missing, one.Missing...)
		}
	})
	fmt.Fprintf(c.out, "\n%s, %s", count(p.Segments, "segment"), size(p.Bytes))
	if p.Deadline != 0 {
		fmt.Fprintf(c.out, "; the first of it goes %s", at.at(p.Deadline))
	}
	fmt.Fprintln(c.out)
	at.printMissing(c.out, missing)
}

func releaseCorrect(ctx context.Context, c console, o *options) error {
	read, why := o.facts(), o.String("why", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("why"); err != nil {
		return err
	}
	facts, err := read(cl, c)
	if err != nil {
		return err
	}
	if len(facts) == 0 {
		return misuse("nothing is corrected", "")
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "correct"), map[string]any{"why": *why, "facts": facts})
}

func releasePath(number, act string) string { return "releases/" + url.PathEscape(number) + "/" + act }

func releaseList(ctx context.Context, c console, o *options) error {
	camera, from, to := o.String("camera", "", ""), o.String("from", "", ""), o.String("to", "", "")
	user, number, state := o.String("user", "", ""), o.String("case", "", ""), o.String("state", "", "")
	format, lang, out := o.String("format", "", ""), o.language(), o.String("out", "", "")
	open, subject := o.Bool("open", false, ""), o.Bool("subject", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	q := url.Values{"camera": {*camera}, "user": {*user}, "case": {*number}, "state": {*state}, "open": {fmt.Sprint(*open)}, "subject": {fmt.Sprint(*subject)}}
	for name, text := range map[string]string{"from": *from, "to": *to} {
		var at footage.Instant
		if err := readTimes(cl.zone, c.now(), timeOption{name, text, &at}); err != nil {
			return err
		}
		q.Set(name, at.String())
	}
	if *format != "" || *out != "" {
		return cl.saveLog(ctx, c, o, "releases", q, *format, *lang, *out)
	}
	var all web.Releases
	if err := cl.get(ctx, "releases", q, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Releases) == 0 {
		fmt.Fprintln(c.out, "no releases")
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("RELEASE", "STATE", "KIND", "TO", "CASE", "CAMERAS", "DELIVERED ("+cl.zone.String()+")", "LOOK")
		for _, r := range all.Releases {
			row(r.Number, r.State, r.Kind, orDash(r.Organisation), orDash(r.Case), cameraList(camerasOf(r.Given)), at.at(r.Delivery.At), orDash(flagged(r.Flags)))
		}
	})
	return nil
}

func camerasOf(all []holds.Selection) (ids []footage.CameraID) {
	for _, s := range all {
		ids = append(ids, s.Cameras...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func releaseShow(ctx context.Context, c console, o *options) error {
	format, lang, out := o.String("format", "", ""), o.language(), o.String("out", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	path := "releases/" + url.PathEscape(args[0])
	if *format != "" || *out != "" {
		return cl.saveLog(ctx, c, o, path, url.Values{}, *format, *lang, *out)
	}
	var r web.Release
	if err := cl.get(ctx, path, nil, &r); err != nil {
		return err
	}
	return cl.answerRelease(c, o, r)
}

func releaseApprove(ctx context.Context, c console, o *options) error {
	emergency := o.String("emergency", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if *emergency != "" {
		return cl.onRelease(ctx, c, o, releasePath(args[0], "emergency"), web.EmergencyRequest{Why: *emergency})
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "approve"), struct{}{})
}

// releaseSays is a command whose act takes a text.
func releaseSays(act, option string, required bool, body func(text string) any) func(context.Context, console, *options) error {
	return func(ctx context.Context, c console, o *options) error {
		text := o.String(option, "", "")
		cl, args, err := o.connect("NUMBER")
		if err == nil && required {
			err = o.require(option)
		}
		if err != nil {
			return err
		}
		return cl.onRelease(ctx, c, o, releasePath(args[0], act), body(*text))
	}
}

var (
	releaseRefuse = releaseSays("refuse", "why", true, func(text string) any { return web.RefuseRequest{Why: text} })
	releaseReview = releaseSays("review", "note", true, func(text string) any { return web.NoteRequest{Note: text} })
	releaseClose  = releaseSays("close", "note", false, func(text string) any { return web.NoteRequest{Note: text} })
)

func releaseExport(ctx context.Context, c console, o *options) error {
	out, form, password, frozen := o.String("out", "", ""), o.String("form", "", ""), o.Bool("password", false, ""), o.Bool("frozen", false, "")
	stills, copies, supplement := o.String("stills", "", ""), o.Bool("viewing-copies", true, ""), o.Int("stamp", 0, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	ask := release.Order{Out: *out, Form: release.Form(*form), Password: *password, Frozen: *frozen, ViewingCopies: *copies}
	if *supplement != 0 {
		ask.Supplements, ask.Supplement = *supplement, release.LateStamp
	}
	if ask.Stills, err = parseStills(*stills, cl.zone, c.now()); err != nil {
		return err
	}
	if ask.Out != "" { // the running program has another working folder
		if ask.Out, err = filepath.Abs(ask.Out); err != nil {
			return fmt.Errorf("couldn't find %s: %w", *out, err)
		}
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	var r web.Release
	if err := cl.post(ctx, releasePath(args[0], "export"), ask, &r); err != nil {
		return err
	}
	if err := cl.built(ctx, c, args[0]); err != nil {
		return err
	}
	if err := cl.get(ctx, "releases/"+url.PathEscape(args[0]), nil, &r); err != nil {
		return err
	}
	return cl.answerRelease(c, o, r)
}

// askEvery is how often a package that is being built is asked how far it is.
const askEvery = 200 * time.Millisecond

// built returns when the package of a release is complete, and an error when it never
// will be. The end of ctx cancels it.
func (cl *client) built(ctx context.Context, c console, number string) error {
	m := newMeter(c)
	defer m.end()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		var e web.Export
		if err := cl.get(context.WithoutCancel(ctx), releasePath(number, "export"), nil, &e); err != nil {
			return err
		}
		switch how := e.Exporting; {
		case e.Failed != "":
			exit := exitRefused
			if code, known := map[release.Failure]int{release.FailedNothing: exitNothing, release.FailedOther: exitFailed}[e.Failed]; known {
				exit = code
			}
			return failure{exit: exit, code: string(e.Failed), text: "no package of " + number + ": " + english(e.Failed, release.Failures), hint: e.Failure}
		case how == nil:
			return nil
		case how.Phase == release.Queued:
			m.tell(vault.Progress{Step: number + " waits; packages before it", Done: how.Position})
		default:
			m.tell(vault.Progress{Step: number + " " + how.Phase + ", MB", Done: int(how.Done / 1e6), Of: int(how.Total / 1e6)})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			var r web.Release
			if err := cl.post(context.WithoutCancel(ctx), releasePath(number, "export/cancel"), struct{}{}, &r); err != nil {
				return err
			}
			ctx = context.WithoutCancel(ctx) // the next answer says so
		}
	}
}

func releaseCancel(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "export/cancel"), struct{}{})
}

// parseStills reads CAMERA@TIME, and more after commas.
func parseStills(text string, zone *time.Location, now time.Time) (all []release.Still, err error) {
	for one := range strings.SplitSeq(text, ",") {
		if one == "" {
			continue
		}
		camera, at, _ := strings.Cut(one, "@")
		s := release.Still{}
		if s.Camera, err = footage.ParseCameraID(camera); err != nil {
			return nil, misuse("--stills: "+err.Error(), "")
		}
		if err := readTimes(zone, now, timeOption{"stills", at, &s.At}); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func releasePassword(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var p web.Password
	if err := cl.post(ctx, releasePath(args[0], "password"), struct{}{}, &p); err != nil {
		return err
	}
	if o.json {
		c.json(p)
		return nil
	}
	fmt.Fprintln(c.out, p.Password)
	return nil
}

func releaseDeliver(ctx context.Context, c console, o *options) error {
	ask, channel, at := release.Handover{}, o.String("channel", "", ""), o.String("at", "", "")
	for name, text := range map[string]*string{"medium": &ask.Medium, "serial": &ask.Serial, "seal": &ask.Seal, "protection": &ask.Protection,
		"handed-by": &ask.HandedBy, "received-by": &ask.Received, "where": &ask.Where} {
		o.StringVar(text, name, "", "")
	}
	cl, args, err := o.connect("NUMBER")
	if err == nil {
		err = o.require("channel", "handed-by", "received-by", "where")
	}
	if err == nil {
		ask.Channel = release.Channel(*channel)
		err = readTimes(cl.zone, c.now(), timeOption{"at", *at, &ask.At})
	}
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "deliver"), ask)
}

// paper declares the options of a document; what it returns reads them.
func (o *options) paper() func(cl *client, c console) (release.Paper, error) {
	file, archive, at := o.String("file", "", ""), o.String("archive", "", ""), o.String("at", "", "")
	return func(cl *client, c console) (release.Paper, error) {
		p := release.Paper{Archive: *archive}
		err := o.require("file", "archive")
		if err == nil {
			err = readTimes(cl.zone, c.now(), timeOption{"at", *at, &p.At})
		}
		if err == nil {
			p.SHA256, err = digestOfFile(*file)
		}
		return p, err
	}
}

func digestOfFile(path string) (sum footage.SHA256, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, fmt.Errorf("couldn't read the document: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fmt.Errorf("couldn't read the document: %w", err)
	}
	return footage.SHA256(h.Sum(nil)), nil
}

func releaseReceipt(ctx context.Context, c console, o *options) error {
	read := o.paper()
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	p, err := read(cl, c)
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "receipt"), p)
}

func releaseAttach(ctx context.Context, c console, o *options) error {
	read, what := o.paper(), o.String("what", release.WrittenRequest, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	p, err := read(cl, c)
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "attach"), web.AttachRequest{What: *what, Paper: p})
}

func releaseVerified(ctx context.Context, c console, o *options) error {
	who, at := o.String("who", "", ""), o.String("at", "", "")
	cl, args, err := o.connect("NUMBER")
	if err == nil {
		err = o.require("who")
	}
	ask := web.VerifiedRequest{Who: *who}
	if err == nil {
		err = readTimes(cl.zone, c.now(), timeOption{"at", *at, &ask.At})
	}
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "verified"), ask)
}

func releaseTell(ctx context.Context, c console, o *options) error {
	var ask release.Telling
	how, at := o.String("how", "", ""), o.String("at", "", "")
	o.StringVar(&ask.Request, "request", "", "")
	o.IntVar(&ask.Package, "package", 0, "")
	o.StringVar(&ask.Note, "note", "", "")
	cl, args, err := o.connect("NUMBER")
	if err == nil {
		err = o.require("how", "note")
	}
	if err == nil {
		ask.How = release.How(*how)
		err = readTimes(cl.zone, c.now(), timeOption{"at", *at, &ask.At})
	}
	if err != nil {
		return err
	}
	return cl.onRelease(ctx, c, o, releasePath(args[0], "tell"), ask)
}

// onRelease posts ask and prints the release that comes of it.
func (cl *client) onRelease(ctx context.Context, c console, o *options, path string, ask any) error {
	var r web.Release
	if err := cl.post(ctx, path, ask, &r); err != nil {
		return err
	}
	return cl.answerRelease(c, o, r)
}

// releaseFlagWords says what a flag asks for.
var releaseFlagWords = map[release.Flag]string{
	release.FlagWritten: "asked for by word of mouth: attach the written request (sjudager release attach)",
	release.FlagReview:  "released by one person alone: another reviews it (sjudager release review)",
	release.FlagLate:    "released by one person alone, and not reviewed within 24 hours",
	release.FlagReceipt: "no receipt seven days after it was delivered",
	release.FlagMinors:  "minors are likely in the picture",
	release.FlagMedium:  "never handed over, and a package on it had to go: wipe the medium",
	release.FlagTell:    "tell the recipient what became of the footage (sjudager release tell)",
	release.FlagFailed:  "the last package was not complete: export it again",
}

func flagged(flags []release.Flag) string {
	var names []string
	for _, f := range flags {
		names = append(names, string(f))
	}
	return strings.Join(names, " ")
}

// answerRelease prints one release.
func (cl *client) answerRelease(c console, o *options, r web.Release) error {
	if o.json {
		c.json(r)
		return nil
	}
	at := clock{cl.zone}
	by := func(a holds.Act) string { return at.at(a.At) + " by " + a.By }
	basis, _ := r.Basis.Rule()
	table(c.out, func(row func(...any)) {
		some := func(name, text string) {
			if text != "" {
				row(name, text)
			}
		}
		row("release", fmt.Sprintf("%s, %s, version %d", r.Number, r.State, r.Version))
		row("kind", english(r.Kind, release.Kinds))
		row("to", strings.Trim(english(r.Recipient, release.Recipients)+", "+r.Organisation, ", "))
		asker := slices.DeleteFunc([]string{r.Asker.Name, r.Asker.Service, r.Asker.Unit, r.Asker.Contact}, func(s string) bool { return s == "" })
		some("asker", strings.Join(asker, ", "))
		row("asked", at.at(r.AskedAt)+", "+english(r.How, release.Hows))
		row("basis", basis.English+" ("+basis.Source+")")
		some("authority", r.Authority)
		some("case", r.Case)
		some("concerns", r.Concerns)
		some("purpose", r.Purpose)
		for _, s := range r.Given {
			row("given", cameraList(s.Cameras)+": "+at.span(s.From, s.To)+" ("+cl.zone.String()+")")
		}
		some("differs", r.Differs)
		some("hold", r.Hold)
		if r.Approved.At != 0 {
			alone := map[bool]string{true: ", alone in an emergency"}[r.Emergency]
			row("approved", by(r.Approved)+alone)
		}
		if r.Reviewed.At != 0 {
			row("reviewed", by(r.Reviewed))
		}
		for _, p := range r.Packages {
			state := "on the appliance until " + at.at(p.Deadline) + " at the latest"
			switch {
			case p.Failed != "":
				state = "never complete: " + english(p.Failed, release.Failures)
			case p.Gone != 0:
				state = "removed " + at.at(p.Gone)
			case p.HandedOver:
				state = "handed over"
			case p.Built == 0:
				state = "being built"
			}
			row("package", fmt.Sprintf("%s, %s of footage, %s, %s", p.Path, count(p.Segments, "segment"), size(p.Bytes), state))
		}
		if p := len(r.Packages); p > 0 && r.Packages[p-1].Built != 0 {
			row("manifest", r.Packages[p-1].Manifest)
		}
		for _, n := range r.Notices {
			what := strings.Trim(n.Request+" "+english(n.Type, holds.Rights), " ")
			if n.Package != 0 {
				what = fmt.Sprintf("given supplement %d", n.Package)
			}
			when := "to be told"
			if n.How != "" {
				when = "told " + at.at(n.Told.At) + ", " + english(n.How, release.Hows)
			}
			row("recipient", when+": "+what)
		}
		if r.Delivery.At != 0 {
			row("delivered", at.at(r.Delivery.At)+", "+english(r.Delivery.Channel, release.Channels)+", to "+r.Received)
		}
		if r.Receipt.At != 0 {
			row("receipt", at.at(r.Receipt.At)+", "+r.Receipt.SHA256.String())
		}
		if r.Verified.At != 0 {
			row("opened", at.at(r.Verified.At)+" and found whole by "+r.Checked)
		}
		if r.Ended.At != 0 {
			row("ended", by(r.Ended))
		}
		some("because", r.Because)
		for _, f := range r.Flags {
			row("look", releaseFlagWords[f])
		}
	})
	return nil
}

func releaseChoices(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.ReleaseChoices
	if err := cl.get(ctx, "release-choices", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	table(c.out, func(row func(...any)) {
		row("OPTION", "CODE", "MEANING")
		for _, b := range all.Bases {
			row("--basis", b.Code, b.English+" ("+b.Source+")")
		}
		lists := map[string][][2]string{
			"--form": pairs(all.Forms), "--kind": pairs(all.Kinds), "--how": pairs(all.Ways), "--recipient": pairs(all.Recipients), "--channel": pairs(all.Channels),
		}
		for _, option := range slices.Sorted(maps.Keys(lists)) {
			for _, p := range lists[option] {
				row(option, p[0], p[1])
			}
		}
	})
	return nil
}

func pairs[C ~string](all []holds.Choice[C]) (list [][2]string) {
	for _, c := range all {
		list = append(list, [2]string{string(c.Code), c.English})
	}
	return list
}
