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
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
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
	progress func(Progress)
	total    int64
	spent    spent

	mu    sync.Mutex
	files []written
	done  int64
	phase Phase
}

// written is a file that was written.
type written struct {
	name  string // with slashes, from the package's folder
	bytes int64
	sum   string // SHA-256 in hex
	read  bool   // back, and found to be the same
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
	f := &folder{ctx: ctx, disk: disk, path: filepath.Join(parent, name), progress: progress}
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
func (f *folder) plain() *plain { return &plain{disk: &f.disk, root: f.work, made: map[string]bool{}} }

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

// tell tells how far it is. Files that are read back while others are being written
// count as written: phases follow each other.
func (f *folder) tell(phase Phase, name string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done += int64(n)
	if phase == Reading && f.phase == Writing {
		phase = Writing
	}
	if f.progress != nil {
		f.progress(Progress{phase, f.done, f.total, name})
	}
}

// begin begins a phase.
func (f *folder) begin(phase Phase) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.phase = phase
}

// output is a file of the package while it is written. It is closed in any case, and
// before that committed when it is whole.
type output struct {
	ctx     context.Context
	folder  *folder
	content content
	name    string
	sum     hash.Hash
	bytes   int64
}

// create begins the file name, of at most so many bytes.
func (f *folder) create(ctx context.Context, c container, name string, most int64) (*output, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := c.create(name, most)
	if err != nil {
		return nil, fmt.Errorf("couldn't write %s: %w", name, media(err))
	}
	return &output{ctx: ctx, folder: f, content: file, name: name, sum: sha256.New()}, nil
}

func (o *output) Write(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	begun := time.Now()
	n, err := o.content.Write(p)
	if err != nil {
		return n, fmt.Errorf("couldn't write %s: %w", o.name, media(err))
	}
	hashed := o.folder.spent.add(&o.folder.spent.write, begun)
	o.sum.Write(p)
	o.folder.spent.add(&o.folder.spent.hash, hashed)
	o.bytes += int64(n)
	o.folder.tell(Writing, o.name, n)
	return n, nil
}

// digest is the SHA-256 of what has been written.
func (o *output) digest() footage.SHA256 { return footage.SHA256(o.sum.Sum(nil)) }

// commit has the file on the medium when it returns nil.
func (o *output) commit() (written, error) {
	begun := time.Now()
	err := o.content.commit()
	o.folder.spent.add(&o.folder.spent.sync, begun)
	if err = errors.Join(err, o.close()); err != nil {
		return written{}, fmt.Errorf("couldn't write %s: %w", o.name, media(err))
	}
	return written{name: o.name, bytes: o.bytes, sum: o.digest().String()}, nil
}

func (o *output) close() error {
	if o.content == nil {
		return nil
	}
	err := o.content.Close()
	o.content = nil
	return err
}

// add takes a file into the package.
func (f *folder) add(w written) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = append(f.files, w)
}

func (f *folder) writeInto(c container, name string, content []byte) (written, error) {
	o, err := f.create(f.ctx, c, name, int64(len(content)))
	if err != nil {
		return written{}, err
	}
	if _, err := o.Write(content); err != nil {
		return written{}, errors.Join(err, o.close())
	}
	return o.commit()
}

// fill makes the file name of the size bytes that r has.
func (f *folder) fill(name string, size int64, r io.Reader) error {
	o, err := f.create(f.ctx, f.into, name, size)
	if err != nil {
		return err
	}
	if n, err := io.Copy(o, r); err != nil {
		return errors.Join(err, o.close())
	} else if n != size {
		return errors.Join(fmt.Errorf("%s has %d bytes instead of %d", name, n, size), o.close())
	}
	w, err := o.commit()
	if err == nil {
		f.add(w)
	}
	return err
}

// put makes the file name.
func (f *folder) put(name string, content []byte) error {
	w, err := f.writeInto(f.into, name, content)
	if err == nil {
		f.add(w)
	}
	return err
}

// beside puts a file into the folder that is no part of the package, and reads it back.
func (f *folder) beside(name string, content []byte) error {
	w, err := f.writeInto(f.plain(), name, content)
	if err == nil {
		err = f.compare(f.plain(), []written{w})
	}
	return err
}

// readBack reads those files again, from the medium and not from memory, that have not
// been read yet, and compares them with what was written.
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
		if !w.read {
			if err := f.check(f.ctx, c, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// readBlock is how much is read at once, in bytes.
const readBlock = 1 << 20

var readBlocks = pool(readBlock)

// check reads a file from the medium and compares it with what was written.
func (f *folder) check(ctx context.Context, c container, w written) error {
	fail := func(err error) error { return fmt.Errorf("couldn't read %s back: %w", w.name, media(err)) }
	file, err := c.open(w.name)
	if err != nil {
		return fail(err)
	}
	defer file.Close()
	block := readBlocks.Get().(*[]byte)
	defer readBlocks.Put(block)
	buffer := *block
	h, n := sha256.New(), int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		begun := time.Now()
		got, err := file.Read(buffer)
		begun = f.spent.add(&f.spent.readBack, begun)
		h.Write(buffer[:got])
		f.spent.add(&f.spent.hashBack, begun)
		n += int64(got)
		f.tell(Reading, w.name, got)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fail(err)
		}
	}
	if n != w.bytes || hex.EncodeToString(h.Sum(nil)) != w.sum {
		return fmt.Errorf("%w: %s was read back otherwise", ErrAltered, w.name)
	}
	return nil
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
