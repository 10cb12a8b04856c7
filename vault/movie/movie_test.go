package movie

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
)

const (
	camera = footage.CameraID("k01-inngang")
	start  = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z
	second = footage.Instant(1000000)
)

// clips are encoded by ffmpeg once for all tests: 12 s at 25 frames a second with a
// key frame each second, whole and in segments of 4 s.
var clips struct {
	sync.Mutex
	dir  string
	made map[string]clip
}

type clip struct {
	whole    string
	segments []string
}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "movie-")
	if err != nil {
		panic(err)
	}
	clips.dir, clips.made = folder, map[string]clip{}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

const (
	h264  = "-c:v libx264 -preset veryfast -g 25 -keyint_min 25 -sc_threshold 0 -bf 0"
	h264b = "-c:v libx264 -preset veryfast -g 25 -keyint_min 25 -sc_threshold 0 -bf 2 -b_strategy 0"
	// An open group of pictures: what follows a key frame may be shown before it.
	h264open = "-c:v libx264 -preset veryfast -g 25 -sc_threshold 0 -bf 4 -b_strategy 0 -x264-params open-gop=1"
	h265     = "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=25:min-keyint=25:scenecut=0:bframes=0"
	h265open = "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=25:scenecut=0:bframes=4:b-adapt=0:open-gop=1"
	av1      = "-c:v libsvtav1 -preset 12 -g 25 -svtav1-params keyint=25:irefresh-type=2"
)

func ffmpeg(t testing.TB, args string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, strings.Fields(args)...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "SVT_LOG=0")
	err := cmd.Run()
	complaints := slices.DeleteFunc(strings.Split(stderr.String(), "\n"), func(line string) bool {
		// H.264 that begins in the middle of a stream, as it does where the group of
		// pictures is open, forgets pictures that it never had.
		return line == "" || strings.HasSuffix(line, "mmco: unref short failure")
	})
	if err != nil || len(complaints) > 0 {
		t.Fatalf("ffmpeg is needed (apt-get install -y ffmpeg): ffmpeg %s: %v\n%s", args, err, &stderr)
	}
	return stdout.Bytes()
}

const fragmented = "-movflags +frag_keyframe+empty_moov+default_base_moof"

func encode(t testing.TB, codec, size string) clip {
	t.Helper()
	clips.Lock()
	defer clips.Unlock()
	if c, ok := clips.made[codec+size]; ok {
		return c
	}
	folder := filepath.Join(clips.dir, strconv.Itoa(len(clips.made)))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	c := clip{whole: filepath.Join(folder, "whole.mp4")}
	ffmpeg(t, "-f lavfi -i testsrc2=size="+size+":rate=25:duration=12 -pix_fmt yuv420p "+codec+" "+fragmented+" "+c.whole)
	c.segments = cut(t, c.whole, folder)
	clips.made[codec+size] = c
	return c
}

// cut cuts a recording into segments of 4 s, with the times that the recorder gives:
// frames are decoded when the segment's frames are shown, one after the other, and the
// segment ends when the first frame of the next one is shown.
func cut(t testing.TB, whole, folder string) (paths []string) {
	t.Helper()
	file, err := mp4.ReadMP4File(whole)
	if err != nil {
		t.Fatal(err)
	}
	media := file.Init.Moov.Trak.Mdia.Mdhd
	scale := int64(media.Timescale)
	media.Timescale = spool.Timescale
	var all []mp4.FullSample
	for _, s := range file.Segments {
		for _, f := range s.Fragments {
			samples, err := f.GetFullSamples(file.Init.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, samples...)
		}
	}
	var zero, length int64
	shown := func(s mp4.FullSample) int64 {
		return (int64(s.DecodeTime)+int64(s.CompositionTimeOffset))*spool.Timescale/scale - zero
	}
	zero = shown(all[0])
	length = 12 * spool.Timescale
	for from := 0; from < len(all); {
		begin, to, end := shown(all[from]), from+1, length
		for to < len(all) && end == length {
			if all[to].IsSync() && shown(all[to]) == begin+4*spool.Timescale {
				end = shown(all[to])
			} else {
				to++
			}
		}
		var slots []int64
		for _, s := range all[from:to] {
			slots = append(slots, max(0, shown(s)-begin))
		}
		slices.Sort(slots)
		for i := 1; i < len(slots); i++ {
			slots[i] = max(slots[i], slots[i-1]+1)
		}
		slots = append(slots, end-begin)
		segment := mp4.NewMediaSegmentWithoutStyp()
		fragment, err := mp4.CreateFragment(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		segment.AddFragment(fragment)
		for i, s := range all[from:to] {
			s.DecodeTime, s.Dur = uint64(slots[i]), uint32(slots[i+1]-slots[i])
			s.CompositionTimeOffset = int32(shown(all[from+i]) - begin - slots[i])
			fragment.AddFullSample(s)
		}
		var b bytes.Buffer
		if err := errors.Join(file.Init.Encode(&b), segment.Encode(&b)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, strconv.Itoa(len(paths))+".mp4")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		from = to
	}
	if len(paths) != 3 {
		t.Fatalf("%d segments", len(paths))
	}
	return paths
}

// rig is a vault whose footage comes from files and whose clock stands still.
type rig struct {
	*vault.Vault
	t   testing.TB
	mu  sync.Mutex
	now time.Time
}

func newRig(t testing.TB, wrap func(store.Store) store.Store) *rig {
	t.Helper()
	folder := t.TempDir()
	r := &rig{t: t, now: start.Add(time.Hour).Time()}
	clock := func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now
	}
	db, err := index.Open(filepath.Join(folder, "index.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	sp, err := spool.Open(filepath.Join(folder, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	objects, err := dir.Open(filepath.Join(folder, "store"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(folder, "keys"), "", true)
	if err != nil {
		t.Fatal(err)
	}
	var in store.Store = objects
	if wrap != nil {
		in = wrap(in)
	}
	r.Vault = vault.New(vault.Options{
		Index: db, Store: in, Spool: sp, Keys: keys, Site: "Sentrum Scene", SpoolLimit: func() int64 { return 1 << 40 },
		Terms: func(_ *index.Tx, _ footage.CameraID, span footage.Span) (vault.Terms, error) {
			return vault.Terms{Keep: span.From.Add(168 * time.Hour), Ceiling: span.From.Add(720 * time.Hour), Deadline: span.From.Add(168 * time.Hour)}, nil
		},
		Now: clock, Log: slog.New(slog.DiscardHandler),
	})
	return r
}

// record puts recordings into the vault, one behind the other, and returns when the
// last one ends.
func (r *rig) record(from footage.Instant, paths ...string) footage.Instant {
	r.t.Helper()
	for _, path := range paths {
		m, err := remux.Open(path)
		if err != nil {
			r.t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		to := filepath.Join(r.Spool.Dir(), string(camera), from.Compact()+".mp4")
		if err := errors.Join(err, m.Close(), os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, b, 0o600)); err != nil {
			r.t.Fatal(err)
		}
		from = spool.End(from, m.Ticks)
	}
	if _, err := r.Ingest(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	return from
}

func (r *rig) open(from, to footage.Instant, limits Limits) *Movie {
	r.t.Helper()
	m, err := Open(context.Background(), r.Vault, camera, footage.Span{From: from, To: to}, limits)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// bytesOf reads a movie as a whole.
func bytesOf(t testing.TB, m *Movie) []byte {
	t.Helper()
	r, err := m.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != m.Size() {
		t.Fatalf("%d of %d bytes: %v", len(b), m.Size(), err)
	}
	return b
}

func save(t testing.TB, m *Movie) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "movie.mp4")
	if err := os.WriteFile(path, bytesOf(t, m), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// frame is a line of ffmpeg's framemd5, with times in ticks.
type frame struct {
	dts, pts int64
	hash     string
}

func frames(t testing.TB, list []byte) (found []frame) {
	t.Helper()
	var base float64
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for s := bufio.NewScanner(bytes.NewReader(list)); s.Scan(); {
		if tb, ok := strings.CutPrefix(s.Text(), "#tb 0: "); ok {
			num, den, _ := strings.Cut(tb, "/")
			base = number(num) / number(den) * spool.Timescale
		}
		if f := strings.Split(s.Text(), ","); len(f) == 6 && !strings.HasPrefix(f[0], "#") {
			found = append(found, frame{int64(math.Round(number(f[1]) * base)), int64(math.Round(number(f[2]) * base)), strings.TrimSpace(f[5])})
		}
	}
	return found
}

// packets are the packets of a file as ffmpeg's demuxer sees them, and pictures what
// its decoder makes of them. Neither has anything to complain about.
func packets(t testing.TB, path string) []frame {
	t.Helper()
	return frames(t, ffmpeg(t, "-i "+path+" -map 0:v:0 -c copy -f framemd5 -"))
}

func pictures(t testing.TB, path string) []frame {
	t.Helper()
	return frames(t, ffmpeg(t, "-i "+path+" -vsync passthrough -f framemd5 -"))
}

// same fails unless got is want, packet by packet, and as far apart in time.
func same(t testing.TB, got, want []frame) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].hash != want[i].hash || got[i].pts-got[0].pts != want[i].pts-want[0].pts {
			t.Fatalf("packet %d is %+v after %+v, want %+v after %+v", i, got[i], got[0], want[i], want[0])
		}
	}
}

// A movie over whole segments is the recording that they were cut from: every packet
// and every picture, at the same time.
func TestWhole(t *testing.T) {
	for name, codec := range map[string]string{"h264": h264, "h264b": h264b, "h264open": h264open, "h265": h265, "h265open": h265open, "av1": av1} {
		t.Run(name, func(t *testing.T) {
			c := encode(t, codec, "320x180")
			r := newRig(t, nil)
			end := r.record(start, c.segments...)
			m := r.open(start, end, Limits{})
			path := save(t, m)
			same(t, packets(t, path), packets(t, c.whole))
			shown := pictures(t, path)
			same(t, shown, pictures(t, c.whole))
			if shown[0].pts != 0 || m.Frames != 300 || m.Ticks != 12*spool.Timescale || len(m.Keys) != 12 || m.Dropped != 0 ||
				m.Given != (footage.Span{From: start, To: end}) || len(m.Gaps) != 0 || len(m.Spans) != 1 || m.Next != 0 {
				t.Errorf("from %d: %d frames, %d ticks, %d key frames, %d dropped, %v, gaps %v, %v, next %v",
					shown[0].pts, m.Frames, m.Ticks, len(m.Keys), m.Dropped, m.Given, m.Gaps, m.Spans, m.Next)
			}
			t.Log(m.CodecString, m.ETag())
		})
	}
}

// set turns the clock.
func (r *rig) set(now footage.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now.Time()
}
