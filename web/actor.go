package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
)

// overHTTP is the actor of everything that comes over TCP, until there are
// accounts.
const overHTTP = "web"

type actorKey struct{}

// actor is the pseudonymous id of whoever makes the request (R106).
func actor(r *http.Request) string {
	if by, ok := r.Context().Value(actorKey{}).(string); ok {
		return by
	}
	return overHTTP
}

// viewer is the right by which the request views footage (R34): until there are
// accounts, root and the account that sjudager runs as have the privacy right, at the
// socket; the page has not.
func viewer(r *http.Request) footage.Viewer {
	switch actor(r) {
	case "uid:0", fmt.Sprintf("uid:%d", os.Geteuid()):
		return footage.Privacy
	}
	return footage.Staff
}

// withPeer puts the user id at the other end of a unix socket into the context of
// its requests. A peer without one is turned away.
func (s *Server) withPeer(ctx context.Context, c net.Conn) context.Context {
	uid, err := peer(c.(*net.UnixConn))
	if err != nil {
		s.Log.Error("couldn't tell who is at the socket", "error", err)
		c.Close()
	}
	return context.WithValue(ctx, actorKey{}, fmt.Sprintf("uid:%d", uid))
}

func peer(c *net.UnixConn) (uid uint32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	if ctl := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); ctl != nil {
		err = ctl
	}
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
