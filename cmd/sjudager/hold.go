package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

func holdPlace(ctx context.Context, c console, o *options) error {
	chosen, also, until := o.choice(), o.String("also", "", ""), o.String("until", "", "")
	dryRun := o.Bool("dry-run", false, "")
	happened, place, review := o.String("happened", "", ""), o.String("place", "", ""), o.String("review", "", "")
	ground, reason, number := o.String("ground", "", ""), o.String("reason", "", ""), o.String("case", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	ask := web.HoldRequest{Ground: holds.Ground(*ground), Reason: *reason, Case: *number, Place: *place}
	if ask.Selection, err = chosen.read(o, cl.zone, c.now(), true); err != nil {
		return err
	}
	if !*dryRun {
		if err := o.require("ground", "reason"); err != nil {
			return err
		}
	}
	if ask.More, err = parseSelections("also", *also, cl.zone, c.now()); err != nil {
		return err
	}
	if err := readTimes(cl.zone, c.now(), timeOption{"until", *until, &ask.Until}, timeOption{"happened", *happened, &ask.Happened}, timeOption{"review", *review, &ask.Review}); err != nil {
		return err
	}
	if *dryRun {
		return cl.estimate(ctx, c, o, ask)
	}
	var h web.Hold
	if err := cl.post(ctx, "holds", ask, &h); err != nil {
		var f failure
		if errors.As(err, &f) && len(f.missing) > 0 {
			var b strings.Builder
			clock{cl.zone}.printMissing(&b, f.missing)
			f.hint = strings.TrimSpace(b.String())
			return f
		}
		return err
	}
	return cl.answerHold(c, o, h)
}

func holdQuick(ctx context.Context, c console, o *options) error {
	zone, at := o.String("zone", "", ""), o.String("at", "", "")
	ground, reason := o.String("ground", "", ""), o.String("reason", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("zone", "ground", "reason"); err != nil {
		return err
	}
	ask := web.QuickRequest{Zone: *zone, Ground: holds.Ground(*ground), Reason: *reason}
	if *at != "" {
		if ask.At, err = parseTime("at", *at, cl.zone, c.now()); err != nil {
			return err
		}
	}
	return cl.act(ctx, c, o, "holds/quick", ask)
}

func holdConfirm(ctx context.Context, c console, o *options) error {
	note := o.String("note", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	return cl.act(ctx, c, o, "holds/"+url.PathEscape(args[0])+"/confirm", web.ConfirmRequest{Note: *note})
}

func holdNarrow(ctx context.Context, c console, o *options) error {
	keep, why := o.String("keep", "", ""), o.String("why", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("keep", "why"); err != nil {
		return err
	}
	ask := web.NarrowRequest{Why: *why}
	if ask.Keep, err = parseSelections("keep", *keep, cl.zone, c.now()); err != nil {
		return err
	}
	return cl.act(ctx, c, o, "holds/"+url.PathEscape(args[0])+"/narrow", ask)
}

// act posts ask and prints the hold that comes of it.
func (cl *client) act(ctx context.Context, c console, o *options, path string, ask any) error {
	var h web.Hold
	if err := cl.post(ctx, path, ask, &h); err != nil {
		return err
	}
	return cl.answerHold(c, o, h)
}

func parseSelections(option, text string, zone *time.Location, now time.Time) (all []web.Selection, err error) {
	for one := range strings.SplitSeq(text, ";") {
		if one = strings.TrimSpace(one); one != "" {
			s, err := parseSelection(option, one, zone, now)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// parseSelection reads a selection: k01,k02@18:30/19:10.
func parseSelection(option, text string, zone *time.Location, now time.Time) (web.Selection, error) {
	var s web.Selection
	ids, span, ok := strings.Cut(text, "@")
	from, to, ok2 := strings.Cut(span, "/")
	if !ok || !ok2 {
		return s, misuse(fmt.Sprintf("--%s: %q is not like k01,k02@18:30/19:10", option, text), "")
	}
	var err error
	if s.Cameras, err = cameraIDs(option, ids); err == nil {
		if s.From, err = parseTime(option, from, zone, now); err == nil {
			s.To, err = parseTime(option, to, zone, now)
		}
	}
	return s, err
}

func cameraIDs(option, list string) (ids []footage.CameraID, err error) {
	if list == "" {
		return nil, nil
	}
	for id := range strings.SplitSeq(list, ",") {
		camera, err := footage.ParseCameraID(strings.TrimSpace(id))
		if err != nil {
			return nil, misuse("--"+option+": "+err.Error(), "")
		}
		ids = append(ids, camera)
	}
	return ids, nil
}

// estimate prints what a hold would keep.
func (cl *client) estimate(ctx context.Context, c console, o *options, ask web.HoldRequest) error {
	var e holds.Estimate
	if err := cl.post(ctx, "holds/estimate", ask, &e); err != nil {
		return err
	}
	if o.json {
		c.json(e)
		return nil
	}
	cl.printEstimate(c, e)
	fmt.Fprintln(c.out, "nothing has been placed")
	return nil
}

func (cl *client) printEstimate(c console, e holds.Estimate) {
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("asked", fmt.Sprintf("%.2f hours from %s", e.Hours, count(e.Cameras, "camera")))
		row("keeps", count(e.Segments, "segment")+", "+size(e.Bytes))
		if e.Frozen > 0 {
			row("of them", count(e.Frozen, "segment")+" frozen for a person's request: the privacy role views what was closed to others by then")
		}
		row("until", at.at(e.Until))
		if e.SecondPerson {
			row("needs", fmt.Sprintf("another person to confirm it within %d hours", holds.ConfirmWithin/time.Hour))
		}
	})
	at.printMissing(c.out, e.Missing)
}

func holdList(ctx context.Context, c console, o *options) error {
	ended, freezes := o.Bool("ended", false, ""), o.Bool("freezes", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	what := "holds"
	if *freezes {
		what = "freezes"
	}
	var all web.Holds
	if err := cl.get(ctx, what, url.Values{"ended": {fmt.Sprint(*ended)}}, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Holds) == 0 {
		fmt.Fprintln(c.out, "no "+what)
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row(strings.ToUpper(strings.TrimSuffix(what, "s")), "STATE", "CAMERAS", "FROM - TO ("+cl.zone.String()+")", "ENDS", "KEEPS", "GROUND", "FOR")
		for _, h := range all.Holds {
			row(h.Number, h.State, cameraList(h.Cameras), at.span(h.From, h.To), at.at(ends(h)),
				count(h.Segments, "segment")+", "+size(h.Bytes), h.Ground, orDash(h.Case+h.Request))
		}
	})
	return nil
}

func holdShow(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var h web.Hold
	if err := cl.get(ctx, "holds/"+url.PathEscape(args[0]), nil, &h); err != nil {
		return err
	}
	return cl.answerHold(c, o, h)
}

// ends is when a hold ends as things are, or has ended.
func ends(h web.Hold) footage.Instant {
	switch {
	case h.Ended != nil:
		return h.Ended.At
	case h.Closes != 0 && h.Closes < h.Until:
		return h.Closes
	}
	return h.Until
}

func holdClose(ctx context.Context, c console, o *options) error {
	why, code := o.String("why", "", ""), o.String("code", "", "")
	delivered, receipt, closes := o.Bool("delivered", false, ""), o.String("at", "", ""), o.String("closes", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	path := "holds/" + url.PathEscape(args[0])
	if !*delivered {
		if err := o.require("why"); err != nil {
			return err
		}
		if *receipt+*closes != "" {
			return misuse("--at and --closes go with --delivered", "")
		}
		return cl.act(ctx, c, o, path+"/close", web.CloseRequest{Why: *why, Code: holds.Closing(*code)})
	}
	if *why+*code != "" {
		return misuse("--delivered says why: leave --why and --code out", "")
	}
	var ask web.DeliverRequest
	if err := readTimes(cl.zone, c.now(), timeOption{"at", *receipt, &ask.Receipt}, timeOption{"closes", *closes, &ask.Closes}); err != nil {
		return err
	}
	return cl.act(ctx, c, o, path+"/deliver", ask)
}

func holdExcept(ctx context.Context, c console, o *options) error {
	ground, document, approvers, until := o.String("ground", "", ""), o.String("document", "", ""), o.String("approvers", "", ""), o.String("until", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	ask := web.ExceptRequest{Ground: holds.ExceptionalGround(*ground)}
	if *document != "" {
		if err := ask.Document.UnmarshalText([]byte(*document)); err != nil {
			return misuse("--document: "+err.Error(), "sha256sum FILE prints it")
		}
	}
	if *approvers != "" {
		ask.Approvers = strings.Split(*approvers, ",")
	}
	if err := readTimes(cl.zone, c.now(), timeOption{"until", *until, &ask.Until}); err != nil {
		return err
	}
	return cl.post(ctx, "holds/"+url.PathEscape(args[0])+"/except", ask, nil)
}

func holdReview(ctx context.Context, c console, o *options) error {
	note, number, next := o.String("note", "", ""), o.String("case", "", ""), o.String("next", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("note"); err != nil {
		return err
	}
	ask := web.ReviewRequest{Note: *note, Case: *number}
	if *next != "" {
		if ask.Next, err = parseTime("next", *next, cl.zone, c.now()); err != nil {
			return err
		}
	}
	return cl.act(ctx, c, o, "holds/"+url.PathEscape(args[0])+"/review", ask)
}

func holdGrounds(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Grounds
	if err := cl.get(ctx, "grounds", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	table(c.out, func(row func(...any)) {
		row("GROUND", "TEXT", "AT MOST", "SOURCE")
		for _, g := range all.Grounds {
			row(g.Code, g.English, fmt.Sprintf("%d days", g.Ceiling/(24*60*60)), g.Source)
		}
	})
	fmt.Fprintln(c.out, "\na hold is closed because:")
	table(c.out, func(row func(...any)) {
		for _, g := range all.Closings {
			row("  "+string(g.Code), g.English, g.Norwegian)
		}
	})
	return nil
}

// flagWords says what a flag asks for.
var flagWords = map[holds.Flag]string{
	holds.FlagUnreviewed: "not reviewed in time: sjudager hold review",
	holds.FlagNoCase:     "no police case number after 72 hours: sjudager hold review --case",
}

// answerHold prints one hold.
func (cl *client) answerHold(c console, o *options, h web.Hold) error {
	if o.json {
		c.json(h)
		return nil
	}
	at := clock{cl.zone}
	by := func(a holds.Act) string {
		if a.By == "" {
			return at.at(a.At)
		}
		return at.at(a.At) + " by " + a.By
	}
	table(c.out, func(row func(...any)) {
		what := "hold"
		if h.Request != "" {
			what = "freeze"
		}
		row(what, h.Number+", "+string(h.State))
		if h.Request != "" {
			row("for", "the person who made request "+h.Request+"; it ends with that")
		}
		row("cameras", cameraList(h.Cameras))
		row("span", at.span(h.From, h.To)+" ("+cl.zone.String()+")")
		if len(h.Selected) > 1 {
			for _, s := range h.Selected {
				row("selected", cameraList(s.Cameras)+": "+at.span(s.From, s.To))
			}
		}
		row("ground", string(h.Ground)+": "+h.Reason)
		if h.Request == "" {
			row("case", orDash(h.Case))
		}
		if h.Appeal != "" {
			row("appeal", "of the police: "+h.Appeal)
		}
		if h.Place != "" {
			row("place", h.Place)
		}
		if h.Happened != 0 {
			row("incident", at.at(h.Happened))
		}
		row("until", at.at(h.Until))
		row("placed", by(h.Placed))
		if h.State == holds.Awaiting {
			row("lapses", at.at(h.ConfirmBy)+" unless another person confirms it: sjudager hold confirm "+h.Number)
		}
		if h.Confirmed != nil {
			row("confirmed", by(*h.Confirmed))
		}
		if h.Receipt != nil {
			row("receipt", "of the police, "+at.at(h.Receipt.At)+", entered by "+h.Receipt.By)
		}
		if h.Ended != nil {
			row("ended", by(*h.Ended)+": "+closed(h))
		} else {
			if h.Closes != 0 {
				row("closes", at.at(h.Closes)+", because it was handed over; hold close "+h.Number+" --why TEXT does not wait")
			}
			if h.Request == "" {
				row("review", "by "+at.at(h.Review))
			}
			if h.Reviewed != nil {
				row("reviewed", by(*h.Reviewed))
			}
			for _, f := range h.Flags {
				row("look", flagWords[f])
			}
			row("keeps", count(h.Segments, "segment")+", "+size(h.Bytes))
		}
	})
	at.printMissing(c.out, h.Missing)
	return nil
}

// closed says why a hold has ended.
func closed(h web.Hold) string {
	rule, known := h.Closing.Rule()
	switch {
	case !known:
		return orDash(h.Why)
	case h.Why == "":
		return rule.English
	}
	return rule.English + ": " + h.Why
}

func cameraList(cameras []footage.CameraID) string {
	ids := make([]string, len(cameras))
	for i, c := range cameras {
		ids[i] = string(c)
	}
	return strings.Join(ids, ", ")
}
