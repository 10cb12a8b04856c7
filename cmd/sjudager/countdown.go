package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// ruleWords says what decides when footage goes.
var ruleWords = map[holds.Rule]string{
	holds.RuleKeep:    "as all footage",
	holds.RuleHold:    "at the end of its hold",
	holds.RuleFreeze:  "when the freeze for a person's request ends",
	holds.RuleCeiling: "at the ceiling of all holds",
}

func countdown(ctx context.Context, c console, o *options) error {
	camera, from, to := o.String("camera", "", ""), o.String("from", "", ""), o.String("to", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera", "from", "to"); err != nil {
		return err
	}
	query := url.Values{"camera": {*camera}}
	for option, given := range map[string]string{"from": *from, "to": *to} {
		at, err := parseTime(option, given, cl.zone, c.now())
		if err != nil {
			return err
		}
		query.Set(option, at.String())
	}
	var found holds.Countdown
	if err := cl.get(ctx, "countdown", query, &found); err != nil {
		return err
	}
	if o.json {
		c.json(found)
	} else {
		cl.printCountdown(c, found)
	}
	if len(found.Stretches) == 0 {
		return failure{exit: exitNothing, code: string(web.CodeNothing), text: fmt.Sprintf("%s has no footage there", *camera), answered: true}
	}
	return nil
}

func (cl *client) printCountdown(c console, found holds.Countdown) {
	at := clock{cl.zone}
	if len(found.Stretches) > 0 {
		table(c.out, func(row func(...any)) {
			row("FROM - TO ("+cl.zone.String()+")", "GONE FROM", "ALL GONE", "WHY", "HELD BY")
			for _, s := range found.Stretches {
				why := ruleWords[s.Rule]
				if s.Reserved {
					why += "; only the privacy role views it"
				}
				row(at.span(s.From, s.To), at.at(s.First), at.at(s.Last), why, orDash(strings.Join(s.Holds, ", ")))
			}
		})
		left := found.First.Sub(footage.At(c.now())).Round(time.Second)
		fmt.Fprintf(c.out, "\nthe first of it goes in %s\n", max(0, left))
	}
	at.printMissing(c.out, found.Missing)
}
