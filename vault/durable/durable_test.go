package durable_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/vault/durable"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// TestWriteFileSteps: whichever step does not happen, the old file is there or the whole
// new one, and no half of one; and all steps happen, in their order.
func TestWriteFileSteps(t *testing.T) {
	want := []durable.Op{durable.OpCreate, durable.OpWrite, durable.OpSync, durable.OpRename, durable.OpSyncDir}
	broken := errors.New("the disk is out of order")
	for fail := 0; fail <= len(want); fail++ {
		folder := t.TempDir()
		path := filepath.Join(folder, "file")
		var disk durable.Disk
		if err := disk.WriteFile(path, text("old")); err != nil {
			t.Fatal(err)
		}
		var ops []durable.Op
		disk.Intercept(func(op durable.Op, at string) error {
			if !strings.HasPrefix(at, folder) {
				t.Errorf("%s of %s", op, at)
			}
			if ops = append(ops, op); len(ops) == fail+1 {
				return broken
			}
			return nil
		})
		err := disk.WriteFile(path, text("new"))
		expected := "old"
		if fail >= 4 { // the rename has happened
			expected = "new"
		}
		if b, errRead := os.ReadFile(path); errRead != nil || string(b) != expected {
			t.Errorf("without step %d there is %q, %v", fail, b, errRead)
		}
		if failed := fail < len(want); errors.Is(err, broken) != failed || !failed && err != nil {
			t.Errorf("without step %d: %v", fail, err)
		}
		if !slices.Equal(ops, want[:min(fail+1, len(want))]) {
			t.Errorf("the steps are %v", ops)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
			t.Errorf("without step %d left is %v, %v", fail, left, err)
		}
	}
}

// TestWriteFile: what the caller cannot write changes nothing, what a crash left is no
// hindrance, and only we may read the file.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path+durable.TempExt, []byte("half of a longer file"), 0o600); err != nil {
		t.Fatal(err)
	}
	var disk durable.Disk
	if err := disk.WriteFile(path, text("whole")); err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut")
	if err := disk.WriteFile(path, func(w io.Writer) error { return errors.Join(text("ha")(w), cut) }); !errors.Is(err, cut) {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if b, errRead := os.ReadFile(path); err != nil || errRead != nil || string(b) != "whole" || info.Mode().Perm() != 0o600 {
		t.Errorf("there is %q, %v, %v, %v", b, info.Mode(), err, errRead)
	}
	if err := disk.WriteFile(filepath.Join(path, "below"), text("x")); err == nil {
		t.Error("a file is taken for a folder")
	}
}

// TestMakeDir: every folder that is made, and the one that is there, has its name made
// durable in the folder above, those above first.
func TestMakeDir(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a", "b", "c")
	var disk durable.Disk
	var synced []string
	disk.Intercept(func(op durable.Op, at string) error { synced = append(synced, at); return nil })
	for _, want := range [][]string{
		{folder, filepath.Join(folder, "a"), filepath.Join(folder, "a", "b")},
		{filepath.Join(folder, "a", "b")},
	} {
		synced = nil
		if err := disk.MakeDir(path); err != nil || !slices.Equal(synced, want) {
			t.Errorf("synced are %v, %v", synced, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
	// A folder whose parent is not ours to read is as durable as its owner made it.
	disk.Intercept(func(durable.Op, string) error { return fs.ErrPermission })
	if err := disk.MakeDir(path); err != nil {
		t.Error(err)
	}
	if err := disk.MakeDir(filepath.Join(path, "d")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a new one that is not durable: %v", err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var plain durable.Disk
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if err := plain.MakeDir(path); err == nil {
			t.Errorf("%s is a folder", path)
		}
	}
}

// TestSteps: each step that is refused does not happen, and says what was refused where.
func TestSteps(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	var disk durable.Disk
	f, err := disk.Create(path, os.O_EXCL)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := disk.Write(f, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(disk.Sync(f), disk.SyncAll(f), disk.SyncDir(folder)); err != nil {
		t.Fatal(err)
	}
	disk.Intercept(func(durable.Op, string) error { return errors.New("no") })
	_, errCreate := disk.Create(path+"2", 0)
	_, errWrite := disk.Write(f, []byte("y"))
	for want, err := range map[string]error{
		"create " + path + "2: no": errCreate, "write " + path + ": no": errWrite, "sync " + path + ": no": errors.Join(disk.Sync(f)),
		"rename " + path + ": no": disk.Rename(path, path+"2"), "remove " + path + ": no": disk.Remove(path), "sync-dir " + folder + ": no": disk.SyncDir(folder),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v instead of %s", err, want)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "x" {
		t.Errorf("there is %q, %v", b, err)
	}
	disk.Intercept(nil)
	if err := errors.Join(disk.Rename(path, path+"2"), disk.Remove(path+"2")); err != nil {
		t.Error(err)
	}
}
