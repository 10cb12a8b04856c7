package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/sjudager/sjudager/holds/handover"
)

func signHistory(ctx context.Context, c console, o *options) error {
	camera, at, from, to := o.String("camera", "", ""), o.String("at", "", ""), o.String("from", "", ""), o.String("to", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera"); err != nil {
		return err
	}
	query := url.Values{}
	for name, given := range map[string]string{"at": *at, "from": *from, "to": *to} {
		if given == "" {
			continue
		}
		i, err := parseTime(name, given, cl.zone, c.now())
		if err != nil {
			return err
		}
		query.Set(name, i.String())
	}
	var state handover.SignState
	if err := cl.get(ctx, "cameras/"+url.PathEscape(*camera)+"/signs", query, &state); err != nil {
		return err
	}
	if o.json {
		c.json(state)
		return nil
	}
	clock := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("FROM", "TO", "COVERED", "ENTRANCE", "SIGNS")
		for _, p := range state.Periods {
			verdict := map[bool]string{true: "yes", false: "no"}[p.Covered]
			if p.Hole != "" {
				verdict += ": " + p.Hole
			} else if !p.Known {
				verdict = "not known"
			}
			if len(p.Entrances) == 0 {
				row(clock.at(p.Span.From), clock.at(p.Span.To), verdict, "-", "-")
			}
			for _, e := range p.Entrances {
				var signs []string
				for _, g := range e.Signs {
					word := g.Number + ": yes"
					if !g.Valid {
						word = g.Number + ": no: " + strings.Join(g.Faults, ", ")
					}
					signs = append(signs, word)
				}
				row(clock.at(p.Span.From), clock.at(p.Span.To), verdict, e.ID, orNone(signs))
			}
		}
	})
	return nil
}
