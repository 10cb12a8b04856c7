package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// Site is what the pages say about the venue. Its time zone is that of the
// retention in force (holds.Policy), so that the clock on the page and the clock
// of the deadlines cannot differ.
type Site struct {
	Name       string
	Controller string // who answers for the recordings (behandlingsansvarlig); empty when not configured
}

// Setting is a value of the configuration.
type Setting struct {
	Path, Value string
	Line        int // in the file; 0 for a default
}

// Options is what a Server is made of. All fields are required unless they say
// otherwise. The functions are called with every request and from many
// goroutines, so that a changed configuration shows at once.
type Options struct {
	Site   func() Site
	Index  *index.DB
	Vault  *vault.Vault
	Holds  *holds.Holds
	Notary *ledger.Notary

	// Keys are those that sign packages.
	Keys *handover.Keyring
	// Releases is the release log.
	Releases *release.Log
	// Statements makes the daily statements and the answers about the past.
	Statements *statement.Maker
	Sweeper    *holds.Sweeper
	Clock      *holds.Clock
	Spool      *spool.Spool
	Store      store.Store

	// Health is every configured camera as its recorder sees it now, in the order
	// in which the page shows them.
	Health func() []footage.Health

	// TestCamera asks a configured camera for its video once, within seconds.
	TestCamera func(context.Context, footage.CameraID) (CameraTest, error)

	// Zones are the parts of the venue by name, with the cameras that see each.
	Zones func() map[string][]footage.CameraID

	// Alarms are those of every room that stand now.
	Alarms func() []footage.Alarm

	// Deleted is the sweeper's last deletion.
	Deleted func() holds.Deletion

	// Media are the folders besides the appliance's own that a package may be written to
	// over the network: media that are connected now. nil: none.
	Media func() []string

	// Settings are the values of the configuration that is in force, without secrets.
	Settings func() []Setting

	// WriteBackup writes a backup, and KeepBackup makes the one that is scheduled now and
	// says where it is. ErrNoBackup when the configuration has none.
	WriteBackup func(w io.Writer) error
	KeepBackup  func(ctx context.Context) (string, error)

	Accounts *account.Accounts

	// Signs are the signs that announce the cameras, and the notice.
	Signs *signage.Signs

	// Purposes are why footage of a camera may be watched (R55).
	Purposes func(footage.CameraID) []Purpose

	// Remote are networks that are served besides the local ones (R56); nil: none.
	Remote func() []netip.Prefix

	// TLS serves https; nil: http, on loopback addresses only. Fingerprint is the
	// SHA-256 of its certificate, as browsers show it.
	TLS         *tls.Config
	Fingerprint func() string

	Version string
	Started time.Time
	Now     func() time.Time
	Log     *slog.Logger
}

// Server answers HTTP on any number of listeners.
type Server struct {
	Options
	router   http.Handler
	rights   map[string]account.Right // by method and pattern of the routes
	rates    *rates
	views    views
	movies   movies
	tests    tests
	checking atomic.Pointer[CheckProgress] // nil when no check is under way
	looking  sync.Mutex                    // held while an inspection is entered by a page
}

// New returns a Server. It starts nothing; see ServeTCP and ServeUnix.
func New(o Options) *Server {
	s := &Server{Options: o, rates: &rates{}}
	pages() // what is wrong with them shows here, and not at the first visitor
	s.router = s.handler()
	return s
}

func (s *Server) now() footage.Instant { return footage.At(s.Now()) }

const (
	headerWithin = 5 * time.Second  // a client has sent its headers
	bodyWithin   = 30 * time.Second // and its body
	answerWithin = 30 * time.Second // and has taken the answer; footage and sweeps have limits of their own
	idleWithin   = 2 * time.Minute
	stopWithin   = 5 * time.Second // requests under way may end; a video that somebody watches would go on for ever
	maxHeader    = 16 << 10        // bytes
	maxBody      = 64 << 10        // bytes; the largest form has two thousand characters of reason
)

// ErrPlain: the listener can be reached from other machines, and is to be served
// without TLS. Passwords and footage would be there for everybody on the way.
var ErrPlain = errors.New("other machines are served over https only")

// ServeTCP serves the pages and the JSON API on l until ctx ends, and then closes
// it. A listener that is not on a loopback address needs Options.TLS, or it is
// ErrPlain. On a loopback address, a request whose Host header names another machine
// is refused: a page of a stranger that gives its own name our address (DNS
// rebinding) stays outside. Elsewhere this machine may have any name, and such a page
// has nothing to show: the session's cookie is that of another host. Requests under
// way when ctx ends have a few seconds.
func (s *Server) ServeTCP(ctx context.Context, l net.Listener) error {
	addr, ok := l.Addr().(*net.TCPAddr)
	loopback := ok && addr.IP.IsLoopback()
	if !loopback && s.TLS == nil {
		return errors.Join(fmt.Errorf("couldn't serve on %s: %w", l.Addr(), ErrPlain), l.Close())
	}
	h := s.localPeer(s.limitRate(s.router))
	if loopback {
		h = s.localHost(h)
	}
	if s.TLS != nil {
		l = tls.NewListener(l, s.TLS)
	}
	return s.serve(ctx, l, s.guard(h), nil)
}

// ServeUnix serves the same on a unix socket, whose file permissions are the
// access control. Acts that come this way are those of the peer's user id, such
// as "uid:0".
func (s *Server) ServeUnix(ctx context.Context, l *net.UnixListener) error {
	return s.serve(ctx, l, s.guard(s.router), s.withPeer)
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler, connContext func(context.Context, net.Conn) context.Context) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       bodyWithin,
		WriteTimeout:      answerWithin,
		IdleTimeout:       idleWithin,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug), // what strangers do to a connection
		ConnContext:       connContext,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("couldn't serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if server.Shutdown(stop) != nil {
		if err := server.Close(); err != nil {
			s.Log.Debug("closing connections", "error", err)
		}
	}
	<-served
	return nil
}
