package handover

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
)

// pack builds a package of ZIP parts of at most limit bytes.
func (r *rig) pack(in Input, disk durable.Disk, limit int64) (Result, error) {
	b := newBuilder(in, maxPart)
	b.zipLimit = limit
	return b.run(context.Background(), disk)
}

// ZIP parts pass 7-Zip's own test and unpack into the package, which verifies; without a
// password they are the same twice, and with one they open with that and no other.
func TestZIP(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Stamp = nil // each is another
	const password, limit = "abcde-fghij-kmnpq-rstuv-wxyz2", 1200 << 10
	var first [][]byte
	for _, form := range []Form{ZIP, ZIP, AES} {
		in.Folder, in.Form, in.Password = t.TempDir(), form, ""
		key := "-p"
		if form == AES {
			in.Password = password
			key += password
		}
		result, err := r.pack(in, durable.Disk{}, limit)
		r.must(err)
		if len(result.Parts) < 3 {
			t.Fatalf("%q", result.Parts)
		}
		beside, to := tree(t, result.Path), t.TempDir()
		var parts [][]byte
		for _, part := range result.Parts {
			content := beside[filepath.Base(part)]
			parts = append(parts, content)
			if len(content) > limit || len(content) < 1000 {
				t.Errorf("%s has %d bytes", part, len(content))
			}
			if !bytes.Contains(beside[unpackFile], []byte(filepath.Base(part))) {
				t.Errorf("%s does not name %s", unpackFile, part)
			}
			tool(t, "p7zip-full", "7z", "t", key, part)
			tool(t, "p7zip-full", "7z", "x", "-y", key, "-o"+to, part)
			if form == AES {
				if listed := tool(t, "p7zip-full", "7z", "l", "-slt", part); !strings.Contains(listed, "Method = AES-256 Store") || strings.Contains(strings.SplitN(listed, "----------", 2)[1], "Encrypted = -") {
					t.Errorf("7z lists %s", listed)
				}
				if out, err := exec.Command("7z", "t", "-p"+password+"x", part).CombinedOutput(); err == nil {
					t.Errorf("another password opens %s: %s", part, out)
				}
				damaged := filepath.Join(t.TempDir(), "x.zip")
				write(t, damaged, flipped(content, len(content)/2))
				if out, err := exec.Command("7z", "t", key, damaged).CombinedOutput(); err == nil {
					t.Errorf("a flipped byte in %s is not found: %s", part, out)
				}
			}
		}
		switch {
		case form == AES:
			if bytes.Contains(bytes.Join(parts, nil), []byte("BagIt-Version")) {
				t.Error("a file is not encrypted")
			}
		case first == nil:
			first = parts
		case !slices.EqualFunc(first, parts, bytes.Equal):
			t.Error("the parts have other bytes the second time")
		}
		unpacked := filepath.Join(to, filepath.Base(result.Path))
		if report := check(t, unpacked, verify.Options{Manifest: result.Manifest}); !report.OK || len(report.Files) != result.Files {
			t.Error(text(t, report))
		}
		if receipt := tree(t, unpacked)[receiptFile]; !bytes.Equal(receipt, beside[receiptFile]) || len(beside) != len(result.Parts)+2 {
			t.Errorf("%d files beside the parts, or another receipt", len(beside)-len(result.Parts))
		}
		if _, err := r.pack(in, durable.Disk{}, limit); !errors.Is(err, ErrExists) {
			t.Error(err)
		}
		if report := check(t, result.Path, verify.Options{}); report.OK || !strings.Contains(report.Faults[0], "ZIP") {
			t.Errorf("the parts are not named in %q", report.Faults)
		}
	}
	for _, wrong := range []struct {
		form     Form
		password string
	}{{AES, ""}, {ZIP, password}, {Folder, password}, {"tar", ""}} {
		in.Form, in.Password = wrong.form, wrong.password
		if _, err := Build(context.Background(), in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func flipped(content []byte, at int) []byte {
	bad := bytes.Clone(content)
	bad[at] ^= 1
	return bad
}

// The published vectors of the cipher do not go with ZIP's counter, so 7-Zip is the judge
// above; here a file of any length in pieces of any length comes back, and nothing that
// was changed does.
func TestAES(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 17, 4095, 4096, 4097, 100_000} {
		content := bytes.Repeat([]byte("sjudager"), size/8+1)[:size]
		s, packed := newSeal("secret")
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 1000+len(rest)%77)
			packed = append(packed, s.close(rest[:n])...)
			rest = rest[n:]
		}
		packed = append(packed, s.code()...)
		read := func(packed []byte, password string) ([]byte, error) {
			r, err := unseal(bytes.NewReader(packed), int64(len(packed)), password)
			if err != nil {
				return nil, err
			}
			var b bytes.Buffer
			_, err = b.ReadFrom(r)
			return b.Bytes(), err
		}
		if got, err := read(packed, "secret"); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		if _, err := read(packed, "secres"); !errors.Is(err, ErrAltered) {
			t.Errorf("%d bytes: %v", size, err)
		}
		for at := 0; at < len(packed); at += 1 + len(packed)/40 {
			if _, err := read(flipped(packed, at), "secret"); !errors.Is(err, ErrAltered) {
				t.Errorf("%d bytes, flipped at %d: %v", size, at, err)
			}
		}
	}
}
