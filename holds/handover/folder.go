package handover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
)

// folder is a package that is being written. Until it is finished its name says that
// it is not.
type folder struct {
	ctx      context.Context
	disk     durable.Disk
	path     string // that it has when it is finished
	work     string // that it has until then
	files    []written
	made     map[string]bool // folders
	progress func(Progress)
	done     int64
	total    int64
	buffer   []byte
}

// written is a file that was written.
type written struct {
	name  string // with slashes, from the package's folder
	bytes int64
	sum   string // SHA-256 in hex
}

// media turns what the operating system says about a medium into what it means.
func media(err error) error {
	switch {
	case err == nil:
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.EROFS),
		errors.Is(err, syscall.ENOMEDIUM), errors.Is(err, syscall.ESTALE), errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrMedium, err)
	}
	return err
}

// newFolder begins a package in folder parent.
func newFolder(ctx context.Context, disk durable.Disk, parent, name string, progress func(Progress)) (*folder, error) {
	f := &folder{ctx: ctx, disk: disk, path: filepath.Join(parent, name), made: map[string]bool{}, progress: progress, buffer: make([]byte, 1<<20)}
	f.work = f.path + verify.Unfinished
	for _, path := range []string{f.path, f.work} {
		if _, err := os.Lstat(path); err == nil {
			return nil, fmt.Errorf("%w: %s", ErrExists, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, media(err)
		}
	}
	if _, err := os.Stat(parent); err != nil {
		return nil, media(err)
	}
	if err := os.Mkdir(f.work, 0o755); err != nil {
		return nil, media(err)
	}
	return f, nil
}

// room is ErrFull when so many bytes do not fit.
func (f *folder) room(bytes int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(f.work, &s); err != nil {
		return media(err)
	}
	if free := int64(s.Bavail) * int64(s.Bsize); bytes > free {
		return fmt.Errorf("%w: the package needs %d bytes, and %d are free", ErrFull, bytes, free)
	}
	return nil
}

func (f *folder) tell(phase Phase, name string, n int) {
	f.done += int64(n)
	if f.progress != nil {
		f.progress(Progress{phase, f.done, f.total, name})
	}
}

// output is a file of the package while it is written.
type output struct {
	folder *folder
	file   *os.File
	name   string
	sum    hash.Hash
	bytes  int64
}

func (o *output) Write(p []byte) (int, error) {
	if err := o.folder.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.folder.disk.Write(o.file, p)
	o.sum.Write(p[:n])
	o.bytes += int64(n)
	o.folder.tell(Writing, o.name, n)
	return n, media(err)
}

// write makes the file name with what fill writes, on the medium when it returns nil.
func (f *folder) write(name string, fill func(o *output) error) error {
	fail := func(err error) error { return fmt.Errorf("couldn't write %s: %w", name, err) }
	if err := f.ctx.Err(); err != nil {
		return err
	}
	path := filepath.Join(f.work, filepath.FromSlash(name))
	if parent := filepath.Dir(path); !f.made[parent] {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return fail(media(err))
		}
		f.made[parent] = true
	}
	file, err := f.disk.Create(path, os.O_EXCL)
	if err != nil {
		return fail(media(err))
	}
	// Whoever gets the medium is to read it; media without permissions refuse this.
	if err := file.Chmod(0o644); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
		return fail(media(errors.Join(err, file.Close())))
	}
	o := &output{folder: f, file: file, name: name, sum: sha256.New()}
	// What fill cannot read is no fault of the medium's; Write says itself what is.
	if err = fill(o); err == nil {
		err = media(f.disk.Sync(file))
	}
	if err = errors.Join(err, media(file.Close())); err != nil {
		return fail(err)
	}
	f.files = append(f.files, written{name, o.bytes, hex.EncodeToString(o.sum.Sum(nil))})
	return nil
}

func (f *folder) put(name string, content []byte) error {
	return f.write(name, func(o *output) error {
		_, err := o.Write(content)
		return err
	})
}

// readBack reads files again, from the medium and not from memory, and compares them
// with what was written.
func (f *folder) readBack(files []written) error {
	// Names first: a file whose folder entry is only in memory is not on the medium.
	if file, err := os.Open(f.work); err != nil {
		return media(err)
	} else if err := errors.Join(f.disk.SyncAll(file), file.Close()); err != nil {
		return media(err)
	}
	for _, w := range files {
		sum, n, err := f.read(w.name)
		if err != nil {
			return fmt.Errorf("couldn't read %s back: %w", w.name, media(err))
		}
		if n != w.bytes || sum != w.sum {
			return fmt.Errorf("%w: %s was read back otherwise", ErrAltered, w.name)
		}
	}
	return nil
}

func (f *folder) read(name string) (sum string, n int64, err error) {
	file, err := os.Open(filepath.Join(f.work, filepath.FromSlash(name)))
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	// What the kernel keeps of it in memory is let go of.
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil && !errors.Is(err, unix.EINVAL) {
		return "", 0, err
	}
	h := sha256.New()
	for {
		if err := f.ctx.Err(); err != nil {
			return "", 0, err
		}
		got, err := file.Read(f.buffer)
		h.Write(f.buffer[:got])
		n += int64(got)
		f.tell(Reading, name, got)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), n, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

// manifest lists the files that choose takes as sha256sum does.
func (f *folder) manifest(choose func(name string) bool) []byte {
	var lines []string
	for _, w := range f.files {
		if choose(w.name) {
			lines = append(lines, w.sum+"  "+w.name+"\n")
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return []byte(strings.Join(lines, ""))
}

// finish gives the package its name.
func (f *folder) finish() error {
	marker := filepath.Join(f.work, verify.UnfinishedFile)
	if err := f.disk.Remove(marker); err != nil {
		return media(err)
	}
	if err := f.disk.SyncDir(f.work); err != nil {
		return media(err)
	}
	if err := f.disk.Rename(f.work, f.path); err != nil {
		return media(err)
	}
	return media(f.disk.SyncDir(filepath.Dir(f.path)))
}

// abandon removes what was written: half a package is of no use to anybody, and is
// footage all the same. Where that cannot be done, its name says what it is.
func (f *folder) abandon() error {
	if err := os.RemoveAll(f.work); err != nil {
		return fmt.Errorf("couldn't remove the incomplete package %s: %w", f.work, err)
	}
	return nil
}
