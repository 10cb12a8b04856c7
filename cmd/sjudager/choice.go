package main

import (
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// choice is the options that choose footage: --camera, --zone, --from and --to.
type choice struct{ cameras, zones, from, to *string }

func (o *options) choice() choice {
	return choice{o.String("camera", "", ""), o.String("zone", "", ""), o.String("from", "", ""), o.String("to", "", "")}
}

// read returns what the options say. With required it is a misuse to choose nothing.
func (f choice) read(o *options, zone *time.Location, now time.Time, required bool) (s web.Selection, err error) {
	if *f.cameras+*f.zones+*f.from+*f.to != "" || required {
		if *f.zones == "" {
			err = o.require("camera")
		}
		if err == nil {
			err = o.require("from", "to")
		}
	}
	if err != nil {
		return s, err
	}
	for zone := range strings.SplitSeq(*f.zones, ",") {
		if zone = strings.TrimSpace(zone); zone != "" {
			s.Zones = append(s.Zones, zone)
		}
	}
	if s.Cameras, err = cameraIDs("camera", *f.cameras); err != nil {
		return s, err
	}
	return s, readTimes(zone, now, timeOption{"from", *f.from, &s.From}, timeOption{"to", *f.to, &s.To})
}

// timeOption is an option that is a time, and where that goes; left out it stays as
// it is.
type timeOption struct {
	name, given string
	at          *footage.Instant
}

func readTimes(zone *time.Location, now time.Time, all ...timeOption) (err error) {
	for _, t := range all {
		if t.given == "" {
			continue
		}
		if *t.at, err = parseTime(t.name, t.given, zone, now); err != nil {
			return err
		}
	}
	return nil
}
