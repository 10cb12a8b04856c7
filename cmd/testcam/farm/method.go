package farm

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// The tracks of a camera, by their number in URLs.
const (
	videoTrack = iota
	audioTrackID
	trackCount
)

// statusText has the reason phrases of the answers given (RFC 2326 section 7.1.1).
var statusText = map[int]string{
	200: "OK",
	302: "Moved Temporarily",
	400: "Bad Request",
	401: "Unauthorized",
	404: "Not Found",
	454: "Session Not Found",
	455: "Method Not Valid in This State",
	459: "Aggregate Operation Not Allowed",
	461: "Unsupported Transport",
	501: "Not Implemented",
}

// response is an answer without what all have in common. Headers are whole
// lines without their ends.
type response struct {
	status  int
	headers []string
	body    string
}

// reply queues the answer to req.
func (c *conn) reply(req request, res response) {
	var b strings.Builder
	fmt.Fprintf(&b, "RTSP/1.0 %d %s\r\nServer: testcam\r\n", res.status, statusText[res.status])
	if cseq := req.header.Get("CSeq"); cseq != "" {
		fmt.Fprintf(&b, "CSeq: %s\r\n", cseq)
	}
	for _, h := range res.headers {
		b.WriteString(h + "\r\n")
	}
	if res.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(res.body))
	}
	b.WriteString("\r\n" + res.body)

	if !c.queue(c.server.now(), func(out []byte) []byte { return append(out, b.String()...) }) {
		c.close() // it asks and asks and never reads
	}
}

// handle answers req, and tells whether the connection goes on.
func (c *conn) handle(req request) bool {
	path, track, err := target(req.url)
	if err != nil {
		c.reply(req, response{status: 400})
		return true
	}
	feed := c.server.feeds[path]
	var door door
	if feed != nil {
		door = feed.door()
		switch {
		case door.hung:
			return true
		case c.session == nil && door.refusal == HangUp:
			return false
		case c.session == nil && door.refusal == NotFound:
			feed = nil
		}
	}
	opens := door.account.judge(req.method, req.header.Get("Authorization"))
	c.refused = feed != nil && req.method != "OPTIONS" && opens != admitted
	if feed != nil && opens == admitted && req.header.Get("Authorization") != "" {
		feed.spend()
	}
	switch {
	case req.method == "OPTIONS":
		c.reply(req, response{status: 200, headers: []string{"Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"}})
	case feed == nil:
		c.reply(req, response{status: 404})
	case req.method == "DESCRIBE" && door.redirect != "":
		c.reply(req, response{status: 302, headers: []string{"Location: " + door.redirect}})
	case opens != admitted:
		res := response{status: 401}
		for _, challenge := range door.account.challenges(opens) {
			res.headers = append(res.headers, "WWW-Authenticate: "+challenge)
		}
		c.reply(req, res)
	case req.method == "DESCRIBE":
		c.reply(req, response{
			status:  200,
			headers: []string{"Content-Type: application/sdp", "Content-Base: " + strings.TrimSuffix(req.url, "/") + "/"},
			body:    feed.sdp(),
		})
	case req.method == "SETUP":
		c.setup(req, feed, max(track, videoTrack))
	case req.method == "GET_PARAMETER":
		c.reply(req, response{status: 200, headers: c.sessionHeader()})
	case req.method != "PLAY" && req.method != "TEARDOWN":
		c.reply(req, response{status: 501})
	case !c.owns(req, feed):
		c.reply(req, response{status: 454})
	case req.method == "PLAY":
		feed.play(c.session, func(res response) { c.reply(req, res) }, strings.TrimSuffix(req.url, "/"))
	default:
		c.leave()
		c.reply(req, response{status: 200})
	}
	return true
}

// owns tells whether req is about this connection's session.
func (c *conn) owns(req request, feed *Feed) bool {
	id, _, _ := strings.Cut(req.header.Get("Session"), ";")
	return c.session != nil && c.session.feed == feed && id == c.session.id
}

func (c *conn) sessionHeader() []string {
	if c.session == nil {
		return nil
	}
	return []string{fmt.Sprintf("Session: %s;timeout=%d", c.session.id, int(c.session.feed.camera.SessionTimeout/time.Second))}
}

// leave ends the session, if there is one. Only run's goroutine calls it.
func (c *conn) leave() {
	if c.session != nil {
		c.session.feed.leave(c.session)
		c.session = nil
	}
}

func (c *conn) setup(req request, feed *Feed, number int) {
	switch {
	case number >= trackCount || number == audioTrackID && !feed.camera.Audio:
		c.reply(req, response{status: 404})
		return
	case c.session != nil && c.session.feed != feed:
		c.reply(req, response{status: 459})
		return
	case c.session != nil && !c.owns(req, feed):
		c.reply(req, response{status: 454})
		return
	case c.session != nil && c.session.playing:
		c.reply(req, response{status: 455})
		return
	}
	offer, ok := feed.choose(parseTransports(req.header.Get("Transport")), c)
	if !ok {
		c.reply(req, response{status: 461})
		return
	}
	if c.session == nil {
		c.session = &session{conn: c, feed: feed, id: fmt.Sprintf("%016x", rand.Uint64()), multicast: offer.multicast}
	}
	t := newTrack()
	var agreed string
	switch {
	case offer.tcp:
		t.tcp, t.channel = true, byte(2*number)
		if offer.channelGiven {
			t.channel = offer.channel
		}
		agreed = fmt.Sprintf("RTP/AVP/TCP;unicast;interleaved=%d-%d", t.channel, t.channel+1)
	case offer.multicast:
		t, agreed = feed.join(number)
	default:
		ip := c.nc.RemoteAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Addr().Unmap()
		t.rtp, t.rtcp = netip.AddrPortFrom(ip, offer.low), netip.AddrPortFrom(ip, offer.high)
		port := c.server.udp.port()
		agreed = fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d;server_port=%d-%d", offer.low, offer.high, port, port+1)
	}
	if number == videoTrack && feed.camera.First != nil {
		t.ssrc = feed.camera.First.SSRC
	}
	c.session.tracks[number] = t
	if !feed.camera.Unnamed {
		agreed += fmt.Sprintf(";ssrc=%08X", t.ssrc)
	}
	c.reply(req, response{status: 200, headers: append(c.sessionHeader(), "Transport: "+agreed)})
}

// newTrack returns a track that begins anywhere (RFC 3550 section 5.1).
func newTrack() track {
	return track{set: true, ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), base: rand.Uint32()}
}

// choose returns the first way of delivery that the camera serves to c. All
// tracks of a session are in the group, or none; what is secured stays on its
// connection.
func (f *Feed) choose(offers []transport, c *conn) (transport, bool) {
	for _, offer := range offers {
		switch {
		case c.session != nil && c.session.multicast != offer.multicast:
		case offer.tcp, f.camera.UDP != UDPRefused && !c.secured():
			return offer, true
		}
	}
	return transport{}, false
}
