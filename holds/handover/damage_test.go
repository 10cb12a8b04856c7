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
