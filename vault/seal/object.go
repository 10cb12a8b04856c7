package seal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"

	"github.com/sjudager/sjudager/vault/footage"
)

// Sealing is a recording as the sealed object that it becomes: an age file that
// exists only while it is read. It is an io.ReadSeeker that can be read any number
// of times and is then the same bytes, or fails. It is for one goroutine.
type Sealing struct {
	payload
	keys *Keys
	hour Hour
	id   ID
	head []byte // age header and nonce

	plain  io.ReaderAt
	sum    hash.Hash        // of the first summed chunks
	summed int64            //
	tags   [][overhead]byte // of each chunk that has been sealed, else zero
	at     int64            // in the sealed file
	buf    []byte           // the sealed chunk number has
	has    int64            // -1: none
}

// headSize is the size of our headers with the nonce: one X25519 recipient.
const headSize = 184

// Size returns the size of the object that size plain bytes become.
func Size(size int64) int64 { return headSize + size + chunksOf(size)*overhead }

// Plain returns how many plain bytes an object of size bytes has, or 0 when Size gives
// none that size.
func Plain(size int64) int64 {
	const sealed = chunkSize + overhead
	plain := size - headSize - (size-headSize+sealed-1)/sealed*overhead
	if plain <= 0 || Size(plain) != size {
		return 0
	}
	return plain
}

// capture is a recipient that keeps the file key that it wraps.
type capture struct {
	*age.X25519Recipient
	fileKey []byte
}

func (c *capture) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	c.fileKey = bytes.Clone(fileKey)
	return c.X25519Recipient.Wrap(fileKey)
}

// Seal begins to seal the first size bytes of plain, a recording of camera from
// start on. The key is on disk when Seal returns, and stays until the Sealing is
// closed: that must be after the object's row is in the index, or when it is sure
// that it will never be.
func (k *Keys) Seal(camera footage.CameraID, start footage.Instant, plain io.ReaderAt, size int64) (*Sealing, error) {
	h := HourOf(camera, start)
	to, err := k.lease(h)
	if err != nil {
		return nil, err
	}
	s := &Sealing{keys: k, hour: h, plain: plain, sum: sha256.New(), tags: make([][overhead]byte, chunksOf(size)), has: -1}
	// age writes the header and the nonce at once, and we go on from there.
	var b bytes.Buffer
	c := &capture{X25519Recipient: to}
	_, err = age.Encrypt(&b, c)
	if err == nil {
		s.head = b.Bytes()
		var nonce []byte
		if _, nonce, s.id, err = parseHead(s.head); err == nil {
			s.payload, err = newPayload(c.fileKey, nonce, size)
		}
	}
	if err != nil {
		k.release(h)
		return nil, fmt.Errorf("couldn't seal: %w", err)
	}
	return s, nil
}

// Close lets go of the key. It is called once.
func (s *Sealing) Close() { s.keys.release(s.hour) }

// Again has s read the recording from plain; a recording of other bytes or of another
// size is ErrChanged. So what is put again after a failure is the very same object,
// and an earlier attempt that arrives late in the store replaces it with itself.
func (s *Sealing) Again(plain io.ReaderAt, size int64) error {
	s.plain, s.at, s.has = plain, 0, -1
	if size != s.size {
		return fmt.Errorf("%w: it had %d bytes, and has %d", ErrChanged, s.size, size)
	}
	return nil
}

// ID is what the object will be known by.
func (s *Sealing) ID() ID { return s.id }

// Size is the size of the object.
func (s *Sealing) Size() int64 { return int64(len(s.head)) + s.size + s.chunks()*overhead }

// Seek implements io.Seeker.
func (s *Sealing) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.Size()
	}
	if offset < 0 {
		return s.at, errors.New("seek before the start")
	}
	s.at = offset
	return offset, nil
}

// Read implements io.Reader. It reads and seals in p itself where a whole chunk
// fits in.
func (s *Sealing) Read(p []byte) (n int, err error) {
	if s.at < int64(len(s.head)) {
		n = copy(p, s.head[s.at:])
		s.at += int64(n)
	}
	for n < len(p) && s.at < s.Size() {
		i, skip := (s.at-int64(len(s.head)))/(chunkSize+overhead), (s.at-int64(len(s.head)))%(chunkSize+overhead)
		var got int
		if room := p[n:]; skip == 0 && i != s.has && len(room) >= s.plainLen(i)+overhead {
			sealed, err := s.chunk(i, room)
			if err != nil {
				return n, err
			}
			got = len(sealed)
		} else if n > 0 {
			break // the rest would have to be copied; the next call may have room
		} else {
			if i != s.has {
				if s.buf == nil {
					s.buf = make([]byte, chunkSize+overhead)
				}
				s.has = -1
				if s.buf, err = s.chunk(i, s.buf[:cap(s.buf)]); err != nil {
					return 0, err
				}
				s.has = i
			}
			got = copy(room, s.buf[skip:])
		}
		n += got
		s.at += int64(got)
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// chunk reads and seals chunk i in buf.
func (s *Sealing) chunk(i int64, buf []byte) ([]byte, error) {
	plain := buf[:s.plainLen(i)]
	if n, err := s.plain.ReadAt(plain, i*chunkSize); n < len(plain) {
		if err == io.EOF {
			err = fmt.Errorf("%w: it is shorter now", ErrChanged)
		}
		return buf[:0], err
	}
	if i == s.summed {
		s.sum.Write(plain)
		s.summed++
	}
	sealed := s.seal(i, plain)
	// One key and nonce for two plaintexts would give both away. A plaintext that
	// has changed has another tag.
	tag := [overhead]byte(sealed[len(plain):])
	if s.tags[i] != tag && s.tags[i] != [overhead]byte{} {
		clear(sealed)
		return buf[:0], ErrChanged
	}
	s.tags[i] = tag
	return sealed, nil
}

// SHA256 is the digest of the recording. It is known when the Sealing has been
// read to its end; what has not been read yet is read now.
func (s *Sealing) SHA256(ctx context.Context) (footage.SHA256, error) {
	var buf []byte
	for s.summed < s.chunks() {
		if err := ctx.Err(); err != nil {
			return footage.SHA256{}, err
		}
		if buf == nil {
			buf = make([]byte, chunkSize+overhead)
		}
		if _, err := s.chunk(s.summed, buf); err != nil {
			return footage.SHA256{}, fmt.Errorf("couldn't digest the recording: %w", err)
		}
	}
	return footage.SHA256(s.sum.Sum(nil)), nil
}

// Object is an object that has been opened: its chunks can be read in any order,
// and each is known to be of this object.
type Object struct {
	payload
	from int64 // of the first chunk, in the sealed object
}

// Open opens the object of a segment with size plain bytes from the first MaxHead
// bytes of it, or all that it has. The error is ErrNotSealed, ErrOther when it is not
// the object id, ErrNoKey, ErrKey when a damaged one may have opened it, or of the disk.
func (k *Keys) Open(camera footage.CameraID, start footage.Instant, id ID, head []byte, size int64) (*Object, error) {
	_, _, is, err := parseHead(head)
	if err != nil {
		return nil, err
	}
	if is != id {
		return nil, ErrOther
	}
	k.mu.Lock()
	keys, err := k.load(HourOf(camera, start))
	k.mu.Unlock()
	if err != nil {
		return nil, err
	}
	with := keys.identities
	if single, ok := keys.held[start]; ok {
		with = []age.Identity{age.NewInjectedFileKeyIdentity(single[:])}
	}
	key, nonce, from, err := fileKey(head, with...)
	if errors.Is(err, ErrNoKey) && keys.damaged != nil {
		err = keys.damaged // which may be mended
	}
	if err != nil {
		return nil, err
	}
	p, err := newPayload(key, nonce, size)
	return &Object{p, from}, err
}

// fileKey opens the beginning of an object with one of the identities.
func fileKey(head []byte, with ...age.Identity) (key, nonce []byte, payload int64, err error) {
	header, nonce, _, err := parseHead(head)
	if err != nil {
		return nil, nil, 0, err
	}
	if len(with) == 0 {
		return nil, nil, 0, ErrNoKey
	}
	key, err = age.DecryptHeader(header, with...)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	return key, nonce, int64(len(header) + nonceSize), nil
}

// Cover returns which part of the sealed object must be had to read n plain bytes
// from off. There must be at least one.
func (o *Object) Cover(off, n int64) (from, length int64) {
	first, last := off/chunkSize, (off+n-1)/chunkSize
	from = o.from + first*(chunkSize+overhead)
	end := o.from + min((last+1)*(chunkSize+overhead), o.size+o.chunks()*overhead)
	return from, end - from
}

// Prefix returns how many bytes from the beginning of any object are enough to read
// its first n plain bytes.
func Prefix(n int64) int64 { return MaxHead + chunksOf(n)*(chunkSize+overhead) }

// Reader returns the plain bytes from off to the end. sealed begins where Cover says,
// and of what it has not, nothing can be read: that is io.ErrUnexpectedEOF.
func (o *Object) Reader(sealed io.Reader, off int64) io.Reader {
	return &reader{Object: o, src: sealed, next: off / chunkSize, skip: int(off % chunkSize)}
}

type reader struct {
	*Object
	src    io.Reader
	next   int64 // chunk
	skip   int   // of it, plain
	buf    []byte
	unread []byte // in buf
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		if r.next >= r.chunks() {
			return 0, io.EOF
		}
		if r.buf == nil {
			r.buf = make([]byte, min(chunkSize, r.size)+overhead)
		}
		sealed := r.buf[:r.plainLen(r.next)+overhead]
		if _, err := io.ReadFull(r.src, sealed); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		plain, err := r.open(r.next, sealed)
		if err != nil {
			return 0, fmt.Errorf("%w: chunk %d", ErrDamaged, r.next)
		}
		r.unread = plain[min(r.skip, len(plain)):]
		r.next, r.skip = r.next+1, 0
		if len(r.unread) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}
