package recorder

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

var (
	kills       = flag.Int("kills", 3, "how often TestKill kills")
	killCameras = flag.Int("kill-cameras", 2, "how many cameras it records meanwhile")
	killLimit   = flag.Duration("kill-limit", 2*time.Second, "how much a kill may cost")
)

// TestKill kills a recorder of real streams without warning, again and again, at
// random instants: the next one accounts for every instant, and misses little of
// what the one before had seen. A second is the promise, for a machine that does
// nothing else; where other tests run beside this one, their share is allowed for.
//
//	go test -run '^TestKill$' -v ./recorder -timeout 1h -args -kills 200 -kill-cameras 8 -kill-limit 1s
func TestKill(t *testing.T) {
	const variable = "SJUDAGER_TEST_KILL"
	if order := os.Getenv(variable); order != "" {
		recordForKill(t, order)
		return
	}
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	var cameras []farm.Camera
	for i := range *killCameras {
		cameras = append(cameras, farm.Camera{Path: fmt.Sprintf("c%d", i), Clip: loadClip(t, []string{"h264", "h265-b"}[i%2])})
	}
	_, configs := serve(t, cameras...)
	s := openSpool(t)
	order, err := json.Marshal(configs)
	if err != nil {
		t.Fatal(err)
	}
	partsOf := func(c Camera) []string {
		parts, err := filepath.Glob(filepath.Join(s.Dir(), string(c.ID), "*.part"))
		if err != nil {
			t.Fatal(err)
		}
		return parts
	}
	var killed []time.Time
	for range *kills {
		old := map[string]bool{}
		for _, c := range configs {
			for _, part := range partsOf(c) {
				old[part] = true
			}
		}
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), variable+"="+string(order), "SJUDAGER_TEST_SPOOL="+s.Dir())
		var out bytes.Buffer
		child.Stdout, child.Stderr = &out, &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// Each camera is being recorded: from here on a kill may cost it a second.
		until(t, "a segment of every camera", func() bool {
			for _, c := range configs {
				if !slices.ContainsFunc(partsOf(c), func(part string) bool { return !old[part] }) {
					return false
				}
			}
			return true
		})
		time.Sleep(time.Duration(chance.Int64N(int64(1500 * time.Millisecond)))) // the instant of the kill
		killed = append(killed, time.Now())
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait() // it says that it was killed
		if t.Failed() {
			t.Fatal(out.String())
		}
	}
	if _, err := s.Recover(); err != nil {
		t.Fatal(err)
	}
	var most time.Duration
	for _, c := range configs {
		round := 0
		lines := account(t, s, c.ID)
		for i, l := range lines {
			if i == len(lines)-1 || l.cause == footage.CauseKilled {
				end := l.span.From
				if l.path != "" {
					end = l.span.To
				}
				lost := killed[round].Sub(end.Time())
				if most = max(most, lost); lost > *killLimit {
					t.Errorf("%s: %v before kill %d are missing", c.ID, lost, round)
				}
				round++
			} else if l.path == "" {
				t.Errorf("%s: a gap with the cause %s", c.ID, l.cause)
			}
			if l.path != "" {
				judge(t, l.path)
			}
		}
		if round != len(killed) {
			t.Errorf("%s was killed %d times, its account knows of %d", c.ID, len(killed), round)
		}
	}
	t.Logf("%d kills with %d cameras: at most %v lost", *kills, *killCameras, most)
	if strangers, err := s.Strangers(); err != nil || len(strangers) > 0 {
		t.Errorf("left behind: %q, %v", strangers, err)
	}
}

// recordForKill is the process that is killed.
func recordForKill(t *testing.T, order string) {
	var cameras []Camera
	if err := json.Unmarshal([]byte(order), &cameras); err != nil {
		t.Fatal(err)
	}
	s, err := spool.Open(os.Getenv("SJUDAGER_TEST_SPOOL"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recover(); err != nil {
		t.Fatal(err)
	}
	record(t, s, time.Second, cameras)
	time.Sleep(time.Minute) // to be killed
	t.Error("nobody killed the recorder")
}

// TestRecoverRealPart cuts a real segment at every place that matters and asks
// ffprobe what is left.
func TestRecoverRealPart(t *testing.T) {
	t.Parallel()
	s := openSpool(t)
	b := openBook(t, s, time.Minute)
	b.session(t, 0)
	b.cut()
	lines := account(t, s, "k01")
	whole, err := os.ReadFile(lines[0].path)
	if err != nil {
		t.Fatal(err)
	}
	// Where each fragment ends, and how many frames there are up to there.
	type bound struct{ end, frames int }
	var bounds []bound
	cuts := map[int]bool{0: true, 1: true, len(whole) - 1: true, len(whole): true}
	frames := 0
	for box, err := range spool.Boxes(bytes.NewReader(whole), 0, int64(len(whole))) {
		if err != nil {
			t.Fatal(err)
		}
		for _, near := range []int64{-1, 0, 1, 7, 8, 9, box.Size / 2, box.Size - 1} {
			cuts[int(max(0, box.Offset+near))] = true
		}
		if box.Type == "moof" {
			for n := box.Body(); n < box.End(); n += 20 {
				cuts[int(n)] = true
			}
		}
		if box.Type == "mdat" {
			frames += min(13, 75-frames) // half a second, then the rest
			bounds = append(bounds, bound{int(box.End()), frames})
		}
	}
	if frames != 75 {
		t.Fatalf("the segment has %d frames in %d fragments", frames, len(bounds))
	}
	probed := map[int]bool{}
	for cut := range cuts {
		s := openSpool(t)
		p, err := s.Create("k01", noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(whole[:cut]); err != nil {
			t.Fatal(err)
		}
		recovered, err := s.Recover()
		if err != nil || len(recovered) != 1 {
			t.Fatalf("%+v, %v", recovered, err)
		}
		var want bound
		for _, b := range bounds {
			if b.end <= cut {
				want = b
			}
		}
		r := recovered[0]
		if int(r.Bytes) != want.end || r.Span.Duration() != time.Duration(want.frames)*40*time.Millisecond {
			t.Errorf("cut at %d: %+v, want %+v", cut, r, want)
		}
		if want.end == 0 || probed[want.end] { // what is left is the same
			continue
		}
		probed[want.end] = true
		judge(t, r.Path)
		if n := len(packetSums(t, r.Path)); n != want.frames {
			t.Errorf("cut at %d: ffmpeg finds %d frames, want %d", cut, n, want.frames)
		}
	}
	if len(probed) != len(bounds) {
		t.Errorf("ffprobe was asked about %d of %d", len(probed), len(bounds))
	}
}
