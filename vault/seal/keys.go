package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"filippo.io/age"

	"github.com/sjudager/sjudager/vault/footage"
)

// maxCached is for how many camera-hours the opened keys are kept in memory: a day
// of 64 cameras, in well under a megabyte.
const maxCached = 64 * 24

// Keys are the keys of the vault in one folder. All methods may be called from any
// goroutine.
type Keys struct {
	dir  string
	disk disk
	to   *age.X25519Identity // the master

	// mu is held for everything that reads or changes files, so that nobody sees an
	// hour between its keys. None of it waits for a store.
	mu     sync.Mutex
	cache  map[Hour]hourKeys
	leases map[Hour]int // Sealings that are not closed
	// damaged are the files that were not what we wrote when they were last read.
	damaged map[string]bool
	// fault is how the last use of the disk failed, if it did.
	fault error
}

// hourKeys are the opened keys of an hour. Any of them may be missing.
type hourKeys struct {
	// identities can be read; the last one seals. There is more than one only where
	// another was made because none could be read.
	identities []age.Identity
	damaged    error // ErrKey, with the identities that cannot be read; nil if there are none
	held       held
}

// Open opens the keys in dir. The master key is the systemd credential
// CredentialName in the folder credentials ($CREDENTIALS_DIRECTORY; "" for none),
// or the file master.key in dir. When there is neither and make is set, one is
// made, unless there are keys already. The error wraps ErrMaster when there is no
// master key, others can read it, or it does not open the keys that there are.
func Open(dir, credentials string, make bool) (*Keys, error) {
	return open(dir, credentials, make, nil)
}

// OpenReadOnly opens the keys in dir, if there are any, and changes nothing: whatever
// would change a file fails. There may be no master key when there are no keys.
func OpenReadOnly(dir, credentials string) (*Keys, error) {
	k := newKeys(dir)
	k.Intercept(func(Op, string) error { return fs.ErrPermission })
	hours, err := k.Hours()
	if err == nil && len(hours) > 0 {
		err = k.unlock(hours, credentials, false)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the keys in %s: %w", dir, err)
	}
	return k, nil
}

func newKeys(dir string) *Keys {
	return &Keys{dir: dir, cache: map[Hour]hourKeys{}, leases: map[Hour]int{}, damaged: map[string]bool{}}
}

func open(dir, credentials string, make bool, before func(Op, string) error) (*Keys, error) {
	k := newKeys(dir)
	k.Intercept(before)
	if err := k.open(credentials, make); err != nil {
		return nil, fmt.Errorf("couldn't open the keys in %s: %w", dir, err)
	}
	return k, nil
}

func (k *Keys) open(credentials string, make bool) error {
	if err := k.disk.MakeDir(k.dir); err != nil {
		return err
	}
	if err := k.clean(); err != nil {
		return err
	}
	hours, err := k.Hours()
	if err != nil {
		return err
	}
	return k.unlock(hours, credentials, make && len(hours) == 0)
}

// unlock finds the master key, which has to open the keys of the hours that there are.
func (k *Keys) unlock(hours []Hour, credentials string, make bool) error {
	id, path, err := k.master(credentials, make)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	k.to = id
	for _, h := range hours { // one is enough: another may be damaged
		var keys hourKeys
		if keys, err = k.load(h); err == nil && (len(keys.identities) > 0 || len(keys.held) > 0) {
			return nil
		}
		err = errors.Join(err, keys.damaged)
	}
	if len(hours) > 0 {
		return fmt.Errorf("%w: %s opens none of the keys; is it of another installation? %w", ErrMaster, path, err)
	}
	return nil
}

// Intercept has f called before each operation on the disk, which does not happen
// if f returns an error: that is how tests make a disk that is full or loses its
// power. It must be called before the keys are used.
func (k *Keys) Intercept(f func(op Op, path string) error) { k.disk.Intercept(f) }

// clean destroys what a crash has left half done.
func (k *Keys) clean() error {
	return filepath.WalkDir(k.dir, func(path string, e fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && e.Type().IsRegular() && (ext == newExt || ext == oldExt) {
			err = k.disk.Shred(path)
		}
		return err
	})
}

func (k *Keys) path(h Hour, ext string) string {
	return filepath.Join(k.dir, filepath.FromSlash(h.String())+ext)
}

// Hours returns every camera-hour that has keys, each once, by camera and time.
func (k *Keys) Hours() ([]Hour, error) {
	cameras, err := os.ReadDir(k.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't list the keys: %w", err)
	}
	var hours []Hour
	for _, c := range cameras {
		if !c.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(k.dir, c.Name()))
		if err != nil {
			return nil, fmt.Errorf("couldn't list the keys: %w", err)
		}
		for _, f := range files {
			h, err := parseHour(c.Name(), f.Name())
			if err == nil && (len(hours) == 0 || hours[len(hours)-1] != h) { // its files lie side by side
				hours = append(hours, h)
			}
		}
	}
	return hours, nil
}

// Has reports whether there is an identity of h, and whether there are file keys
// of single segments; such as are half destroyed count.
func (k *Keys) Has(h Hour) (identity, single bool) {
	has := func(ext string) bool { return exists(k.path(h, ext)) || exists(k.path(h, ext)+oldExt) }
	return slices.ContainsFunc(keyExts, has), has(heldExt)
}

// Trouble returns what went wrong when the disk of the keys was last used, or nil.
func (k *Keys) Trouble() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fault
}

// Damaged returns the files of identities that could not be read when they were last
// needed, and still are there: what was sealed to them does not open.
func (k *Keys) Damaged() (paths []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for path := range k.damaged {
		if !exists(path) {
			delete(k.damaged, path)
		}
	}
	return slices.Sorted(maps.Keys(k.damaged))
}

// Opens reports whether there is a key of the segment of camera that starts at start:
// its own, or that of its hour.
func (k *Keys) Opens(camera footage.CameraID, start footage.Instant) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.load(HourOf(camera, start))
	_, single := keys.held[start]
	if !single && len(keys.identities) == 0 {
		err = errors.Join(err, keys.damaged)
	}
	return single || len(keys.identities) > 0, err
}

// Lease sees to it that the keys of h are left as they are until release is called.
func (k *Keys) Lease(h Hour) (release func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leases[h]++
	return func() { k.release(h) }
}

// load returns the keys of h. k.mu is held.
func (k *Keys) load(h Hour) (hourKeys, error) {
	if keys, ok := k.cache[h]; ok {
		return keys, nil
	}
	var keys hourKeys
	for _, ext := range keyExts {
		text, err := k.read(h, ext)
		var id *age.X25519Identity
		if err == nil && text != nil {
			if id, err = parseIdentity(text, nil); err != nil {
				err = fmt.Errorf("%w: %w", ErrKey, err)
			}
		}
		path := k.path(h, ext)
		delete(k.damaged, path)
		switch {
		case errors.Is(err, ErrKey):
			k.damaged[path] = true
			keys.damaged = errors.Join(keys.damaged, fmt.Errorf("couldn't read %s: %w", path, err))
		case err != nil:
			return hourKeys{}, fmt.Errorf("couldn't read the keys of %s: %w", h, err)
		case id != nil:
			keys.identities = append(keys.identities, id)
		}
	}
	text, err := k.read(h, heldExt)
	if err == nil {
		keys.held, err = parseHeld(text)
	}
	if err != nil {
		return hourKeys{}, fmt.Errorf("couldn't read the keys of %s: %w", h, err)
	}
	// A damaged file may be put right at any time: it is read again.
	if keys.damaged == nil && (len(keys.identities) > 0 || len(keys.held) > 0) {
		k.remember(h, keys)
	}
	return keys, nil
}

func (k *Keys) remember(h Hour, keys hourKeys) {
	for other := range k.cache {
		if len(k.cache) < maxCached {
			break
		}
		delete(k.cache, other) // any: a map's first is a random one
	}
	k.cache[h] = keys
}

// read returns what a file of h holds, or nil when there is none. The error is ErrKey
// when it is not what was written there, or lies on a part of the disk that has gone.
func (k *Keys) read(h Hour, ext string) ([]byte, error) {
	sealed, err := os.ReadFile(k.path(h, ext))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		k.fault = nil
		var plain []byte
		if plain, err = openSmall(sealed, k.to); err == nil {
			return plain, nil
		}
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	k.fault = err
	if errors.Is(err, syscall.EIO) {
		err = fmt.Errorf("%w: %w", ErrKey, err)
	}
	return nil, err
}

func (k *Keys) write(h Hour, ext string, plain []byte) error {
	sealed, err := sealSmall(plain, k.to.Recipient())
	if err != nil {
		return err
	}
	path := k.path(h, ext)
	if k.fault = k.disk.MakeDir(filepath.Dir(path)); k.fault == nil {
		k.fault = k.disk.write(path, sealed)
	}
	return k.fault
}

// lease returns the recipient of h, whose identity is on disk and stays there until
// release.
func (k *Keys) lease(h Hour) (*age.X25519Recipient, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.load(h)
	if err != nil {
		return nil, err
	}
	if len(keys.identities) == 0 {
		// Beside those that cannot be read, which stay for whoever can mend them.
		free := slices.IndexFunc(keyExts, func(ext string) bool { return !exists(k.path(h, ext)) })
		if free < 0 {
			return nil, keys.damaged
		}
		id, err := age.GenerateX25519Identity()
		if err == nil {
			comment := strings.Replace(h.String(), "/", ", the hour of UTC from ", 1)
			err = k.write(h, keyExts[free], formatIdentity(comment, id))
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't make the key of %s: %w", h, err)
		}
		keys.identities = []age.Identity{id}
		if keys.damaged == nil {
			k.remember(h, keys)
		}
	}
	k.leases[h]++
	return keys.identities[len(keys.identities)-1].(*age.X25519Identity).Recipient(), nil
}

func (k *Keys) release(h Hour) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.leases[h]--; k.leases[h] == 0 {
		delete(k.leases, h)
	}
}

// Left is what is stored of a camera-hour.
type Left struct {
	// Unheld: some of it goes at its ordinary deadline. The hour's identity stays.
	Unheld bool
	Sealed []footage.Instant // the starts of the sealed segments, held or not
}

// Settle destroys the keys of h that nothing stored needs. While something is left
// that no hold keeps, that is nothing but the keys of single segments that are
// gone. When only held segments are left, their file keys are taken from their
// heads, put into a file of their own, and then the identity is destroyed, which
// opens all the rest. When nothing is left, everything is destroyed.
//
// left is asked after no segment can be on its way into h any more, and decides:
// the answer is true until Settle returns. heads has the beginnings (MaxHead bytes)
// of the objects of the held segments that have no key of their own yet; an empty
// one says that the object is gone. When left names one that has no head, or a
// segment is on its way, nothing is done and the error is ErrInUse.
//
// A second call after an error, or after a crash, does what is missing.
func (k *Keys) Settle(h Hour, heads map[footage.Instant][]byte, left func() (Left, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.leases[h] > 0 {
		return ErrInUse
	}
	l, err := left()
	if err != nil {
		return err
	}
	if err := k.settle(h, heads, l); err != nil {
		return fmt.Errorf("couldn't settle the keys of %s: %w", h, err)
	}
	return nil
}

func (k *Keys) settle(h Hour, heads map[footage.Instant][]byte, left Left) error {
	if len(left.Sealed) == 0 { // also when they cannot be read
		delete(k.cache, h)
		return k.destroy(h, append([]string{heldExt}, keyExts...)...)
	}
	keys, err := k.load(h)
	if err != nil {
		return err
	}
	single := held{}
	for _, start := range left.Sealed {
		if key, ok := keys.held[start]; ok {
			single[start] = key
			continue
		}
		if left.Unheld || len(keys.identities) == 0 && keys.damaged == nil { // it needs none, or has none
			continue
		}
		head, ok := heads[start]
		if !ok {
			return ErrInUse
		}
		if len(head) == 0 {
			continue
		}
		key, _, _, err := fileKey(head, keys.identities...)
		if err != nil {
			return errors.Join(err, keys.damaged)
		}
		single[start] = [fileKeySize]byte(key)
	}
	delete(k.cache, h)
	switch {
	case len(single) == 0:
		err = k.destroy(h, heldExt)
	case string(single.format()) == string(keys.held.format()):
		err = k.disk.Shred(k.path(h, heldExt) + oldExt) // where an earlier call failed
	default:
		err = k.write(h, heldExt, single.format())
	}
	if err != nil || left.Unheld {
		return err
	}
	return k.destroy(h, keyExts...)
}

func (k *Keys) destroy(h Hour, exts ...string) (err error) {
	for _, ext := range exts {
		err = errors.Join(err, k.disk.destroy(k.path(h, ext)))
	}
	k.fault = err
	return err
}
