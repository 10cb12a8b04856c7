package release

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Part is a segment of what is given (R71).
type Part struct {
	ID     footage.SegmentID `json:"id" cbor:"1,keyasint"`
	SHA256 footage.SHA256    `json:"sha256" cbor:"2,keyasint"` // as recorded
	Bytes  int64             `json:"bytes" cbor:"3,keyasint"`
}

// Build is what a package is made of.
type Build struct {
	Release  Release
	Package  Package // Path is an empty folder, in which all of it is made
	Order    Order   // complete: it has a Form
	Parts    []Part  // by camera and time: no other segment may be in it
	Viewer   footage.Viewer
	Password string // "" for none
	First    Sealed // of a supplement: the package that it adds to

	// Progress is told how far the package is: what is being done, bytes of all bytes, and
	// the file that is being written or read. It is never nil, and may be called often.
	Progress func(phase string, done, total int64, file string)
}

// Built is what became of it.
type Built struct {
	Parts    []Part // that are in it, by camera and time
	Bytes    int64
	Files    int      // in all of it
	Paths    []string // in Package.Path, of what is handed over: the folder, or the parts of a ZIP in their order
	Manifest footage.SHA256
	Key      string // fingerprint of what signed it
	Stamp    footage.SHA256

	// For supplements: the name of its folder, what was signed, and the signature.
	Name        string
	TagManifest footage.SHA256
	Signature   []byte
}

// separate refuses footage to the person who has approved it, but in an emergency
// (R68).
func separate(r *Release, by string) error {
	if r.Approved.By == by && !r.Emergency {
		return refused("it is exported or shown by another person than the one who approved it (R68)")
	}
	return nil
}

// Permit says that footage of a release may leave by the hands of by, and what that is:
// the segments of its given scope that the viewer may see at the transaction's instant
// (R34), and the earliest of their deadlines. Whatever takes footage out of the vault for a release
// calls it inside its transaction (R64).
func Permit(tx *index.Tx, number, by string, viewer footage.Viewer) (r Release, parts []Part, deadline footage.Instant, err error) {
	if r, err = find(tx, number); err != nil {
		return r, nil, 0, err
	}
	if _, err = Next(r.State, r.Kind, Begin); err == nil {
		err = separate(&r, by)
	}
	if err != nil {
		return r, nil, 0, err
	}
	parts, deadline, err = given(tx, r.Given, viewer)
	if err == nil && len(parts) == 0 {
		err = fmt.Errorf("%w: none of the given scope can be read any more", ErrNothing)
	}
	return r, parts, deadline, err
}

func wrap(number string, err error) error { return fmt.Errorf("%s: %w", number, err) }

// given takes the segments that can be seen of the selections, each once, by camera and time,
// and the earliest of their deadlines.
func given(tx *index.Tx, all []holds.Selection, viewer footage.Viewer) (parts []Part, deadline footage.Instant, err error) {
	for _, s := range all {
		for _, camera := range s.Cameras {
			for segment, err := range vault.Segments(tx, camera, s.Span) {
				if err != nil {
					return nil, 0, err
				}
				if !segment.Visible(tx.Now, viewer) {
					continue
				}
				parts = append(parts, Part{segment.ID(), segment.SHA256, segment.Bytes})
				if deadline == 0 || segment.Deadline < deadline {
					deadline = segment.Deadline
				}
			}
		}
	}
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(parts, func(a, b Part) bool { return a.ID == b.ID }), deadline, nil
}

// listDigest is the digest of a list of segments, in the form of sha256sum.
func listDigest(parts []Part) footage.SHA256 {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%s  %s\n", p.SHA256, p.ID)
	}
	return footage.SHA256(h.Sum(nil))
}

// Parts are the segments of a package, by camera and time.
func Parts(tx *index.Tx, number string, n int) (parts []Part, err error) {
	key, err := parseNumber(number)
	if err != nil {
		return nil, err
	}
	for row := range tx.Scan(index.Prefix(room, partsPart, key, versionPart(n))) {
		var some []Part
		if err := row.Decode(&some); err != nil {
			return nil, err
		}
		parts = append(parts, some...)
	}
	return parts, nil
}

// partsInRow keeps a row of parts at some hundred kilobytes.
const partsInRow = 2000

// putParts writes the segments of a package, in place of what was written of it before.
func putParts(tx *index.Tx, key string, n int, parts []Part) error {
	var old []string
	for row := range tx.Scan(index.Prefix(room, partsPart, key, versionPart(n))) {
		old = append(old, row.Key)
	}
	for _, key := range old {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	i := 0
	for some := range slices.Chunk(parts, partsInRow) {
		if err := tx.Put(index.Key(room, partsPart, key, versionPart(n), versionPart(i)), some); err != nil {
			return err
		}
		i++
	}
	return nil
}

// begin enters a package that is about to be built, so that whatever happens to this
// process somebody knows where it lies, and says what j builds.
func (l *Log) begin(j *job, o Order) (Release, error) {
	if o.Frozen && o.Viewer != footage.Privacy {
		return Release{}, wrap(j.number, refused("what only a freeze keeps is given by the privacy role (R34)"))
	}
	if !o.Frozen {
		o.Viewer = footage.Staff
	}
	folder := l.packages()
	medium := false
	if o.Out != "" {
		folder = filepath.Clean(o.Out)
		if !filepath.IsAbs(folder) {
			return Release{}, invalid("%q is no absolute path", o.Out)
		}
		err := l.disk.MakeDir(l.Dir) // before the first package there is none
		if err == nil {
			medium, err = elsewhere(l.Dir, folder)
		}
		if err != nil {
			return Release{}, invalid("couldn't use %s: %v", folder, err)
		}
	}
	act := Begin
	if o.Supplements != 0 {
		act = BeginSupplement
	}
	r, err := l.act(j.number, act, j.by, func(tx *index.Tx, r *Release) error {
		if err := o.complete(r.Given); err != nil {
			return err
		}
		if p := r.last(); p != nil && p.Built == 0 && p.Gone == 0 {
			return refused("a package of it is being built, or was when the power went: that one goes first")
		}
		b := Build{Order: o, Viewer: o.Viewer, Package: Package{N: len(r.Packages) + 1, Medium: medium, Begun: holds.Act{By: j.by, At: tx.Now},
			Form: o.Form, Password: o.Password, Supplements: o.Supplements, Supplement: o.Supplement}}
		p := &b.Package
		if o.Supplements != 0 {
			p.Deadline = tx.Now.Add(holds.MaxHold)
			if err := b.supplements(tx, r); err != nil {
				return err
			}
		} else {
			var err error
			if _, b.Parts, p.Deadline, err = Permit(tx, j.number, j.by, o.Viewer); err != nil {
				return err
			}
		}
		p.Segments, p.List = len(b.Parts), listDigest(b.Parts)
		p.Path = filepath.Join(folder, j.number)
		if p.N > 1 {
			p.Path += fmt.Sprintf("_%d", p.N)
		}
		if _, err := os.Lstat(p.Path); !errors.Is(err, fs.ErrNotExist) {
			return refused("%s is there already", p.Path)
		}
		r.Packages = append(slices.Clip(r.Packages), *p)
		j.build = b
		l.enter(j, p.Path)
		return putParts(tx, r.key(), p.N, b.Parts)
	})
	if err == nil {
		j.build.Release = r
	}
	return r, err
}

// supplements reads what a supplement needs of the package that it adds to.
func (b *Build) supplements(tx *index.Tx, r *Release) error {
	n := b.Order.Supplements
	if n < 1 || n > len(r.Packages) || r.Packages[n-1].Built == 0 || r.Packages[n-1].Supplements != 0 {
		return refused("there is no package %d that was complete", n)
	}
	if b.Order.Supplement == LateStamp && r.Packages[n-1].Stamp != (footage.SHA256{}) {
		return refused("package %d has its time stamp", n)
	}
	found, err := tx.Get(index.Key(room, sealedPart, r.key(), versionPart(n)), &b.First)
	if err == nil && !found {
		err = refused("nothing is kept of package %d that a supplement could name", n)
	}
	return err
}

// packages is the folder of those that the appliance keeps itself.
func (l *Log) packages() string { return filepath.Join(l.Dir, "packages") }

// elsewhere reports whether folder, which must be there, is on another disk than ours:
// then it is a medium that is handed over.
func elsewhere(ours, folder string) (bool, error) {
	var a, b unix.Stat_t
	if err := unix.Stat(folder, &b); err != nil {
		return false, err
	}
	if b.Mode&unix.S_IFMT != unix.S_IFDIR {
		return false, errors.New("it is no folder")
	}
	if err := unix.Stat(ours, &a); err != nil {
		return false, err
	}
	return a.Dev != b.Dev, nil
}

// finish enters a package that is complete: the release has to be the same still, none
// of the footage may have come to its deadline, and nothing be in it that was not
// permitted.
func (l *Log) finish(b Build, built Built, by string) (Release, error) {
	act := Export
	if b.Order.Supplements != 0 {
		act = AddSupplement
	}
	return l.act(b.Release.Number, act, by, func(tx *index.Tx, r *Release) error {
		p := r.Packages[b.Package.N-1]
		if p.Gone != 0 || r.Approved != b.Release.Approved || !same(r.Given, b.Release.Given) {
			return errChanged
		}
		due, err := dueOf(tx, *r, p)
		if err != nil {
			return err
		}
		if due <= tx.Now {
			return errDue
		}
		permitted := map[Part]bool{}
		for _, part := range b.Parts {
			permitted[part] = true
		}
		for _, part := range built.Parts {
			if !permitted[part] {
				return refused("%s is in the package, and not among what was permitted (R64)", part.ID)
			}
		}
		if len(built.Parts) == 0 && act == Export {
			return ErrNothing
		}
		if err := putParts(tx, r.key(), p.N, built.Parts); err != nil {
			return err
		}
		if len(built.Signature) > 0 && act == Export {
			if err := tx.Put(index.Key(room, sealedPart, r.key(), versionPart(p.N)), Sealed{built.Name, built.Manifest, built.TagManifest, built.Signature}); err != nil {
				return err
			}
		}
		r.Paths = built.Paths
		r.change(p.N, func(p *Package) {
			p.Segments, p.List = len(built.Parts), listDigest(built.Parts)
			p.Built, p.Bytes, p.Files, p.Manifest, p.Key, p.Stamp = tx.Now, built.Bytes, built.Files, built.Manifest, built.Key, built.Stamp
		})
		return nil
	})
}

// dueOf is when a package goes because of its footage: at the earliest deadline that
// this has now. Deadlines come nearer when a hold ends, and what has no row any more is
// gone.
func dueOf(tx *index.Tx, r Release, p Package) (footage.Instant, error) {
	parts, err := Parts(tx, r.Number, p.N)
	due := p.Deadline
	for _, part := range parts {
		if err != nil {
			break
		}
		s, found, ferr := vault.Find(tx, part.ID)
		switch {
		case ferr != nil:
			err = ferr
		case !found:
			return 1, nil
		default:
			due = min(due, s.Deadline)
		}
	}
	return due, err
}

// lookEvery is how often the step looks at packages whose footage's deadlines may have
// come nearer meanwhile.
const lookEvery = 30 * time.Second
