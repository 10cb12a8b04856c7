package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

// openPackageKeys opens the keys that sign packages. They are made when the first
// package is: that takes seconds, and most starts need none.
func (d *daemon) openPackageKeys() (*handover.Keys, error) {
	c := d.Config
	return handover.OpenKeys(filepath.Join(c.DataDir, "keys", handover.KeyFolder), cmp.Or(c.Site.Controller.Name, c.Site.Name), d.Now)
}

// buildPackage makes the package of a release.
func (d *daemon) buildPackage(ctx context.Context, b release.Build) (release.Built, error) {
	keys, err := d.packageKeys()
	if err != nil {
		return release.Built{}, err
	}
	var kept []holds.Hold
	if b.Release.Hold != "" {
		k, err := d.holds.Show(b.Release.Hold)
		if err != nil {
			return release.Built{}, err
		}
		kept = append(kept, k.Hold)
	}
	c := d.inForce()
	made, err := handover.Build(ctx, handover.Input{
		Vault: d.vault, Notary: d.notary, Keys: keys, Release: d.packaged(b), Selections: b.Release.Given, Holds: kept,
		Site: handover.Site{Name: c.Site.Name, Zone: c.Site.Location(), Controller: c.Site.Controller.Name, OrgNumber: c.Site.Controller.OrgNumber,
			Contact: c.Site.Controller.Contact, Policy: d.holds.Policy(), Version: thisBuild().Version},
		Cameras: cameraSheets(c), Viewer: b.Viewer, Folder: b.Package.Path, Form: handover.Form(b.Order.Form), Password: b.Password, Now: d.Now,
		Progress: func(p handover.Progress) { b.Progress(string(p.Phase), p.Done, p.Total, p.File) },
	})
	if err != nil {
		return release.Built{}, said(err)
	}
	built := release.Built{Bytes: made.Bytes, Files: made.Files, Paths: []string{made.Path}, Key: made.Fingerprint}
	if err := built.Manifest.UnmarshalText([]byte(made.Manifest)); err != nil {
		return release.Built{}, fmt.Errorf("couldn't read the manifest's digest: %w", err)
	}
	for _, s := range made.Segments {
		built.Parts = append(built.Parts, release.Part{ID: s.ID(), SHA256: s.SHA256, Bytes: s.Bytes})
	}
	return built, nil
}

// said gives what can be wrong with a medium, or with what is given, the kind of error
// that people are told.
func said(err error) error {
	for _, kind := range [][2]error{
		{handover.ErrNothing, release.ErrNothing}, {handover.ErrInvalid, release.ErrInvalid}, {handover.ErrExists, release.ErrRefused},
		{handover.ErrFull, release.ErrFull}, {handover.ErrMedium, release.ErrMedium}, {handover.ErrAltered, release.ErrAltered},
	} {
		if errors.Is(err, kind[0]) {
			return fmt.Errorf("%w: %w", kind[1], err)
		}
	}
	return err
}

// packaged is the release as its package states it.
func (d *daemon) packaged(b release.Build) handover.Release {
	r := b.Release
	var asked []string
	for _, s := range r.Asked {
		asked = append(asked, fmt.Sprintf("%s: %s - %s", cameraList(s.Cameras), s.From, s.To))
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

func cameraSheets(c *configs.Config) (all []handover.Camera) {
	for _, camera := range c.Cameras {
		all = append(all, handover.Camera{ID: footage.CameraID(camera.ID), Name: camera.Name, Zone: camera.Zone})
	}
	return all
}
