package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/sjudager/sjudager/web"
)

func segments(ctx context.Context, c console, o *options) error {
	camera := o.String("camera", "", "")
	from, to := o.String("from", "", ""), o.String("to", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera"); err != nil {
		return err
	}
	query := url.Values{"camera": {*camera}}
	for option, given := range map[string]string{"from": *from, "to": *to} {
		if given == "" {
			continue
		}
		at, err := parseTime(option, given, cl.zone, c.now())
		if err != nil {
			return err
		}
		query.Set(option, at.String())
	}
	var found web.Segments
	if err := cl.get(ctx, "segments", query, &found); err != nil {
		return err
	}
	if o.json {
		c.json(found)
	}
	if len(found.Segments)+len(found.Gaps) == 0 {
		return failure{exit: exitNothing, code: string(web.CodeNothing), text: fmt.Sprintf("%s has no footage and no gaps there", *camera), answered: true}
	}
	if !o.json {
		cl.printSegments(c, found)
	}
	return nil
}

// printSegments prints footage and gaps as one list in the order of time.
func (cl *client) printSegments(c console, found web.Segments) {
	at := clock{cl.zone}
	var total int64
	gaps := found.Gaps
	table(c.out, func(row func(...any)) {
		row("FROM - TO ("+cl.zone.String()+")", "SIZE", "CODEC", "DELETED AT", "HELD BY")
		gap := func(g web.Gap) { row(at.span(g.From, g.To), "-", "-", "gap: "+string(g.Cause), g.Detail) }
		for _, s := range found.Segments {
			for ; len(gaps) > 0 && gaps[0].From < s.Start; gaps = gaps[1:] {
				gap(gaps[0])
			}
			by := orDash(strings.Join(s.Holds, ", "))
			if s.Reserved {
				by += " (only the privacy role views it)"
			}
			row(at.span(s.Start, s.End), size(s.Bytes), s.Codec, at.at(s.Deadline), by)
			total += s.Bytes
		}
		for _, g := range gaps {
			gap(g)
		}
	})
	fmt.Fprintf(c.out, "\n%s, %s; %s\n", count(len(found.Segments), "segment"), size(total), count(len(found.Gaps), "gap"))
}
