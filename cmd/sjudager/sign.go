package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// register asks for the sign register as it stands, or stood.
func (cl *client) register(ctx context.Context, query url.Values) (all web.SignRegister, err error) {
	return all, cl.get(ctx, "signs", query, &all)
}

// past reads --at into a query.
func (cl *client) past(c console, at string) (url.Values, error) {
	query := url.Values{}
	if at == "" {
		return query, nil
	}
	i, err := parseTime("at", at, cl.zone, c.now())
	query.Set("at", i.String())
	return query, err
}

func signList(ctx context.Context, c console, o *options) error {
	at := o.String("at", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	query, err := cl.past(c, *at)
	if err != nil {
		return err
	}
	all, err := cl.register(ctx, query)
	if err != nil {
		return err
	}
	if o.json {
		c.json(all)
	} else {
		clock := clock{cl.zone}
		table(c.out, func(row func(...any)) {
			row("ZONE", "NAME", "KIND", "ENTRANCES")
			for _, z := range all.Zones {
				var names []string
				for _, e := range z.Entrances {
					name := e.ID
					if !e.Public {
						name += " (staff)"
					}
					names = append(names, name)
				}
				row(z.Number, z.Name, string(z.Kind), strings.Join(names, ", "))
			}
		})
		table(c.out, func(row func(...any)) {
			row("SIGN", "SIZE", "STATE", "BEFORE", "TEXT", "INSPECTED", "VALID", "WHERE")
			for _, g := range all.Signs {
				var places []string
				for _, p := range g.Places {
					places = append(places, p.Zone+"/"+p.Entrance)
				}
				row(g.Number, string(g.Size), string(g.State), strings.Join(places, ", "), g.Text, clock.at(g.Standing.Inspected), valid(g.Standing), g.Position)
			}
		})
	}
	if len(all.Zones)+len(all.Signs) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "the sign register is empty", hint: "sjudager sign zone enters a zone", answered: true}
	}
	return nil
}

// valid says whether a sign counts, and if not why.
func valid(s signage.Standing) string {
	if s.Valid {
		return "yes"
	}
	var why []string
	for _, f := range s.Faults {
		word := string(f)
		if f == signage.NoText {
			word += " (" + strings.Join(s.Differs, ", ") + ")"
		}
		why = append(why, word)
	}
	return "no: " + strings.Join(why, ", ")
}

func signCoverage(ctx context.Context, c console, o *options) error {
	at, camera := o.String("at", "", ""), o.String("camera", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	query, err := cl.past(c, *at)
	if err != nil {
		return err
	}
	if *camera != "" {
		query.Set("camera", *camera)
	}
	var all web.Coverage
	if err := cl.get(ctx, "signs/coverage", query, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	table(c.out, func(row func(...any)) {
		row("CAMERA", "ZONE", "ENTRANCE", "COVERED", "SIGNS")
		for _, cover := range all.Cameras {
			if cover.Hole != "" || len(cover.Entrances) == 0 {
				row(string(cover.Camera), orDash(cover.Zone), "-", covered(cover.Hole), "-")
			}
			for _, e := range cover.Entrances {
				var signs []string
				for _, s := range e.Signs {
					signs = append(signs, s.Sign+": "+valid(s))
				}
				row(string(cover.Camera), orDash(cover.Zone), e.ID, covered(e.Hole), orNone(signs))
			}
			if cover.Override != nil {
				row(string(cover.Camera), "", "", fmt.Sprintf("override %d", cover.Override.Number), cover.Override.Reason)
			}
		}
	})
	return nil
}

func covered(h signage.Hole) string {
	if h == "" {
		return "yes"
	}
	return "no: " + string(h)
}

// readEntrances reads a list such as hoved=Hovedinngang;side=Sideinngang.
func readEntrances(option, list string, public bool) (all []signage.Entrance, err error) {
	for one := range strings.SplitSeq(list, ";") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		id, name, ok := strings.Cut(one, "=")
		if !ok {
			return nil, misuse(fmt.Sprintf("--%s: %q is not like hoved=Hovedinngang", option, one), "")
		}
		all = append(all, signage.Entrance{ID: strings.TrimSpace(id), Name: strings.TrimSpace(name), Public: public})
	}
	return all, nil
}

func signZone(ctx context.Context, c console, o *options) error {
	number, name, kind := o.String("number", "", ""), o.String("name", "", ""), o.String("kind", "", "")
	public, staff := o.String("entrances", "", ""), o.String("staff", "", "")
	decision, review := o.String("decision", "", ""), o.String("review", "", "")
	only, limited := o.Bool("staff-only", false, ""), o.Bool("limited", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("name", "kind"); err != nil {
		return err
	}
	ask := web.ZoneRequest{Number: *number, Name: *name, Kind: signage.Kind(*kind), Staff: *only, Limited: *limited}
	if ask.Entrances, err = readEntrances("entrances", *public, true); err != nil {
		return err
	}
	closed, err := readEntrances("staff", *staff, false)
	if err != nil {
		return err
	}
	ask.Entrances = append(ask.Entrances, closed...)
	if *decision != "" {
		if err := o.require("review"); err != nil {
			return err
		}
		ask.Decision = &signage.Decision{Text: *decision}
		if ask.Decision.Review, err = parseTime("review", *review, cl.zone, c.now()); err != nil {
			return err
		}
	}
	var z signage.Zone
	if err := cl.post(ctx, "signs/zones", ask, &z); err != nil {
		return err
	}
	c.told(o, z, "%s %s, version %d\n", z.Number, z.Name, z.Version)
	return nil
}

// told prints what was done.
func (c console) told(o *options, document any, format string, args ...any) {
	if o.json {
		c.json(document)
		return
	}
	fmt.Fprintf(c.out, format, args...)
}

func signPut(ctx context.Context, c console, o *options) error {
	number, size, before := o.String("number", "", ""), o.String("size", "", ""), o.String("before", "", "")
	area, english, position := o.String("area", "", ""), o.String("area-en", "", ""), o.String("position", "", "")
	state, why, text := o.String("state", "", ""), o.String("why", "", ""), o.Int("text", 0, "")
	material, height, languages := o.String("material", "", ""), o.Int("height", 0, ""), o.String("languages", "", "")
	nynorsk, sami := o.String("area-nn", "", ""), o.String("area-se", "", "")
	photo, nobody := o.String("photo", "", ""), o.Bool("nobody", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	ask := web.SignRequest{Number: *number, Size: signage.A4, State: signage.Up}
	if *number != "" { // what is left out stays as it is
		all, err := cl.register(ctx, nil)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all.Signs, func(g web.SignState) bool { return g.Number == *number })
		if i < 0 {
			return failure{exit: exitNothing, code: string(web.CodeNotFound), text: fmt.Sprintf("there is no sign %q", *number)}
		}
		g := all.Signs[i]
		ask = web.SignRequest{Number: g.Number, Size: g.Size, Places: g.Places, Area: g.Area, Position: g.Position, Text: g.Text, State: g.State,
			Material: g.Material, HeightCM: g.HeightCM, Photo: g.Photo, Languages: g.Languages, AreaNN: g.AreaNN, AreaSE: g.AreaSE}
	} else if err := o.require("before", "area", "area-en", "position"); err != nil {
		return err
	}
	set := func(to *string, given string) {
		if given != "" {
			*to = given
		}
	}
	set((*string)(&ask.Size), *size)
	set((*string)(&ask.State), *state)
	set(&ask.Area.Norwegian, *area)
	set(&ask.Area.English, *english)
	set(&ask.Position, *position)
	set(&ask.Material, *material)
	set(&ask.AreaNN, *nynorsk)
	set(&ask.AreaSE, *sami)
	ask.Why = *why
	if *height != 0 {
		ask.HeightCM = *height
	}
	if *languages != "" {
		ask.Languages = nil
		for one := range strings.SplitSeq(*languages, ",") {
			if one = strings.TrimSpace(one); one != "none" {
				ask.Languages = append(ask.Languages, signage.Language(one))
			}
		}
	}
	if *text != 0 {
		ask.Text = *text
	}
	if *before != "" {
		ask.Places = nil
		for one := range strings.SplitSeq(*before, ",") {
			zone, entrance, ok := strings.Cut(strings.TrimSpace(one), "/")
			if !ok {
				return misuse(fmt.Sprintf("--before: %q is not like Z-001/hoved", one), "sign list has the zones and their entrances")
			}
			ask.Places = append(ask.Places, signage.Place{Zone: zone, Entrance: entrance})
		}
	}
	p, err := cl.photo(ctx, *photo, *nobody)
	if err != nil {
		return err
	}
	set((*string)(&ask.Photo), string(p))
	var g signage.Sign
	if err := cl.post(ctx, "signs", ask, &g); err != nil {
		return err
	}
	c.told(o, g, "%s is %s, with text version %d; it counts once it has been inspected\n", g.Number, g.State, g.Text)
	return nil
}

func signInspect(ctx context.Context, c console, o *options) error {
	occasion, failed := o.String("occasion", "", ""), o.String("failed", "", "")
	defect, due := o.String("defect", "", ""), o.String("due", "", "")
	round, photo, nobody := o.Int("round", 0, ""), o.String("photo", "", ""), o.Bool("nobody", false, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	if err := o.require("occasion"); err != nil {
		return err
	}
	ask := web.InspectionRequest{Occasion: signage.Occasion(*occasion), Defect: *defect, Round: *round}
	for check := range strings.SplitSeq(*failed, ",") {
		if check = strings.TrimSpace(check); check != "" {
			ask.Failed = append(ask.Failed, signage.Check(check))
		}
	}
	if *due != "" {
		if ask.Due, err = parseTime("due", *due, cl.zone, c.now()); err != nil {
			return err
		}
	}
	p, err := cl.photo(ctx, *photo, *nobody)
	if err != nil {
		return err
	}
	if p != "" {
		ask.Photos = []signage.Picture{p}
	}
	var i signage.Inspection
	if err := cl.post(ctx, "signs/"+url.PathEscape(args[0])+"/inspect", ask, &i); err != nil {
		return err
	}
	found := "all eight checks passed"
	if !i.Passed() {
		found = "to be mended by " + clock{cl.zone}.at(i.Due)
	}
	c.told(o, i, "inspection %d of %s: %s\n", i.Number, i.Sign, found)
	return nil
}

func signMend(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("INSPECTION")
	if err != nil {
		return err
	}
	var i signage.Inspection
	if err := cl.post(ctx, "signs/inspections/"+url.PathEscape(args[0])+"/mend", web.EmptyRequest{}, &i); err != nil {
		return err
	}
	c.told(o, i, "the defect of %s is mended; it counts once it has been inspected again\n", i.Sign)
	return nil
}

func signOverride(ctx context.Context, c console, o *options) error {
	camera, reason, end := o.String("camera", "", ""), o.String("reason", "", ""), o.Int("end", 0, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var v signage.Override
	if *end != 0 {
		if err := cl.post(ctx, fmt.Sprintf("signs/overrides/%d/end", *end), web.EmptyRequest{}, &v); err != nil {
			return err
		}
		c.told(o, v, "override %d of %s has ended\n", v.Number, v.Camera)
		return nil
	}
	if err := o.require("camera", "reason"); err != nil {
		return err
	}
	if err := cl.post(ctx, "signs/overrides", web.OverrideRequest{Camera: footage.CameraID(*camera), Reason: *reason}, &v); err != nil {
		return err
	}
	c.told(o, v, "override %d of %s stands until it is ended: sjudager sign override --end %d\n", v.Number, v.Camera, v.Number)
	return nil
}

// save writes what the program answers to a file, which has all of it or is not changed.
func (cl *client) save(ctx context.Context, path string, query url.Values, out string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/"+path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("couldn't make the request: %w", err)
	}
	resp, err := cl.http.Do(r)
	if err != nil {
		return cl.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return answered(resp)
	}
	return writeFile(out, func(w io.Writer) error {
		n, err := io.Copy(w, resp.Body)
		if err == nil && n != resp.ContentLength {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
}

// signSave is a command that saves a file that the program makes.
func signSave(c console, o *options, save func(cl *client, args []string, out string) error, names ...string) error {
	out := o.String("out", "", "")
	cl, args, err := o.connect(names...)
	if err != nil {
		return err
	}
	if err := o.require("out"); err != nil {
		return err
	}
	if err := save(cl, args, *out); err != nil {
		return err
	}
	c.told(o, map[string]string{"file": *out}, "%s is written\n", *out)
	return nil
}

func signPrint(ctx context.Context, c console, o *options) error {
	return signSave(c, o, func(cl *client, args []string, out string) error {
		return cl.save(ctx, "signs/"+url.PathEscape(args[0])+"/pdf", nil, out)
	}, "NUMBER")
}

func signPublish(ctx context.Context, c console, o *options) error {
	return signSave(c, o, func(cl *client, _ []string, out string) error { return cl.save(ctx, "notice", nil, out) })
}

func signNotice(ctx context.Context, c console, o *options) error {
	lang, version, out := o.language(), o.Int("version", 0, ""), o.String("out", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if *version == 0 {
		all, err := cl.register(ctx, nil)
		if err != nil {
			return err
		}
		*version = all.Texts[len(all.Texts)-1].Number // the running program has one
	}
	path := fmt.Sprintf("notice/%d", *version)
	if *out != "" {
		format := map[bool]string{true: "html", false: "pdf"}[strings.HasSuffix(*out, ".html")]
		if err := cl.save(ctx, path, url.Values{"format": {format}, "lang": {*lang}}, *out); err != nil {
			return err
		}
		c.told(o, map[string]string{"file": *out}, "%s is written\n", *out)
		return nil
	}
	var t signage.Text
	if err := cl.get(ctx, path, nil, &t); err != nil {
		return err
	}
	c.told(o, t, "%s", t.In(signage.Language(*lang)).Text())
	return nil
}
