package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
)

// localPeer serves local networks only: private, link-local and loopback addresses,
// and those that the configuration names with the decision behind it (R56).
func (s *Server) localPeer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr, err := netip.ParseAddr(peerAddress(r))
		if err != nil || !local(addr) && !slices.ContainsFunc(s.remote(), func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) }) {
			s.fail(w, r, fmt.Errorf("%w: %s is in none of them; http.remote in the configuration names others", errRemote, peerAddress(r)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

func (s *Server) remote() []netip.Prefix {
	if s.Remote == nil {
		return nil
	}
	return s.Remote()
}
