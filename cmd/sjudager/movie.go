package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// writtenMovie is the document of the command.
type writtenMovie struct {
	File   string         `json:"file"`
	SHA256 footage.SHA256 `json:"sha256"`
	web.Movie
}

func movie(ctx context.Context, c console, o *options) error {
	camera, out := o.String("camera", "", ""), o.String("out", "", "")
	from, to := o.String("from", "", ""), o.String("to", "", "")
	force := o.Bool("force", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("camera", "from", "to", "out"); err != nil {
		return err
	}
	query := url.Values{}
	for option, given := range map[string]string{"from": *from, "to": *to} {
		at, err := parseTime(option, given, cl.zone, c.now())
		if err != nil {
			return err
		}
		query.Set(option, at.String())
	}
	if _, err := os.Lstat(*out); !errors.Is(err, fs.ErrNotExist) && !*force {
		return failure{exit: exitRefused, code: "exists", text: *out + " is there already", hint: "say --force to write over it"}
	}
	path := "cameras/" + url.PathEscape(*camera) + "/movie"
	m := writtenMovie{File: *out}
	if err := cl.get(ctx, path+".json", query, &m.Movie); err != nil {
		return err
	}
	if m.SHA256, err = cl.fetchMovie(ctx, c, path+".mp4", query, m.Movie, *out); err != nil {
		return err
	}
	if o.json {
		c.json(m)
		return nil
	}
	cl.printMovie(c, m)
	return nil
}

// fetchMovie writes the movie to the file out, which has all of it or is not changed.
func (c *client) fetchMovie(ctx context.Context, con console, path string, query url.Values, m web.Movie, out string) (sum footage.SHA256, err error) {
	query.Set("download", "true")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/"+path+"?"+query.Encode(), nil)
	if err != nil {
		return sum, fmt.Errorf("couldn't make the request: %w", err)
	}
	r.Header.Set("If-Match", `"`+m.ETag+`"`)
	resp, err := c.http.Do(r)
	if err != nil {
		return sum, c.unreachable(err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPreconditionFailed:
		return sum, failure{exit: exitFailed, code: "changed", text: "there is more or less footage now than a moment ago", hint: "try again"}
	default:
		return sum, answered(resp)
	}
	digest := sha256.New()
	err = writeFile(out, func(w io.Writer) error {
		n, err := io.Copy(io.MultiWriter(w, digest, &progress{console: con, of: m.Bytes}), resp.Body)
		if err == nil && n != m.Bytes {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
	return footage.SHA256(digest.Sum(nil)), err
}

// progress says on a terminal how much has been written.
type progress struct {
	console
	done, of int64
	said     time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	f, ok := p.err.(*os.File)
	if !ok || p.now().Sub(p.said) < time.Second && p.done < p.of {
		return len(b), nil
	}
	if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeCharDevice != 0 {
		end := ""
		if p.done == p.of {
			end = "\n"
		}
		fmt.Fprintf(f, "\r%s of %s (%d %%)%s", size(p.done), size(p.of), 100*p.done/p.of, end)
	}
	p.said = p.now()
	return len(b), nil
}

// printMovie says what has been written, and what of the span is not in it.
func (cl *client) printMovie(c console, m writtenMovie) {
	at := clock{cl.zone}
	fmt.Fprintf(c.out, "%s: %s, %s of footage\n", m.File, size(m.Bytes), time.Duration(m.Duration*float64(time.Second)).Round(time.Millisecond))
	fmt.Fprintf(c.out, "asked for: %s\ngiven:     %s (cut to key frames)\n", at.span(m.Asked.From, m.Asked.To), at.span(m.Given.From, m.Given.To))
	fmt.Fprintf(c.out, "SHA-256:   %s\n", m.SHA256)
	for _, g := range m.Gaps {
		fmt.Fprintf(c.out, "gap:       %s %s %s\n", at.span(g.From, g.To), g.Cause, g.Detail)
	}
	if m.Next != 0 {
		why := map[string]string{"changed": "the camera's picture is another from there on", "limit": "it would be too long"}[string(m.Ended)]
		fmt.Fprintf(c.out, "It ends early, because %s. The rest: --from %s\n", why, m.Next)
	}
}
