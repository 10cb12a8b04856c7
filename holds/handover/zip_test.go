package handover

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// ZIP parts pass 7-Zip's own test, unpack into the package, and are the same twice.
func TestZip(t *testing.T) {
	r := newRig(t)
	result := r.build(r.story())
	out, again := t.TempDir(), t.TempDir()
	const limit = 1 << 20
	parts, err := zipParts(context.Background(), result.Path, out, r.now, limit)
	r.must(err)
	if len(parts) < 3 {
		t.Fatalf("%q", parts)
	}
	_, err = zipParts(context.Background(), result.Path, again, r.now, limit)
	r.must(err)
	to := t.TempDir()
	for _, part := range parts {
		content, err := os.ReadFile(part)
		r.must(err)
		if other, err := os.ReadFile(filepath.Join(again, filepath.Base(part))); err != nil || !bytes.Equal(content, other) {
			t.Errorf("%s is another the second time (%v)", filepath.Base(part), err)
		}
		if len(content) > limit {
			t.Errorf("%s has %d bytes", part, len(content))
		}
		tool(t, "p7zip-full", "7z", "t", part)
		tool(t, "p7zip-full", "7z", "x", "-y", "-o"+to, part)
	}
	if report := check(t, filepath.Join(to, filepath.Base(result.Path)), verify.Options{}); !report.OK {
		t.Error(text(t, report))
	}
	if _, err := zipParts(context.Background(), result.Path, out, r.now, limit); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	empty := t.TempDir()
	if _, err := zipParts(ctx, result.Path, empty, r.now, limit); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(empty); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
