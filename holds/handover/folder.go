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
	path     string    // that it has when it is finished
	work     string    // that it has until then
	into     container // of its files
	zips     *zips     // into, where that is ZIP parts, or nil
	files    []written
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

// newFolder begins a package in folder parent. Its files go into it as they are, or,
// where pack is not nil, into ZIP parts in it.
func newFolder(ctx context.Context, disk durable.Disk, parent, name string, pack *zips, progress func(Progress)) (*folder, error) {
	f := &folder{ctx: ctx, disk: disk, path: filepath.Join(parent, name), progress: progress, buffer: make([]byte, 1<<20)}
	f.work = f.path + verify.Unfinished
	f.into = f.plain()
	if pack != nil {
		pack.disk, pack.folder, pack.name, pack.files = &f.disk, f.work, name, map[string]*zipFile{}
		f.zips, f.into = pack, pack
	}
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

// plain is the folder as it is, whatever its files go into.
func (f *folder) plain() *plain { return &plain{&f.disk, f.work, map[string]bool{}} }

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
	folder  *folder
	content content
	name    string
	sum     hash.Hash
	bytes   int64
}

func (o *output) Write(p []byte) (int, error) {
	if err := o.folder.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.content.Write(p)
	o.sum.Write(p[:n])
	o.bytes += int64(n)
	o.folder.tell(Writing, o.name, n)
	return n, media(err)
}

// write makes the file name, of at most so many bytes, with what fill writes.
func (f *folder) write(name string, most int64, fill func(o *output) error) error {
	w, err := f.writeInto(f.into, name, most, fill)
	if err == nil {
		f.files = append(f.files, w)
	}
	return err
}

func (f *folder) writeInto(c container, name string, most int64, fill func(o *output) error) (written, error) {
	fail := func(err error) (written, error) {
		return written{}, fmt.Errorf("couldn't write %s: %w", name, err)
	}
	if err := f.ctx.Err(); err != nil {
		return written{}, err
	}
	file, err := c.create(name, most)
	if err != nil {
		return fail(media(err))
	}
	o := &output{folder: f, content: file, name: name, sum: sha256.New()}
	// What fill cannot read is no fault of the medium's; Write says itself what is.
	if err = fill(o); err == nil {
		err = media(file.commit())
	}
	if err = errors.Join(err, media(file.Close())); err != nil {
		return fail(err)
	}
	return written{name, o.bytes, hex.EncodeToString(o.sum.Sum(nil))}, nil
}

func (f *folder) put(name string, content []byte) error {
	return f.write(name, int64(len(content)), all(content))
}

func all(content []byte) func(o *output) error {
	return func(o *output) error {
		_, err := o.Write(content)
		return err
	}
}

// beside puts a file into the folder that is no part of the package, and reads it back.
func (f *folder) beside(name string, content []byte) error {
	w, err := f.writeInto(f.plain(), name, int64(len(content)), all(content))
	if err == nil {
		err = f.compare(f.plain(), []written{w})
	}
	return err
}

// readBack reads files again, from the medium and not from memory, and compares them
// with what was written.
func (f *folder) readBack(files []written) error {
	if err := f.into.settle(); err != nil {
		return media(err)
	}
	return f.compare(f.into, files)
}

func (f *folder) compare(c container, files []written) error {
	// Names first: a file whose folder entry is only in memory is not on the medium.
	if file, err := os.Open(f.work); err != nil {
		return media(err)
	} else if err := errors.Join(f.disk.SyncAll(file), file.Close()); err != nil {
		return media(err)
	}
	for _, w := range files {
		sum, n, err := f.read(c, w.name)
		if err != nil {
			return fmt.Errorf("couldn't read %s back: %w", w.name, media(err))
		}
		if n != w.bytes || sum != w.sum {
			return fmt.Errorf("%w: %s was read back otherwise", ErrAltered, w.name)
		}
	}
	return nil
}

func (f *folder) read(c container, name string) (sum string, n int64, err error) {
	file, err := c.open(name)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
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
	if f.zips != nil && f.zips.file != nil {
		f.zips.file.Close()
	}
	if err := os.RemoveAll(f.work); err != nil {
		return fmt.Errorf("couldn't remove the incomplete package %s: %w", f.work, err)
	}
	return nil
}
