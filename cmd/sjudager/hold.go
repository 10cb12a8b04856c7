package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

func holdPlace(ctx context.Context, c console, o *options) error {
	cameras := o.String("camera", "", "")
	from, to, until := o.String("from", "", ""), o.String("to", "", ""), o.String("until", "", "")
	ground, reason, number := o.String("ground", "", ""), o.String("reason", "", ""), o.String("case", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera", "from", "to", "ground", "reason"); err != nil {
		return err
	}
	ask := web.HoldRequest{Ground: holds.Ground(*ground), Reason: *reason, Case: *number}
	for id := range strings.SplitSeq(*cameras, ",") {
		camera, err := footage.ParseCameraID(strings.TrimSpace(id))
		if err != nil {
			return misuse("--camera: "+err.Error(), "")
		}
		ask.Cameras = append(ask.Cameras, camera)
	}
	for option, t := range map[string]struct {
		given string
		at    *footage.Instant
	}{"from": {*from, &ask.From}, "to": {*to, &ask.To}, "until": {*until, &ask.Until}} {
		if t.given == "" {
			continue
		}
		if *t.at, err = parseTime(option, t.given, cl.zone, c.now()); err != nil {
			return err
		}
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

func holdList(ctx context.Context, c console, o *options) error {
	ended := o.Bool("ended", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Holds
	if err := cl.get(ctx, "holds", url.Values{"ended": {fmt.Sprint(*ended)}}, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Holds) == 0 {
		fmt.Fprintln(c.out, "no holds")
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("HOLD", "STATE", "CAMERAS", "FROM - TO ("+cl.zone.String()+")", "UNTIL", "KEEPS", "GROUND", "CASE")
		for _, h := range all.Holds {
			row(h.Number, h.State, cameraList(h.Cameras), at.span(h.From, h.To), at.at(h.Until),
				count(h.Segments, "segment")+", "+size(h.Bytes), h.Ground, orDash(h.Case))
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

func holdClose(ctx context.Context, c console, o *options) error {
	why := o.String("why", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("why"); err != nil {
		return err
	}
	var h web.Hold
	if err := cl.post(ctx, "holds/"+url.PathEscape(args[0])+"/close", web.CloseRequest{Why: *why}, &h); err != nil {
		return err
	}
	return cl.answerHold(c, o, h)
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
		row("hold", h.Number+", "+string(h.State))
		row("cameras", cameraList(h.Cameras))
		row("span", at.span(h.From, h.To)+" ("+cl.zone.String()+")")
		row("ground", string(h.Ground)+": "+h.Reason)
		row("case", orDash(h.Case))
		row("until", at.at(h.Until))
		row("placed", by(h.Placed))
		if h.Ended != nil {
			row("ended", by(*h.Ended)+": "+orDash(h.Why))
		} else {
			row("keeps", count(h.Segments, "segment")+", "+size(h.Bytes))
		}
	})
	at.printMissing(c.out, h.Missing)
	return nil
}

func cameraList(cameras []footage.CameraID) string {
	ids := make([]string, len(cameras))
	for i, c := range cameras {
		ids[i] = string(c)
	}
	return strings.Join(ids, ", ")
}
