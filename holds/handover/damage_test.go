package handover

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/index"
)

// names tells whether a report has something against a file.
func names(report verify.Report, name string) bool {
	for _, f := range report.Bad() {
		if f.Name == name {
			return true
		}
	}
	return slices.ContainsFunc(report.Faults, func(s string) bool { return strings.Contains(s, name) })
}

// A byte that is flipped anywhere is found, and the file that it is in is named.
func TestFlippedByte(t *testing.T) {
	r := newRig(t)
	result := r.build(r.story())
	files := tree(t, result.Path)
	for name, content := range files {
		path := filepath.Join(result.Path, filepath.FromSlash(name))
		places := []int{0, len(content) / 2, len(content) - 1}
		if strings.HasPrefix(name, "signatur/") {
			for i := 3; i < len(content); i += len(content) / 40 {
				places = append(places, i)
			}
		}
		for _, at := range places {
			bad := bytes.Clone(content)
			bad[at] ^= 1
			write(t, path, bad)
			if report := check(t, result.Path, verify.Options{}); report.OK || !names(report, name) {
				t.Errorf("a flipped byte %d of %d in %s is not named:\n%s", at, len(content), name, text(t, report))
			}
		}
		write(t, path, content)
	}
	if report := check(t, result.Path, verify.Options{}); !report.OK {
		t.Error(text(t, report))
	}
}

func TestDamage(t *testing.T) {
	r := newRig(t)
	in := r.story()
	result := r.build(in)
	files := tree(t, result.Path)
	master := result.Masters[0]
	segment := segmentFile(result.Segments[0].ID())
	at := func(name string) string { return filepath.Join(result.Path, filepath.FromSlash(name)) }
	restore := func() {
		if err := os.RemoveAll(result.Path); err != nil {
			t.Fatal(err)
		}
		for name, content := range files {
			if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, at(name), content)
		}
	}
	expect := func(what, name string, verdicts ...verify.Verdict) {
		t.Helper()
		report := check(t, result.Path, verify.Options{})
		var got verify.Verdict
		for _, f := range report.Files {
			if f.Name == name {
				got = f.Verdict
			}
		}
		if report.OK || !slices.Contains(verdicts, got) {
			t.Errorf("%s: %s is %q\n%s", what, name, got, text(t, report))
		}
		restore()
	}
	for name := range files {
		os.Remove(at(name))
		if report := check(t, result.Path, verify.Options{}); report.OK || !names(report, name) {
			t.Errorf("%s was removed, and is not named:\n%s", name, text(t, report))
		}
		restore()
	}
	for _, name := range []string{"data/video/ny.mp4", "autorun.inf", "signatur/x.pem", "data/segmenter/x", verify.UnfinishedFile} {
		write(t, at(name), []byte("x"))
		expect("an added file", name, verify.Extra)
	}
	write(t, at(result.Masters[0]), files[result.Masters[1]])
	write(t, at(result.Masters[1]), files[result.Masters[0]])
	expect("swapped masters", result.Masters[1], verify.Altered)
	write(t, at(segment), append(bytes.Clone(files[segment]), 0))
	expect("an appended byte", segment, verify.Altered)

	// What no hash tells: the package was made by somebody with the key. Then what is in
	// it is looked at, and not only what is said of it.
	resign := func() {
		t.Helper()
		var w folder
		for name, content := range tree(t, result.Path) {
			if name != verify.Manifest && name != verify.TagManifest && !strings.HasPrefix(name, "signatur/") {
				w.files = append(w.files, written{name: name, sum: hexOf(content)})
			}
		}
		data := func(name string) bool { return strings.HasPrefix(name, "data/") }
		write(t, at(verify.Manifest), w.manifest(data))
		w.files = append(w.files, written{name: verify.Manifest, sum: hexOf(w.manifest(data))})
		tags := w.manifest(func(name string) bool { return !data(name) })
		signature, err := scene.keys.current().sign(tags, r.now)
		if err != nil {
			t.Fatal(err)
		}
		write(t, at(verify.TagManifest), tags)
		write(t, at(verify.Signature), signature)
		stamp, chain, err := stampOf(t.Context(), r.stamp, signature)
		if err != nil {
			t.Fatal(err)
		}
		write(t, at(verify.Stamp), stamp)
		write(t, at(verify.StampChain), chain)
	}
	resign()
	if report := check(t, result.Path, verify.Options{}); !report.OK {
		t.Fatal(text(t, report))
	}
	trailing := append(bytes.Clone(files[master]), box("free", []byte("hidden"))...)
	write(t, at(master), trailing)
	resign()
	expect("a box behind meta", master, verify.Trailing)
	write(t, at(master), append(bytes.Clone(files[master]), 1, 2, 3))
	resign()
	expect("bytes behind meta", master, verify.Trailing)
	write(t, at(master), append(bytes.Clone(files[master]), box("mfra", []byte("index"))...))
	resign()
	if report := check(t, result.Path, verify.Options{}); !report.OK {
		t.Errorf("mfra may follow meta:\n%s", text(t, report))
	}
	restore()
	other := bytes.Clone(files[master])
	other[len(other)/2] ^= 1
	write(t, at(master), other)
	resign()
	expect("another picture", master, verify.Unsigned)
	other = bytes.Clone(files[segment])
	other[len(other)-100] ^= 1
	write(t, at(segment), other)
	resign()
	expect("another segment", master, verify.Differs)
	write(t, at(verify.MediaMap), bytes.Replace(files[verify.MediaMap], []byte(master), []byte(result.Masters[1]), 1))
	resign()
	expect("a hole in the map", master, verify.Differs)
	write(t, at(verify.AuditExtract), bytes.Replace(files[verify.AuditExtract], []byte("user-7f3a"), []byte("user-7f3b"), 1))
	resign()
	expect("another ledger entry", verify.AuditExtract, verify.Invalid)
	lines := slices.Collect(bytes.Lines(files[verify.AuditExtract]))
	write(t, at(verify.AuditExtract), bytes.Join(lines[1:], nil))
	resign()
	expect("a left out ledger entry", verify.AuditProofs, verify.Invalid)
	slices.Reverse(lines)
	write(t, at(verify.AuditExtract), bytes.Join(lines, nil))
	resign()
	expect("reordered ledger entries", verify.AuditExtract, verify.Invalid)

	// Another's key signs the same: everything holds, and the paper tells.
	theirs, err := OpenKeys(filepath.Join(t.TempDir(), "k"), "Eksempel Arena AS", func() time.Time { return r.now })
	if err != nil {
		t.Fatal(err)
	}
	in.Keys, in.Folder = theirs, t.TempDir()
	forged := r.build(in)
	paper := scene.keys.Fingerprint()
	if report := check(t, forged.Path, verify.Options{}); !report.OK || report.Signer.Compared {
		t.Error(text(t, report))
	}
	if report := check(t, forged.Path, verify.Options{Fingerprint: &paper}); report.OK {
		t.Error("another's key is taken for ours")
	}
	if report := check(t, result.Path, verify.Options{Fingerprint: &paper, Manifest: forged.Manifest}); report.OK {
		t.Error("another manifest is taken for the receipt's")
	}
	unfinished := result.Path + verify.Unfinished
	if err := os.Rename(result.Path, unfinished); err != nil {
		t.Fatal(err)
	}
	if report := check(t, unfinished, verify.Options{}); report.OK {
		t.Error("a package that was not finished is taken for one that was")
	}
}

func TestDeterministic(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Stamp = nil // each is another
	first := tree(t, r.build(in).Path)
	in.Folder = t.TempDir()
	second := tree(t, r.build(in).Path)
	if !maps.EqualFunc(first, second, bytes.Equal) {
		for name := range first {
			if !bytes.Equal(first[name], second[name]) {
				t.Errorf("%s has other bytes the second time", name)
			}
		}
	}
	in.Folder = t.TempDir()
	r.now = r.now.Add(time.Hour)
	later := tree(t, r.build(in).Path)
	for name, content := range first {
		after := later[name]
		if strings.HasSuffix(name, ".mp4") && strings.HasPrefix(name, verify.VideoFolder) {
			// All but the box that has the time of the export and the signature.
			i, j := bytes.LastIndex(content, []byte("suep")), bytes.LastIndex(after, []byte("suep"))
			content, after = content[:i], after[:j]
		}
		if strings.HasPrefix(name, "data/") && !strings.HasSuffix(name, ".pdf") && name != verify.ReleaseFile && !bytes.Equal(content, after) {
			t.Errorf("%s has other bytes an hour later", name)
		}
	}
}

func TestGoldenTree(t *testing.T) {
	r := newRig(t)
	names := strings.Join(slices.Sorted(maps.Keys(tree(t, r.build(r.story()).Path))), "\n") + "\n"
	want, err := os.ReadFile("testdata/tree.golden")
	if err != nil || names != string(want) {
		t.Errorf("the package has (%v):\n%s", err, names)
	}
	for name := range strings.Lines(names) {
		if len(name) > 160 || strings.ContainsFunc(name, func(c rune) bool { return c > '~' || strings.ContainsRune(`\:*?"<>|`, c) }) {
			t.Errorf("Windows cannot open %s everywhere", name)
		}
	}
}

// Both epochs of the ONVIF boxes, read back by hand.
func TestEpochs(t *testing.T) {
	e := export{At: time.Date(2026, 7, 4, 20, 20, 0, 0, time.UTC), Start: start}
	b, _ := e.meta([]byte{1}, 4)
	suep, cstb := bytes.Index(b, []byte("suep")), bytes.Index(b, []byte("cstb"))
	exported := time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).Add(0).Unix() + int64(be(b[suep+11:suep+19]))
	if exported != e.At.Unix() {
		t.Errorf("exported at %s", time.Unix(exported, 0).UTC())
	}
	began := time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + int64(be(b[cstb+12:cstb+20]))/10
	if began != int64(start) {
		t.Errorf("begins at %s", time.UnixMicro(began).UTC())
	}
}

func be(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func hexOf(b []byte) string { return fmt.Sprintf("%x", sum256(b)) }

func TestKeys(t *testing.T) {
	folder := filepath.Join(t.TempDir(), KeyFolder)
	now := func() time.Time { return start.Time() }
	k, err := OpenKeys(folder, "Æøå "+strings.Repeat("Å", 60), now)
	if err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, folder) {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	old, oldRoot := k.Fingerprint(), k.Root()
	r := newRig(t)
	in := r.story()
	in.Keys = k
	before := r.build(in)
	if again, err := OpenKeys(folder, "x", now); err != nil || again.Fingerprint() != old || again.Root() != oldRoot {
		t.Errorf("opened again: %v", err)
	}
	if err := k.Rotate(); err != nil || k.Fingerprint() == old || k.Root() != oldRoot {
		t.Errorf("rotated: %v", err)
	}
	if report := check(t, before.Path, verify.Options{Fingerprint: &old}); !report.OK {
		t.Errorf("an old package is not good after a rotation:\n%s", text(t, report))
	}
	again, err := OpenKeys(folder, "x", now)
	if err != nil || again.Fingerprint() != k.Fingerprint() {
		t.Errorf("opened after a rotation: %v", err)
	}
	if _, there := tree(t, folder)["signing-1.key"]; there {
		t.Error("the old key is still there")
	}
	if _, there := tree(t, folder)["signing-1.crt"]; !there {
		t.Error("the old certificate is gone")
	}
	// The operator's authority: scene's root issues for k's request.
	request, err := k.Request()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "request"), request)
	tool(t, "openssl", "openssl", "req", "-verify", "-noout", "-in", filepath.Join(folder, "request"))
	template := k.template("Politiets leverandør AS", 1)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(nil, template, scene.keys.root, k.current().key.Public(), scene.keys.rootKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	r.must(err)
	theirs := pemOf([]*x509.Certificate{leaf, scene.keys.root})
	if err := scene.keys.UseChain(theirs); err == nil {
		t.Error("a certificate of another key is taken")
	}
	if err := k.UseChain(pemOf([]*x509.Certificate{leaf})); err == nil {
		t.Error("a chain without its root is taken")
	}
	if err := k.UseChain(theirs); err != nil || k.Root() != scene.keys.Root() {
		t.Error(err)
	}
	in.Folder = t.TempDir()
	after := r.build(in)
	root := scene.keys.Root()
	if report := check(t, after.Path, verify.Options{Fingerprint: &root}); !report.OK || report.Signer.Name != "Politiets leverandør AS" {
		t.Error(text(t, report))
	}
	judge(t, after.Path, tree(t, after.Path), k)
	if f, err := verify.ParseFingerprint(old.Words()); err != nil || f != old {
		t.Error(err)
	}
	if f, err := verify.ParseFingerprint(old.String()); err != nil || f != old {
		t.Error(err)
	}
	// The operator's chain is there after a start, and stays with its key.
	if again, err = OpenKeys(folder, "x", now); err != nil || again.Root() != root {
		t.Errorf("opened with the operator's chain: %v", err)
	}
	write(t, filepath.Join(folder, "signing-1.key"), []byte("of a rotation that was cut short"))
	ring := &Keyring{Index: r.notary.Index, Folder: folder, Site: "x", Now: now, Log: slog.New(slog.DiscardHandler)}
	told := func() (all []ledger.Entry) {
		r.must(r.notary.Index.View(func(tx *index.Tx) error {
			n, err := ledger.Size(tx)
			if err != nil {
				return err
			}
			for e, err := range ledger.Walk(tx, 0, n) {
				if err != nil {
					return err
				}
				if e.Kind == ledger.PackageKeys {
					all = append(all, e)
				}
			}
			return nil
		}))
		return all
	}
	opened, err := ring.Keys()
	r.must(err)
	state, err := ring.Rotate("user-7f3a")
	r.must(err)
	if state.Number != 3 || !state.Own || opened.Root() != oldRoot || len(state.Earlier) != 2 || state.Earlier[1].Key != old.String() {
		t.Errorf("%+v", state)
	}
	if _, err := ring.UseChain(theirs, "user-7f3a"); !errors.Is(err, ErrCertificate) {
		t.Errorf("the chain of the key before is taken: %v", err)
	}
	if all := told(); len(all) != 2 || all[0].By != ledger.System || all[1].By != "user-7f3a" || all[1].Text("key") != strings.ReplaceAll(state.Key, " ", "") {
		t.Errorf("%+v", all)
	}
	for name := range tree(t, folder) {
		if strings.HasSuffix(name, ".key") && name != "root.key" && name != "signing-3.key" {
			t.Errorf("%s is still there", name)
		}
	}
	for _, p := range []Result{before, after} {
		if report := check(t, p.Path, verify.Options{}); !report.OK {
			t.Errorf("after two rotations:\n%s", text(t, report))
		}
	}
	write(t, filepath.Join(folder, "signing-3.chain"), []byte("damaged"))
	if _, err := OpenKeys(folder, "x", now); !errors.Is(err, ErrCertificate) || !strings.Contains(err.Error(), "signing-3.chain") {
		t.Error(err)
	}
	os.Remove(filepath.Join(folder, "signing-3.chain"))
	os.Remove(filepath.Join(folder, "root.key"))
	if _, err := OpenKeys(folder, "x", now); err == nil {
		t.Error("a lost root key is made anew")
	}
}

func sum256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
