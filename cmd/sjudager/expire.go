package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/sjudager/sjudager/web"
)

func expire(ctx context.Context, c console, o *options) error {
	dryRun := o.Bool("dry-run", false, "")
	ahead := o.Int("ahead", 20, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if *dryRun {
		return cl.planned(ctx, c, o, *ahead)
	}
	var swept web.Swept
	if err := cl.post(ctx, "expire", nil, &swept); err != nil {
		return err
	}
	if o.json {
		c.json(swept)
	} else {
		at := clock{cl.zone}
		for _, r := range swept.Removed {
			fmt.Fprintf(c.out, "deleted %s, due since %s\n", r.Object, at.at(r.Deadline))
		}
		fmt.Fprintf(c.out, "%s retired, %s deleted, %d to be tried again; next at %s\n",
			count(swept.Retired, "segment"), count(len(swept.Removed), "object"), swept.Failed, at.at(swept.Next))
	}
	if swept.Failed > 0 {
		return failure{exit: exitFailed, code: "failed", text: fmt.Sprintf("%s could not be deleted and will be tried again", count(swept.Failed, "object")), answered: true}
	}
	return nil
}

// planned prints what a sweep would delete and what goes next, with the reasons.
func (cl *client) planned(ctx context.Context, c console, o *options, ahead int) error {
	var plan web.ExpiryPlan
	if err := cl.get(ctx, "expire", url.Values{"ahead": {strconv.Itoa(ahead)}}, &plan); err != nil {
		return err
	}
	if o.json {
		c.json(plan)
		return nil
	}
	fmt.Fprintf(c.out, "due now: %s\n", count(len(plan.Due), "segment"))
	print := func(decisions []web.Decision) {
		table(c.out, func(row func(...any)) {
			for _, d := range decisions {
				row("  "+string(d.Segment.Camera), size(d.Segment.Bytes), d.Why)
			}
		})
	}
	print(plan.Due)
	if len(plan.Next) == 0 {
		fmt.Fprintln(c.out, "nothing else is stored")
		return nil
	}
	fmt.Fprintln(c.out, "next:")
	print(plan.Next)
	return nil
}
