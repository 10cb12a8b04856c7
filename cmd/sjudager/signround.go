package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

func signRoundBegin(ctx context.Context, c console, o *options) error {
	event, day := o.String("event", "", ""), o.String("day", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("event"); err != nil {
		return err
	}
	var p signage.Progress
	if err := cl.post(ctx, "signs/rounds", web.RoundRequest{Day: *day, Event: *event}, &p); err != nil {
		return err
	}
	c.told(o, p, "round %d of %s, %s: %s\n", p.Number, p.Day, p.Event, strings.Join(p.Signs, ", "))
	return nil
}

func signRoundList(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Rounds
	if err := cl.get(ctx, "signs/rounds", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
	} else {
		table(c.out, func(row func(...any)) {
			row("ROUND", "DAY", "EVENT", "SIGNS", "LEFT", "DEFECTS", "STATE")
			for _, p := range all.Rounds {
				row(p.Number, p.Day, p.Event, len(p.Signs), p.Left, p.Defects, roundState(p))
			}
		})
	}
	if len(all.Rounds) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "there is no round", hint: "sjudager sign round begin begins one", answered: true}
	}
	return nil
}

func roundState(p signage.Progress) string {
	switch {
	case p.Reason != "":
		return "closed: " + p.Reason
	case p.Closed.At != 0:
		return "closed"
	case p.Over:
		return "over"
	}
	return "open"
}

func signRoundShow(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var p signage.Progress
	if err := cl.get(ctx, "signs/rounds/"+url.PathEscape(args[0]), nil, &p); err != nil {
		return err
	}
	if o.json {
		c.json(p)
		return nil
	}
	fmt.Fprintf(c.out, "round %d of %s, %s: %s\n", p.Number, p.Day, p.Event, roundState(p))
	table(c.out, func(row func(...any)) {
		row("SIGN", "STATE", "INSPECTION")
		for _, step := range p.Steps {
			inspection := "-"
			if step.Inspection != 0 {
				inspection = fmt.Sprint(step.Inspection)
			}
			row(step.Sign, string(step.State), inspection)
		}
	})
	return nil
}

func signRoundClose(ctx context.Context, c console, o *options) error {
	reason := o.String("reason", "", "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var p signage.Progress
	if err := cl.post(ctx, "signs/rounds/"+url.PathEscape(args[0])+"/close", web.RoundEndRequest{Reason: *reason}, &p); err != nil {
		return err
	}
	c.told(o, p, "round %d is closed: %d passed, %d with a defect, %d left\n", p.Number, p.Passed, p.Defects, p.Left)
	return nil
}
