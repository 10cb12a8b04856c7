package powercut

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Disk is a folder as a traced program has changed it: what has been written to it, and
// what of that is durable.
type Disk struct {
	folder string // whose calls count
	root   *node
	nodes  []*node // every one that there has been, oldest first
	// chance chooses mixtures, and mixtures is how many for one file or folder.
	chance   *rand.Rand
	mixtures int
}

// node is a file or a folder. now is what a process sees; synced is what a power cut
// leaves of it; pending has the changes in between, in their order.
type node struct {
	isDir   bool
	synced  state
	pending []change
}

// state is the content of a file, or the names in a folder. It is never changed.
type state struct {
	data  string
	names map[string]*node
}

// change is one change to a file or to the names in a folder, made whole by the file
// system or not at all.
type change struct {
	ended int
	apply func(state) state
	// zeros does what apply does to the length of a file, without the data.
	zeros func(state) state
}

func (n *node) with(keep func(i int) bool) state {
	s := n.synced
	for i, c := range n.pending {
		if keep(i) {
			s = c.apply(s)
		}
	}
	return s
}

func all(int) bool { return true }

func (n *node) now() state { return n.with(all) }

// NewDisk returns a disk on which folder is there and empty. Of the mixtures of the
// changes to one file or folder, so many are chosen by chance.
func NewDisk(folder string, mixtures int, chance *rand.Rand) *Disk {
	d := &Disk{folder: folder, chance: chance, mixtures: mixtures}
	d.root = d.add(&node{isDir: true})
	return d
}

func (d *Disk) add(n *node) *node {
	n.synced.names = map[string]*node{}
	d.nodes = append(d.nodes, n)
	return n
}

// inside returns the path below the folder, and whether it is there.
func (d *Disk) inside(path string) (string, bool) {
	if path == d.folder {
		return ".", true
	}
	return strings.CutPrefix(path, d.folder+"/")
}

// find returns the node under a path as a process sees it, or nil.
func (d *Disk) find(path string) *node {
	n := d.root
	if path == "." {
		return n
	}
	for name := range strings.SplitSeq(path, "/") {
		if n = n.now().names[name]; n == nil {
			return nil
		}
	}
	return n
}

// name is the change that puts nodes under names in a folder; nil takes the name away.
func name(ended int, names map[string]*node) change {
	apply := func(s state) state {
		s.names = maps.Clone(s.names)
		for name, n := range names {
			if s.names[name] = n; n == nil {
				delete(s.names, name)
			}
		}
		return s
	}
	return change{ended, apply, apply}
}

func (d *Disk) rename(ended int, from, to string, n *node) {
	fromDir, toDir := filepath.Dir(from), filepath.Dir(to)
	names := map[string]*node{filepath.Base(to): n}
	if fromDir == toDir {
		names[filepath.Base(from)] = nil
	} else {
		d.name(ended, from, nil)
	}
	dir := d.find(toDir)
	dir.pending = append(dir.pending, name(ended, names))
}

func (d *Disk) name(ended int, path string, n *node) {
	dir := d.find(filepath.Dir(path))
	dir.pending = append(dir.pending, name(ended, map[string]*node{filepath.Base(path): n}))
}

// page is what a long write may be torn into.
const page = 4096

func (n *node) write(ended int, at int64, data string) {
	if first := page - at%page; int64(len(data)) > first {
		n.write(ended, at, data[:first])
		n.write(ended, at+first, data[first:])
		return
	}
	put := func(data string) func(state) state {
		return func(s state) state {
			b := make([]byte, max(int64(len(s.data)), at+int64(len(data))))
			copy(b, s.data)
			copy(b[at:], data)
			s.data = string(b)
			return s
		}
	}
	n.pending = append(n.pending, change{ended, put(data), put(string(make([]byte, len(data))))})
}

func (n *node) resize(ended int, size int64) {
	apply := func(s state) state {
		b := make([]byte, size)
		copy(b, s.data)
		s.data = string(b)
		return s
	}
	n.pending = append(n.pending, change{ended, apply, apply})
}

// sync makes durable what had been written when a sync began.
func (n *node) sync(began int) {
	for len(n.pending) > 0 && n.pending[0].ended < began {
		n.synced = n.pending[0].apply(n.synced)
		n.pending = n.pending[1:]
	}
}

// Do does a call, and reports whether it changed the disk.
func (d *Disk) Do(c Call) (changed bool, err error) {
	arg := func(i int) string {
		if i < len(c.Args) {
			return c.Args[i]
		}
		return ""
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(arg(i), 0, 64); return n }
	at := func(dir, name int) (string, bool) {
		if filepath.IsAbs(arg(name)) {
			return d.inside(filepath.Clean(arg(name)))
		}
		return d.inside(filepath.Join(arg(dir), arg(name)))
	}
	switch c.Name {
	case "rename", "link", "unlink", "rmdir", "mkdir", "open", "creat", "symlink":
		if strings.HasPrefix(arg(0), d.folder) { // Go makes the calls with "at"
			return false, fmt.Errorf("%s is not known here", c.Name)
		}
	case "openat":
		path, in := at(0, 1)
		if !in {
			return false, nil
		}
		n := d.find(path)
		switch {
		case n == nil && strings.Contains(arg(2), "O_CREAT"):
			d.name(c.Ended, path, d.add(&node{}))
		case n != nil && strings.Contains(arg(2), "O_TRUNC") && len(n.now().data) > 0:
			n.resize(c.Ended, 0)
		default:
			return false, nil
		}
		return true, nil
	case "mkdirat":
		if path, in := at(0, 1); in {
			d.name(c.Ended, path, d.add(&node{isDir: true}))
			return true, nil
		}
	case "unlinkat":
		if path, in := at(0, 1); in {
			d.name(c.Ended, path, nil)
			return true, nil
		}
	case "renameat", "renameat2", "linkat":
		from, in := at(0, 1)
		to, _ := at(2, 3)
		if !in {
			return false, nil
		}
		n := d.find(from)
		if n == nil || to == "" {
			return false, fmt.Errorf("%s of %s to %s, which are not there", c.Name, from, to)
		}
		if c.Name == "linkat" {
			d.name(c.Ended, to, n)
		} else {
			d.rename(c.Ended, from, to, n)
		}
		return true, nil
	case "mmap":
		if path, in := d.inside(arg(4)); in && strings.Contains(arg(2), "PROT_WRITE") && strings.Contains(arg(3), "MAP_SHARED") {
			return false, fmt.Errorf("%s is written through memory", path)
		}
	case "sync":
		return false, fmt.Errorf("%s is not known here", c.Name)
	case "syncfs": // everything on the file system, which is this disk
		if _, in := d.inside(arg(0)); in {
			for _, n := range d.nodes {
				n.sync(c.Began)
			}
			return true, nil
		}
	default: // of a descriptor
		path, in := d.inside(arg(0))
		if !in {
			return false, nil
		}
		n := d.find(path)
		if n == nil {
			return false, fmt.Errorf("%s to %s, which is not there", c.Name, path)
		}
		switch c.Name {
		case "write": // everything here appends
			n.write(c.Ended, int64(len(n.now().data)), arg(1)[:c.Ret])
		case "pwrite64":
			n.write(c.Ended, number(3), arg(1)[:c.Ret])
		case "ftruncate":
			n.resize(c.Ended, number(1))
		case "fallocate":
			if strings.Contains(arg(1), "KEEP_SIZE") {
				return false, nil
			}
			n.resize(c.Ended, max(int64(len(n.now().data)), number(2)+number(3)))
		case "fsync", "fdatasync":
			n.sync(c.Began)
		default:
			return false, fmt.Errorf("%s is not known here", c.Name)
		}
		return true, nil
	}
	return false, nil
}

// Image is a state in which the disk may be found.
type Image struct {
	Kind  string
	files map[string]string // by path; a folder's ends with a slash
}

// Images returns the states that the disk may be in if everything ends now.
func (d *Disk) Images() []Image {
	now := func(n *node) state { return n.now() }
	synced := func(n *node) state { return n.synced }
	split := func(ofDir, ofFile func(*node) state) func(*node) state {
		return func(n *node) state {
			if n.isDir {
				return ofDir(n)
			}
			return ofFile(n)
		}
	}
	zeros := func(n *node) state {
		s := n.synced
		for _, c := range n.pending {
			s = c.zeros(s)
		}
		return s
	}
	images := []Image{
		d.image("killed", now),
		d.image("only what was synced", synced),
		d.image("names without data", split(now, synced)),
		d.image("names and lengths, zeros for data", split(now, zeros)),
		d.image("data without names", split(synced, now)),
	}
	for _, n := range d.nodes {
		if len(n.pending) == 0 {
			continue
		}
		one := func(kind string, of func() state, others func(*node) state) {
			s := of()
			images = append(images, d.image(kind, func(m *node) state {
				if m == n {
					return s
				}
				return others(m)
			}))
		}
		one("one is as synced, the others are as written", func() state { return n.synced }, now)
		one("one is as written, the others are as synced", n.now, synced)
		if len(n.pending) < 2 {
			continue
		}
		for range d.mixtures {
			i, mixture := d.chance.IntN(len(n.pending)), d.chance.Uint64()
			one("a write is missing", func() state { return n.with(func(j int) bool { return j != i }) }, now)
			one("one write alone", func() state { return n.with(func(j int) bool { return j == i }) }, now)
			one("any mixture of writes", func() state { return n.with(func(j int) bool { return mixture>>(j%64)&1 == 1 }) }, now)
		}
	}
	return images
}

func (d *Disk) image(kind string, of func(*node) state) Image {
	i := Image{kind, map[string]string{}}
	var walk func(n *node, at string)
	walk = func(n *node, at string) {
		for name, child := range of(n).names {
			if child.isDir {
				i.files[at+name+"/"] = ""
				walk(child, at+name+"/")
			} else {
				i.files[at+name] = of(child).data
			}
		}
	}
	walk(d.root, "")
	return i
}

// Sum is the same for images with the same content.
func (i Image) Sum() (sum [32]byte) {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(i.files)) {
		fmt.Fprintf(h, "%q %d\n", path, len(i.files[path]))
		h.Write([]byte(i.files[path]))
	}
	h.Sum(sum[:0])
	return sum
}

// Has reports whether there is a file under a path.
func (i Image) Has(path string) bool { _, has := i.files[path]; return has }

// Write puts the image into a folder, which must be empty.
func (i Image) Write(folder string) error {
	for _, path := range slices.Sorted(maps.Keys(i.files)) { // folders before what is in them
		to := filepath.Join(folder, path)
		var err error
		if strings.HasSuffix(path, "/") {
			err = os.Mkdir(to, 0o700)
		} else {
			err = os.WriteFile(to, []byte(i.files[path]), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
