package handover

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/durable"
)

// Form is how a package lies on its medium.
type Form string

// The forms. A package of ZIP parts is a folder with the name of the package, too: the
// parts lie in it, with the receipt and how to unpack them beside them.
const (
	Folder Form = "folder"
	ZIP    Form = "zip"     // stored, in parts below 2 GiB
	AES    Form = "zip-aes" // the same, with a password (WinZip AE-2, AES-256)
)

// container is where the files of a package go: a folder, in which many may be written
// at a time, or ZIP parts, in which there is one.
type container interface {
	// create begins a file of at most so many bytes.
	create(name string, most int64) (content, error)
	// settle has what was written leave the program.
	settle() error
	// open reads a file again, from the medium and not from memory.
	open(name string) (io.ReadCloser, error)
	// finish comes after the last file: it writes and reads back what stands behind it.
	finish() error
}

// content is a file that is being written. It is closed in any case, and before that
// committed when it is whole.
type content interface {
	io.WriteCloser
	commit() error
}

// plain is a folder as a container.
type plain struct {
	disk *durable.Disk
	root string

	mu   sync.Mutex
	made map[string]bool // folders
}

// plainFile is written past the page cache in whole blocks: what is on the medium is
// read back from there, and nobody reads it from memory.
type plainFile struct {
	*durable.Direct
	disk   *durable.Disk
	block  *[]byte // of fileBlocks; nil until something is written
	filled int
}

// fileBlock is how much is written at once, in bytes.
const fileBlock = 1 << 20

var fileBlocks = pool(fileBlock)

// pool keeps aligned blocks of memory for those that need one for a while.
func pool(size int) *sync.Pool {
	return &sync.Pool{New: func() any {
		block := durable.Aligned(size)
		return &block
	}}
}

func (p *plainFile) Write(b []byte) (n int, err error) {
	if p.block == nil {
		p.block = fileBlocks.Get().(*[]byte)
	}
	for len(b) > 0 {
		took := copy((*p.block)[p.filled:], b)
		p.filled += took
		n, b = n+took, b[took:]
		if p.filled == fileBlock {
			if err := p.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (p *plainFile) flush() error {
	_, err := p.Direct.Write((*p.block)[:p.filled])
	p.filled = 0
	return err
}

func (p *plainFile) commit() error {
	if p.filled > 0 {
		if err := p.flush(); err != nil {
			return err
		}
	}
	return p.disk.Sync(p.File)
}

func (p *plainFile) Close() error {
	if p.block != nil {
		fileBlocks.Put(p.block)
		p.block = nil
	}
	return p.File.Close()
}

func (p *plain) create(name string, _ int64) (content, error) {
	path := filepath.Join(p.root, filepath.FromSlash(name))
	if err := p.make(filepath.Dir(path)); err != nil {
		return nil, err
	}
	file, err := createForAll(p.disk, path)
	if err != nil {
		return nil, err
	}
	return &plainFile{Direct: p.disk.Direct(file), disk: p.disk}, nil
}

func (p *plain) make(folder string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made[folder] {
		return nil
	}
	err := os.MkdirAll(folder, 0o755)
	p.made[folder] = err == nil
	return err
}

// createForAll makes a new file on a medium. Whoever gets the medium is to read it; media
// without permissions refuse to say so.
func createForAll(disk *durable.Disk, path string) (*os.File, error) {
	file, err := disk.Create(path, os.O_EXCL)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o644); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (p *plain) settle() error { return nil }
func (p *plain) finish() error { return nil }

func (p *plain) open(name string) (io.ReadCloser, error) {
	return durable.OpenCold(filepath.Join(p.root, filepath.FromSlash(name)))
}

// openCold opens a file and lets go of what the kernel keeps of it in memory.
func openCold(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil && !errors.Is(err, unix.EINVAL) {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
