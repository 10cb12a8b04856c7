package farm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// errRequest is wrapped by what readRequest returns about a malformed request.
var errRequest = errors.New("malformed request")

// Limits of a request, in lines and bytes; a client that exceeds them is cut off.
const (
	maxHeaders = 64
	maxBody    = 64 << 10
)

// request is one RTSP request (RFC 2326 section 6) without its body, which no
// method here needs.
type request struct {
	method string
	url    string
	header textproto.MIMEHeader
}

// readRequest reads the next request, past interleaved frames before it. A line
// is at most as long as r's buffer.
func readRequest(r *bufio.Reader) (request, error) {
	for {
		first, err := r.Peek(1)
		if err != nil {
			return request{}, err
		}
		if first[0] != '$' {
			break
		}
		frame, err := r.Peek(framingSize)
		if err != nil {
			return request{}, err
		}
		if _, err := r.Discard(framingSize + int(frame[2])<<8 + int(frame[3])); err != nil {
			return request{}, err
		}
	}
	line, err := readLine(r)
	if err != nil {
		return request{}, err
	}
	words := strings.Fields(line)
	if len(words) != 3 || words[2] != "RTSP/1.0" {
		return request{}, fmt.Errorf("%w: it begins %q", errRequest, line)
	}
	req := request{method: words[0], url: words[1], header: make(textproto.MIMEHeader)}
	for range maxHeaders {
		if line, err = readLine(r); err != nil {
			return request{}, err
		}
		if line == "" {
			return req, skipBody(r, req.header.Get("Content-Length"))
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return request{}, fmt.Errorf("%w: header %q has no colon", errRequest, line)
		}
		req.header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return request{}, fmt.Errorf("%w: more than %d headers", errRequest, maxHeaders)
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", fmt.Errorf("%w: a line is longer than %d bytes", errRequest, r.Size())
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func skipBody(r *bufio.Reader, length string) error {
	if length == "" {
		return nil
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > maxBody {
		return fmt.Errorf("%w: content length %q", errRequest, length)
	}
	_, err = r.Discard(n)
	return err
}

const controlPrefix = "trackID="

// target splits a request's URL into the camera's path and the track, which is
// -1 for the camera as a whole.
func target(raw string) (path string, track int, err error) {
	track = -1
	if base, control, ok := strings.Cut(raw, "/"+controlPrefix); ok {
		if track, err = strconv.Atoi(control); err != nil || track < 0 {
			return "", 0, fmt.Errorf("%w: no such track: %s", errRequest, control)
		}
		raw = base
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", errRequest, err)
	}
	return strings.Trim(u.Path, "/"), track, nil
}

// transport is one way of delivery that a client offers (RFC 2326 section 12.39).
type transport struct {
	tcp          bool
	multicast    bool
	low, high    uint16 // UDP: the client's ports for RTP and RTCP
	channel      byte   // TCP: the channel of RTP; RTCP has the next
	channelGiven bool
}

// parseTransports reads a Transport header and leaves out what can't be served:
// recording, unknown profiles, and numbers out of range.
func parseTransports(header string) []transport {
	var all []transport
	for offer := range strings.SplitSeq(header, ",") {
		if t, ok := parseTransport(offer); ok {
			all = append(all, t)
		}
	}
	return all
}

func parseTransport(offer string) (t transport, ok bool) {
	profile, params, _ := strings.Cut(strings.TrimSpace(offer), ";")
	switch profile {
	case "RTP/AVP/TCP":
		t.tcp = true
	case "RTP/AVP", "RTP/AVP/UDP":
	default:
		return t, false
	}
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		switch strings.ToLower(name) {
		case "multicast":
			t.multicast = true
		case "mode":
			if !strings.EqualFold(strings.Trim(value, `"`), "PLAY") {
				return t, false
			}
		case "interleaved":
			low, high, ok := parsePair(value)
			if !ok || high > 255 {
				return t, false
			}
			t.channel, t.channelGiven = byte(low), true
		case "client_port":
			if t.low, t.high, ok = parsePair(value); !ok {
				return t, false
			}
		}
	}
	if t.multicast {
		return transport{multicast: true}, !t.tcp // the group's address and ports are the camera's
	}
	return t, t.tcp || t.low != 0
}

// parsePair reads "4-5", or "4" for the same, with the second the next after the first.
func parsePair(s string) (low, high uint16, ok bool) {
	first, second, both := strings.Cut(s, "-")
	l, err := strconv.ParseUint(first, 10, 16)
	if err != nil || l == 65535 {
		return 0, 0, false
	}
	if both && second != strconv.FormatUint(l+1, 10) {
		return 0, 0, false
	}
	return uint16(l), uint16(l) + 1, true
}
