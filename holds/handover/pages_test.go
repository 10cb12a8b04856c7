package handover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// chromium opens pages from the disk in a real browser.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: apt-get install -y chromium", err)
	}
	profile, err := os.MkdirTemp("", "handover-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancelTime := context.WithTimeout(context.Background(), 9*time.Minute)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "nb"), chromedp.WindowSize(1100, 900))
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		cancelTab()
		cancelBrowser()
		cancelTime()
		os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// onDisk is a folder that Chromium lets pages read: none of those below /dev is.
func onDisk(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp(scene.disk, "handover-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func await(t *testing.T, ctx context.Context, condition string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(40*time.Second))); err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
}

// drop drags files or a folder from outside onto a page.
func drop(t *testing.T, ctx context.Context, paths ...string) {
	t.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		if _, err := chromedp.Call(ctx, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 300, Y: 200, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
}

// verdict has the verifier page look at a folder.
func verdict(t *testing.T, ctx context.Context, page, folder string) (ok bool, report string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+page)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS("#pick"), []string{folder})); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, "!!document.body.dataset.result")
	return evaluate[string](t, ctx, "document.body.dataset.result") == "ok", evaluate[string](t, ctx, "document.body.innerText")
}

// page: the verifier page takes a folder that is chosen and one that is dropped. What it finds
// in packages that are not as they must be, TestDamage knows.
func (r *rig) page(t *testing.T, ctx context.Context, result Result) {
	t.Helper()
	ok, report := verdict(t, ctx, filepath.Join(result.Path, verifierFile), result.Path)
	if !ok {
		t.Fatal(report)
	}
	for _, want := range []string{result.Fingerprint, scene.keys.Fingerprint().Words(), "\n3\n"} {
		if !strings.Contains(report, want) {
			t.Errorf("the page does not say %q:\n%s", want, report)
		}
	}
	evaluate[any](t, ctx, "delete document.body.dataset.result")
	drop(t, ctx, result.Path)
	await(t, ctx, "document.body.dataset.result === 'ok'")
	// Its SHA-256 at the lengths around its block, piece by piece, against the browser's.
	if bad := evaluate[string](t, ctx, `(async () => {
		for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000, 65537]) for (const piece of [1, 7, 64, 70000]) {
			const b = Uint8Array.from({ length: n }, (_, i) => i * 7 + n), h = new SHA256();
			for (let at = 0; at < n; at += piece) h.add(b.subarray(at, at + piece));
			if (hex(h.sum()) !== hex(new Uint8Array(await crypto.subtle.digest("SHA-256", b)))) return n + "/" + piece;
		}
		return "";
	})()`); bad != "" {
		t.Errorf("the page's SHA-256 of %s bytes is wrong", bad)
	}
}

func TestPlayerPage(t *testing.T) {
	r := newRig(t)
	result := r.build(r.story())
	ctx := chromium(t)
	requests := chromedp.Events(ctx, network.RequestWillBeSent)
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []string
	go func() {
		for e := range requests {
			if e.Request == nil { // the browser is gone
				return
			}
			mu.Lock()
			asked = append(asked, e.Request.URL)
			mu.Unlock()
		}
	}()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.Join(result.Path, playerFile))); err != nil {
		t.Fatal(err)
	}
	at := func(seconds int) {
		evaluate[any](t, ctx, fmt.Sprintf("player.go(%d)", int64(start)/1000+int64(seconds)*1000))
	}
	at(1) // where the entrance begins, and the queue has begun
	await(t, ctx, "player.cameras.every(c => c.video.readyState >= 2 && c.video.videoWidth === 320)")
	if clock := evaluate[string](t, ctx, "document.getElementById('clock').innerText"); !strings.Contains(clock, "2026-07-04 21:20:01.000 +02:00") || !strings.Contains(clock, "2026-07-04 19:20:01.000 UTC") {
		t.Error(clock)
	}
	at(3)
	await(t, ctx, "Math.abs(player.cameras[0].video.currentTime - 2.001) < 0.01 && Math.abs(player.cameras[1].video.currentTime - 3.001) < 0.01 && !player.cameras[0].video.seeking")
	at(12) // in the gap
	if over := evaluate[string](t, ctx, "document.querySelector('.over:not([hidden])').textContent"); !strings.Contains(over, "Gap") && !strings.Contains(over, "Hull") {
		t.Error(over)
	}
	at(19) // behind it, in the same movie
	await(t, ctx, "Math.abs(player.cameras[0].video.currentTime - 8.001) < 0.01")
	evaluate[any](t, ctx, "player.play(true)")
	await(t, ctx, fmt.Sprintf("player.state().now > %d", int64(start)/1000+20_500))
	at(24) // H.265, which this browser does not play
	await(t, ctx, "/VLC/.test(document.querySelector('.over:not([hidden])').textContent)")
	evaluate[any](t, ctx, "player.play(false)")
	if gaps := evaluate[int](t, ctx, "document.querySelectorAll('#gaps li').length"); gaps != len(result.Missing) {
		t.Errorf("%d gaps are listed", gaps)
	}
	// A picture is saved of a file that was dropped on the page, and of no other.
	at(2)
	await(t, ctx, "!player.cameras[0].video.seeking && player.cameras[0].video.readyState >= 2")
	evaluate[any](t, ctx, "document.getElementById('shot').click()")
	if said := evaluate[string](t, ctx, "document.getElementById('message').textContent"); said == "" {
		t.Error("a picture of a file that was not dropped is saved, or nothing is said")
	}
	drop(t, ctx, filepath.Join(result.Path, result.Masters[0]))
	await(t, ctx, "player.cameras[0].video.src.startsWith('blob:') && !player.cameras[0].video.seeking && player.cameras[0].video.readyState >= 2")
	evaluate[any](t, ctx, "document.getElementById('shot').click()")
	await(t, ctx, "window.shots === 1")
	mu.Lock()
	defer mu.Unlock()
	for _, url := range asked {
		if !strings.HasPrefix(url, "file://"+result.Path) && !strings.HasPrefix(url, "blob:") {
			t.Errorf("the page asked for %s", url)
		}
	}
	if len(asked) < 3 {
		t.Errorf("the page asked for %q", asked)
	}
}
