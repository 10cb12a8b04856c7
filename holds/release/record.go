package release

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Record is one version of a release, but for names and words.
type Record struct {
	Number  string    `json:"number" cbor:"1,keyasint"`  // U-2026-0001
	Version int       `json:"version" cbor:"2,keyasint"` // from 1
	State   State     `json:"state" cbor:"3,keyasint"`
	Act     Act       `json:"act" cbor:"4,keyasint"` // that made this version
	Made    holds.Act `json:"made" cbor:"5,keyasint"`
	Matter  `cbor:"6,keyasint"`

	Created   holds.Act       `json:"created" cbor:"7,keyasint"`
	Written   Document        `json:"written,omitzero" cbor:"8,keyasint,omitzero"` // the written request
	Consent   Document        `json:"consent,omitzero" cbor:"9,keyasint,omitzero"` // of everybody in the footage
	Approved  holds.Act       `json:"approved,omitzero" cbor:"10,keyasint,omitzero"`
	Emergency bool            `json:"emergency" cbor:"11,keyasint,omitempty"` // one person alone
	ReviewBy  footage.Instant `json:"review_by,omitzero" cbor:"12,keyasint,omitempty"`
	Reviewed  holds.Act       `json:"reviewed,omitzero" cbor:"13,keyasint,omitzero"`
	Packages  []Package       `json:"packages" cbor:"14,keyasint,omitempty"`
	Delivery  Delivery        `json:"delivery,omitzero" cbor:"15,keyasint,omitzero"`
	Receipt   Document        `json:"receipt,omitzero" cbor:"16,keyasint,omitzero"`
	Verified  Confirmation    `json:"verified,omitzero" cbor:"17,keyasint,omitzero"`
	HoldTold  footage.Instant `json:"hold_told,omitzero" cbor:"18,keyasint,omitempty"` // that it closes
	Ended     holds.Act       `json:"ended,omitzero" cbor:"19,keyasint,omitzero"`      // closed or refused
	Erased    footage.Instant `json:"erased,omitzero" cbor:"20,keyasint,omitempty"`    // names and words were
	Notices   []Notice        `json:"notices,omitempty" cbor:"21,keyasint,omitempty"`  // that the recipient is owed or was given
}

// Document is a paper that lies in the venue's archive; here is when it came and what
// its file hashed to.
type Document struct {
	At     footage.Instant `json:"at" cbor:"1,keyasint"` // it came
	SHA256 footage.SHA256  `json:"sha256" cbor:"2,keyasint"`
	Act    holds.Act       `json:"entered" cbor:"3,keyasint"`
}

// Confirmation is what somebody outside has said, and who wrote it down.
type Confirmation struct {
	At  footage.Instant `json:"at" cbor:"1,keyasint"`
	Act holds.Act       `json:"entered" cbor:"2,keyasint"`
}

// Delivery is how footage was handed over (R73).
type Delivery struct {
	Channel    Channel         `json:"channel" cbor:"1,keyasint"`
	Medium     string          `json:"medium" cbor:"2,keyasint,omitempty"` // its maker and model
	Serial     string          `json:"serial" cbor:"3,keyasint,omitempty"`
	Seal       string          `json:"seal" cbor:"4,keyasint,omitempty"`
	Protection string          `json:"protection" cbor:"5,keyasint,omitempty"` // against others on the way
	At         footage.Instant `json:"at" cbor:"6,keyasint"`
	Act        holds.Act       `json:"entered" cbor:"7,keyasint"`
}

// Package is one built package of a copy.
type Package struct {
	N          int             `json:"n" cbor:"1,keyasint"` // from 1
	Path       string          `json:"path" cbor:"2,keyasint"`
	Medium     bool            `json:"medium" cbor:"3,keyasint,omitempty"` // on another disk than the appliance's: what is handed over
	Begun      holds.Act       `json:"begun" cbor:"4,keyasint"`
	Built      footage.Instant `json:"built,omitzero" cbor:"5,keyasint,omitempty"`
	Segments   int             `json:"segments" cbor:"6,keyasint"`
	Bytes      int64           `json:"bytes" cbor:"7,keyasint"`
	Files      int             `json:"files" cbor:"8,keyasint"`
	List       footage.SHA256  `json:"list" cbor:"9,keyasint"`                        // over the lines "<hash>  <segment id>" of its segments
	Manifest   footage.SHA256  `json:"manifest,omitzero" cbor:"10,keyasint,omitzero"` // of the package
	Key        string          `json:"key" cbor:"11,keyasint,omitempty"`              // fingerprint of what signed it
	Stamp      footage.SHA256  `json:"stamp,omitzero" cbor:"12,keyasint,omitzero"`    // of the time stamp
	Deadline   footage.Instant `json:"deadline" cbor:"13,keyasint"`                   // the earliest of its segments' when it was begun (R100)
	Password   bool            `json:"password" cbor:"14,keyasint,omitempty"`
	Destroyed  footage.Instant `json:"password_destroyed,omitzero" cbor:"15,keyasint,omitempty"`
	Gone       footage.Instant `json:"gone,omitzero" cbor:"16,keyasint,omitempty"` // seen to be
	HandedOver bool            `json:"handed_over" cbor:"17,keyasint,omitempty"`   // the medium has left
	Form       Form            `json:"form,omitempty" cbor:"18,keyasint,omitempty"`
	Failed     Failure         `json:"failed,omitempty" cbor:"20,keyasint,omitempty"` // why it never was complete

	// Supplements is the package that this one adds to, and Supplement what it adds; 0 for
	// one that has footage. There is none in a supplement (R101).
	Supplements int        `json:"supplements,omitempty" cbor:"21,keyasint,omitempty"`
	Supplement  Supplement `json:"supplement,omitempty" cbor:"22,keyasint,omitempty"`
}

// Sealed is what is kept of a package for its supplements, until the words of its release
// are erased: its name has the case number.
type Sealed struct {
	Name        string         `cbor:"1,keyasint"` // of its folder
	Manifest    footage.SHA256 `cbor:"2,keyasint"`
	TagManifest footage.SHA256 `cbor:"3,keyasint"` // what is signed
	Signature   []byte         `cbor:"4,keyasint"` // CMS, DER
}

// Said is one version's names and words.
type Said struct {
	Words    `cbor:"1,keyasint"`
	Salt     []byte `json:"-" cbor:"2,keyasint"`                     // of the commitment in the ledger
	Because  string `json:"because" cbor:"3,keyasint,omitempty"`     // of this version: why it was corrected, refused, approved alone, not built
	Archive  string `json:"archive" cbor:"4,keyasint,omitempty"`     // where the document of this version lies
	HandedBy string `json:"handed_by" cbor:"5,keyasint,omitempty"`   // who handed it over
	Received string `json:"received_by" cbor:"6,keyasint,omitempty"` // who took it
	Where    string `json:"where" cbor:"7,keyasint,omitempty"`
	Checked  string `json:"verified_by" cbor:"8,keyasint,omitempty"` // who opened it and found it whole

	// Paths are what lies in the folder of the last complete package and is handed over:
	// the package's folder, or the parts of a ZIP in their order. The case is in the names.
	Paths []string `json:"paths,omitempty" cbor:"9,keyasint,omitempty"`
}

// Release is one version, whole.
type Release struct {
	Record
	Said
}

// Facts are those of the release, in memory of their own.
func (r Release) Facts() Facts {
	f := Facts{r.Matter, r.Words}
	f.clean()
	return f
}

// The rows. A release's key is its year and its number in eight digits, so that they
// sort in the order of numbers.
const (
	room       = "release"
	nowPart    = "now"    // the last version
	oldPart    = "old"    // those before
	saidPart   = "said"   // names and words of all versions
	partsPart  = "parts"  // segments of the packages
	sealedPart = "sealed" // what supplements need of packages
	openPart   = "open"   // those that the step looks at
	erasePart  = "erase"  // by when names go
	cameraPart = "camera" // by camera and beginning
	casePart   = "case"
	userPart   = "user"
)

func parseNumber(number string) (key string, err error) {
	year, n, ok := strings.Cut(strings.TrimPrefix(number, "U-"), "-")
	count, err := strconv.Atoi(n)
	if !ok || err != nil || len(year) != 4 || count < 1 || strings.Trim(year, "0123456789") != "" || number != fmt.Sprintf("U-%s-%04d", year, count) {
		return "", fmt.Errorf("%w: %q", ErrNotFound, number)
	}
	return fmt.Sprintf("%s-%08d", year, count), nil
}

// key is that of the release's rows. Its number is one that nextNumber made.
func (r Record) key() string {
	key, err := parseNumber(r.Number)
	if err != nil {
		panic("internal error: a release has the number " + r.Number)
	}
	return key
}

func versionPart(n int) string { return fmt.Sprintf("%06d", n) }

// series is that of the releases' numbers.
const series = "U"

// nextNumber counts the releases of the site's calendar year. One that was given is never
// given again.
func nextNumber(tx *index.Tx, zone *time.Location) (number string, err error) {
	for taken := true; taken && err == nil; {
		if number, err = holds.NextNumber(tx, zone, series); err == nil {
			taken, err = tx.Get(index.Key(room, nowPart, Record{Number: number}.key()), new(Record))
		}
	}
	return number, err
}

func find(tx *index.Tx, number string) (Release, error) {
	key, err := parseNumber(number)
	if err != nil {
		return Release{}, err
	}
	var r Release
	found, err := tx.Get(index.Key(room, nowPart, key), &r.Record)
	if err == nil && !found {
		err = fmt.Errorf("%w: %q", ErrNotFound, number)
	}
	if err != nil {
		return Release{}, err
	}
	return r, r.words(tx)
}

// words reads the names and words of the version, where they are not erased.
func (r *Release) words(tx *index.Tx) error {
	_, err := tx.Get(index.Key(room, saidPart, r.key(), versionPart(r.Version)), &r.Said)
	return err
}

// versions yields all versions of the release, the first one first.
func versions(tx *index.Tx, key string) iter.Seq2[Release, error] {
	return func(yield func(Release, error) bool) {
		for row := range tx.Scan(index.Prefix(room, oldPart, key)) {
			var r Release
			err := row.Decode(&r.Record)
			if err == nil {
				err = r.words(tx)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// write makes r the next version of what it was, which is empty for a new release, and
// writes the act into the ledger. Nothing that was written before changes.
func write(tx *index.Tx, was Release, r *Release, act Act, by string) error {
	r.Version, r.Act, r.Made = was.Version+1, act, holds.Act{By: by, At: tx.Now}
	r.Salt = make([]byte, 16)
	rand.Read(r.Salt) // never fails
	if was.Version > 0 {
		if err := tx.Put(index.Key(room, oldPart, r.key(), versionPart(was.Version)), was.Record); err != nil {
			return err
		}
	}
	if err := tx.Put(index.Key(room, nowPart, r.key()), r.Record); err != nil {
		return err
	}
	if r.Erased == 0 {
		if err := tx.Put(index.Key(room, saidPart, r.key(), versionPart(r.Version)), r.Said); err != nil {
			return err
		}
	}
	if err := r.place(tx, was); err != nil {
		return err
	}
	fields := ledger.Fields{"release": r.Number, "state": r.State, "act": act, "revision": r.Version, "record": r.Record.Digest(), "hold": r.Hold}
	if r.Erased == 0 {
		fields["said"] = r.Said.Digest()
	}
	if p := r.last(); p != nil && p.Manifest != (footage.SHA256{}) {
		fields["manifest"], fields["signer"] = p.Manifest, strings.NewReplacer(" ", "", ":", "").Replace(p.Key)
		if p.Stamp != (footage.SHA256{}) {
			fields["stamp"] = p.Stamp
		}
	}
	_, err := ledger.Append(tx, ledger.Entry{Kind: ledger.Released, By: by, Fields: fields})
	return err
}

// Digest is what the ledger's entry of a version says of it: SHA-256 over its JSON.
func (r Record) Digest() footage.SHA256 { return digest(nil, r) }

// Digest is the commitment to a version's names and words: SHA-256 over the salt and
// their JSON. Without the salt nobody can try texts against it.
func (s Said) Digest() footage.SHA256 { return digest(s.Salt, s) }

func digest(salt []byte, v any) footage.SHA256 {
	b, err := json.Marshal(v)
	if err != nil {
		panic("internal error: a release cannot be encoded: " + err.Error()) // plain values
	}
	return sha256.Sum256(append(slices.Clip(salt), b...))
}

// last is the package that was begun last, or nil.
func (r *Release) last() *Package {
	if len(r.Packages) == 0 {
		return nil
	}
	return &r.Packages[len(r.Packages)-1]
}

// lastGiven is the last package that has footage, or nil.
func (r *Release) lastGiven() *Package {
	for i := range slices.Backward(r.Packages) {
		if r.Packages[i].Supplements == 0 {
			return &r.Packages[i]
		}
	}
	return nil
}

// change replaces package n by what f makes of it; earlier versions keep theirs.
func (r *Release) change(n int, f func(*Package)) {
	r.Packages = slices.Clone(r.Packages)
	f(&r.Packages[n-1])
}

// open reports whether something is still to be done, by people or by the step.
func (r Release) open() bool {
	return !r.State.ended() || r.unreviewed() || r.State == Closed && r.Hold != "" && r.HoldTold == 0 ||
		len(r.owed()) > 0 || slices.ContainsFunc(r.Packages, func(p Package) bool {
		return p.Gone == 0 && !p.HandedOver || p.Password && p.Destroyed == 0
	})
}

// unreviewed reports whether one person alone has approved it, and nobody has looked.
func (r Release) unreviewed() bool { return r.Emergency && r.Reviewed.At == 0 }

// KeepNames is how many calendar years names and words are kept after a release has
// ended, or after the last act where it never did (R78).
const KeepNames = 5

// eraseAt is when names and words go, or 0 when they are gone.
func (r Release) eraseAt() footage.Instant {
	if r.Erased != 0 || r.Version == 0 {
		return 0
	}
	from := r.Made.At
	if r.State.ended() {
		from = r.Ended.At
	}
	return footage.At(from.Time().AddDate(KeepNames, 0, 0))
}

// place brings the rows by which a release is found into line with it.
func (r Release) place(tx *index.Tx, was Release) error {
	want := r.places()
	for key := range was.places() {
		if _, stays := want[key]; !stays && !strings.HasPrefix(key, room+"/"+userPart+"/") { // who has acted has acted
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if err := tx.Put(key, want[key]); err != nil {
			return err
		}
	}
	return nil
}

// places are the rows by which the release is found: those of cameras have the end of
// what is given, so that others need not be read.
func (r Release) places() map[string]footage.Instant {
	rows := map[string]footage.Instant{}
	if r.Version == 0 {
		return rows
	}
	if r.open() {
		rows[index.Key(room, openPart, r.key())] = 0
	}
	if at := r.eraseAt(); at != 0 {
		rows[index.Key(room, erasePart, at.Compact(), r.key())] = 0
	}
	for _, s := range r.Given {
		for _, camera := range s.Cameras {
			key := index.Key(room, cameraPart, string(camera), s.From.Compact(), r.key())
			rows[key] = max(rows[key], s.To)
		}
	}
	if r.Case != "" {
		rows[index.Key(room, casePart, url.QueryEscape(strings.ToLower(r.Case)), r.key())] = 0
	}
	rows[index.Key(room, userPart, url.QueryEscape(r.Made.By), r.key())] = 0
	return rows
}
