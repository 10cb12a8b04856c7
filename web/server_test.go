package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

func TestOnlyLoopback(t *testing.T) {
	s := newSite(t, saturday)
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ServeTCP(context.Background(), l); !errors.Is(err, ErrPlain) {
		t.Errorf("served to the world: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left open: %v", err)
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.ServeTCP(ctx, l); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Over the socket everything works as over HTTP, and acts are the peer's.
func TestUnixSocket(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	path := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.ServeUnix(ctx, l) }()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	r, err := client.Post("http://sjudager/api/v1/holds", "application/json", strings.NewReader(
		`{"cameras":["k01-inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:01Z","ground":"accident_likely","reason":"Et fall i trappen ved scenen"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var h Hold
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %v", r.StatusCode, err)
	}
	if want := fmt.Sprintf("uid:%d", os.Getuid()); h.Placed.By != want {
		t.Errorf("placed by %q, want %q", h.Placed.By, want)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	read(t, s.get("/sikringer/"+h.Number+"?lang=en").Body.String()).says("#hold", "the command line (user id ")
}

// A request under way when the server is told to stop is still answered, and a
// listener that fails is told.
func TestServeEnds(t *testing.T) {
	s := newSite(t, saturday)
	asked, answer := make(chan struct{}), make(chan struct{})
	s.Server.Alarms = func() []footage.Alarm {
		close(asked)
		<-answer
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.ServeTCP(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-asked
	cancel()
	close(answer)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r.Body); err != nil || len(b) == 0 {
		t.Errorf("%q %v", b, err)
	}
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * stopWithin):
		t.Fatal("it goes on")
	}

	l, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.ServeTCP(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}
