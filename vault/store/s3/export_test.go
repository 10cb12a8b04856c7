package s3

import (
	"context"
	"net"
	"time"
)

// Hurry makes attempts follow each other at once.
func Hurry() { pause = time.Millisecond }

// DialLoopback makes every host name one of this machine.
func DialLoopback() {
	real := dial
	dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return real(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
}
