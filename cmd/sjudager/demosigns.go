package main

import (
	"fmt"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// demoZones are the zones of the demo's cameras.
var demoZones = map[string]struct {
	kind      signage.Kind
	area      signage.Words
	entrances []signage.Entrance
}{
	"inngang": {"entrance", signage.Words{Norwegian: "inngang og kø, ikke salen", English: "entrance and queue, not the hall"},
		[]signage.Entrance{{ID: "hoved", Name: "Hovedinngang", Public: true}, {ID: "side", Name: "Sideinngang", Public: true}, {ID: "ansatt", Name: "Ansattinngang"}}},
	"sal":        {"stage-edge", signage.Words{Norwegian: "scenekanten, ikke sitteplassene", English: "the stage edge, not the seats"}, []signage.Entrance{{ID: "sal", Name: "Døra fra foajeen", Public: true}}},
	"varemottak": {"loading", signage.Words{Norwegian: "lasterampen", English: "the loading ramp"}, []signage.Entrance{{ID: "port", Name: "Porten mot bakgata", Public: true}}},
	"foajé":      {"foyer", signage.Words{Norwegian: "garderobeskranken i foajeen", English: "the cloakroom desk in the foyer"}, []signage.Entrance{{ID: "foaje", Name: "Svingdøra", Public: true}}},
}

// seedSigns gives a demo that begins anew a sign register in which every camera is
// announced and assessed, and one sign of two at the main entrance has a small defect.
func seedSigns(c *configs.Config, now time.Time) func(*signage.Signs) error {
	return func(s *signage.Signs) error {
		r, err := s.Now()
		if err != nil || len(r.Zones) > 0 {
			return err
		}
		seen := map[string]bool{}
		for _, camera := range c.Cameras {
			if !seen[camera.Zone] {
				seen[camera.Zone] = true
				err = seedZone(s, camera.Zone, footage.At(now))
			}
			if err == nil {
				_, err = s.PutSheet(signage.Sheet{Camera: footage.CameraID(camera.ID), Kind: signage.Real, Position: "på veggen over " + camera.Name, HeightCM: 320, View: 92, Pixels: 260,
					Make: "Eksempel", Model: "D-24", Firmware: "1.4.2", Masks: "vinduer mot gata, siden kameraet ble hengt opp", Purposes: []string{"danger", "theft", "security"}}, ledger.System)
			}
			if err != nil {
				return fmt.Errorf("couldn't make the demo's sign register: %w", err)
			}
		}
		return nil
	}
}

func seedZone(s *signage.Signs, name string, now footage.Instant) error {
	d, ok := demoZones[name]
	if !ok {
		d = demoZones["foajé"]
	}
	z, err := s.PutZone(signage.Zone{Name: name, Kind: d.kind, Entrances: d.entrances}, ledger.System)
	if err != nil {
		return err
	}
	hang := func(e signage.Entrance, size signage.Size, position string) (signage.Sign, error) {
		g, err := s.PutSign(signage.Sign{Size: size, Places: []signage.Place{{Zone: z.Number, Entrance: e.ID}}, Area: d.area, Position: position, State: signage.Up}, ledger.System)
		if err == nil {
			_, err = s.Inspect(signage.Inspection{Sign: g.Number, Occasion: signage.Install}, ledger.System)
		}
		return g, err
	}
	for _, e := range z.Entrances {
		if !e.Public {
			continue
		}
		if _, err := hang(e, signage.A3, "til høyre for "+e.Name+", 160 cm over gulvet"); err != nil {
			return err
		}
	}
	if name == "inngang" {
		g, err := hang(z.Entrances[0], signage.A4, "på gjerdet ved køen")
		if err == nil {
			_, err = s.Inspect(signage.Inspection{Sign: g.Number, Occasion: signage.Doors, Failed: []signage.Check{"lit"}, Defect: "lampa over skiltet er gått", Due: now.Add(72 * time.Hour)}, ledger.System)
		}
		if err != nil {
			return err
		}
	}
	_, err = s.Assess(signage.Assessment{
		Zone: z.Number, Interest: "Gjester, ansatte og artister skal være trygge, og tyveri skal forebygges.", Incidents: "Eksempel: to slagsmål og fem tyverier i fjor.",
		Alternatives: "Flere vakter og bedre lys ble prøvd først og var ikke nok.", Necessity: "Uten opptak kan ikke hendelser oppklares i ettertid.",
		Balance: "Kameraene ser bare det skiltene sier, uten lyd, og opptak slettes etter sju dager.", Safeguards: "Maskering mot gata, tilgang etter rolle, all avspilling logges.",
		Approved: true, Decider: "daglig leder", Decided: now.Add(-time.Hour), Review: now.Add(364 * 24 * time.Hour), DPIA: "Ikke nødvendig: få kameraer på et avgrenset sted.",
	}, ledger.System)
	return err
}
