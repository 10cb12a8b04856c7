package movie

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
)

// VLC plays a movie over segments and a gap to its end.
func TestVLC(t *testing.T) {
	path, err := exec.LookPath("cvlc")
	if err != nil {
		t.Fatalf("%v: apt-get install -y vlc-bin vlc-plugin-base", err)
	}
	for name, codec := range map[string]string{"h264open": h264open, "h265open": h265open} {
		t.Run(name, func(t *testing.T) {
			c := encode(t, codec, "320x180")
			r := newRig(t, nil)
			r.record(start, c.segments[0])
			end := r.record(start+10*second, c.segments[1:]...)
			m := r.open(start+second, end, Limits{})
			// A folder that an account without rights may use: VLC refuses to be root.
			folder, err := os.MkdirTemp("", "vlc-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(folder) })
			in := filepath.Join(folder, "movie.mp4")
			if err := os.WriteFile(in, bytesOf(t, m), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, "--intf", "oldrc", "--rc-fake-tty", "--vout", "vdummy", "--no-audio",
				"--ignore-config", "--no-dbus", "--rate", "6", "--play-and-pause", in)
			cmd.Env = append(os.Environ(), "HOME="+folder)
			if os.Getuid() == 0 {
				const nobody = 65534
				if err := os.Chown(folder, nobody, nobody); err != nil {
					t.Fatal(err)
				}
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			commands, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			said, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			asking := make(chan struct{})
			go func() {
				defer close(asking)
				for ctx.Err() == nil {
					if _, err := io.WriteString(commands, "stats\n"); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			}()
			// VLC counts some pictures twice.
			decoded, corrupted := 0, -1
			for lines := bufio.NewScanner(said); decoded < m.Frames && lines.Scan(); {
				name, n, _ := strings.Cut(strings.Trim(lines.Text(), "| "), ":")
				switch strings.TrimSpace(name) {
				case "video decoded":
					fmt.Sscan(n, &decoded)
				case "demux corrupted":
					fmt.Sscan(n, &corrupted)
				}
			}
			cancel()
			<-asking
			cmd.Wait() // it was killed
			if decoded < m.Frames || corrupted != 0 {
				t.Errorf("VLC decoded %d of %d pictures, %d corrupted", decoded, m.Frames, corrupted)
			}
		})
	}
}

// The same movie comes out of object storage.
func TestS3(t *testing.T) {
	server, err := s3test.StartVersity()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	o := s3.Options{Endpoint: server.Endpoint, Bucket: "movie", AccessKey: server.AccessKey, SecretKey: server.SecretKey, CA: server.CA}
	if err := s3.CreateBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	bucket, err := s3.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c := encode(t, h264b, "320x180")
	here, there := newRig(t, nil), newRig(t, func(store.Store) store.Store { return bucket })
	end := here.record(start, c.segments...)
	there.record(start, c.segments...)
	one, other := here.open(start, end, Limits{}), there.open(start, end, Limits{})
	if one.ETag() != other.ETag() || !bytes.Equal(bytesOf(t, one), bytesOf(t, other)) {
		t.Error("another movie comes from object storage")
	}
	reader, err := other.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	p := make([]byte, 70000)
	if _, err := reader.ReadAt(p, other.Size()/2); err != nil || !bytes.Equal(p, bytesOf(t, one)[other.Size()/2:][:len(p)]) {
		t.Errorf("in the middle: %v", err)
	}
}
