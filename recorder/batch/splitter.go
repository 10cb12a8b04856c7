package batch

import (
	"bytes"
	"strconv"
)

const (
	headerSize = 4 // of a frame: '$', channel, length
	maxFrame   = headerSize + 1<<16 - 1
	// maxUnlikely is the greatest length of a frame whose content is no packet:
	// more is not waited for.
	maxUnlikely = 2 << 10
	// maxMessage is the greatest length of an RTSP message in bytes; no camera
	// has more to say in the midst of its video.
	maxMessage = 128 << 10
)

// Frame is an interleaved frame.
type Frame struct {
	Channel byte
	Payload []byte // good until the next frame
}

// token is what a splitter finds.
type token uint8

const (
	incomplete token = iota // more bytes are needed
	frame
	message // of RTSP
	rubbish
)

// splitter divides what a camera sends into frames and messages. Out of step,
// after something that is neither, it takes for a frame only what is one in all
// likelihood: '$' and a small number are anywhere in video.
type splitter struct {
	channel   byte // of RTP; RTCP has the next one
	outOfStep bool
	sender    [4]byte // the SSRC of the last RTP packet
}

// next returns what b, which is not empty, begins with and how long that is. The
// length of rubbish is up to where something else may begin.
func (s *splitter) next(b []byte) (token, int) {
	kind, size := s.look(b)
	switch kind {
	case rubbish:
		s.outOfStep = true
		for size < len(b) && !begins(b[size]) {
			size++
		}
	case frame:
		s.outOfStep = false
		if b[1] == s.channel && size >= ssrcEnd {
			s.sender = [4]byte(b[ssrcEnd-4 : ssrcEnd])
		}
	case message:
		s.outOfStep = false
	}
	return kind, size
}

// begins reports whether a frame or a message can begin with c.
func begins(c byte) bool { return c == '$' || c >= 'A' && c <= 'Z' }

func (s *splitter) look(b []byte) (token, int) {
	switch {
	case b[0] == '$':
		return s.frame(b)
	case begins(b[0]):
		return s.message(b)
	}
	return rubbish, 1
}

// ssrcEnd is where the SSRC ends in a frame of RTP.
const ssrcEnd = headerSize + 12

// frame looks at what begins with '$'. A packet of the video is believed if it is
// of version 2 and, out of step, comes from the same sender as those before.
// Anything else must be followed by what can follow: packets that are none, other
// tracks, and, out of step, a new sender.
func (s *splitter) frame(b []byte) (token, int) {
	if len(b) < headerSize {
		return incomplete, 0
	}
	size := headerSize + int(b[2])<<8 + int(b[3])
	if size > headerSize && len(b) == headerSize {
		return incomplete, 0
	}
	ours := b[1] == s.channel || b[1] == s.channel+1
	likely := size > headerSize && b[headerSize]>>6 == 2
	if !likely && (!ours || size > maxUnlikely) || s.outOfStep && !(ours && likely) {
		return rubbish, 1
	}
	if len(b) < size {
		return incomplete, 0
	}
	if ours && likely && (!s.outOfStep || size >= ssrcEnd && [4]byte(b[ssrcEnd-4:ssrcEnd]) == s.sender) {
		return frame, size
	}
	switch {
	case len(b) == size:
		return incomplete, 0
	case !begins(b[size]):
		return rubbish, 1
	}
	return frame, size
}

// beginnings are what messages begin with.
var beginnings = [][]byte{
	[]byte("RTSP/1.0 "), []byte("OPTIONS "), []byte("GET_PARAMETER "), []byte("SET_PARAMETER "), []byte("ANNOUNCE "),
	[]byte("REDIRECT "), []byte("TEARDOWN "), []byte("PLAY_NOTIFY "), []byte("PAUSE "), []byte("DESCRIBE "),
}

// message looks at what begins with a capital letter.
func (s *splitter) message(b []byte) (token, int) {
	for _, begin := range beginnings {
		n := min(len(b), len(begin))
		if bytes.Equal(b[:n], begin[:n]) {
			if n < len(begin) {
				return incomplete, 0
			}
			return measure(b)
		}
	}
	return rubbish, 1
}

var headerEnd = []byte("\r\n\r\n")

// measure returns how long the message at the beginning of b is. What has control
// characters in its header is none; a frame can begin at most one byte before
// them, so that the rest need not be looked at again.
func measure(b []byte) (token, int) {
	header := b[:min(len(b), maxMessage)]
	end := bytes.Index(header, headerEnd)
	if end >= 0 {
		header = header[:end]
	}
	for i, c := range header {
		if c < ' ' && c != '\r' && c != '\n' && c != '\t' {
			return rubbish, i - 1
		}
	}
	if end < 0 {
		if len(b) < maxMessage {
			return incomplete, 0
		}
		return rubbish, maxMessage - 1
	}
	size := end + len(headerEnd) + contentLength(header)
	switch {
	case size > maxMessage:
		return rubbish, 1
	case size > len(b):
		return incomplete, 0
	}
	return message, size
}

// contentLength returns how long the body behind a header is; beyond maxMessage
// when that makes no sense.
func contentLength(header []byte) int {
	for line := range bytes.SplitSeq(header, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("Content-Length")) {
			continue
		}
		n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil || n < 0 || n > maxMessage {
			return maxMessage + 1
		}
		return n
	}
	return 0
}
