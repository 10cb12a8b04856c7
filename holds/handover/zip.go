package handover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sjudager/sjudager/vault/durable"
)

// zipLimit is the most that a part has, in bytes: FAT and old programs take no more, and
// no part needs the 64-bit fields that some of these do not know.
const zipLimit = 2<<30 - 1

// zips is ZIP parts as a container: stored, not compressed, each with whole files of the
// one folder that they all unpack into. Files go straight into their part, so that a
// package is written once, and nothing plain lies on the medium when there is a
// password. The sizes and sums stand before a file, as Explorer wants them: its head is
// written again when it is whole.
type zips struct {
	disk     *durable.Disk
	folder   string // where the parts lie
	name     string // of the folder in them, and the beginning of the parts' own
	at       time.Time
	password string // "" for none
	limit    int64  // of a part

	parts []*zipPart
	files map[string]*zipFile
	file  *os.File // the last part, while it is being written
}

type zipPart struct {
	path  string
	size  int64 // so far
	files []*zipFile
}

// zipFile is one file in a part.
type zipFile struct {
	part   *zipPart
	name   string // with the folder in the ZIP
	head   int64  // where it begins
	packed int64  // its bytes in the part behind the head
	bytes  int64  // its own
	crc    uint32
	sealed bool
	at     time.Time
}

// fields are those that a file's head and its entry in the directory have in common.
func (z *zipFile) fields() []byte {
	var version, flags, method uint16 = 20, 0, 0
	crc := z.crc
	if z.sealed {
		version, flags, method, crc = 51, 1, 99, 0 // AE-2: the authentication is in the place of the sum
	}
	at := z.at.UTC()
	b := binary.LittleEndian.AppendUint16(nil, version)
	for _, v := range []uint16{flags, method,
		uint16(at.Hour()<<11 | at.Minute()<<5 | at.Second()/2), uint16((at.Year()-1980)<<9 | int(at.Month())<<5 | at.Day())} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range []uint32{crc, uint32(z.packed), uint32(z.bytes)} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(z.name)))
	return binary.LittleEndian.AppendUint16(b, uint16(len(z.extra())))
}

func (z *zipFile) extra() []byte {
	if z.sealed {
		return aesExtra
	}
	return nil
}

// local is the head that stands before the file.
func (z *zipFile) local() []byte {
	return bytes.Join([][]byte{[]byte("PK\x03\x04"), z.fields(), []byte(z.name), z.extra()}, nil)
}

// central is the file's entry in the directory behind all files: an ordinary file of
// Unix that all may read.
func (z *zipFile) central() []byte {
	b := append([]byte("PK\x01\x02\x14\x03"), z.fields()...)
	b = append(b, make([]byte, 6)...) // no comment, first disk, no attributes of its own
	b = binary.LittleEndian.AppendUint32(b, 0o100644<<16)
	b = binary.LittleEndian.AppendUint32(b, uint32(z.head))
	return append(append(b, z.name...), z.extra()...)
}

// directory is what stands behind the files of a part.
func (p *zipPart) directory() []byte {
	var b []byte
	for _, z := range p.files {
		b = append(b, z.central()...)
	}
	size := len(b)
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	for range 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.files)))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(p.size))
	return append(b, 0, 0)
}

// maxZipFiles is how many files a directory counts without its 64-bit fields.
const maxZipFiles = 65_535

func (c *zips) create(name string, most int64) (content, error) {
	z := &zipFile{name: c.name + "/" + name, sealed: c.password != "", at: c.at}
	need := int64(len(z.local())) + most + aesOverhead + int64(len(z.central()))
	if empty := int64(len((&zipPart{}).directory())); need+empty > c.limit {
		return nil, fmt.Errorf("%w: %s has up to %d bytes, and a ZIP part has room for less", ErrInvalid, name, most)
	}
	if n := len(c.parts); n == 0 || c.parts[n-1].size+int64(len(c.parts[n-1].directory()))+need > c.limit || len(c.parts[n-1].files) == maxZipFiles {
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	z.part = c.parts[len(c.parts)-1]
	z.head = z.part.size
	f := &zipContent{zips: c, zipFile: z, most: most, sum: crc32.NewIEEE(), name: name}
	if err := f.put(z.local()); err != nil {
		return nil, err
	}
	if z.sealed {
		var salt []byte
		f.seal, salt = newSeal(c.password)
		if err := f.put(salt); err != nil {
			return nil, err
		}
		z.packed = int64(len(salt))
	}
	return f, nil
}

// next ends the part that is being written, and begins another.
func (c *zips) next() (err error) {
	if err := c.end(); err != nil {
		return err
	}
	// How many there will be is not known yet.
	p := &zipPart{path: filepath.Join(c.folder, fmt.Sprintf("%s_zip%d.zip", c.name, len(c.parts)+1))}
	if c.file, err = createForAll(c.disk, p.path); err == nil {
		c.parts = append(c.parts, p)
	}
	return err
}

// end writes the directory of the part that is being written, if there is one.
func (c *zips) end() error {
	if c.file == nil {
		return nil
	}
	_, err := c.disk.Write(c.file, c.parts[len(c.parts)-1].directory())
	if err == nil {
		err = c.disk.Sync(c.file)
	}
	err = errors.Join(err, c.file.Close())
	c.file = nil
	return err
}

func (c *zips) settle() error {
	if c.file == nil {
		return nil
	}
	return c.disk.Sync(c.file)
}

// finish gives the parts names that say how many there are, and reads their directories
// back: the files themselves are read through open.
func (c *zips) finish() error {
	if err := c.end(); err != nil {
		return err
	}
	for i, p := range c.parts {
		path := filepath.Join(c.folder, fmt.Sprintf("%s_zip%dav%d.zip", c.name, i+1, len(c.parts)))
		if err := c.disk.Rename(p.path, path); err != nil {
			return err
		}
		p.path = path
	}
	if err := c.disk.SyncDir(c.folder); err != nil {
		return err
	}
	for _, p := range c.parts {
		file, err := openCold(p.path)
		if err != nil {
			return err
		}
		_, err = file.Seek(p.size, io.SeekStart)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(file)
		}
		if err = errors.Join(err, file.Close()); err == nil && !bytes.Equal(got, p.directory()) {
			err = fmt.Errorf("%w: the directory of %s was read back otherwise", ErrAltered, filepath.Base(p.path))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// zipContent is a file while it goes into its part.
type zipContent struct {
	*zips
	*zipFile
	name string
	most int64
	sum  hash.Hash32
	seal *cipherStream // nil without a password
}

// put writes to the part.
func (f *zipContent) put(b []byte) error {
	n, err := f.disk.Write(f.zips.file, b)
	f.part.size += int64(n)
	return err
}

func (f *zipContent) Write(b []byte) (int, error) {
	if f.bytes+int64(len(b)) > f.most {
		return 0, fmt.Errorf("%s has more than the %d bytes that there is room for", f.name, f.most)
	}
	f.sum.Write(b)
	f.bytes += int64(len(b))
	f.packed += int64(len(b))
	if f.seal == nil {
		return len(b), f.put(b)
	}
	for rest := b; len(rest) > 0; {
		some := rest[:min(len(rest), len(f.seal.buffer))]
		if err := f.put(f.seal.close(some)); err != nil {
			return 0, err
		}
		rest = rest[len(some):]
	}
	return len(b), nil
}

func (f *zipContent) commit() error {
	if f.seal != nil {
		code := f.seal.code()
		if err := f.put(code); err != nil {
			return err
		}
		f.packed += int64(len(code))
	}
	f.crc = f.sum.Sum32()
	if err := f.disk.May(durable.OpWrite, f.part.path); err != nil {
		return err
	}
	if _, err := f.zips.file.WriteAt(f.local(), f.head); err != nil {
		return err
	}
	f.part.files = append(f.part.files, f.zipFile)
	f.files[f.name] = f.zipFile
	return nil
}

// Close has nothing to do: the part goes on, or is removed with the package.
func (f *zipContent) Close() error { return nil }

func (c *zips) open(name string) (io.ReadCloser, error) {
	z := c.files[name]
	file, err := openCold(z.part.path)
	if err != nil {
		return nil, err
	}
	head := z.local()
	got := make([]byte, len(head))
	if _, err := file.ReadAt(got, z.head); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if !bytes.Equal(got, head) {
		return nil, errors.Join(fmt.Errorf("%w: the head of %s was read back otherwise", ErrAltered, name), file.Close())
	}
	var r io.Reader = io.NewSectionReader(file, z.head+int64(len(head)), z.packed)
	if z.sealed {
		if r, err = unseal(r, z.packed, c.password); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{r, file}, nil
}
