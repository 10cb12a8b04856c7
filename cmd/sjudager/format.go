package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// table prints rows of columns that line up. Each row is one Fprintln with tabs.
func table(w io.Writer, print func(row func(columns ...any))) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	print(func(columns ...any) {
		for i, c := range columns {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, c)
		}
		fmt.Fprintln(t)
	})
	t.Flush() // an error here is the terminal's leaving
}

// clock is how times are shown: local at the site, to the second.
type clock struct{ zone *time.Location }

func (c clock) at(i footage.Instant) string {
	if i == 0 {
		return "-"
	}
	return i.Time().In(c.zone).Format("2006-01-02 15:04:05")
}

// span shows two times, the second without its date where that is the same.
func (c clock) span(from, to footage.Instant) string {
	a, b := c.at(from), c.at(to)
	if day := a[:min(11, len(a))]; strings.HasPrefix(b, day) {
		b = b[len(day):]
	}
	return a + " - " + b
}

// size shows bytes with three digits or so.
func size(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1000, 0
	for ; f >= 999.5 && i < len(units)-1; i++ {
		f /= 1000
	}
	decimals := 0
	if f < 9.95 {
		decimals = 1
	}
	return fmt.Sprintf("%.*f %cB", decimals, f, units[i])
}

// count is "1 segment", "2 segments".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// orDash is "-" for what has no value, so that no column is empty.
func orDash[T ~string](s T) string {
	if s == "" {
		return "-"
	}
	return string(s)
}

// printMissing lists what a hold asks for and does not get.
func (c clock) printMissing(w io.Writer, missing []holds.Missing) {
	if len(missing) == 0 {
		return
	}
	fmt.Fprintln(w, "\nmissing:")
	table(w, func(row func(...any)) {
		for _, m := range missing {
			why := string(m.Why)
			if m.Cause != "" {
				why += ": " + string(m.Cause)
			}
			if m.Detail != "" {
				why += " (" + m.Detail + ")"
			}
			row("  "+string(m.Camera), c.span(m.From, m.To), why)
		}
	})
}
