package handover

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/durable"
)

// zipPart is the most that a part has, in bytes.
const zipPart = 2<<30 - 1

// packed is a file on its way into a ZIP part.
type packed struct {
	name string // in the package, with slashes
	size int64
	crc  uint32
	sum  [sha256.Size]byte
}

// Zip packs a finished package into ZIP files below 2 GiB in folder, for a portal that
// takes no folders: stored, not compressed, each with whole files of the one folder that
// they all unpack into. The parts are read back before it returns their paths. at is the
// time that the files in them have, so that the same package gives the same parts.
func Zip(ctx context.Context, path, folder string, at time.Time) ([]string, error) {
	parts, err := zipParts(ctx, path, folder, at, zipPart)
	if err != nil {
		return nil, fmt.Errorf("couldn't pack the package: %w", err)
	}
	return parts, nil
}

func zipParts(ctx context.Context, path, folder string, at time.Time, limit int64) (paths []string, err error) {
	var parts [][]packed
	room := int64(0)
	err = fs.WalkDir(os.DirFS(path), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		p, err := look(ctx, path, name)
		if err != nil {
			return err
		}
		need := p.size + int64(2*(len(filepath.Base(path))+1+len(name))+200) // its two headers
		if need+200 > limit {
			return fmt.Errorf("%w: %s has %d bytes", ErrInvalid, name, p.size)
		}
		if need > room {
			parts, room = append(parts, nil), limit-200
		}
		room -= need
		parts[len(parts)-1] = append(parts[len(parts)-1], p)
		return nil
	})
	if err != nil {
		return nil, media(err)
	}
	var disk durable.Disk
	for i, files := range parts {
		part := filepath.Join(folder, fmt.Sprintf("%s_zip%dav%d.zip", filepath.Base(path), i+1, len(parts)))
		paths = append(paths, part)
		if _, err = os.Lstat(part); err == nil {
			return nil, fmt.Errorf("%w: %s", ErrExists, part)
		}
		if err = disk.WriteFile(part, func(w io.Writer) error { return pack(ctx, w, path, files, at) }); err == nil {
			err = unpack(ctx, part, filepath.Base(path), files)
		}
		if err != nil {
			for _, done := range paths {
				if remove := os.Remove(done); !errors.Is(remove, fs.ErrNotExist) {
					err = errors.Join(err, remove)
				}
			}
			return nil, media(err)
		}
	}
	return paths, nil
}

// reading ends with its context.
type reading struct {
	ctx context.Context
	io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// look finds out what stands in the header of a file, which comes before it.
func look(ctx context.Context, path, name string) (p packed, err error) {
	f, err := os.Open(filepath.Join(path, filepath.FromSlash(name)))
	if err != nil {
		return p, err
	}
	defer f.Close()
	sum, crc := sha256.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(sum, crc), reading{ctx, f})
	return packed{name, n, crc.Sum32(), [sha256.Size]byte(sum.Sum(nil))}, err
}

func pack(ctx context.Context, w io.Writer, path string, files []packed, at time.Time) error {
	z := zip.NewWriter(w)
	for _, p := range files {
		h := &zip.FileHeader{
			Name: filepath.Base(path) + "/" + p.name, Method: zip.Store, Modified: at.UTC(), CRC32: p.crc,
			CompressedSize64: uint64(p.size), UncompressedSize64: uint64(p.size),
		}
		// Raw, so that sizes and sums stand before the file: Explorer wants them there.
		to, err := z.CreateRaw(h)
		if err != nil {
			return err
		}
		f, err := os.Open(filepath.Join(path, filepath.FromSlash(p.name)))
		if err != nil {
			return err
		}
		n, err := io.Copy(to, reading{ctx, f})
		if err = errors.Join(err, f.Close()); err == nil && n != p.size {
			err = fmt.Errorf("%w: %s has changed", ErrAltered, p.name)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// unpack reads a part back and compares it with what went in.
func unpack(ctx context.Context, part, folder string, files []packed) error {
	f, err := os.Open(part)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil || len(z.File) != len(files) {
		return errors.Join(fmt.Errorf("%w: %s", ErrAltered, part), err)
	}
	for i, p := range files {
		r, err := z.File[i].Open()
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, reading{ctx, r})
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
		if z.File[i].Name != folder+"/"+p.name || [sha256.Size]byte(sum.Sum(nil)) != p.sum {
			return fmt.Errorf("%w: %s in %s", ErrAltered, p.name, part)
		}
	}
	return nil
}
