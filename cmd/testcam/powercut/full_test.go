package powercut

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
)

// small in the environment says that this process may mount file systems that nobody
// else sees, and that vanish with it.
const small = "SJUDAGER_TEST_SMALL_DISKS"

// TestFull fills disks, which must be really full and really small: it runs itself again
// in a process with mounts of its own.
func TestFull(t *testing.T) {
	if os.Getenv(small) != "" {
		fillDisks(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^TestFull$")
	cmd.Env = append(os.Environ(), small+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	if id := os.Getuid(); id != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWNS | unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Fatalf("a disk that is full is a small tmpfs, and this user may not mount one: run the tests as root, or allow user namespaces (sysctl user.max_user_namespaces): %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestFull/") {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// disks is a vault of which one room lies on a small disk, or all of them do.
type disks struct {
	*rooms
	t      *testing.T
	folder string
	full   string // where the small disk is
	filler string
}

// room is the size of a small disk, in bytes.
const room = 32 << 20

// newDisks puts the room of the given name on a small disk; "index" is the folder
// itself, "all" puts everything on one.
func newDisks(t *testing.T, name string) *disks {
	t.Helper()
	d := &disks{t: t, folder: t.TempDir()}
	d.full = filepath.Join(d.folder, name)
	elsewhere := t.TempDir()
	if name == "index" || name == "all" {
		d.full = d.folder
	} else if err := os.Mkdir(d.full, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", d.full, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", room)); err != nil {
		t.Fatalf("couldn't mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(d.full, unix.MNT_DETACH) })
	if name == "index" {
		for _, other := range []string{"keys", "spool", "store"} {
			if err := errors.Join(os.Mkdir(filepath.Join(elsewhere, other), 0o700), os.Symlink(filepath.Join(elsewhere, other), filepath.Join(d.folder, other))); err != nil {
				t.Fatal(err)
			}
		}
	}
	var err error
	if d.rooms, err = open(d.folder, start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.index.Close() })
	return d
}

// nearlyLow is as much as must be free before anything goes early, less some of the
// files here, in whole pages.
const nearlyLow = (room/10/4096 - 1) * 4096

// fill leaves so many bytes free on the small disk.
func (d *disks) fill(free int64) {
	d.t.Helper()
	d.empty()
	d.filler = filepath.Join(d.full, "filler")
	f, err := os.Create(d.filler)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil {
		d.t.Fatal(err)
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(fs.Bavail)*fs.Bsize-free); err != nil {
		d.t.Fatal(err)
	}
}

// empty makes room again.
func (d *disks) empty() {
	if err := os.Remove(d.filler); d.filler != "" && err != nil {
		d.t.Fatal(err)
	}
	d.filler = ""
}

// record puts n segments of a camera into the spool, one a minute.
func (d *disks) record(camera footage.CameraID, after time.Duration, n int) (ids []footage.SegmentID) {
	d.t.Helper()
	s := &scenario{rooms: d.rooms, says: func(f fact) {
		if f.Kind == isRecorded {
			ids = append(ids, footage.NewSegmentID(f.Camera, f.At))
		}
	}}
	for i := range n {
		s.record(camera, after+time.Duration(i)*time.Minute, isRecorded)
	}
	if s.err != nil {
		d.t.Fatal(s.err)
	}
	return ids
}

func (d *disks) at(after time.Duration) { d.clock = start.Add(after).Time() }

func (d *disks) ingest() error { _, err := d.vault.Ingest(d.t.Context()); return err }

// sweep deletes what is due, which must succeed whatever is full.
func (d *disks) sweep() holds.Swept {
	d.t.Helper()
	swept, err := d.sweeper.Step(d.t.Context())
	if err != nil {
		d.t.Fatalf("couldn't sweep: %v", err)
	}
	return swept
}

// stored counts the segments in the index.
func (d *disks) stored() (n int) {
	d.t.Helper()
	if err := d.index.View(func(tx *index.Tx) error {
		sum, err := vault.ReadTotals(tx)
		n = sum.Segments
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *disks) alarm(code footage.AlarmCode) (detail string) {
	for _, a := range d.vault.Alarms() {
		if a.Code == code {
			detail = a.Detail
		}
	}
	return detail
}

// good is asked when there is room again: everything goes in, and nothing is wrong.
func (d *disks) good(stored int) {
	d.t.Helper()
	if err := d.ingest(); err != nil {
		d.t.Errorf("with room again: %v", err)
	}
	if n := d.stored(); n != stored {
		d.t.Errorf("%d segments are stored instead of %d", n, stored)
	}
	if a := d.vault.Alarms(); len(a) != 0 {
		d.t.Errorf("alarms %v", a)
	}
	d.healthy()
}

// healthy compares all rooms, and opens the index anew.
func (d *disks) healthy() {
	d.t.Helper()
	if err := d.consistent(d.folder); err != nil {
		d.t.Error(err)
	}
	if err := d.index.Close(); err != nil {
		d.t.Error(err)
	}
	at := d.clock
	var err error
	if d.rooms, err = open(d.folder, footage.At(at)); err != nil {
		d.t.Fatal(err)
	}
	if err := d.consistent(d.folder); err != nil {
		d.t.Error(err)
	}
}

func (d *disks) hold(camera footage.CameraID, from, to time.Duration) {
	d.t.Helper()
	if _, err := d.holds.Place(holds.Request{Cameras: []footage.CameraID{camera}, Span: footage.Span{From: start.Add(from), To: start.Add(to)},
		Ground: holds.CrimeLikely, Reason: "a fight at the entrance", By: ledger.System}); err != nil {
		d.t.Errorf("couldn't hold: %v", err)
	}
}

// week is when everything of the first two hours is due.
const week = 7*24*time.Hour + 2*time.Hour

func fillDisks(t *testing.T) {
	// The index is full: nothing new goes in, it waits in the spool; holding and
	// deleting go on with the room that was reserved.
	t.Run("index", func(t *testing.T) {
		d := newDisks(t, "index")
		d.record("k01", 0, 60)
		if err := d.ingest(); err != nil {
			t.Fatal(err)
		}
		d.fill(0)
		waiting := d.record("k01", 61*time.Minute, 5) // recording goes on
		var err error
		n := 0
		for ; err == nil && n < 1000; n++ { // until what is reserved has been used
			err = d.index.Update(func(tx *index.Tx) error {
				return tx.Put(index.Key("filler", fmt.Sprint(n)), make([]byte, 1<<16))
			})
		}
		if !errors.Is(err, unix.ENOSPC) || n < 100 {
			t.Errorf("writing without end ends after %d times 64 KiB with %v", n, err)
		}
		d.healthyIndex()
		err = d.ingest()
		if !errors.Is(err, unix.ENOSPC) || d.alarm(footage.AlarmStore) == "" {
			t.Errorf("a full index says %v, alarms %v", err, d.vault.Alarms())
		}
		if n := d.stored(); n != 60 {
			t.Errorf("%d segments are stored", n)
		}
		for _, id := range waiting {
			camera, from, _ := id.Split()
			if has, err := d.spool.Has(camera, from); err != nil || !has {
				t.Errorf("%s is not in the spool: %v", id, err)
			}
		}
		d.empty()
		d.good(65)
		d.fill(0)
		d.hold("k01", 10*time.Minute, 12*time.Minute)
		d.at(week)
		if swept := d.sweep(); len(swept.Removed) != 63 || swept.Failed != 0 {
			t.Errorf("swept %+v", swept)
		}
		d.healthy()
		d.empty()
		d.good(2)
	})
	// The keys are full: what needs a new one waits, what has one goes in.
	t.Run("keys", func(t *testing.T) {
		d := newDisks(t, "keys")
		d.record("k01", 0, 5)
		if err := d.ingest(); err != nil {
			t.Fatal(err)
		}
		d.fill(0)
		d.record("k01", 6*time.Minute, 1)
		d.record("k01", 11*time.Minute, 2)
		err := d.ingest()
		if !errors.Is(err, unix.ENOSPC) || d.alarm(footage.AlarmKeys) == "" {
			t.Errorf("full keys say %v, alarms %v", err, d.vault.Alarms())
		}
		if n := d.stored(); n != 6 {
			t.Errorf("%d segments are stored", n)
		}
		d.at(7*24*time.Hour + 10*time.Minute)
		if swept := d.sweep(); len(swept.Removed) != 6 || swept.Failed != 0 {
			t.Errorf("swept %+v", swept)
		}
		if identity, _ := d.keys.Has(seal.HourOf("k01", start)); identity {
			t.Error("a key is left")
		}
		d.good(2) // the key that was destroyed has left room
	})
	// The store is full: footage waits in the spool; what falls due makes room.
	t.Run("store", func(t *testing.T) {
		d := newDisks(t, "store")
		d.record("k01", 0, 5)
		if err := d.ingest(); err != nil {
			t.Fatal(err)
		}
		d.fill(0)
		d.record("k01", 6*time.Minute, 2)
		err := d.ingest()
		if !errors.Is(err, unix.ENOSPC) || d.alarm(footage.AlarmStore) == "" {
			t.Errorf("a full store says %v, alarms %v", err, d.vault.Alarms())
		}
		if left, err := filepath.Glob(filepath.Join(d.folder, "store", ".tmp", "*")); err != nil || len(left) > 0 {
			t.Errorf("half an object is left: %v, %v", left, err)
		}
		d.at(7*24*time.Hour + 5*time.Minute + 30*time.Second)
		// What waits needs the hour's key, so the intents stay until it is in.
		if swept := d.sweep(); swept.Retired != 5 || swept.Failed != 0 {
			t.Errorf("swept %+v", swept)
		}
		if err := d.ingest(); err != nil {
			t.Errorf("with the room that deletion made: %v", err)
		}
		d.clock = d.clock.Add(2 * time.Second)
		if swept := d.sweep(); len(swept.Removed) != 5 {
			t.Errorf("swept %+v", swept)
		}
		d.good(2)
	})
	// The spool's disk is full, and the store elsewhere does not help: the oldest that
	// nobody holds goes.
	t.Run("spool", func(t *testing.T) {
		d := newDisks(t, "spool")
		d.record("k01", 0, 6)
		d.hold("k01", 0, 90*time.Second) // the first two
		d.fill(nearlyLow)
		if _, err := d.vault.Tidy(); err != nil {
			t.Error(err)
		}
		left, err := d.spool.Segments()
		if err != nil || len(left) != 3 || left[0].Start != start || left[1].Start != start.Add(time.Minute) || left[2].Start != start.Add(5*time.Minute) {
			t.Errorf("left: %v, %v", left, err)
		}
		if d.alarm(footage.AlarmSpool) == "" {
			t.Error("no alarm")
		}
		d.early("k01", 2*time.Minute, 5*time.Minute)
		d.fill(0)
		if _, err := d.vault.Tidy(); err != nil {
			t.Error(err)
		}
		if left, err := d.spool.Segments(); err != nil || len(left) != 2 {
			t.Errorf("what is held: %v, %v", left, err)
		}
		if a := d.alarm(footage.AlarmSpool); !strings.Contains(a, "recording stops") {
			t.Errorf("alarm %q", a)
		}
		d.empty()
		d.good(2)
	})
	// Everything is on one disk, and that is full: the oldest of the vault goes before
	// its time, and what is held stays.
	t.Run("all", func(t *testing.T) {
		d := newDisks(t, "all")
		d.record("k01", 0, 10)
		d.hold("k01", 0, 90*time.Second)
		if err := d.ingest(); err != nil {
			t.Fatal(err)
		}
		d.record("k01", 20*time.Minute, 1) // waits in the spool
		d.fill(nearlyLow)
		for range 3 { // as often as the loops look: what is on its way out counts
			if _, err := d.vault.Tidy(); err != nil {
				t.Error(err)
			}
		}
		gone := 10 - d.stored()
		if gone < 3 || gone > 6 {
			t.Errorf("%d segments went early", gone)
		}
		d.early("k01", 2*time.Minute, time.Duration(2+gone)*time.Minute)
		if swept := d.sweep(); len(swept.Removed) != gone || swept.Removed[0].Cause != vault.ByRoom {
			t.Errorf("swept %+v", swept)
		}
		d.fill(0)
		if _, err := d.vault.Tidy(); err != nil {
			t.Error(err)
		}
		d.sweep()
		if n := d.stored(); n != 2 {
			t.Errorf("%d segments are left instead of those that are held", n)
		}
		if _, err := d.vault.Tidy(); err != nil {
			t.Error(err)
		}
		if a := d.alarm(footage.AlarmSpool); !strings.Contains(a, "recording stops") {
			t.Errorf("alarm %q", a)
		}
		d.empty()
		d.good(2)
	})
}

// healthyIndex sees that a failed transaction has left the index as it was.
func (d *disks) healthyIndex() {
	d.t.Helper()
	if err := d.index.View(func(tx *index.Tx) error {
		rows, err := vault.Reckon(tx, "k01", false)
		if len(rows) > 0 {
			d.t.Errorf("wrong: %v", rows)
		}
		return err
	}); err != nil {
		d.t.Error(err)
	}
}

// early sees that there is a gap that says that footage went early.
func (d *disks) early(camera footage.CameraID, from, to time.Duration) {
	d.t.Helper()
	n := 0
	if err := d.index.View(func(tx *index.Tx) error {
		for g, err := range vault.Gaps(tx, camera, footage.Span{From: start.Add(from), To: start.Add(to)}) {
			if err != nil {
				return err
			}
			if g.Cause == footage.CauseSpoolFull && strings.Contains(g.Detail, "the disk was full") {
				n++
			}
		}
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	if n != int((to-from)/time.Minute) {
		d.t.Errorf("%d gaps between %v and %v", n, from, to)
	}
}
