package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Options are what the package is compared with besides itself.
type Options struct {
	// Fingerprint of the signing key or of the root as the paper receipt has it, or nil.
	Fingerprint *Fingerprint
	// Manifest is the SHA-256 of the manifest as the paper receipt has it, or "".
	Manifest string
	// Progress is told of the bytes that have been read, of how many, or nil.
	Progress func(done, total int64)
}

// maxSmall is the most that is read of a file that is understood as a whole, in bytes.
const maxSmall = 256 << 20

// Folder checks a package. The error says that there is no folder, or that ctx ended;
// what is wrong with the package is in the report.
func Folder(ctx context.Context, dir string, o Options) (Report, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a folder; unpack ZIP parts into one folder first")
	}
	if err != nil {
		return Report{}, fmt.Errorf("couldn't open the package: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, fmt.Errorf("couldn't open the package: %w", err)
	}
	defer root.Close()
	v := &verification{
		ctx: ctx, root: root, Options: o, there: map[string]*File{}, listed: map[string]string{},
		Report: Report{Folder: filepath.Base(filepath.Clean(dir)), Faults: []string{}},
	}
	err = v.run()
	v.OK = err == nil && len(v.Faults) == 0 && len(v.Bad()) == 0
	return v.Report, err
}

type verification struct {
	Report
	Options
	ctx    context.Context
	root   *os.Root
	there  map[string]*File
	listed map[string]string // SHA-256 in hex by name
	leaf   *x509.Certificate // who signed the list

	total, done int64
}

func (v *verification) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

func (v *verification) run() error {
	if strings.HasSuffix(v.Folder, Unfinished) {
		v.fault("the package was not finished: its folder is named as incomplete")
	}
	if err := v.list(); err != nil {
		return err
	}
	if v.there[TagManifest] == nil {
		for name := range v.there {
			if path.Ext(name) == ".zip" {
				v.fault("its ZIP parts are not unpacked: unpack them all into one folder, and check the folder that is in them")
				break
			}
		}
	}
	if f := v.there[UnfinishedFile]; f != nil {
		f.Verdict, f.Detail = Extra, "the package was not finished"
	}
	v.signature()
	v.manifest(TagManifest, func(name string) bool {
		return !strings.HasPrefix(name, "data/") && !beside(name)
	})
	v.manifest(Manifest, func(name string) bool { return strings.HasPrefix(name, "data/") })
	if err := v.hashAll(); err != nil {
		return err
	}
	if v.there[SupplementFile] != nil {
		v.supplement()
	} else {
		v.media()
		v.ledger()
	}
	for _, name := range slices.Sorted(mapKeys(v.there)) {
		v.Files = append(v.Files, *v.there[name])
	}
	return v.ctx.Err()
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// list finds every file that is there.
func (v *verification) list() error {
	return fs.WalkDir(v.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case v.ctx.Err() != nil:
			return v.ctx.Err()
		case err != nil:
			v.fault("%s cannot be read: %v", name, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		f := &File{Name: name, Verdict: Good}
		v.there[name] = f
		info, err := d.Info()
		switch {
		case err != nil:
			f.Verdict, f.Detail = Unread, err.Error()
		case !info.Mode().IsRegular():
			f.Verdict, f.Detail = Extra, "it is not an ordinary file"
		default:
			f.Bytes = info.Size()
			v.total += f.Bytes
		}
		return nil
	})
}

// small reads a file as a whole.
func (v *verification) small(name string) ([]byte, error) {
	f := v.there[name]
	switch {
	case f == nil:
		return nil, errors.New(name + " is missing")
	case f.Bytes > maxSmall:
		return nil, errors.New(name + " is too large")
	}
	b, err := v.root.ReadFile(filepath.FromSlash(name))
	if err != nil {
		return nil, errors.New(name + " cannot be read: " + err.Error())
	}
	return b, nil
}

// signature checks who signed the list of files.
func (v *verification) signature() {
	list, err := v.small(TagManifest)
	if err == nil {
		sum := sha256.Sum256(list)
		v.there[TagManifest].SHA256 = hex.EncodeToString(sum[:])
		err = v.signer(list)
	}
	if err != nil {
		v.fault("the signature over %s (%s, %s) does not hold: %v", TagManifest, Signature, Chain, err)
	}
	for _, name := range []string{Signature, Chain, KeyPrint} {
		if v.there[name] == nil {
			v.there[name] = &File{Name: name, Verdict: Missing}
		}
	}
}

func (v *verification) signer(list []byte) error {
	if v.there[Chain] == nil || v.there[Signature] == nil {
		return errors.New("its files are missing")
	}
	der, err := v.small(Signature)
	if err != nil {
		return err
	}
	x, err := detached(der)
	if err == nil && !x.over(list) {
		err = errors.New("what was signed had another SHA-256")
	}
	if err != nil {
		v.there[Signature].Verdict, v.there[Signature].Detail = Invalid, err.Error()
		return err
	}
	leaf, others, at := x.signer, x.certificates, x.at
	text, err := v.small(Chain)
	if err != nil {
		return err
	}
	chain, err := readChain(text)
	if err == nil && (!chain[0].Equal(leaf) || !sameCertificates(chain, others)) {
		err = errors.New("it is not the chain of the certificate that signed")
	}
	if err == nil {
		err = leads(chain, at)
	}
	if err != nil {
		v.there[Chain].Verdict, v.there[Chain].Detail = Invalid, err.Error()
		return err
	}
	root := chain[len(chain)-1]
	own, above := FingerprintOf(leaf), FingerprintOf(root)
	v.leaf = leaf
	v.Signer = &Signer{
		Name: leaf.Subject.CommonName, Root: root.Subject.CommonName, At: at.UTC(),
		Fingerprint: own.String(), Words: own.Words(), RootPrint: above.String(),
	}
	if v.Fingerprint != nil {
		v.Signer.Compared = true
		if *v.Fingerprint != own && *v.Fingerprint != above {
			return errors.New("it is signed with another key than that of the receipt")
		}
	}
	v.stamped(Signature, Stamp, StampChain, false)
	if text, err := v.small(KeyPrint); err == nil {
		// It is for people, and must not say anything else than the signature does.
		if string(text) != KeyPrintText(own, above) {
			v.there[KeyPrint].Verdict, v.there[KeyPrint].Detail = Invalid, "it does not say what the signature says"
		}
	}
	return nil
}

// manifest reads a list of files and compares it with those that are there and that it
// has to have.
func (v *verification) manifest(name string, mine func(name string) bool) {
	text, err := v.small(name)
	if err != nil {
		v.fault("%v", err)
		return
	}
	if name == Manifest {
		sum := sha256.Sum256(text)
		v.Report.Manifest = hex.EncodeToString(sum[:])
		if v.Options.Manifest != "" && !strings.EqualFold(strings.ReplaceAll(v.Options.Manifest, " ", ""), v.Report.Manifest) {
			v.fault("the manifest is not the one of the receipt")
		}
	}
	for line := range strings.Lines(string(text)) {
		sum, file, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || len(sum) != 2*sha256.Size || !fs.ValidPath(file) || !mine(file) {
			v.fault("%s has a line that does not belong there: %.80q", name, line)
			continue
		}
		if _, twice := v.listed[file]; twice {
			v.fault("%s lists %s twice", name, file)
		}
		v.listed[file] = sum
		if v.there[file] == nil {
			v.there[file] = &File{Name: file, Verdict: Missing}
		}
	}
	for file, f := range v.there {
		if _, listed := v.listed[file]; mine(file) && !listed && f.Verdict == Good {
			f.Verdict, f.Detail = Extra, "nothing that is signed lists it"
		}
	}
}

// hashAll reads every file once.
func (v *verification) hashAll() error {
	buffer := make([]byte, 1<<20)
	for _, name := range slices.Sorted(mapKeys(v.there)) {
		f := v.there[name]
		if f.Verdict == Missing || f.Verdict == Unread {
			continue
		}
		err := v.hash(f, buffer)
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if err != nil && f.Verdict == Good {
			f.Verdict, f.Detail = Unread, err.Error()
		}
	}
	return nil
}

// counting gives on what it reads to a hash, and says how far it is.
type counting struct {
	v   *verification
	r   io.Reader
	sum hash.Hash
}

func (c *counting) Read(p []byte) (int, error) {
	if err := c.v.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	c.v.done += int64(n)
	if c.v.Progress != nil {
		c.v.Progress(c.v.done, c.v.total)
	}
	return n, err
}

func (v *verification) hash(f *File, buffer []byte) error {
	file, err := v.root.Open(filepath.FromSlash(f.Name))
	if err != nil {
		return err
	}
	defer file.Close()
	in := &counting{v, file, sha256.New()}
	var o onvif
	var structure error
	if isMaster(f.Name) {
		structure = o.read(in)
	}
	if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{in}, buffer); err != nil {
		return err
	}
	f.SHA256 = hex.EncodeToString(in.sum.Sum(nil))
	want, listed := v.listed[f.Name]
	if listed && want != f.SHA256 {
		f.Verdict, f.Detail = Altered, "its SHA-256 is not the one that was signed"
	}
	if !isMaster(f.Name) {
		return nil
	}
	say := func(verdict Verdict, detail string) {
		if f.Verdict == Good {
			f.Verdict = verdict
		}
		f.Detail = strings.TrimPrefix(f.Detail+"; "+detail, "; ")
	}
	if structure != nil {
		say(Unsigned, structure.Error())
		return nil
	}
	if len(o.tail) > 0 {
		say(Trailing, strings.Join(o.tail, " and ")+" behind the signed boxes")
	}
	switch certificate, err := o.check(); {
	case err != nil:
		say(Unsigned, err.Error())
	case v.leaf == nil || !certificate.Equal(v.leaf):
		say(Unsigned, "it is signed with another certificate than the package")
	default:
		v.Masters++
	}
	return nil
}

// media compares the masters' pictures with those of the recorded segments, byte by
// byte, by the map of both.
func (v *verification) media() {
	text, err := v.small(MediaMap)
	if err != nil {
		v.fault("%v", err)
		return
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], MediaColumns) {
		v.there[MediaMap].Verdict, v.there[MediaMap].Detail = Invalid, "it cannot be read"
		return
	}
	reached := map[string]int64{}
	for _, row := range rows[1:] {
		if v.ctx.Err() != nil {
			return
		}
		at, err1 := strconv.ParseInt(row[1], 10, 64)
		size, err2 := strconv.ParseInt(row[2], 10, 64)
		from, err3 := strconv.ParseInt(row[4], 10, 64)
		if errors.Join(err1, err2, err3) != nil || size <= 0 {
			v.there[MediaMap].Verdict, v.there[MediaMap].Detail = Invalid, "it cannot be read"
			return
		}
		master := v.there[row[0]]
		if master == nil || !isMaster(row[0]) || path.Dir(path.Dir(row[3])) != SegmentFolder {
			v.there[MediaMap].Verdict, v.there[MediaMap].Detail = Invalid, "it names what is not there"
			continue
		}
		if before, begun := reached[row[0]]; master.Verdict == Good {
			if err := v.same(row[0], at, row[3], from, size); err != nil {
				master.Verdict, master.Detail = Differs, err.Error()
			} else if begun && before != at {
				master.Verdict, master.Detail = Differs, "not all of its pictures are of a segment"
			}
		}
		reached[row[0]] = at + size
	}
	for name, f := range v.there {
		if !isMaster(name) || f.Verdict != Good {
			continue
		}
		first, end := int64(-1), reached[name]
		for _, row := range rows[1:] {
			if row[0] == name {
				first, _ = strconv.ParseInt(row[1], 10, 64)
				break
			}
		}
		if mdat, err := v.mdat(name); err != nil || first != mdat.at || end != mdat.at+mdat.size {
			f.Verdict, f.Detail = Differs, "not all of its pictures are of a segment"
		}
	}
}

// MediaColumns are the heads of MediaMap.
var MediaColumns = []string{"master", "master_offset", "bytes", "segment", "segment_offset"}

// mdat finds the media of a master's video again: its last box mdat.
func (v *verification) mdat(name string) (found span, err error) {
	file, err := v.root.Open(filepath.FromSlash(name))
	if err != nil {
		return found, err
	}
	defer file.Close()
	for at := int64(0); ; {
		head := make([]byte, 16)
		if _, err := file.ReadAt(head, at); err != nil {
			return found, err
		}
		size, header := boxSize(head)
		if size < header {
			return found, errors.New("no box")
		}
		switch string(head[4:8]) {
		case "mdat":
			found = span{at + header, size - header}
		case "meta": // which is behind the movie
			return found, nil
		}
		at += size
	}
}

// same compares a run of a master's bytes with one of a segment's.
func (v *verification) same(master string, at int64, segment string, from, size int64) error {
	if f := v.there[segment]; f == nil || f.Verdict != Good {
		return errors.New(segment + ", of which its pictures are, is not as it must be")
	}
	a, err := v.root.Open(filepath.FromSlash(master))
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := v.root.Open(filepath.FromSlash(segment))
	if err != nil {
		return err
	}
	defer b.Close()
	left, right := make([]byte, 1<<20), make([]byte, 1<<20)
	for size > 0 {
		n := min(size, int64(len(left)))
		if _, err := a.ReadAt(left[:n], at); err != nil {
			return fmt.Errorf("it ends before its pictures do: %w", err)
		}
		if _, err := b.ReadAt(right[:n], from); err != nil {
			return fmt.Errorf("%s ends before its pictures do: %w", segment, err)
		}
		if !bytes.Equal(left[:n], right[:n]) {
			return errors.New("its pictures are not those of " + segment)
		}
		at, from, size = at+n, from+n, size-n
	}
	return nil
}

// ledger checks the extract of the ledger, line by line.
func (v *verification) ledger() {
	extract, err := v.small(AuditExtract)
	if err != nil {
		v.fault("%v", err)
		return
	}
	text, err := v.small(AuditProofs)
	if err != nil {
		v.fault("%v", err)
		return
	}
	var p AuditProofsJSON
	if err := json.Unmarshal(text, &p); err != nil {
		v.there[AuditProofs].Verdict, v.there[AuditProofs].Detail = Invalid, "it cannot be read"
		return
	}
	c, err := openCheckpoint(p.Checkpoint, p.Key)
	if err != nil {
		v.there[AuditProofs].Verdict, v.there[AuditProofs].Detail = Invalid, err.Error()
		return
	}
	l := &Ledger{Size: c.size, Root: hex.EncodeToString(c.root[:]), Key: p.Key}
	v.Ledger = l
	lines := slices.Collect(strings.Lines(string(extract)))
	if len(lines) != len(p.Proofs) {
		v.there[AuditProofs].Verdict, v.there[AuditProofs].Detail = Invalid, fmt.Sprintf("it has %d proofs for %d entries", len(p.Proofs), len(lines))
		return
	}
	for i, line := range lines {
		if err := proven(p.Proofs[i], []byte(line), p.Key, p.Checkpoint); err != nil {
			v.there[AuditExtract].Verdict, v.there[AuditExtract].Detail = Invalid, fmt.Sprintf("entry %d: %v", p.Proofs[i].Entry, err)
			return
		}
		l.Entries++
	}
}
