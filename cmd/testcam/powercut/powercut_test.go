package powercut

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

var (
	seed     = flag.Uint64("seed", 0, "of the choice of mixtures; 0: any")
	mixtures = flag.Int("mixtures", 3, "how many are tried of the changes to one file or folder at each point")
)

// traced in the environment makes this binary the scenario, in the folder that it names.
const traced = "SJUDAGER_TEST_TRACED"

func TestMain(m *testing.M) {
	folder := os.Getenv(traced)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := tracedScenario(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// said is the file beside the folder into which the scenario writes what it is told.
func said(folder string) string { return folder + ".said" }

func tracedScenario(folder string) error {
	f, err := os.Create(said(folder))
	if err != nil {
		return err
	}
	defer f.Close()
	return runScenario(folder, func(fact fact) {
		if b, err := json.Marshal(fact); err == nil {
			f.Write(append(b, '\n'))
		}
	})
}

// trace runs the scenario once and returns its system calls.
func trace(t *testing.T, folder string) []Call {
	t.Helper()
	if _, err := clip(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace")
	args := append(Strace(path), os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), traced+"="+folder)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("strace is needed: apt-get install -y strace")
	}
	if err != nil {
		t.Fatalf("couldn't run the scenario under strace: %v: %s", err, out)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	calls, err := Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

// try is one image and what had been said when the disk was like this.
type try struct {
	image Image
	told  *told
	after string
}

// TestEverywhere ends the scenario after every system call, by a kill and by a power
// cut, in every way in which the disk may then be found, and runs the recovery.
func TestEverywhere(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed %d", *seed)
	chance := rand.New(rand.NewPCG(*seed, 0))
	folder, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder); os.Remove(said(folder)) })
	disk, known := NewDisk(folder, *mixtures, chance), newTold()
	var facts []fact
	type key struct {
		image [32]byte
		told  int
	}
	seen := map[key]bool{}
	var tries []try
	points, images := 0, 0
	for _, c := range trace(t, folder) {
		if c.Name == "write" && c.Args[0] == said(folder) {
			var f fact
			if err := json.Unmarshal([]byte(c.Args[1]), &f); err != nil {
				t.Fatal(err)
			}
			facts = append(facts, f)
			known = newTold()
			for _, f := range facts {
				known.learn(f)
			}
		} else if changed, err := disk.Do(c); err != nil {
			t.Fatal(err)
		} else if !changed {
			continue
		}
		points++
		for _, image := range disk.Images() {
			images++
			if k := (key{image.Sum(), known.n}); !seen[k] {
				seen[k] = true
				tries = append(tries, try{image, known, fmt.Sprintf("%s %.120q", c.Name, c.Args)})
			}
		}
	}
	if len(known.purged) != 8 || len(known.synced) != 2 || len(known.keyless) < 3 || len(known.held) != 3 {
		t.Fatalf("the scenario did not do what it should: %+v", known)
	}
	t.Logf("%d points, %d states of the disk, %d of them different: all are tried", points, images, len(tries))

	work := make(chan try)
	var workers sync.WaitGroup
	var mu sync.Mutex
	failures := map[string]int{}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for next := range work {
				if err := attempt(next); err != nil {
					mu.Lock()
					if n := failures[next.image.Kind]; n < 3 {
						t.Errorf("%s, after %s: %v", next.image.Kind, next.after, err)
					}
					failures[next.image.Kind]++
					mu.Unlock()
				}
			}
		})
	}
	for _, next := range tries {
		work <- next
	}
	close(work)
	workers.Wait()
	for _, kind := range slices.Sorted(func(yield func(string) bool) {
		for kind := range failures {
			if !yield(kind) {
				return
			}
		}
	}) {
		t.Errorf("%s: %d failures", kind, failures[kind])
	}
}

func attempt(t try) error {
	folder, err := scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := t.image.Write(folder); err != nil {
		return err
	}
	return judge(folder, t.image, t.told)
}
