package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/web"
)

func appealNew(ctx context.Context, c console, o *options) error {
	area, district, source, number := o.choice(), o.String("district", "", ""), o.String("source", "", ""), o.String("case", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	ask := web.AppealRequest{District: *district, Source: *source, Case: *number}
	if ask.Selection, err = area.read(o, cl.zone, c.now(), true); err != nil {
		return err
	}
	if err := o.require("district", "source"); err != nil {
		return err
	}
	var p holds.Proposal
	if err := cl.post(ctx, "appeals", ask, &p); err != nil {
		return err
	}
	return cl.answerProposal(c, o, p)
}

func appealShow(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var p holds.Proposal
	if err := cl.get(ctx, "appeals/"+url.PathEscape(args[0]), nil, &p); err != nil {
		return err
	}
	return cl.answerProposal(c, o, p)
}

func appealAccept(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	return cl.act(ctx, c, o, "appeals/"+url.PathEscape(args[0])+"/accept", web.AcceptRequest{})
}

func appealList(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Appeals
	if err := cl.get(ctx, "appeals", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Appeals) == 0 {
		fmt.Fprintln(c.out, "no appeals")
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("APPEAL", "OF", "CAMERAS", "FROM - TO ("+cl.zone.String()+")", "HOLD", "SOURCE")
		for _, a := range all.Appeals {
			for _, s := range a.Area {
				row(a.Number, a.District, cameraList(s.Cameras), at.span(s.From, s.To), orDash(a.Hold), a.Source)
			}
		}
	})
	return nil
}

func (cl *client) answerProposal(c console, o *options, p holds.Proposal) error {
	if o.json {
		c.json(p)
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("appeal", p.Number+", of "+p.District)
		row("source", p.Source)
		row("case", orDash(p.Case))
		for _, s := range p.Area {
			row("area", cameraList(s.Cameras)+": "+at.span(s.From, s.To)+" ("+cl.zone.String()+")")
		}
		row("entered", at.at(p.Entered.At)+" by "+p.Entered.By)
		if p.Hold != "" {
			row("hold", p.Hold+" answers it")
		}
	})
	if p.Hold != "" {
		return nil
	}
	fmt.Fprintln(c.out, "\nproposed hold, because the police have asked for the footage:")
	cl.printEstimate(c, p.Estimate)
	fmt.Fprintf(c.out, "nothing has been placed: sjudager hold appeal accept %s places it\n", p.Number)
	return nil
}
