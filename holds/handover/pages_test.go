package handover

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	ctx, cancelTime := context.WithTimeout(context.Background(), 3*time.Minute)
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

func TestVerifierPage(t *testing.T) {
	r := newRig(t)
	result := r.build(r.story())
	ctx := chromium(t)
	requests := chromedp.Events(ctx, network.RequestWillBeSent)
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	_ = requests
	page := filepath.Join(result.Path, verifierFile)
	ok, report := verdict(t, ctx, page, result.Path)
	if !ok {
		t.Fatal(report)
	}
	for _, want := range []string{result.Fingerprint, scene.keys.Fingerprint().Words(), "Mastere med gyldig signatur\n3"} {
		if !strings.Contains(report, want) {
			t.Errorf("the page does not say %q:\n%s", want, report)
		}
	}
}
