package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// build is what this program was made from.
type build struct {
	Version  string `json:"version"`  // of the module, or "devel"
	Revision string `json:"revision"` // of the source, where it is known; "+" when files were changed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	b.Revision += dirty
	return b
}

func version(_ context.Context, c console, o *options) error {
	o.asJSON()
	if _, err := o.parse(); err != nil {
		return err
	}
	b := thisBuild()
	if o.json {
		c.json(b)
		return nil
	}
	fmt.Fprintf(c.out, "sjudager %s", b.Version)
	if b.Revision != "" {
		fmt.Fprintf(c.out, " (%s)", b.Revision)
	}
	fmt.Fprintf(c.out, ", %s, %s\n", b.Go, b.Platform)
	return nil
}
