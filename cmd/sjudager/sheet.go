package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// papers asks for the sheets and assessments as they stand, or stood.
func (cl *client) papers(ctx context.Context, query url.Values) (all web.CameraPapers, err error) {
	return all, cl.get(ctx, "cameras/papers", query, &all)
}

func cameraPapers(ctx context.Context, c console, o *options) error {
	at, out := o.String("at", "", ""), o.String("out", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if *out != "" {
		if err := cl.save(ctx, "signs/table", url.Values{"of": {"cameras"}}, *out); err != nil {
			return err
		}
		c.told(o, map[string]string{"file": *out}, "%s is written\n", *out)
		return nil
	}
	query, err := cl.past(c, *at)
	if err != nil {
		return err
	}
	all, err := cl.papers(ctx, query)
	if err != nil {
		return err
	}
	if o.json {
		c.json(all)
	} else {
		clock := clock{cl.zone}
		table(c.out, func(row func(...any)) {
			row("CAMERA", "KIND", "MAKE", "MODEL", "FIRMWARE", "PX/M", "PURPOSES", "WHERE")
			for _, s := range all.Sheets {
				pixels := "-"
				if s.Pixels > 0 {
					pixels = strings.TrimSpace(fmt.Sprintf("%d %s", s.Pixels, s.Class))
				}
				row(string(s.Camera), string(s.Kind), orDash(s.Make), orDash(s.Model), orDash(s.Firmware), pixels, orNone(s.Purposes), orDash(s.Position))
			}
		})
		table(c.out, func(row func(...any)) {
			row("ASSESSMENT", "OF", "DECISION", "BY", "DECIDED", "REVIEW BY")
			for _, a := range all.Assessments {
				row(a.Number, string(a.Camera)+a.Zone, decision(a), a.Decider, clock.at(a.Decided), clock.at(a.Review))
			}
		})
	}
	if len(all.Sheets)+len(all.Assessments) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "no camera has a sheet or an assessment", hint: "sjudager camera sheet ID enters a sheet", answered: true}
	}
	return nil
}

func decision(a signage.Assessment) string {
	if a.Approved {
		return "approved"
	}
	return "declined"
}

func cameraSheet(ctx context.Context, c console, o *options) error {
	texts := map[string]*string{}
	for _, name := range []string{"kind", "position", "make", "model", "firmware", "serial", "mac", "masks", "purposes", "direction"} {
		texts[name] = o.String(name, "", "")
	}
	height, view, pixels := o.Int("height", 0, ""), o.Int("view", 0, ""), o.Int("pixels", 0, "")
	cl, args, err := o.connect("ID")
	if err != nil {
		return err
	}
	all, err := cl.papers(ctx, nil)
	if err != nil {
		return err
	}
	ask := web.SheetRequest{Kind: signage.Real}
	if i := slices.IndexFunc(all.Sheets, func(s signage.Sheet) bool { return string(s.Camera) == args[0] }); i >= 0 { // what is left out stays as it is
		s := all.Sheets[i]
		ask = web.SheetRequest{Kind: s.Kind, Position: s.Position, HeightCM: s.HeightCM, Direction: s.Direction, View: s.View, Pixels: s.Pixels,
			Make: s.Make, Model: s.Model, Firmware: s.Firmware, Serial: s.Serial, MAC: s.MAC, Masks: s.Masks, Purposes: s.Purposes}
	}
	for name, to := range map[string]*string{"kind": (*string)(&ask.Kind), "position": &ask.Position, "make": &ask.Make, "model": &ask.Model, "firmware": &ask.Firmware, "serial": &ask.Serial, "mac": &ask.MAC, "masks": &ask.Masks} {
		if *texts[name] != "" {
			*to = *texts[name]
		}
	}
	if *texts["purposes"] != "" {
		ask.Purposes = strings.FieldsFunc(*texts["purposes"], func(r rune) bool { return r == ',' || r == ' ' })
	}
	if given := *texts["direction"]; given != "" {
		n, err := strconv.Atoi(given)
		if err != nil {
			return misuse(fmt.Sprintf("--direction: %q is not a number of degrees", given), "")
		}
		ask.Direction = &n
	}
	for to, n := range map[*int]int{&ask.HeightCM: *height, &ask.View: *view, &ask.Pixels: *pixels} {
		if n != 0 {
			*to = n
		}
	}
	var s signage.Sheet
	if err := cl.post(ctx, "cameras/"+url.PathEscape(args[0])+"/sheet", ask, &s); err != nil {
		return err
	}
	c.told(o, s, "the sheet of %s, version %d\n", s.Camera, s.Version)
	return nil
}

func cameraAssess(ctx context.Context, c console, o *options) error {
	camera, zone := o.String("camera", "", ""), o.String("zone", "", "")
	var ask web.AssessmentRequest
	for name, to := range map[string]*string{"interest": &ask.Interest, "incidents": &ask.Incidents, "alternatives": &ask.Alternatives, "necessity": &ask.Necessity,
		"balance": &ask.Balance, "safeguards": &ask.Safeguards, "by": &ask.Decider, "dpia": &ask.DPIA} {
		o.StringVar(to, name, "", "")
	}
	declined := o.Bool("declined", false, "")
	decided, review := o.String("decided", "", ""), o.String("review", "", "")
	consulted, participants, minutes := o.String("consulted", "", ""), o.String("participants", "", ""), o.String("minutes", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if (*camera == "") == (*zone == "") {
		return misuse("an assessment is of a --camera or of a --zone", "")
	}
	if err := o.require("interest", "incidents", "alternatives", "necessity", "balance", "safeguards", "by", "review", "dpia"); err != nil {
		return err
	}
	ask.Approved, ask.Decided = !*declined, footage.At(c.now())
	read := func(name, given string, to *footage.Instant) error {
		if given == "" {
			return nil
		}
		i, err := parseTime(name, given, cl.zone, c.now())
		*to = i
		return err
	}
	if err := read("decided", *decided, &ask.Decided); err != nil {
		return err
	}
	if err := read("review", *review, &ask.Review); err != nil {
		return err
	}
	if *consulted != "" {
		if err := o.require("participants", "minutes"); err != nil {
			return err
		}
		ask.Consultation = &signage.Consultation{Participants: *participants}
		if err := read("consulted", *consulted, &ask.Consultation.Held); err != nil {
			return err
		}
		if err := ask.Consultation.Minutes.UnmarshalText([]byte(*minutes)); err != nil {
			return misuse("--minutes: "+err.Error(), "sha256sum prints it")
		}
	}
	path := "cameras/" + url.PathEscape(*camera) + "/assessment"
	if *zone != "" {
		path = "signs/zones/" + url.PathEscape(*zone) + "/assessment"
	}
	var a signage.Assessment
	if err := cl.post(ctx, path, ask, &a); err != nil {
		return err
	}
	c.told(o, a, "assessment %d of %s is %s, to be looked at again by %s\n", a.Number, string(a.Camera)+a.Zone, decision(a), clock{cl.zone}.at(a.Review))
	return nil
}
