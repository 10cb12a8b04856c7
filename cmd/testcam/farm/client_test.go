package farm

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 7, 4, 19, 20, 0, 123456789, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// serveFrozen starts a server whose time is the clock's.
func serveFrozen(t testing.TB, cams ...Camera) (*Server, *clock) {
	t.Helper()
	c := newClock()
	s, err := start("127.0.0.1:0", c.Now, cams...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, c
}

// advance moves the clock by d and sends what became due.
func advance(s *Server, c *clock, d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	s.step(c.Now())
}

// serve starts a server in real time.
func serve(t testing.TB, cams ...Camera) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", cams...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is a bare RTSP client over TCP.
type client struct {
	t       testing.TB
	nc      net.Conn
	r       *bufio.Reader
	url     string
	cseq    int
	session string
	// authorize gives the Authorization header for a request, if it is set.
	authorize func(method, url string) string
}

type answer struct {
	status int
	header textproto.MIMEHeader
	body   string
}

// frame is an interleaved frame.
type frame struct {
	channel byte
	data    []byte
}

func (f frame) seq() uint16       { return binary.BigEndian.Uint16(f.data[2:]) }
func (f frame) timestamp() uint32 { return binary.BigEndian.Uint32(f.data[4:]) }
func (f frame) ssrc() uint32      { return binary.BigEndian.Uint32(f.data[8:]) }
func (f frame) marker() bool      { return f.data[1]&0x80 != 0 }

func dial(t testing.TB, s *Server, path string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{t: t, nc: nc, r: bufio.NewReader(nc), url: s.URL(path)}
}

// send writes a request without waiting for its answer.
func (c *client) send(method, url string, headers ...string) {
	c.t.Helper()
	c.cseq++
	headers = append(headers, "CSeq: "+strconv.Itoa(c.cseq))
	if c.session != "" {
		headers = append(headers, "Session: "+c.session)
	}
	if c.authorize != nil {
		headers = append(headers, "Authorization: "+c.authorize(method, url))
	}
	if _, err := fmt.Fprintf(c.nc, "%s %s RTSP/1.0\r\n%s\r\n\r\n", method, url, strings.Join(headers, "\r\n")); err != nil {
		c.t.Fatalf("couldn't send %s: %v", method, err)
	}
}

// ask sends a request and returns its answer, past interleaved frames.
func (c *client) ask(method, url string, headers ...string) answer {
	c.t.Helper()
	c.send(method, url, headers...)
	for c.peek(1)[0] == '$' {
		c.readFrame()
	}
	return c.readAnswer(method)
}

func (c *client) readAnswer(method string) answer {
	c.t.Helper()
	tp := textproto.NewReader(c.r)
	line, err := tp.ReadLine()
	if err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	words := strings.SplitN(line, " ", 3)
	a := answer{}
	if a.status, err = strconv.Atoi(words[1]); err != nil || words[0] != "RTSP/1.0" {
		c.t.Fatalf("%s: status line %q", method, line)
	}
	if a.header, err = tp.ReadMIMEHeader(); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	if got := a.header.Get("CSeq"); got != strconv.Itoa(c.cseq) {
		c.t.Fatalf("%s: CSeq %s, want %d", method, got, c.cseq)
	}
	if n, _ := strconv.Atoi(a.header.Get("Content-Length")); n > 0 {
		body := make([]byte, n)
		if _, err := io.ReadFull(c.r, body); err != nil {
			c.t.Fatalf("%s: %v", method, err)
		}
		a.body = string(body)
	}
	if id, _, _ := strings.Cut(a.header.Get("Session"), ";"); id != "" {
		c.session = id
	}
	return a
}

// must is ask for what has to succeed.
func (c *client) must(method, url string, headers ...string) answer {
	c.t.Helper()
	a := c.ask(method, url, headers...)
	if a.status != 200 {
		c.t.Fatalf("%s: status %d", method, a.status)
	}
	return a
}

// play asks for the video over TCP and returns what PLAY answered.
func (c *client) play() answer {
	c.t.Helper()
	c.must("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
	return c.must("PLAY", c.url+"/")
}

func (c *client) peek(n int) []byte {
	c.t.Helper()
	c.nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	b, err := c.r.Peek(n)
	if err != nil {
		c.t.Fatalf("couldn't read: %v", err)
	}
	return b
}

func (c *client) readFrame() frame {
	c.t.Helper()
	head := c.peek(4)
	if head[0] != '$' {
		c.t.Fatalf("%q is no interleaved frame", head)
	}
	f := frame{channel: head[1], data: make([]byte, binary.BigEndian.Uint16(head[2:]))}
	c.r.Discard(4)
	if _, err := io.ReadFull(c.r, f.data); err != nil {
		c.t.Fatalf("couldn't read a frame: %v", err)
	}
	return f
}

// packet returns the next RTP packet of video.
func (c *client) packet() frame {
	c.t.Helper()
	for {
		if f := c.readFrame(); f.channel == 0 {
			return f
		}
	}
}

// received is an access unit that came in.
type received struct {
	data      []byte // as in Unit
	timestamp uint32
	first     uint16 // sequence number of its first packet
	packets   int
}

// unit returns the next access unit.
func (c *client) unit(codec Codec) received {
	c.t.Helper()
	var u received
	var payloads [][]byte
	for {
		p := c.packet()
		if u.packets == 0 {
			u.timestamp, u.first = p.timestamp(), p.seq()
		}
		if p.timestamp() != u.timestamp || p.seq() != u.first+uint16(u.packets) {
			c.t.Fatalf("packet with timestamp %d, number %d within the unit of timestamp %d, number %d", p.timestamp(), p.seq(), u.timestamp, u.first)
		}
		u.packets++
		payloads = append(payloads, p.data[headerSize:])
		if p.marker() {
			break
		}
	}
	var err error
	if u.data, err = depacketize(codec, payloads); err != nil {
		c.t.Fatal(err)
	}
	return u
}

// ended tells whether the server closed the connection, past what was on its way.
func (c *client) ended() bool {
	c.nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := io.Copy(io.Discard, c.r)
	ne, ok := err.(net.Error)
	return !ok || !ne.Timeout()
}

// arrived returns the frames that came until a request was answered: all that
// the server had sent.
func (c *client) arrived() []frame {
	c.t.Helper()
	var all []frame
	c.send("GET_PARAMETER", c.url+"/")
	for c.peek(1)[0] == '$' {
		all = append(all, c.readFrame())
	}
	c.readAnswer("GET_PARAMETER")
	return all
}

// quiet tells whether nothing but RTCP has arrived.
func (c *client) quiet() bool {
	c.t.Helper()
	return !slices.ContainsFunc(c.arrived(), func(f frame) bool { return f.channel%2 == 0 })
}

// find returns the number of the unit in clip that has data.
func find(t testing.TB, clip *Clip, data []byte) int {
	t.Helper()
	for i, u := range clip.Units {
		if bytes.Equal(u.Data, data) {
			return i
		}
	}
	t.Fatal("received a unit that is not in the clip")
	return -1
}
