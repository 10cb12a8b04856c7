package main

import (
	"context"
	"fmt"
	"net"

	"github.com/sjudager/sjudager/web/signage"
)

// listenNotice takes the address at which everybody may read the notice; nil: the
// configuration has none.
func (d *daemon) listenNotice() (net.Listener, error) {
	listen := d.Config.Signage.Listen
	if listen == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, failure{exit: exitFailed, code: "failed", text: fmt.Sprintf("%s:%d: signage.listen: couldn't open %s: %v", d.File, d.Config.Line("signage.listen"), listen, err),
			hint: "another program may have it: set signage.listen to another port, or remove it"}
	}
	return l, nil
}

// serveNotice serves the notice until ctx ends: over https where the configuration has
// a certificate that others trust.
func (d *daemon) serveNotice(ctx context.Context, l net.Listener) error {
	n := &signage.NoticeServer{Signs: d.signs, Log: d.Log}
	if d.Config.HTTP.TLS.Cert != "" {
		n.TLS = d.cert.config()
	}
	d.Log.Info("serving the notice", "address", l.Addr(), "https", n.TLS != nil)
	return n.Serve(ctx, l)
}
