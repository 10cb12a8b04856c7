package handover

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
)

// A medium that is full, is pulled out or forgets ends the build with its name, and
// leaves nothing that looks like a package.
func TestMedium(t *testing.T) {
	r := newRig(t)
	in := r.story()
	for _, c := range []struct {
		name    string
		op      durable.Op
		fault   error
		want    error
		altered bool
	}{
		{"full", durable.OpWrite, syscall.ENOSPC, ErrFull, false},
		{"too large for FAT", durable.OpWrite, syscall.EFBIG, ErrFull, false},
		{"pulled out", durable.OpWrite, syscall.EIO, ErrMedium, false},
		{"gone", durable.OpCreate, syscall.ENODEV, ErrMedium, false},
		{"write protected", durable.OpCreate, syscall.EROFS, ErrMedium, false},
		{"fails to sync", durable.OpSync, syscall.EIO, ErrMedium, false},
		{"fails at the end", durable.OpRename, syscall.EIO, ErrMedium, false},
		{"forgets", durable.OpSync, nil, ErrAltered, true},
	} {
		for form, name := range map[Form]string{Folder: "del2", AES: "_zip1.zip"} {
			in, n := in, 0
			in.Folder, in.Form = t.TempDir(), form
			if form == AES {
				in.Password = "secret"
			}
			var disk durable.Disk
			disk.Intercept(func(op durable.Op, path string) error {
				if op != c.op || c.op != durable.OpRename && !strings.Contains(path, name) {
					return nil
				}
				if n++; c.altered && n == 1 {
					f, err := os.OpenFile(path, os.O_RDWR, 0)
					if err != nil {
						return err
					}
					_, err = f.WriteAt([]byte("xx"), 1000)
					return errors.Join(err, f.Close())
				}
				return c.fault
			})
			_, err := build(context.Background(), in, disk, maxPart)
			if !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v", c.name, form, err)
			}
			if left, _ := os.ReadDir(in.Folder); len(left) > 0 {
				t.Errorf("%s, %s: %s is left", c.name, form, left[0].Name())
			}
		}
	}
	t.Run("cancelled", func(t *testing.T) {
		in.Folder = t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		var phases []Phase
		in.Progress = func(p Progress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
			if p.Phase == Reading {
				cancel()
			}
		}
		if _, err := Build(ctx, in); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if left, _ := os.ReadDir(in.Folder); len(left) > 0 || len(phases) != 2 {
			t.Errorf("%v, %v", left, phases)
		}
		in.Progress = nil
	})
	t.Run("due meanwhile", func(t *testing.T) {
		in.Folder = t.TempDir()
		in.Progress = func(Progress) { r.later.Store(int64(200 * time.Hour)) }
		if _, err := Build(context.Background(), in); !errors.Is(err, vault.ErrGone) || errors.Is(err, ErrMedium) {
			t.Error(err)
		}
		if left, _ := os.ReadDir(in.Folder); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
		r.later.Store(0)
		in.Progress = nil
	})
	t.Run("killed", func(t *testing.T) {
		// What a killed program leaves: the folder as it was being written.
		in.Folder = t.TempDir()
		left := filepath.Join(t.TempDir(), "left"+verify.Unfinished)
		in.Progress = func(p Progress) {
			if work := filepath.Join(in.Folder, folderName(in.Release)+verify.Unfinished); p.Phase == Signing {
				if err := os.CopyFS(left, os.DirFS(work)); err != nil {
					t.Error(err)
				}
			}
		}
		r.build(in)
		in.Progress = nil
		if report := check(t, left, verify.Options{}); report.OK || !names(report, verify.UnfinishedFile) {
			t.Error(text(t, report))
		}
	})
	t.Run("there already", func(t *testing.T) {
		in.Folder = t.TempDir()
		r.build(in)
		if _, err := Build(context.Background(), in); !errors.Is(err, ErrExists) {
			t.Error(err)
		}
	})
	t.Run("no medium", func(t *testing.T) {
		in.Folder = filepath.Join(t.TempDir(), "usb")
		if _, err := Build(context.Background(), in); !errors.Is(err, ErrMedium) {
			t.Error(err)
		}
	})
	t.Run("nothing there", func(t *testing.T) {
		in.Folder = t.TempDir()
		in.Selections = []holds.Selection{{Cameras: []footage.CameraID{"k09-annen"}, Span: footage.Span{From: start, To: start + second}}}
		if _, err := Build(context.Background(), in); !errors.Is(err, ErrNothing) {
			t.Error(err)
		}
		in.Selections = nil
		if _, err := Build(context.Background(), in); !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
	})
}
