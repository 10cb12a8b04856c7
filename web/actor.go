package web

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

type identityKey struct{}

// identity is who makes the request, or nil.
func identity(r *http.Request) *account.Identity {
	who, _ := r.Context().Value(identityKey{}).(*account.Identity)
	return who
}

// with is r made by who.
func with(ctx context.Context, who *account.Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// actor is the pseudonymous id of whoever makes the request (R106). What needs no
// account has none.
func actor(r *http.Request) string {
	if who := identity(r); who != nil {
		return who.ID
	}
	return "nobody"
}

// viewer is the right by which the request views footage (R34).
func viewer(r *http.Request) footage.Viewer {
	if identity(r).May(account.Frozen) {
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
	return with(ctx, &account.Identity{ID: fmt.Sprintf("uid:%d", uid), Machine: true})
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
