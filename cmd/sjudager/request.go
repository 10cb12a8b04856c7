package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

func requestNew(ctx context.Context, c console, o *options) error {
	window, also := o.choice(), o.String("also", "", "")
	kind, channel, reference, received := o.String("type", "", ""), o.String("channel", "", ""), o.String("reference", "", ""), o.String("received", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("type", "channel"); err != nil {
		return err
	}
	ask := web.NewRequest{Type: holds.Right(*kind), Channel: holds.Channel(*channel), Reference: *reference}
	first, err := window.read(o, cl.zone, c.now(), false)
	if err != nil {
		return err
	}
	if first.From != 0 {
		ask.Window = append(ask.Window, first)
	}
	more, err := parseSelections("also", *also, cl.zone, c.now())
	if err != nil {
		return err
	}
	ask.Window = append(ask.Window, more...)
	if err := readTimes(cl.zone, c.now(), timeOption{"received", *received, &ask.Received}); err != nil {
		return err
	}
	return cl.onRequest(ctx, c, o, "requests", ask)
}

func requestShow(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var f holds.Facts
	if err := cl.get(ctx, "requests/"+url.PathEscape(args[0]), nil, &f); err != nil {
		return err
	}
	return cl.answerRequest(c, o, f)
}

func requestExtend(ctx context.Context, c console, o *options) error {
	reason := o.String("reason", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("reason"); err != nil {
		return err
	}
	return cl.onRequest(ctx, c, o, "requests/"+url.PathEscape(args[0])+"/extend", web.ExtendRequest{Reason: *reason})
}

func requestDecide(ctx context.Context, c console, o *options) error {
	decision, reason := o.String("decision", "", ""), o.String("reason", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("decision", "reason"); err != nil {
		return err
	}
	return cl.onRequest(ctx, c, o, "requests/"+url.PathEscape(args[0])+"/decide", web.DecideRequest{Decision: holds.Answer(*decision), Reason: *reason})
}

func requestClose(ctx context.Context, c console, o *options) error {
	note, told := o.String("note", "", ""), o.String("told", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("note"); err != nil {
		return err
	}
	ask := web.EndRequest{Note: *note}
	if err := readTimes(cl.zone, c.now(), timeOption{"told", *told, &ask.Told}); err != nil {
		return err
	}
	return cl.onRequest(ctx, c, o, "requests/"+url.PathEscape(args[0])+"/close", ask)
}

func requestList(ctx context.Context, c console, o *options) error {
	closed := o.Bool("closed", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Requests
	if err := cl.get(ctx, "requests", url.Values{"closed": {fmt.Sprint(*closed)}}, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Requests) == 0 {
		fmt.Fprintln(c.out, "no requests")
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("REQUEST", "TYPE", "RECEIVED ("+cl.zone.String()+")", "ANSWER BY", "DECISION", "FROZEN", "UNTIL", "LOOK")
		for _, f := range all.Requests {
			look := ""
			for _, flag := range f.Flags {
				look += requestFlagWords[flag] + " "
			}
			row(f.Number, f.Type, at.at(f.Received), at.at(f.Due), orDash(f.Decision), count(f.Segments, "segment")+", "+size(f.Bytes), at.at(f.FrozenUntil), orDash(look))
		}
	})
	return nil
}

// onRequest posts ask and prints the request that comes of it.
func (cl *client) onRequest(ctx context.Context, c console, o *options, path string, ask any) error {
	var f holds.Facts
	if err := cl.post(ctx, path, ask, &f); err != nil {
		return err
	}
	return cl.answerRequest(c, o, f)
}

// requestFlagWords says what a flag asks for.
var requestFlagWords = map[holds.RequestFlag]string{
	holds.FlagOverdue: "it should have been answered",
	holds.FlagTell:    "the restriction runs out within seven days: tell the person before",
}

// answerRequest prints one request: until when it is answered, what is frozen, and of
// what is not there when and why it went.
func (cl *client) answerRequest(c console, o *options, f holds.Facts) error {
	if o.json {
		c.json(f)
		return nil
	}
	at := clock{cl.zone}
	now := footage.At(c.now())
	by := func(s holds.Stated) string { return at.at(s.At) + " by " + s.By + ": " + s.Reason }
	table(c.out, func(row func(...any)) {
		row("request", f.Number+", "+english(f.Type, holds.Rights))
		row("received", at.at(f.Received)+", "+english(f.Channel, holds.Channels))
		if f.Reference != "" {
			row("reference", f.Reference)
		}
		for _, s := range f.Window {
			row("window", cameraList(s.Cameras)+": "+at.span(s.From, s.To)+" ("+cl.zone.String()+")")
		}
		row("answer by", at.at(f.Due))
		if f.Extended.At != 0 {
			row("extended", by(f.Extended))
		}
		switch {
		case f.FrozenUntil != 0:
			row("frozen", fmt.Sprintf("%s, by %s, until %s", count(f.Segments, "segment")+", "+size(f.Bytes), f.Freeze, at.at(f.FrozenUntil)))
		case len(f.Window) > 0 && f.Freeze == "":
			row("frozen", "nothing: nothing of the window is left")
		case f.Freeze != "":
			row("frozen", "nothing any more: "+f.Freeze+" has ended")
		}
		if f.Vanishes != 0 {
			left := ""
			if f.Vanishes > now {
				left = ", in " + f.Vanishes.Sub(now).Round(time.Minute).String()
			}
			row("without it", "the first of the footage would go at "+at.at(f.Vanishes)+left)
			row("viewed by", "the privacy role alone, from then on"+map[bool]string{true: " and already now: its use is restricted"}[f.Type == holds.RightRestriction])
		}
		if f.Decision != "" {
			row("decided", english(f.Decision, holds.Answers)+", "+by(f.Decided))
		}
		if f.Told != 0 {
			row("told", at.at(f.Told))
		}
		if f.Closed.At != 0 {
			row("closed", by(f.Closed))
			if f.Decision == holds.AnswerRefused && f.FrozenUntil != 0 {
				row("stays", "frozen all the same: the person may complain about the refusal until then")
			}
		}
		for _, flag := range f.Flags {
			row("look", requestFlagWords[flag])
		}
	})
	at.printMissing(c.out, f.Missing)
	if len(f.Deletions) > 0 {
		fmt.Fprintln(c.out, "\nwhat the ledger says of what was deleted (sjudager log show --camera ID --kind deleted):")
		table(c.out, func(row func(...any)) {
			for _, d := range f.Deletions {
				row(fmt.Sprintf("  entry %d", d.Entry), d.Camera, count(int(d.Segments), "segment")+" that began "+at.span(d.From, d.To), "gone by "+at.at(d.At))
			}
		})
	}
	return nil
}

// english is what a closed list says of a code.
func english[C ~string](code C, list []holds.Choice[C]) string {
	for _, c := range list {
		if c.Code == code {
			return c.English
		}
	}
	return string(code)
}
