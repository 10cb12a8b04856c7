package handover

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// damage is what was done to a package: files that are other than they were, nil where
// they are gone.
type damage struct {
	what  string
	files map[string][]byte
	named []string // files that each verifier has to name; nil: all that were changed
	fine  bool     // nothing is wrong with it
}

// found is what a verifier says: whether all is well, and else a text or a list for each
// file that it names.
type found struct {
	ok    bool
	names func(name string) bool
}

// byCommand is the verdict of the command sjuverify.
func byCommand(t *testing.T, dir string) found {
	report := check(t, dir, verify.Options{})
	return found{report.OK, func(name string) bool { return names(report, name) }}
}

// byExpert runs every command and program of the instructions of the good package, and
// says what those that fail have said.
func byExpert(t *testing.T, dir string, instructions []byte) found {
	t.Helper()
	masters, err := filepath.Glob(filepath.Join(dir, verify.VideoFolder, "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range masters {
		masters[i] = verify.VideoFolder + "/" + filepath.Base(path)
	}
	// One shell for all commands and one interpreter for all programs, to be quick: where
	// something fails, the command and what it says.
	const shell = `for c in "$@"; do out=$(bash -o pipefail -e -c "$c" 2>&1); r=$?; case "$c" in find*) test -z "$out" || r=1;; esac; test $r = 0 || printf '%s\n%s\n' "$c" "$out"; done`
	const interpreter = `import io, sys, contextlib
masters = sys.argv[4:]
for what, program in zip(["PYTHON", "MEDIA", "data/maskin/audit-extract.jsonl data/maskin/audit-proofs.json"], sys.argv[1:4]):
    sys.argv, said, failed = ["x"] + masters, io.StringIO(), False
    with contextlib.redirect_stdout(said):
        try:
            exec(program, {"__name__": "__main__"})
        except SystemExit as e:
            failed = bool(e.code)
        except BaseException as e:
            failed = True
            print(e)
    if failed:
        print(what, said.getvalue())
`
	programs := []string{"-c", interpreter}
	for _, name := range []string{"PYTHON", "MEDIA", "LEDGER"} {
		programs = append(programs, string(between(t, instructions, "-----BEGIN "+name+"-----", "-----END "+name+"-----")))
	}
	said := toolIn(t, dir, "coreutils openssl", "bash", append([]string{"-c", shell, "x"}, commands(instructions)...)...) +
		toolIn(t, dir, "python3", "python3", append(programs, masters...)...)
	return found{said == "", func(name string) bool { return strings.Contains(said, name) }}
}

// byPage has the verifier page look at the good package, which it has read already, with
// the damage.
func byPage(t *testing.T, ctx context.Context, d damage) found {
	t.Helper()
	changed := map[string]any{}
	for name, content := range d.files {
		if changed[name] = nil; content != nil {
			changed[name] = base64.StdEncoding.EncodeToString(content)
		}
	}
	text, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		OK    bool
		Named []string
	}
	answer := evaluate[string](t, ctx, fmt.Sprintf(`(async () => {
		const changed = %s, given = [];
		for (const [n, f] of window.whole) if (!(n.slice(window.top1.length) in changed)) given.push([n, f]);
		for (const n in changed) if (changed[n] !== null) given.push([window.top1 + n, new File([base64(changed[n])], n.split("/").pop())]);
		await verify(given);
		const r = window.report;
		return JSON.stringify({ OK: r.ok, Named: [...r.files.filter(([, why]) => why.length).map(([n]) => n), ...r.faults] });
	})()`, text))
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		t.Fatal(err)
	}
	return found{said.OK, func(name string) bool {
		return slices.ContainsFunc(said.Named, func(s string) bool { return strings.Contains(s, name) })
	}}
}

// resigned makes what a package would be if somebody with its key had made it so: lists,
// signature and time stamp fit, and what is in it has to be looked at.
func (r *rig) resigned(files, changed map[string][]byte) map[string][]byte {
	r.Helper()
	var w folder
	whole := maps.Clone(files)
	maps.Copy(whole, changed)
	for name, content := range whole {
		if name != verify.Manifest && name != verify.TagManifest && !strings.HasPrefix(name, "signatur/") {
			w.files = append(w.files, written{name: name, sum: hexOf(content)})
		}
	}
	out := maps.Clone(changed)
	out[verify.Manifest] = w.manifest(isPayload)
	w.files = append(w.files, written{name: verify.Manifest, sum: hexOf(out[verify.Manifest])})
	out[verify.TagManifest] = w.manifest(func(name string) bool { return !isPayload(name) })
	var err error
	out[verify.Signature], err = scene.keys.current().sign(out[verify.TagManifest], r.now)
	r.must(err)
	out[verify.Stamp], out[verify.StampChain], err = stampOf(context.Background(), r.stamp, out[verify.Signature])
	r.must(err)
	return out
}

// damages are what the verifiers have to find in a package.
func (r *rig) damages(result Result, files map[string][]byte) (all []damage) {
	master, segment := result.Masters[0], segmentFile(result.Segments[0].ID())
	one := func(what, name string, content []byte) {
		all = append(all, damage{what: what + " " + name, files: map[string][]byte{name: content}})
	}
	// What the lists have is changed all at once: each has to be named. The rest of the
	// files depend on one another.
	alone := []string{verify.Manifest, verify.TagManifest, verify.Signature, verify.Chain, verify.KeyPrint, verify.Stamp, verify.StampChain}
	each := func(what string, change func(name string, content []byte) []byte) {
		d := damage{what: what, files: map[string][]byte{}}
		for name, content := range files {
			if !slices.Contains(alone, name) {
				d.files[name] = change(name, content)
			}
		}
		all = append(all, d)
	}
	each("the first byte flipped", func(_ string, b []byte) []byte { return flipped(b, 0) })
	each("a byte flipped", func(_ string, b []byte) []byte { return flipped(b, len(b)/2) })
	each("the last byte flipped", func(_ string, b []byte) []byte { return flipped(b, len(b)-1) })
	each("cut", func(_ string, b []byte) []byte { return b[:len(b)-1] })
	each("appended to", func(_ string, b []byte) []byte { return append(bytes.Clone(b), 0) })
	each("removed", func(string, []byte) []byte { return nil })
	for _, name := range alone {
		at := len(files[name]) / 3
		if name == verify.KeyPrint { // no more of it than the fingerprint is for experts
			at = bytes.Index(files[name], []byte(result.Fingerprint)) + 10
		}
		one("a flipped byte in", name, flipped(files[name], at))
		one("without", name, nil)
	}
	lines := slices.Collect(bytes.Lines(files[verify.Manifest]))
	slices.Reverse(lines)
	one("reordered", verify.Manifest, bytes.Join(lines, nil))
	for _, pair := range [][2]string{{result.Masters[0], result.Masters[1]}, {segment, segmentFile(result.Segments[1].ID())}, {readMeFile, noteFile}} {
		all = append(all, damage{what: "swapped", files: map[string][]byte{pair[0]: files[pair[1]], pair[1]: files[pair[0]]}})
	}
	added := damage{what: "added", files: map[string][]byte{}}
	for _, name := range []string{"data/video/ny.mp4", "autorun.inf", "signatur/x.pem", "data/segmenter/x", "data/ny/x.txt"} {
		added.files[name] = []byte("x")
	}
	all = append(all, added)

	signed := func(what, named string, changed map[string][]byte) {
		all = append(all, damage{what: what + ", and signed", files: r.resigned(files, changed), named: []string{named}, fine: named == ""})
	}
	behind := func(b []byte) map[string][]byte {
		return map[string][]byte{master: append(bytes.Clone(files[master]), b...)}
	}
	signed("nothing", "", map[string][]byte{})
	signed("mfra behind meta", "", behind(box("mfra", []byte("index"))))
	signed("a box behind meta", master, behind(box("free", []byte("hidden"))))
	signed("bytes behind meta", master, behind([]byte{1, 2, 3}))
	signed("another picture", master, map[string][]byte{master: flipped(files[master], len(files[master])/2)})
	signed("another segment", master, map[string][]byte{segment: flipped(files[segment], len(files[segment])-100)})
	signed("a hole in the map", verify.MediaMap, map[string][]byte{verify.MediaMap: bytes.Replace(files[verify.MediaMap], []byte(master), []byte(result.Masters[1]), 1)})
	all[len(all)-1].named = []string{master}
	extract := files[verify.AuditExtract]
	lines = slices.Collect(bytes.Lines(extract))
	signed("another ledger entry", verify.AuditExtract, map[string][]byte{verify.AuditExtract: bytes.Replace(extract, []byte("user-7f3a"), []byte("user-7f3b"), 1)})
	signed("a left out ledger entry", verify.AuditProofs, map[string][]byte{verify.AuditExtract: bytes.Join(lines[1:], nil)})
	slices.Reverse(lines)
	signed("reordered ledger entries", verify.AuditExtract, map[string][]byte{verify.AuditExtract: bytes.Join(lines, nil)})
	signed("another checkpoint", verify.AuditProofs, map[string][]byte{verify.AuditProofs: bytes.Replace(files[verify.AuditProofs], []byte(`"checkpoint": "sjudager/`), []byte(`"checkpoint": "sjudaget/`), 1)})
	return all
}

// Every damage is found by each of the three verifiers: the command, the page in a
// browser, and the expert's commands and programs.
func TestDamage(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Folder = onDisk(t)
	result := r.build(in)
	files := tree(t, result.Path)
	ctx := chromium(t)
	r.page(t, ctx, result)
	in.Folder = onDisk(t)
	supplement, err := Supplement(t.Context(), in, Sealed{filepath.Base(result.Path), result.Manifest, result.TagManifest, result.Signature})
	r.must(err)
	if ok, report := verdict(t, ctx, filepath.Join(supplement.Path, verifierFile), supplement.Path); !ok || !strings.Contains(report, filepath.Base(result.Path)) {
		t.Error(report)
	}
	if ok, report := verdict(t, ctx, filepath.Join(result.Path, verifierFile), result.Path); !ok {
		t.Fatal(report)
	}
	evaluate[any](t, ctx, `(async () => {
		window.whole = [];
		for (const f of byId("pick").files) window.whole.push([f.webkitRelativePath, new File([await f.arrayBuffer()], f.name)]);
		window.top1 = window.whole[0][0].split("/")[0] + "/";
	})()`)
	for _, d := range r.damages(result, files) {
		dir := filepath.Join(t.TempDir(), filepath.Base(result.Path))
		for _, set := range []map[string][]byte{files, d.files} {
			for name, content := range set {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if content == nil {
					r.must(os.Remove(path))
					continue
				}
				r.must(os.MkdirAll(filepath.Dir(path), 0o700))
				write(t, path, content)
			}
		}
		named := d.named
		if named == nil {
			named = slices.Sorted(maps.Keys(d.files))
		}
		for by, f := range map[string]found{"the command": byCommand(t, dir), "the page": byPage(t, ctx, d), "the expert": byExpert(t, dir, files[expertFile])} {
			if f.ok != d.fine {
				t.Errorf("%s: %s says ok %v", d.what, by, f.ok)
				continue
			}
			for _, name := range named {
				if !d.fine && !f.names(name) {
					t.Errorf("%s: %s does not name %s", d.what, by, name)
				}
			}
		}
		r.must(os.RemoveAll(dir))
	}
}

// A byte that is flipped anywhere in the files of the signature is found.
func TestFlippedByte(t *testing.T) {
	r := newRig(t)
	result := r.build(r.story())
	for name, content := range tree(t, result.Path) {
		if !strings.HasPrefix(name, "signatur/") {
			continue
		}
		path := filepath.Join(result.Path, filepath.FromSlash(name))
		for at := 0; at < len(content); at += 1 + len(content)/40 {
			write(t, path, flipped(content, at))
			if report := check(t, result.Path, verify.Options{}); report.OK || !names(report, name) {
				t.Errorf("a flipped byte %d of %d in %s is not named:\n%s", at, len(content), name, text(t, report))
			}
		}
		write(t, path, content)
	}
}

// Another's key signs the same: everything holds, and the paper tells.
func TestAnotherKey(t *testing.T) {
	r := newRig(t)
	in := r.story()
	result := r.build(in)
	theirs, err := OpenKeys(filepath.Join(t.TempDir(), "k"), "Eksempel Arena AS", in.Now)
	r.must(err)
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
	judge(t, forged.Path, tree(t, forged.Path), theirs)
	unfinished := result.Path + verify.Unfinished
	r.must(os.Rename(result.Path, unfinished))
	if report := check(t, unfinished, verify.Options{}); report.OK {
		t.Error("a package that was not finished is taken for one that was")
	}
}
