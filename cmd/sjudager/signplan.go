package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// send posts a body of a kind of its own to path below /api/v1/ and decodes the answer.
func (cl *client) send(ctx context.Context, path, kind string, body io.Reader, answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/api/v1/"+path, body)
	if err != nil {
		return fmt.Errorf("couldn't make the request: %w", err)
	}
	r.Header.Set("Content-Type", kind)
	resp, err := cl.http.Do(r)
	if err != nil {
		return cl.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return answered(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("couldn't read the answer: %w", err)
	}
	return nil
}

// upload posts a form with the file in a field.
func (cl *client) upload(ctx context.Context, path, field, file string, values map[string]string, answer any) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("couldn't read the picture: %w", err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range values {
		err = errors.Join(err, form.WriteField(name, value))
	}
	part, created := form.CreateFormFile(field, filepath.Base(file))
	if err = errors.Join(err, created); err == nil {
		_, err = part.Write(content)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return fmt.Errorf("couldn't make the request: %w", err)
	}
	return cl.send(ctx, path, form.FormDataContentType(), &body, answer)
}

// photo uploads a photo of a sign; empty: there is none.
func (cl *client) photo(ctx context.Context, file string, nobody bool) (signage.Picture, error) {
	switch {
	case file == "":
		return "", nil
	case !nobody:
		return "", misuse("--nobody is missing", "with it you say that nobody is in the photo: others are refused")
	}
	var u web.Uploaded
	err := cl.upload(ctx, "signs/photos", "photo", file, map[string]string{"nobody": "yes"}, &u)
	return u.SHA256, err
}

func signPicture(ctx context.Context, c console, o *options) error {
	return signSave(c, o, func(cl *client, args []string, out string) error {
		return cl.save(ctx, "signs/photos/"+url.PathEscape(args[0]), nil, out)
	}, "SHA256")
}

func signPlanAdd(ctx context.Context, c console, o *options) error {
	name, picture, number := o.String("name", "", ""), o.String("picture", "", ""), o.String("number", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("picture"); err != nil {
		return err
	}
	var p signage.Plan
	if err := cl.upload(ctx, "signs/plans", "picture", *picture, map[string]string{"name": *name, "number": *number}, &p); err != nil {
		return err
	}
	c.told(o, p, "%s %s, version %d\n", p.Number, p.Name, p.Version)
	return nil
}

func signPlanList(ctx context.Context, c console, o *options) error {
	at := o.String("at", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	query, err := cl.past(c, *at)
	if err != nil {
		return err
	}
	var all web.Plans
	if err := cl.get(ctx, "signs/plans", query, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
	} else {
		table(c.out, func(row func(...any)) {
			row("PLAN", "NAME", "WHAT", "X", "Y", "DIRECTION", "VIEW")
			for _, p := range all.Plans {
				row(p.Number, p.Name, "picture "+string(p.Picture), "", "", "", "")
				for _, m := range p.Marks {
					if m.Sign != "" {
						row("", "", m.Sign, m.X, m.Y, "", "")
					} else {
						row("", "", string(m.Camera), m.X, m.Y, m.Direction, m.View)
					}
				}
			}
		})
	}
	if len(all.Plans) == 0 {
		return failure{exit: exitNothing, code: "nothing", text: "there is no plan", hint: "sjudager sign plan add enters one", answered: true}
	}
	return nil
}

func signPlanChange(ctx context.Context, c console, o *options) error {
	name, gone, back := o.String("name", "", ""), o.Bool("gone", false, ""), o.Bool("in-use", false, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	ask := web.PlanChange{Name: *name}
	if *gone != *back {
		ask.Gone = gone
	}
	var p signage.Plan
	if err := cl.post(ctx, "signs/plans/"+url.PathEscape(args[0]), ask, &p); err != nil {
		return err
	}
	state := "in use"
	if p.Gone {
		state = "out of use"
	}
	c.told(o, p, "%s %s is %s, version %d\n", p.Number, p.Name, state, p.Version)
	return nil
}

func signPlanPlace(ctx context.Context, c console, o *options) error {
	var ask web.MarkRequest
	o.StringVar(&ask.Camera, "camera", "", "")
	o.StringVar(&ask.Sign, "sign", "", "")
	o.IntVar(&ask.X, "x", 0, "")
	o.IntVar(&ask.Y, "y", 0, "")
	o.IntVar(&ask.Direction, "direction", 0, "")
	o.IntVar(&ask.View, "view", 0, "")
	o.BoolVar(&ask.Gone, "gone", false, "")
	cl, args, err := o.connect("NUMBER")
	if err != nil {
		return err
	}
	var m signage.Mark
	if err := cl.post(ctx, "signs/plans/"+url.PathEscape(args[0])+"/place", ask, &m); err != nil {
		return err
	}
	if m.Gone {
		c.told(o, m, "%s is on %s no more\n", string(m.Camera)+m.Sign, m.Plan)
	} else {
		c.told(o, m, "%s is on %s at %d, %d\n", string(m.Camera)+m.Sign, m.Plan, m.X, m.Y)
	}
	return nil
}

func signExport(ctx context.Context, c console, o *options) error {
	zones := o.Bool("zones", false, "")
	cl, args, err := o.connect("FILE")
	if err != nil {
		return err
	}
	of := "signs"
	if *zones {
		of = "zones"
	}
	if err := cl.save(ctx, "signs/table", url.Values{"of": {of}}, args[0]); err != nil {
		return err
	}
	c.told(o, map[string]string{"file": args[0]}, "%s is written\n", args[0])
	return nil
}

func signImport(ctx context.Context, c console, o *options) error {
	dry := o.Bool("dry-run", false, "")
	cl, args, err := o.connect("FILE")
	if err != nil {
		return err
	}
	file, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("couldn't read the table: %w", err)
	}
	var done signage.Import
	if err := cl.send(ctx, fmt.Sprintf("signs/table?dry_run=%t", *dry), "text/csv", bytes.NewReader(file), &done); err != nil {
		return err
	}
	if o.json {
		c.json(done)
	} else {
		table(c.out, func(row func(...any)) {
			row("LINE", "NUMBER", "CHANGE", "WHAT")
			for _, l := range done.Lines {
				row(l.Line, orDash(l.Number), string(l.Change), strings.Join(l.Fields, ", ")+l.Fault)
			}
		})
	}
	switch {
	case done.Faults > 0:
		return failure{exit: exitUsage, code: string(web.CodeInvalid), text: fmt.Sprintf("%d lines have a fault, so nothing of the table would be taken in", done.Faults), answered: true}
	case *dry && !o.json:
		fmt.Fprintln(c.out, "nothing is written: leave --dry-run out to take it in")
	}
	return nil
}
