package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sjudager/sjudager"

// rooms are the folders at the root and what each may import of the others. The
// arrows are the architecture: configs <- cmd -> web -> holds -> vault <- recorder.
var rooms = map[string][]string{
	"cmd":      {"configs", "web", "holds", "vault", "recorder"},
	"web":      {"holds", "vault"},
	"holds":    {"vault"},
	"recorder": {"vault"},
	"vault":    {},
	"configs":  {},
}

// doors are the packages that alone import an outside library, so that it can be
// replaced, and its surprises dealt with, in one place.
var doors = map[string]string{
	"go.etcd.io/bbolt":                  "vault/index",
	"filippo.io/age":                    "vault/seal",
	"github.com/minio/minio-go":         "vault/store/s3",
	"github.com/bluenviron/gortsplib":   "recorder/rtsp",
	"github.com/go-chi/chi":             "web",
	"go.yaml.in/yaml":                   "configs",
	"github.com/fxamacker/cbor":         "vault/index",
	"github.com/bluenviron/mediacommon": "recorder",
	"golang.org/x/mod":                  "holds/ledger",
	"github.com/pquerna/otp":            "web/account",
	"github.com/coreos/go-oidc":         "web/account",
	"github.com/boombuler/barcode":      "holds/paper",
	"filippo.io/torchwood":              "holds/ledger",
	"github.com/digitorus":              "holds/ledger",
	"codeberg.org/go-pdf":               "holds/paper",
}

// onlyOf are packages whose view of another room is narrower than the room.
var onlyOf = map[string][]string{
	"recorder": {"vault/footage", "vault/spool"},
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// listPackages returns what `go list` says of every package of the module, in
// the words of the module: "vault/index" rather than the whole path.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("couldn't read go list: %v", err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module+"/")
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// ours returns the imported packages of this module.
func ours(imports []string) (found []string) {
	for _, i := range imports {
		if own, ok := strings.CutPrefix(i, module+"/"); ok {
			found = append(found, own)
		}
	}
	return found
}

func room(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func TestImportArrows(t *testing.T) {
	for _, p := range listPackages(t) {
		from := room(p.ImportPath)
		allowed, known := rooms[from]
		if !known {
			t.Errorf("%s is in no room", p.ImportPath)
		}
		for _, to := range ours(p.Imports) {
			switch {
			case room(to) == "cmd" && from == "cmd":
				// The demo and the simulated camera run the farm; nothing else of
				// cmd is shared.
				if !strings.HasPrefix(to, "cmd/testcam/") {
					t.Errorf("%s imports %s", p.ImportPath, to)
				}
			case from == room(to):
			case !slices.Contains(allowed, room(to)):
				t.Errorf("%s imports %s: %s may import %v", p.ImportPath, to, from, allowed)
			case onlyOf[from] != nil && room(to) == "vault" && !slices.Contains(onlyOf[from], to):
				t.Errorf("%s imports %s: of vault, %s sees only %v", p.ImportPath, to, from, onlyOf[from])
			}
		}
		// Tests may use their own room's surroundings and the simulated cameras.
		for _, to := range ours(slices.Concat(p.TestImports, p.XTestImports)) {
			if from != room(to) && !slices.Contains(allowed, room(to)) && to != "cmd/testcam/farm" {
				t.Errorf("a test of %s imports %s: %s may import %v", p.ImportPath, to, from, allowed)
			}
		}
	}
}

func TestOutsideLibrariesHaveOneDoor(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, i := range p.Imports {
			if p.ImportPath == "vault/footage" && strings.Contains(i, ".") {
				t.Errorf("vault/footage imports %s: it has only the standard library", i)
			}
			for library, door := range doors {
				if (i == library || strings.HasPrefix(i, library+"/")) && p.ImportPath != door && !strings.HasPrefix(p.ImportPath, door+"/") {
					t.Errorf("%s imports %s: only %s may", p.ImportPath, i, door)
				}
			}
		}
	}
}

func TestPackagesAreNamedForAThing(t *testing.T) {
	for _, p := range listPackages(t) {
		if slices.Contains([]string{"util", "utils", "common", "types", "models", "helpers", "misc"}, path.Base(p.ImportPath)) {
			t.Errorf("%s is named for nothing that it has", p.ImportPath)
		}
	}
}

// The list of folders is the architecture drawing.
func TestRootHasOnlyTheRooms(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		_, known := rooms[e.Name()]
		made := e.Name() == "bin" || e.Name() == "demo" // by make, and ignored by git
		if e.IsDir() && !known && !made && !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("the root has a folder %s, which is no room", e.Name())
		}
	}
}
