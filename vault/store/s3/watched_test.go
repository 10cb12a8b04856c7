package s3

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatched: only a connection on which nothing moves is given up.
func TestWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c := watched{near, time.Minute}
		defer c.Close()
		answer := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1)) // as net/http does during the request
			answer <- err
		}()
		buf := make([]byte, 1000)
		for range 100 { // a slow upload
			time.Sleep(50 * time.Second)
			go c.Write(buf)
			if _, err := io.ReadFull(far, buf); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(50 * time.Second)
		go far.Write(buf[:1])
		if err := <-answer; err != nil {
			t.Errorf("the answer to a slow upload was given up: %v", err)
		}
		for range 100 { // a slow download, by a reader who pauses
			go func() {
				time.Sleep(50 * time.Second)
				far.Write(buf)
			}()
			if _, err := io.ReadFull(c, buf); err != nil {
				t.Fatalf("a slow download was given up: %v", err)
			}
			time.Sleep(time.Hour)
		}
		for name, move := range map[string]func([]byte) (int, error){"Read": c.Read, "Write": c.Write} {
			before := time.Now()
			if _, err := move(buf); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(before) != time.Minute {
				t.Errorf("%s on a dead connection returned %v after %v", name, err, time.Since(before))
			}
		}
	})
}
