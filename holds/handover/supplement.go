package handover

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
)

// ErrNoStamp: nobody has given the time stamp that a supplement is of.
var ErrNoStamp = errors.New("there is no time stamp")

// Sealed is what a supplement names a package by, as its Result has it.
type Sealed struct {
	Name        string // of its folder
	Manifest    string
	TagManifest string
	Signature   []byte
}

// Supplement makes a small package of its own with the time stamp of one that left
// without (R101): it names that by its manifest's digest, has the signature that is
// stamped, and is signed with the key that signs now. Of the input it takes Keys, Site,
// Release, Folder, Stamp, Progress and Now.
func Supplement(ctx context.Context, in Input, first Sealed) (Result, error) {
	r, err := newBuilder(in, maxPart).supplement(ctx, first)
	if err != nil {
		return Result{}, fmt.Errorf("couldn't build the supplement: %w", err)
	}
	return r, nil
}

func (b *builder) supplement(ctx context.Context, first Sealed) (r Result, err error) {
	if b.Stamp == nil || len(first.Signature) == 0 || b.Site.Zone == nil {
		return r, fmt.Errorf("%w: a supplement needs a signature, and an authority that stamps it", ErrInvalid)
	}
	stamp, chain, err := stampOf(ctx, b.Stamp, first.Signature)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrNoStamp, err)
	}
	b.Stamp = nil // its own signature is not stamped
	if b.folder, err = newFolder(ctx, durable.Disk{}, b.Folder, first.Name+"_tillegg", nil, b.Progress); err != nil {
		return r, err
	}
	if err = b.fillSupplement(&r, first, stamp, chain); err == nil {
		err = b.folder.finish()
	}
	if err != nil {
		return Result{}, errors.Join(err, b.folder.abandon())
	}
	r.Path, r.Stamp = b.folder.path, stamp
	return r, nil
}

func (b *builder) fillSupplement(r *Result, first Sealed, stamp, chain []byte) error {
	f := b.folder
	sum := sha256.Sum256(first.Signature)
	about := verify.Supplement{Schema: verify.SupplementSchema, Package: first.Name, Manifest: first.Manifest, TagManifest: first.TagManifest,
		Signature: hex.EncodeToString(sum[:]), Made: b.at.Time().UTC().Truncate(time.Second)}
	payload := map[string][]byte{
		verify.SupplementFile: asJSON(about),
		verify.LateSignature:  first.Signature,
		verify.LateStamp:      stamp,
		verify.LateStampChain: chain,
	}
	var bytes int64
	for _, content := range payload {
		bytes += int64(len(content))
	}
	if err := f.room(bytes + 1<<20); err != nil {
		return err
	}
	if err := errors.Join(f.beside(verify.UnfinishedFile, []byte(unfinishedText)), b.putAll(payload)); err != nil {
		return err
	}
	manifest := f.manifest(isPayload)
	sum = sha256.Sum256(manifest)
	r.Manifest = hex.EncodeToString(sum[:])
	top := map[string][]byte{verify.Manifest: manifest, supplementReadMe: []byte(b.supplementText(first, r.Manifest)), verifierFile: verifierPage()}
	maps.Copy(top, b.bagFiles(len(payload), bytes))
	if err := b.putAll(top); err != nil {
		return err
	}
	r.ReadBack = b.Now()
	return b.signList(r, 0)
}

const supplementReadMe = "00_LES_MEG_READ_ME.txt"

//go:embed supplement.txt
var supplementWords string

func (b *builder) supplementText(first Sealed, manifest string) string {
	return strings.ReplaceAll(fmt.Sprintf(supplementWords, first.Name, grouped(first.Manifest), verifierFile, b.Keys.Fingerprint(), b.Keys.Fingerprint().Words(), b.Site.Contact, grouped(manifest)), "\n", "\r\n")
}
