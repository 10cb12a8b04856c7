package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sjudager/sjudager/vault/footage"
)

// answering are cameras of which the first works, the second refuses the password and
// the third says nothing until whoever asks leaves.
func answering(ctx context.Context, c footage.CameraID) (CameraTest, error) {
	switch c {
	case "k01-inngang":
		behind := int64(-61_500)
		return CameraTest{Camera: c, Works: true, Transport: "tcp", Codec: footage.H265, Width: 1920, Height: 1080, FPS: 25, KeyMS: 412, ClockOffsetMS: &behind}, nil
	case "k02-ko":
		return CameraTest{Camera: c, Cause: footage.CauseRefused, Detail: "the camera refused the user name or password",
			Advice: "check user name and password in the camera's url; some cameras refuse everybody for minutes after several wrong ones"}, nil
	}
	<-ctx.Done()
	return CameraTest{Camera: c}, nil
}

func tested(t *testing.T) *site {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.camera("k03-scenekant", "Scenekant")
	s.test = answering
	return s
}

func TestCameraTest(t *testing.T) {
	s := tested(t)
	got := call[CameraTest](s, http.StatusOK, "POST", "/api/v1/cameras/k01-inngang/test", "{}")
	if !got.Works || got.Codec != footage.H265 || got.ClockOffsetMS == nil {
		t.Errorf("%+v", got)
	}
	if got := call[CameraTest](s, http.StatusOK, "POST", "/api/v1/cameras/k02-ko/test", "{}"); got.Works || got.Cause != footage.CauseRefused {
		t.Errorf("%+v", got)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/cameras/k99/test", "{}")
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/cameras/K%201/test", "{}")

	form := func(camera, lang string) sheet {
		r := s.ask(http.MethodPost, "/innstillinger/"+camera+"/test?lang="+lang, "", "Content-Type", "application/x-www-form-urlencoded")
		if r.Code != http.StatusOK {
			t.Errorf("%d %s", r.Code, r.Body)
		}
		return read(t, r.Body.String())
	}
	form("k01-inngang", "nb").says("#test-k01-inngang", "H.265 · 1920×1080 · 25 bilder/s · overføring tcp · første nøkkelbilde etter 412 ms · kameraets klokke går 1 min 1 s for sent")
	form("k02-ko", "nb").says("#test-k02-ko", "kameraet godtok ikke brukernavnet eller passordet")
	form("k02-ko", "en").says("#test-k02-ko", "What to do: check user name and password")

	// One at a time for each camera, and as many as testsAtOnce in all.
	waiting := make(chan struct{}, testsAtOnce)
	s.test = func(ctx context.Context, c footage.CameraID) (CameraTest, error) {
		waiting <- struct{}{}
		return answering(ctx, "k03-scenekant")
	}
	ids := []footage.CameraID{"a1", "a2", "a3", "a4", "a5"}
	for _, id := range ids {
		s.camera(id, string(id))
	}
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{}, testsAtOnce)
	for _, id := range ids[:testsAtOnce] {
		go func() {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/cameras/"+string(id)+"/test", strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			s.router.ServeHTTP(httptest.NewRecorder(), r.WithContext(with(ctx, s.by)))
			done <- struct{}{}
		}()
	}
	for range testsAtOnce {
		<-waiting
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/cameras/a1/test", "{}")
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/cameras/a5/test", "{}")
	leave()
	for range testsAtOnce {
		<-done
	}
	s.test = answering
	call[CameraTest](s, http.StatusOK, "POST", "/api/v1/cameras/k01-inngang/test", "{}")
}

// testCameraButton tests cameras on the page, by keyboard, and stops one.
func testCameraButton(t *testing.T, ctx context.Context) {
	s := tested(t)
	b := browse(ctx, s)
	b.TB = t
	b.open("/innstillinger?lang=nb")
	press := func(selector string) {
		b.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(kb.Enter))
	}
	press("[action*=k01-inngang] button")
	b.wait(`document.getElementById('test-k01-inngang').textContent.includes('Kameraet virker.')`)
	press("[action*=k02-ko] button")
	b.wait(`document.getElementById('test-k02-ko').textContent.includes('Gjør dette:')`)
	press("[action*=k03-scenekant] button")
	b.wait(`!document.querySelector('[action*=k03-scenekant] [data-cancel]').hidden`)
	press("[action*=k03-scenekant] [data-cancel]")
	b.wait(`document.getElementById('test-k03-scenekant').textContent === 'Avbrutt.'`)
	if got := js[string](b, `document.activeElement.textContent`); !strings.Contains(got, "Scenekant") {
		t.Errorf("the focus is on %q", got)
	}
	b.shoot("camera-test")
	b.clean()
}
