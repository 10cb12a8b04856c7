package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// findEncoder finds ffmpeg, once at the start, and says in the log what it means that it
// is there or not.
func (d *daemon) findEncoder() {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		d.Log.Info("ffmpeg is not installed: packages have no viewing copies of H.265 and AV1, and no stills; all else works without it")
		return
	}
	d.encoder = path
	d.Log.Info("ffmpeg is installed: packages have viewing copies of H.265 and AV1, and stills that are asked for", "path", path)
}

// buildPackage makes the package of a release, or the supplement to one that has left.
func (d *daemon) buildPackage(ctx context.Context, b release.Build) (release.Built, error) {
	keys, err := d.packageKeys.Keys()
	if err != nil {
		return release.Built{}, err
	}
	c := d.inForce()
	in := handover.Input{
		Vault: d.vault, Notary: d.notary, Keys: keys, Release: d.packaged(b), Selections: b.Release.Given,
		Site: handover.Site{Name: c.Site.Name, Zone: c.Site.Location(), Controller: c.Site.Controller.Name, OrgNumber: c.Site.Controller.OrgNumber,
			Contact: c.Site.Controller.Contact, Policy: d.holds.Policy(), Version: thisBuild().Version},
		Viewer: b.Viewer, Encoder: d.encoder, NoCopies: !b.Order.ViewingCopies, Folder: b.Package.Path, Form: handover.Form(b.Order.Form), Password: b.Password, Stamp: d.stamp(), Now: d.Now,
		Progress: func(p handover.Progress) { b.Progress(string(p.Phase), p.Done, p.Total, p.File) },
	}
	var made handover.Result
	if b.Order.Supplements != 0 {
		first := handover.Sealed{Name: b.First.Name, Manifest: b.First.Manifest.String(), TagManifest: b.First.TagManifest.String(), Signature: b.First.Signature}
		if in.Stamp == nil {
			return release.Built{}, fmt.Errorf("%w: no authority is configured that stamps packages (ledger.tsa)", release.ErrRefused)
		}
		made, err = handover.Supplement(ctx, in, first)
	} else if err = d.fill(ctx, &in, b); err == nil {
		made, err = handover.Build(ctx, in)
	}
	if err != nil {
		return release.Built{}, said(err)
	}
	if made.Unstamped != nil {
		d.Log.Warn("a package has no time stamp: a supplement brings it", "release", b.Release.Number, "error", made.Unstamped)
	}
	d.Log.Info("package built", "release", b.Release.Number, "bytes", made.Bytes, "viewing_copies", len(made.Copies), "stills", len(made.Stills), "spent", made.Spent)
	built := release.Built{Bytes: made.Bytes, Files: made.Files, Key: made.Fingerprint, Name: filepath.Base(made.Path), Signature: made.Signature}
	for _, part := range made.Parts {
		built.Paths = append(built.Paths, filepath.Join(built.Name, filepath.Base(part)))
	}
	if len(built.Paths) == 0 {
		built.Paths = []string{built.Name}
	}
	if err := errors.Join(built.Manifest.UnmarshalText([]byte(made.Manifest)), built.TagManifest.UnmarshalText([]byte(made.TagManifest))); err != nil {
		return release.Built{}, fmt.Errorf("couldn't read the manifest's digest: %w", err)
	}
	if made.Stamp != nil {
		built.Stamp = sha256.Sum256(made.Stamp)
	}
	for _, s := range made.Segments {
		built.Parts = append(built.Parts, release.Part{ID: s.ID(), SHA256: s.SHA256, Bytes: s.Bytes})
	}
	return built, nil
}

// fill adds what is known of footage: the hold that kept it, the sheets of its cameras,
// and the signs before them.
func (d *daemon) fill(ctx context.Context, in *handover.Input, b release.Build) error {
	if b.Release.Hold != "" {
		k, err := d.holds.Show(b.Release.Hold)
		if err != nil {
			return err
		}
		in.Holds = append(in.Holds, k.Hold)
	}
	for _, s := range b.Order.Stills {
		in.Stills = append(in.Stills, handover.Still(s))
	}
	in.Clock = d.clockFacts(ctx)
	register, _, err := d.signs.Register()
	if err != nil {
		return err
	}
	in.Cameras, in.Signs = cameraSheets(d.inForce(), register, b.Release.Given), signStates(register, b.Release.Given)
	return nil
}

// stamp has the configured authority stamp packages, or is nil.
func (d *daemon) stamp() func(context.Context, []byte) ([]byte, error) {
	url := d.inForce().Ledger.TSA
	if url == "" {
		return nil
	}
	return func(ctx context.Context, digest []byte) ([]byte, error) { return ledger.Stamp(ctx, url, digest) }
}

// clockFacts are what the clock guard knows, with its sources asked now.
func (d *daemon) clockFacts(ctx context.Context) handover.Clock {
	c := handover.Clock{Guarded: true, Status: d.clock.Ask(ctx)}
	for _, s := range d.clock.Sources {
		c.Sources = append(c.Sources, s.Name)
	}
	return c
}

// said gives what can be wrong with a medium, or with what is given, the kind of error
// that people are told.
func said(err error) error {
	for _, kind := range [][2]error{
		{handover.ErrNothing, release.ErrNothing}, {handover.ErrInvalid, release.ErrInvalid}, {handover.ErrExists, release.ErrRefused}, {handover.ErrNoStamp, release.ErrRefused},
		{handover.ErrNoEncoder, release.ErrRefused}, {handover.ErrFull, release.ErrFull}, {handover.ErrMedium, release.ErrMedium}, {handover.ErrAltered, release.ErrAltered},
	} {
		if errors.Is(err, kind[0]) {
			return fmt.Errorf("%w: %w", kind[1], err)
		}
	}
	return err
}

// askedForm is how a package states the times that were asked for: by the site's clocks,
// with their offset.
const askedForm = "2006-01-02 15:04:05 -07:00"

// packaged is the release as its package states it.
func (d *daemon) packaged(b release.Build) handover.Release {
	r := b.Release
	var asked []string
	zone := d.inForce().Site.Location()
	for _, s := range r.Asked {
		asked = append(asked, fmt.Sprintf("%s: %s - %s", cameraList(s.Cameras), s.From.Time().In(zone).Format(askedForm), s.To.Time().In(zone).Format(askedForm)))
	}
	return handover.Release{
		Number: r.Number, Kind: r.Kind, State: r.State, Case: r.Case, Concerns: r.Concerns, Purpose: r.Purpose,
		Recipient: handover.Recipient{Kind: r.Recipient, Name: r.Asker.Name, ServiceNumber: r.Asker.Service, Unit: r.Asker.Unit, Organisation: r.Organisation, Contact: r.Asker.Contact, Identity: r.Identity},
		AskedAt:   r.AskedAt, AskedHow: r.How, WrittenAt: r.Written.At, Authority: r.Authority, Basis: r.Basis,
		Assessment: r.Assessment, Asked: strings.Join(asked, "; "), Difference: r.Differs, Description: r.Description, Minors: r.Minors, Emergency: r.Emergency,
		Approved: d.named(r.Approved), Exported: d.named(b.Package.Begun),
	}
}

// named is an act with the name of whoever did it, where an account has one.
func (d *daemon) named(a holds.Act) handover.Act {
	act := handover.Act{ID: a.By, Name: a.By, At: a.At}
	if u, err := d.accounts.User(a.By); err == nil && u.Name != "" {
		act.Name = u.Name
	}
	return act
}

// cameraSheets are the cameras as they are known when their latest footage that is given
// was recorded: as the configuration and the sheets had them then.
func cameraSheets(c *configs.Config, register *signage.Register, given []holds.Selection) (all []handover.Camera) {
	for id, spans := range perCamera(given) {
		then := register.Snapshot(spans[len(spans)-1].To - 1)
		sheet, _ := then.SheetOf(id)
		camera := handover.Camera{ID: id, Name: string(id), Place: sheet.Position, HeightCM: sheet.HeightCM, DirectionDeg: sheet.Direction, FieldOfViewDeg: sheet.View, PixelsPerMetre: sheet.Pixels,
			Make: sheet.Make, Model: sheet.Model, Serial: sheet.Serial, Firmware: sheet.Firmware, Masks: sheet.Masks}
		for _, code := range sheet.Purposes {
			if n := slices.Index(then.Live.Purposes, code); n >= 0 && n < len(then.Live.Facts.Purposes) {
				code = then.Live.Facts.Purposes[n].Norwegian + " / " + then.Live.Facts.Purposes[n].English
			}
			camera.Purposes = append(camera.Purposes, code)
		}
		for _, now := range c.Cameras {
			if footage.CameraID(now.ID) == id {
				camera.Name, camera.Zone = now.Name, now.Zone
			}
		}
		if was, ok := then.CoverOf(id); ok {
			camera.Name, camera.Zone = was.Name, was.Zone
		}
		all = append(all, camera)
	}
	return all
}

// signStates are what the sign register says of the cameras over the spans that are given
// (R93); none where there is no register.
func signStates(register *signage.Register, given []holds.Selection) (all []handover.SignState) {
	if len(register.Zones) == 0 {
		return nil
	}
	for id, spans := range perCamera(given) {
		for _, span := range spans {
			all = append(all, register.SignState(id, span))
		}
	}
	return all
}

// perCamera goes over the cameras of selections, in order, with the spans of each.
func perCamera(given []holds.Selection) iter.Seq2[footage.CameraID, []footage.Span] {
	spans := map[footage.CameraID][]footage.Span{}
	for _, s := range given {
		for _, c := range s.Cameras {
			spans[c] = append(spans[c], s.Span)
		}
	}
	return func(yield func(footage.CameraID, []footage.Span) bool) {
		for _, c := range slices.Sorted(maps.Keys(spans)) {
			if !yield(c, footage.Union(spans[c], 0)) {
				return
			}
		}
	}
}
