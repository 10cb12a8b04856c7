package batch

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"math/big"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// dial returns both ends of a connection, ours read by l.
func dial(t *testing.T, l *Loop) (ours *Conn, theirs *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := listener.Accept()
		accepted <- c
	}()
	nc, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs = (<-accepted).(*net.TCPConn)
	t.Cleanup(func() { theirs.Close() })
	ours, err = l.Add(t.Context(), nc.(*net.TCPConn), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	return ours, theirs
}

func newTestLoop(t *testing.T) *Loop {
	l := New()
	t.Cleanup(l.Close)
	return l
}

func write(t *testing.T, w io.Writer, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
}

// taker takes frames.
type taker struct {
	mu     sync.Mutex
	frames [][]byte // mu
}

func (k *taker) take(frames iter.Seq[Frame]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for f := range frames {
		k.frames = append(k.frames, bytes.Clone(f.Payload))
	}
}

func (k *taker) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.frames)
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}

func TestConversation(t *testing.T) {
	ours, theirs := dial(t, newTestLoop(t))
	if _, ok := ours.RemoteAddr().(*net.TCPAddr); !ok || ours.RemoteAddr().String() != theirs.LocalAddr().String() || ours.LocalAddr().String() != theirs.RemoteAddr().String() {
		t.Errorf("the addresses are %v and %v", ours.LocalAddr(), ours.RemoteAddr())
	}
	write(t, ours, []byte("DESCRIBE"))
	read(t, theirs, "DESCRIBE")
	write(t, theirs, []byte("$ everything \x00 is for Read"))
	read(t, ours, "$ everything \x00 is for Read")

	k := &taker{}
	ours.Split(4, k.take)
	write(t, theirs, append(framed(4, packet(1, 9)), answer...))
	read(t, ours, answer)
	if k.count() != 1 || !bytes.Equal(k.frames[0], packet(1, 9)) {
		t.Errorf("the frames are %q", k.frames)
	}

	write(t, theirs, []byte(request))
	theirs.Close()
	if rest, err := io.ReadAll(ours); string(rest) != request || err != nil {
		t.Errorf("what came before the end: %q, %v", rest, err)
	}
}

func TestReset(t *testing.T) {
	ours, theirs := dial(t, newTestLoop(t))
	theirs.SetLinger(0)
	theirs.Close()
	var e *net.OpError
	if _, err := ours.Read(make([]byte, 9)); !errors.As(err, &e) || e.Op != "read" {
		t.Errorf("reading ends with %v", err)
	}
}

func TestReadDeadline(t *testing.T) {
	ours, theirs := dial(t, newTestLoop(t))
	began := time.Now()
	ours.SetReadDeadline(began.Add(50 * time.Millisecond))
	if _, err := ours.Read(make([]byte, 9)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) < 50*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	ours.SetDeadline(time.Time{})
	write(t, theirs, []byte("x"))
	read(t, ours, "x")
}

// TestCloseEndsWhatWaits: a Read, a Write to somebody who does not read, and
// batches.
func TestCloseEndsWhatWaits(t *testing.T) {
	before := descriptors(t)
	l := newTestLoop(t)
	ours, theirs := dial(t, l)
	k := &taker{}
	ours.Split(0, k.take)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := io.Copy(io.Discard, ours); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Read ends with %v", err)
		}
	})
	waiting.Go(func() {
		if _, err := ours.Write(make([]byte, 64<<20)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write ends with %v", err)
		}
	})
	waiting.Go(func() {
		for i := uint16(0); ; i++ {
			if _, err := theirs.Write(framed(0, packet(i, 1000))); err != nil {
				return
			}
		}
	})
	until(t, "frames", func() bool { return k.count() > 100 })
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
	n := k.count()
	if err := ours.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closing again: %v", err)
	}
	waiting.Wait()
	if k.count() != n {
		t.Error("frames came after Close")
	}
	theirs.Close()
	until(t, "the descriptors to be closed", func() bool { return descriptors(t) <= before })
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestWriteDeadline(t *testing.T) {
	ours, _ := dial(t, newTestLoop(t))
	ours.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := ours.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
}

func TestTooMuchRubbish(t *testing.T) {
	ours, theirs := dial(t, newTestLoop(t))
	ours.Split(0, (&taker{}).take)
	go theirs.Write(make([]byte, 64<<20))
	if _, err := ours.Read(make([]byte, 1)); err != ErrRubbish {
		t.Errorf("it ends with %v", err)
	}
}

// TestUnread: what nobody reads is left in the socket.
func TestUnread(t *testing.T) {
	ours, theirs := dial(t, newTestLoop(t))
	theirs.SetWriteDeadline(time.Now().Add(time.Second))
	n, err := theirs.Write(make([]byte, 256<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || ours.waiting() > maxUnread+batchSize {
		t.Errorf("%d bytes could be sent, %v; %d wait", n, err, ours.waiting())
	}
}

// TestMadConnections: some that send frames, rubbish and messages without end, as
// fast as they can, and one that stands still, delay another one little.
func TestMadConnections(t *testing.T) {
	l := newTestLoop(t)
	goroutines := runtime.NumGoroutine()
	var mad sync.WaitGroup
	defer mad.Wait()
	var ends []net.Conn
	defer func() {
		for _, c := range ends {
			c.Close()
		}
	}()
	for _, flood := range [][]byte{framed(0, packet(1, 1400)), []byte("rubbish "), []byte(answer), append([]byte("RTSP/1.0 200 OK\r\n"), bytes.Repeat([]byte("x"), 200)...), []byte("$"), nil} {
		ours, theirs := dial(t, l)
		ours.Split(0, func(frames iter.Seq[Frame]) {
			for range frames {
			}
		})
		ends = append(ends, theirs)
		mad.Go(func() {
			for b := bytes.Repeat(flood, 100); len(b) > 0; {
				if _, err := theirs.Write(b); err != nil {
					return
				}
			}
		})
	}
	ours, theirs := dial(t, l)
	if grown := runtime.NumGoroutine() - goroutines; grown > len(ends) {
		t.Errorf("there are %d goroutines more, %d of them the test's", grown, len(ends))
	}
	began := time.Now()
	n, worst := 0, time.Duration(0)
	enough := make(chan struct{})
	ours.Split(0, func(frames iter.Seq[Frame]) {
		for f := range frames {
			worst = max(worst, time.Since(began)-time.Duration(binary.BigEndian.Uint64(f.Payload[12:])))
			if n++; n == 100 {
				close(enough)
			}
		}
	})
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for i := range uint16(100) {
		<-ticker.C
		write(t, theirs, framed(0, binary.BigEndian.AppendUint64(packet(i, 0), uint64(time.Since(began)))))
	}
	<-enough
	// 200 ms are the period; the rest is for a busy machine.
	if worst > 3*time.Second {
		t.Errorf("a frame came %v late", worst)
	}
	t.Logf("the latest frame came after %v", worst)
}

// TestTLS: as without, through records that are cut anywhere.
func TestTLS(t *testing.T) {
	before := runtime.NumGoroutine()
	certificate := selfSigned(t)
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	l := New()
	const n = 3000
	var camera sync.WaitGroup
	camera.Go(func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		s := tls.Server(&dribble{Conn: c}, &tls.Config{Certificates: []tls.Certificate{certificate}})
		read(t, s, "PLAY")
		for i := range uint16(n) {
			write(t, s, framed(0, packet(i, int(i%1400))))
		}
		write(t, s, []byte(answer))
		read(t, s, "TEARDOWN")
		s.Close()
	})
	nc, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ours, err := l.Add(t.Context(), nc.(*net.TCPConn), &tls.Config{RootCAs: roots, ServerName: "camera"})
	if err != nil {
		t.Fatal(err)
	}
	k := &taker{}
	ours.Split(0, k.take)
	write(t, ours, []byte("PLAY"))
	read(t, ours, answer)
	for i, f := range k.frames {
		if !bytes.Equal(f, packet(uint16(i), i%1400)) {
			t.Fatalf("frame %d is not what was sent", i)
		}
	}
	if k.count() != n {
		t.Errorf("%d frames of %d", k.count(), n)
	}
	write(t, ours, []byte("TEARDOWN"))
	if _, err := ours.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("it ends with %v", err)
	}
	camera.Wait()
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
	l.Close()
	until(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

// dribble sends in small pieces, now and then with a pause.
type dribble struct {
	net.Conn
	n int
}

func (d *dribble) Write(b []byte) (int, error) {
	for part := b; len(part) > 0; {
		n := min(len(part), 1+d.n*37%700)
		if d.n++; d.n%100 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
		if _, err := d.Conn.Write(part[:n]); err != nil {
			return 0, err
		}
		part = part[n:]
	}
	return len(b), nil
}

// TestHandshake: one that fails, and one that does not end.
func TestHandshake(t *testing.T) {
	before := descriptors(t)
	l := newTestLoop(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	connect := func() *net.TCPConn {
		nc, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return nc.(*net.TCPConn)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := l.Add(ctx, connect(), &tls.Config{ServerName: "camera"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a camera that says nothing: %v", err)
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
			s.Handshake()
			s.Close()
		}
	}()
	var bad *tls.CertificateVerificationError
	if _, err := l.Add(t.Context(), connect(), &tls.Config{ServerName: "camera"}); !errors.As(err, &bad) {
		t.Errorf("a certificate that nobody knows: %v", err)
	}
	listener.Close()
	until(t, "the descriptors to be closed", func() bool { return descriptors(t) <= before })
}

func selfSigned(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"camera"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestDue(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct{ every, age, now, want time.Duration }{
		{period, 0, 1, 20 * ms},
		{period, 0, 20 * ms, 40 * ms},
		{period, 999 * ms, 1234 * ms, 1240 * ms},
		{period, 1000 * ms, 1234 * ms, 1400 * ms},
		{period, time.Hour, time.Hour, time.Hour + 200*ms},
		{period, time.Hour, time.Hour + 199*ms, time.Hour + 200*ms},
		{often, 999 * ms, 1234 * ms, 1240 * ms},
		{often, time.Hour, 1234 * ms, 1250 * ms},
	} {
		if got := due(test.every, test.age, test.now); got != test.want {
			t.Errorf("every %v, at the age of %v, at %v: %v, want %v", test.every, test.age, test.now, got, test.want)
		}
	}
}
