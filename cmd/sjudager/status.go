package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

func status(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var s web.Status
	if err := cl.get(ctx, "status", nil, &s); err != nil {
		return err
	}
	if o.json {
		c.json(s)
		return nil
	}
	cl.printStatus(c, s)
	return nil
}

func (cl *client) printStatus(c console, s web.Status) {
	at := clock{cl.zone}
	fmt.Fprintf(c.out, "sjudager %s, running since %s; times are %s\n\n", s.Version, at.at(s.Started), cl.zone)
	if len(s.Cameras) == 0 {
		fmt.Fprintln(c.out, "no cameras are configured")
	} else {
		table(c.out, func(row func(...any)) {
			row("CAMERA", "STATE", "SINCE", "CODEC", "SIZE", "FPS", "MBIT/S", "LAST FRAME", "LOST", "")
			for _, cam := range s.Cameras {
				picture := "-"
				if cam.Width > 0 {
					picture = fmt.Sprintf("%dx%d", cam.Width, cam.Height)
				}
				why := string(cam.Cause)
				if cam.Detail != "" && cam.State == footage.StateWithheld {
					why = "not recording: " + cam.Detail
				} else if cam.Detail != "" {
					why += ": " + cam.Detail
				}
				row(cam.ID, cam.State, at.at(cam.Since), orDash(cam.Codec), picture, fmt.Sprintf("%.1f", cam.FPS),
					fmt.Sprintf("%.2f", float64(cam.Bitrate)/1e6), at.at(cam.LastFrame), cam.LostPackets, why)
			}
		})
	}
	since := func(oldest footage.Instant) string {
		if oldest == 0 {
			return ""
		}
		return ", the oldest of " + at.at(oldest)
	}
	paused := ""
	if s.Expiry.Paused != "" {
		paused = ", paused: " + string(s.Expiry.Paused)
	}
	fmt.Fprintln(c.out)
	table(c.out, func(row func(...any)) {
		row("spool", count(s.Spool.Segments, "segment")+", "+size(s.Spool.Bytes)+since(s.Spool.Oldest)+fullIn(s.Spool))
		row("store", s.Store.Kind+", "+count(s.Store.Segments, "segment")+", "+size(s.Store.Bytes)+since(s.Store.Oldest))
		row("deletion", fmt.Sprintf("%d overdue, next at %s, last sweep at %s%s", s.Expiry.Overdue, at.at(s.Expiry.NextDeadline), at.at(s.Expiry.LastSweep), paused))
		row("holds", fmt.Sprintf("%d active, keeping %s, %s", s.Holds.Active, count(s.Holds.Segments, "segment"), size(s.Holds.Bytes)))
		row("freezes", fmt.Sprintf("%d active, keeping %s, %s", s.Freezes.Active, count(s.Freezes.Segments, "segment"), size(s.Freezes.Bytes)))
		row("requests", fmt.Sprintf("%d open, %d overdue", s.Requests.Open, s.Requests.Overdue))
	})
	if len(s.Alarms) == 0 {
		fmt.Fprintln(c.out, "\nno alarms")
		return
	}
	fmt.Fprintln(c.out, "\nalarms:")
	table(c.out, func(row func(...any)) {
		for _, a := range s.Alarms {
			row("  "+at.at(a.Since), a.Code, orDash(a.Camera), a.Detail)
		}
	})
}

// fullIn says how long the spool's room lasts while the store is away.
func fullIn(s web.SpoolStatus) string {
	if s.FullIn == nil {
		return ""
	}
	return ", full in " + s.Lasts().Round(time.Second).String() + " unless the store comes back"
}
