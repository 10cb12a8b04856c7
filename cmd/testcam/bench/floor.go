package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// readEvery and writesAfter are the batches of the floor: as many reads and
	// writes as a recorder needs at least.
	readEvery   = 200 * time.Millisecond
	writesAfter = 5 // reads
	// The read buffer is larger than what a camera sends between two reads.
	readSize = 256 << 10
	// keepAlive is well below the cameras' session timeout.
	keepAlive = 25 * time.Second
)

// mover is one camera whose bytes are moved.
type mover struct {
	dir     string
	fd      int // of the socket, which Go's poller does not know
	request string
	file    *os.File
	begun   time.Time // the file
	number  int
	pending []byte
}

// runFloor moves what the cameras send to disk, without looking at it: the
// least that a recorder can do.
func runFloor(ctx context.Context, dir, list string) error {
	urls, err := readURLs(list)
	if err != nil {
		return err
	}
	var all []*mover
	for i, url := range urls {
		m, err := newMover(filepath.Join(dir, fmt.Sprintf("cam-%03d", i)), url)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	shared := make([]byte, readSize)
	asked := time.Now()
	for round := 0; ctx.Err() == nil; round++ {
		time.Sleep(readEvery)
		now := time.Now()
		for i, m := range all {
			if err := m.read(shared); err != nil {
				return err
			}
			if (round+i)%writesAfter == 0 {
				if err := m.write(now); err != nil {
					return err
				}
			}
		}
		if now.Sub(asked) > keepAlive {
			asked = now
			for _, m := range all {
				if _, err := syscall.Write(m.fd, []byte(m.request)); err != nil {
					return fmt.Errorf("couldn't keep the session alive: %w", err)
				}
			}
		}
	}
	return nil
}

// newMover asks a camera for its video with as little as it takes.
func newMover(dir, url string) (*mover, error) {
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "rtsp://"), "/")
	c, err := net.Dial("tcp", host)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect: %w", err)
	}
	defer c.Close()
	session := ""
	for _, request := range []string{
		"SETUP " + url + "/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
		"PLAY " + url + " RTSP/1.0\r\nCSeq: 2\r\nSession: %s\r\n\r\n",
	} {
		if strings.Contains(request, "%s") {
			request = fmt.Sprintf(request, session)
		}
		if _, err := c.Write([]byte(request)); err != nil {
			return nil, fmt.Errorf("couldn't ask %s: %w", path, err)
		}
		answer, err := readAnswer(c)
		if err != nil {
			return nil, fmt.Errorf("%s did not answer: %w", path, err)
		}
		session, _, _ = strings.Cut(answer.Get("Session"), ";")
	}
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	m := &mover{dir: dir, request: "GET_PARAMETER " + url + " RTSP/1.0\r\nCSeq: 3\r\nSession: " + session + "\r\n\r\n"}
	var failed error
	if err = raw.Control(func(fd uintptr) { m.fd, failed = syscall.Dup(int(fd)) }); err == nil {
		err = failed
	}
	return m, err
}

// readAnswer reads the header of an answer, a byte at a time so as to leave what
// follows it.
func readAnswer(c net.Conn) (http.Header, error) {
	var b []byte
	for !bytes.HasSuffix(b, []byte("\r\n\r\n")) {
		one := make([]byte, 1)
		if _, err := c.Read(one); err != nil {
			return nil, err
		}
		b = append(b, one...)
	}
	// But for its name RTSP's form is HTTP's.
	b = bytes.Replace(b, []byte("RTSP/1.0"), []byte("HTTP/1.0"), 1)
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	return res.Header, nil
}

// read takes what has arrived.
func (m *mover) read(shared []byte) error {
	for {
		n, err := syscall.Read(m.fd, shared)
		switch {
		case err == syscall.EAGAIN:
			return nil
		case err != nil:
			return fmt.Errorf("couldn't read from a camera: %w", err)
		case n == 0:
			return errors.New("a camera has ended the session")
		}
		m.pending = append(m.pending, shared[:n]...)
		if n < len(shared) {
			return nil
		}
	}
}

// write writes what has been read, into a new file every segment.
func (m *mover) write(now time.Time) error {
	if m.file == nil || now.Sub(m.begun) >= segment {
		if m.file != nil {
			if err := m.file.Close(); err != nil {
				return fmt.Errorf("couldn't close a file: %w", err)
			}
		}
		var err error
		if m.file, err = os.Create(fmt.Sprintf("%s-%05d.bin", m.dir, m.number)); err != nil {
			return fmt.Errorf("couldn't create a file: %w", err)
		}
		m.begun = now
		m.number++
	}
	if _, err := m.file.Write(m.pending); err != nil {
		return fmt.Errorf("couldn't write: %w", err)
	}
	m.pending = m.pending[:0]
	return nil
}
