package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/web"
)

// defaultConfig is where an installation has its configuration.
const defaultConfig = "/etc/sjudager/sjudager.yaml"

// socketPath is where the running program listens for the commands.
func socketPath(dataDir string) string { return filepath.Join(dataDir, "sjudager.sock") }

// client speaks to the running program.
type client struct {
	http   http.Client
	socket string
	config string         // the file that told where it is
	zone   *time.Location // of the site, in which times are read and shown
	// configuration is what config holds: some commands work without the program.
	configuration *configs.Config
}

// connect declares --config, parses the options and returns a client for the
// program that runs with this configuration, and the arguments.
func (o *options) connect(names ...string) (*client, []string, error) {
	o.asJSON()
	file := o.String("config", defaultConfig, "")
	args, err := o.parse(names...)
	if err != nil {
		return nil, nil, err
	}
	config, err := configs.Load(*file)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "say with --config FILE which configuration the running sjudager has"
		}
		return nil, nil, failure{exit: exitFailed, code: "failed", text: err.Error(), hint: hint}
	}
	c := &client{socket: socketPath(config.DataDir), config: *file, zone: config.Site.Location(), configuration: config}
	c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", c.socket)
	}}
	return c, args, nil
}

// apiExit has the exit code for what the program answers.
var apiExit = map[web.Code]int{
	web.CodeInvalid:  exitUsage,
	web.CodeNotFound: exitNothing,
	web.CodeNothing:  exitNothing,
	web.CodeGone:     exitNothing,
	web.CodeRefused:  exitRefused,
	web.CodeDenied:   exitRefused,
	web.CodeWait:     exitRefused,
	web.CodeInternal: exitFailed,
}

// get asks for path below /api/v1/ and decodes the answer into answer.
func (c *client) get(ctx context.Context, path string, query url.Values, answer any) error {
	return c.do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, answer)
}

// post sends request to path below /api/v1/ and decodes the answer into answer.
func (c *client) post(ctx context.Context, path string, request, answer any) error {
	return c.do(ctx, http.MethodPost, path, request, answer)
}

func (c *client) do(ctx context.Context, method, path string, request, answer any) error {
	var body bytes.Buffer
	if method == http.MethodPost && request == nil {
		request = struct{}{}
	}
	if request != nil {
		if err := json.NewEncoder(&body).Encode(request); err != nil {
			return fmt.Errorf("couldn't encode the request: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost/api/v1/"+path, &body)
	if err != nil {
		return fmt.Errorf("couldn't make the request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return answered(resp)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("couldn't read the answer: %w", err)
	}
	return nil
}

// answered is what the program answers when it does not do what it is asked.
func answered(resp *http.Response) error {
	var e web.ErrorBody
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil || e.Error == nil {
		return fmt.Errorf("sjudager answered %s", resp.Status)
	}
	exit, known := apiExit[e.Error.Code]
	if !known {
		exit = exitFailed
	}
	return failure{exit: exit, code: string(e.Error.Code), text: e.Error.Message, missing: e.Error.Missing}
}

// unreachable explains why nobody answers at the socket.
func (c *client) unreachable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return failure{exit: exitFailed, code: "not-running",
			text: fmt.Sprintf("no sjudager is running with %s: nobody answers at %s", c.config, c.socket),
			hint: "start it with: sjudager serve --config " + c.config}
	case errors.Is(err, fs.ErrPermission):
		return failure{exit: exitFailed, code: "not-allowed",
			text: fmt.Sprintf("you may not open %s", c.socket),
			hint: "run this as root or as the account that sjudager runs as"}
	}
	return fmt.Errorf("couldn't ask the running sjudager: %w", err)
}
