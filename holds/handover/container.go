package handover

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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

// container is where the files of a package go: a folder, or ZIP parts.
type container interface {
	// create begins a file of at most so many bytes. There is one at a time.
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
	made map[string]bool // folders
}

type plainFile struct {
	*os.File
	disk *durable.Disk
}

func (p plainFile) Write(b []byte) (int, error) { return p.disk.Write(p.File, b) }
func (p plainFile) commit() error               { return p.disk.Sync(p.File) }

func (p *plain) create(name string, _ int64) (content, error) {
	path := filepath.Join(p.root, filepath.FromSlash(name))
	if parent := filepath.Dir(path); !p.made[parent] {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
		p.made[parent] = true
	}
	file, err := createForAll(p.disk, path)
	return plainFile{file, p.disk}, err
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
	return openCold(filepath.Join(p.root, filepath.FromSlash(name)))
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
