package handover

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// builder is a package that is being built.
type builder struct {
	Input
	Keys     *signer         // that signs all of it
	at       footage.Instant // when it was begun: the one time in it
	span     footage.Span    // from the first instant that is given to the last
	given    []given
	segments []vault.Segment // by camera and time
	stills   []picture
	copies   []viewing
	ledger   extract
	folder   *folder
	limit    int64 // of a master
	zipLimit int64 // of a ZIP part
	payload  []byte
}

// Build makes a package, reads it back from the medium and gives it its name. When it
// returns an error there is no package; what could not be removed of it, because the
// medium does not answer, is named as incomplete.
func Build(ctx context.Context, in Input) (Result, error) {
	return build(ctx, in, durable.Disk{}, maxPart)
}

func build(ctx context.Context, in Input, disk durable.Disk, limit int64) (Result, error) {
	r, err := newBuilder(in, limit).run(ctx, disk)
	if err != nil {
		return Result{}, fmt.Errorf("couldn't build the package: %w", err)
	}
	return r, nil
}

func newBuilder(in Input, limit int64) *builder {
	return &builder{Input: in, Keys: in.Keys.current(), at: footage.At(in.Now()), limit: limit, zipLimit: zipLimit}
}

func (b *builder) run(ctx context.Context, disk durable.Disk) (r Result, err error) {
	if err := b.plan(ctx); err != nil {
		return r, err
	}
	var pack *zips
	if b.Form == ZIP || b.Form == AES {
		pack = &zips{at: b.at.Time(), password: b.Password, limit: b.zipLimit}
	}
	if b.folder, err = newFolder(ctx, disk, b.Folder, folderName(b.Release), pack, b.Progress); err != nil {
		return r, err
	}
	if err = b.fill(&r); err == nil {
		err = b.folder.finish()
	}
	if err != nil {
		return r, errors.Join(err, b.folder.abandon())
	}
	r.Path, r.Spent = b.folder.path, b.folder.spent.sums()
	if b.folder.zips != nil {
		for _, p := range b.folder.zips.parts {
			r.Parts = append(r.Parts, filepath.Join(r.Path, filepath.Base(p.path)))
		}
	}
	return r, nil
}

// plan finds out what the package is made of, and writes nothing.
func (b *builder) plan(ctx context.Context) (err error) {
	if b.given, err = b.check(); err != nil {
		return err
	}
	found := false
	for i := range b.given {
		g := &b.given[i]
		if err := b.layOut(ctx, g, b.limit); err != nil {
			return err
		}
		found = found || len(g.masters) > 0
		if b.span.From == 0 || g.asked[0].From < b.span.From {
			b.span.From = g.asked[0].From
		}
		b.span.To = max(b.span.To, g.asked[len(g.asked)-1].To)
	}
	if !found {
		return ErrNothing
	}
	err = b.Vault.Index.View(func(tx *index.Tx) error {
		for _, g := range b.given {
			for _, id := range g.segments() {
				s, there, err := vault.Find(tx, id)
				if err == nil && !there {
					err = fmt.Errorf("%w: %s", vault.ErrGone, id)
				}
				if err != nil {
					return err
				}
				b.segments = append(b.segments, s)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(b.segments, func(x, y vault.Segment) int {
		return cmp.Or(cmp.Compare(x.Camera, y.Camera), cmp.Compare(x.Span.From, y.Span.From))
	})
	b.segments = slices.CompactFunc(b.segments, func(x, y vault.Segment) bool { return x.ID() == y.ID() })
	if err := b.findStills(ctx); err != nil {
		return err
	}
	b.ledger, err = b.extractLedger()
	return err
}

// overhead is more than all files but the footage have, in bytes, besides what grows
// with it.
const overhead = 16 << 20

func (b *builder) fill(r *Result) error {
	f := b.folder
	var need int64
	for _, g := range b.given {
		for _, m := range g.masters {
			need += m.movie.Size() + m.movie.Size()/100
			if m.needsCopy() && b.Encoder != "" && !b.NoCopies {
				need += 2 * m.movie.Size() // at the same quality it has more
			}
			r.Masters = append(r.Masters, m.file())
		}
		r.Missing = append(r.Missing, g.missing...)
		if len(g.masters) > 0 {
			r.Cameras = append(r.Cameras, g.camera.ID)
		}
	}
	for _, s := range b.segments {
		need += s.Bytes
		if r.Deadline == 0 || s.Deadline < r.Deadline {
			r.Deadline = s.Deadline
		}
	}
	r.Segments = b.segments
	if err := f.room(need + overhead); err != nil {
		return err
	}
	f.total = 2 * need
	f.begin(Writing)
	if err := f.beside(verify.UnfinishedFile, []byte(unfinishedText)); err != nil {
		return err
	}

	if err := b.writePayload(); err != nil {
		return err
	}
	var files, bytes int64
	for _, w := range f.files {
		files, bytes = files+1, bytes+w.bytes
	}
	b.payload = f.manifest(isPayload)
	sum := sha256.Sum256(b.payload)
	r.Manifest = hex.EncodeToString(sum[:])
	if err := b.writeTop(int(files), bytes); err != nil {
		return err
	}

	// The receipt says that the package was read back, so all else is, first.
	f.begin(Reading)
	if err := f.readBack(f.files); err != nil {
		return err
	}
	r.ReadBack = b.Now()
	before := len(f.files)
	if err := b.writeReceipt(r.Manifest, files, bytes); err != nil {
		return err
	}
	return b.signList(r, before)
}

// isPayload reports whether a file lies where the payload of a bag does.
func isPayload(name string) bool { return strings.HasPrefix(name, "data/") }

// signList lists the files at the top, signs the list, has that stamped, and reads back what
// has been written since there were so many files.
func (b *builder) signList(r *Result, before int) error {
	f := b.folder
	f.tell(Signing, verify.Signature, 0)
	tags := f.manifest(func(name string) bool { return !isPayload(name) })
	sum := sha256.Sum256(tags)
	r.TagManifest = hex.EncodeToString(sum[:])
	signature, err := b.Keys.sign(tags, b.at.Time())
	if err != nil {
		return err
	}
	r.Signature = signature
	signed := map[string][]byte{
		verify.TagManifest: tags,
		verify.Signature:   signature,
		verify.Chain:       b.Keys.PEM(),
		verify.KeyPrint:    []byte(verify.KeyPrintText(b.Keys.Fingerprint(), b.Keys.Root())),
	}
	if b.Stamp != nil {
		stamp, chain, err := stampOf(f.ctx, b.Stamp, signature)
		if r.Stamp, r.Unstamped = stamp, err; err == nil {
			signed[verify.Stamp], signed[verify.StampChain] = stamp, chain
		} else if f.ctx.Err() != nil {
			return f.ctx.Err()
		}
	}
	if err := b.putAll(signed); err != nil {
		return err
	}
	if err := f.into.finish(); err != nil {
		return media(err)
	}
	if err := f.readBack(f.files[before:]); err != nil {
		return err
	}
	if f.zips != nil {
		if err := f.beside(unpackFile, []byte(b.unpackText())); err != nil {
			return err
		}
	}
	for _, v := range b.copies {
		if v.fault == "" {
			r.Copies = append(r.Copies, v.master.copyFile())
		}
	}
	for _, p := range b.stills {
		r.Stills = append(r.Stills, p.file())
	}
	r.Fingerprint = b.Keys.Fingerprint().String()
	for _, w := range f.files {
		r.Files, r.Bytes = r.Files+1, r.Bytes+w.bytes
	}
	return nil
}

// writePayload writes what lies under data/: what was recorded first.
func (b *builder) writePayload() error {
	f := b.folder
	if err := b.carryAll(); err != nil {
		return err
	}
	// In the order of their names, so that the same selection gives the same package.
	slices.SortFunc(f.files, func(x, y written) int { return strings.Compare(x.name, y.name) })
	for i := range b.given {
		for _, m := range b.given[i].masters {
			all := cues(m.movie, b.Site.Zone)
			stem := strings.TrimSuffix(m.file(), ".mp4")
			if err := errors.Join(f.put(stem+".srt", srt(all)), f.put(stem+".vtt", vtt(all))); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(b.writeStills(), b.writeCopies()); err != nil {
		return err
	}
	files := b.machineFiles()
	files[verify.AuditExtract], files[verify.AuditProofs] = b.ledger.lines, b.ledger.proofs
	papers, err := b.payloadPapers()
	if err != nil {
		return err
	}
	maps.Copy(files, papers)
	return b.putAll(files)
}

func (b *builder) putAll(files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := b.folder.put(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// writeTop writes the files that people see first, but for the receipt.
func (b *builder) writeTop(files int, bytes int64) error {
	top, err := b.topPapers(files, bytes)
	if err != nil {
		return err
	}
	maps.Copy(top, b.bagFiles(files, bytes))
	maps.Copy(top, map[string][]byte{
		verify.Manifest: b.payload,
		expertFile:      []byte(b.expertText()),
		playerFile:      b.playerPage(),
		verifierFile:    verifierPage(),
	})
	return b.putAll(top)
}

func (b *builder) writeReceipt(manifest string, files, bytes int64) error {
	pdf, err := b.receipt(manifest, files, bytes)
	if err != nil {
		return err
	}
	// People print it before they unpack anything, and where they have no password.
	if b.folder.zips != nil {
		if err := b.folder.beside(receiptFile, pdf); err != nil {
			return err
		}
	}
	return b.folder.put(receiptFile, pdf)
}

const unfinishedText = `Denne pakken er ikke ferdig. Den skal ikke utleveres.
This package is not finished. It must not be handed over.
`
