package durable

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What is written directly, in blocks and a rest, is read back cold, on a file system
// that takes that and as on one that does not.
func TestDirect(t *testing.T) {
	folder := t.TempDir()
	for _, size := range []int{0, 1, Page, directFrom, directFrom + 1, 3*directFrom + Page, 2*directFrom + Page + 7} {
		for _, refused := range []bool{false, true} {
			path := filepath.Join(folder, "file")
			want := Aligned(size)
			for i := range want {
				want[i] = byte(i * 31 >> 3)
			}
			var disk Disk
			f, err := disk.Create(path, os.O_TRUNC)
			if err != nil {
				t.Fatal(err)
			}
			out := disk.Direct(f)
			out.refused = refused
			for at := 0; at < size; at += directFrom {
				if _, err := out.Write(want[at:min(size, at+directFrom)]); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(disk.Sync(f), f.Close()); err != nil {
				t.Fatal(err)
			}
			in, err := OpenCold(path)
			if err != nil {
				t.Fatal(err)
			}
			if refused {
				in.direct = false
			}
			var got []byte
			for buffer := Aligned(directFrom); ; {
				n, err := in.Read(buffer)
				if got = append(got, buffer[:n]...); err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(size, err)
				}
			}
			if err := in.Close(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("of %d bytes %d are read back: %v", size, len(got), err)
			}
		}
	}
	// A file that refuses only when it is written: here for want of alignment.
	f, err := os.Create(filepath.Join(folder, "late"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	odd, late := Aligned(directFrom + Page)[1:directFrom+1], new(Disk).Direct(f)
	_, err1 := late.Write(odd)
	_, err2 := late.Write(odd[:5])
	if err := errors.Join(err1, err2); err != nil {
		t.Error(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != directFrom+5 {
		t.Errorf("the file has %d bytes: %v", info.Size(), err)
	}
	in, err := OpenCold(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if n, err := in.Read(odd); err != nil || n != len(odd) {
		t.Error(n, err)
	}
}
