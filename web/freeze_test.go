package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// as asks like somebody at the other end of the socket.
func (s *site) as(by, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	s.router.ServeHTTP(recorder{w}, r.WithContext(with(r.Context(), &account.Identity{ID: by, Machine: true})))
	return w
}

// asked enters a request and an appeal about a span: I-2026-0001 and A-2026-0001.
func (s *site) asked(span footage.Span) {
	s.Helper()
	area := []holds.Selection{{Cameras: []footage.CameraID{"k01-inngang"}, Span: span}}
	_, err := s.Holds.Register(holds.NewRequest{Type: "access", Channel: "form", Window: area, By: byAnybody})
	_, err2 := s.Holds.EnterAppeal(holds.Appeal{District: "Oslo politidistrikt", Area: area, Source: "https://www.politiet.no/1"}, byAnybody)
	if err := errors.Join(err, err2); err != nil {
		s.Fatal(err)
	}
}

// R34, R125: a request freezes what it is about. From when nothing else keeps it, only
// the privacy right sees it, which is in the ledger; the page neither lists, draws nor
// plays it.
func TestR34WhoViewsWhatIsFrozen(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	id := s.record("k01-inngang", s.at("20:00:00"), short(t))
	path := "/api/v1/segments/" + string(id) + ".mp4"
	seg := s.stored(id)
	window := `[{"zones":["Inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:05Z"}]`
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/requests", `{"type":"access","channel":"email","window":`+window+`}`) // k02 is no camera
	window = strings.Replace(window, `"zones":["Inngang"]`, `"cameras":["k01-inngang"]`, 1)
	q := call[holds.Facts](s, http.StatusCreated, "POST", "/api/v1/requests", `{"type":"access","channel":"email","reference":"sak 7","window":`+window+`}`)
	if q.Number != "I-2026-0001" || q.Freeze != "F-2026-0001" || q.Segments != 1 || q.Vanishes != seg.Keep || q.FrozenUntil == 0 || len(q.Missing) != 1 {
		t.Errorf("%+v", q)
	}
	if st := call[Status](s, http.StatusOK, "GET", "/api/v1/status", ""); st.Holds != (HoldsStatus{}) || st.Freezes != (HoldsStatus{1, 1, seg.Bytes}) || st.Requests != (RequestsStatus{1, 0}) {
		t.Errorf("%+v %+v %+v", st.Holds, st.Freezes, st.Requests)
	}
	if m := s.get("/metrics").Body.String(); !strings.Contains(m, "\nsjudager_freezes_segments 1\n") || !strings.Contains(m, "\nsjudager_holds_segments 0\n") || !strings.Contains(m, "\nsjudager_requests_open 1\n") {
		t.Error("the metrics do not count it")
	}
	if all := call[Holds](s, http.StatusOK, "GET", "/api/v1/holds", ""); len(all.Holds) != 0 {
		t.Errorf("a freeze among the holds: %+v", all)
	}
	if all := call[Holds](s, http.StatusOK, "GET", "/api/v1/freezes", ""); len(all.Holds) != 1 || all.Holds[0].Request != q.Number || all.Holds[0].Ground != holds.DataSubject {
		t.Errorf("%+v", all)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/holds/F-2026-0001/close", `{"why":"x"}`)
	for _, path := range []string{path, "/api/v1/cameras/k01-inngang/movie.mp4?from=2026-07-04T18:00:00Z&to=2026-07-04T18:00:02Z"} {
		if r := s.get(path); r.Code != http.StatusOK {
			t.Errorf("%s within its days: %d", path, r.Code)
		}
	}

	s.now = seg.Keep.Time()
	s.sweep()
	owner := fmt.Sprintf("uid:%d", os.Geteuid())
	for _, by := range []string{byAnybody, "uid:4711"} {
		if r := s.as(by, path); r.Code != http.StatusForbidden || bytes.Contains(r.Body.Bytes(), []byte("ftyp")) || !strings.Contains(r.Body.String(), "privacy role") {
			t.Errorf("%s: %d %.200s", by, r.Code, r.Body)
		}
		for _, list := range []string{"/api/v1/segments?camera=k01-inngang", "/api/v1/timeline?camera=k01-inngang"} {
			if r := s.as(by, list); strings.Contains(r.Body.String(), `"deadline"`) {
				t.Errorf("%s sees %s", by, r.Body)
			}
		}
	}
	s.refused(http.StatusForbidden, CodeRefused, "GET", path, "")
	drawn := "/opptak/tidslinje?from=2026-07-04T18:00:00Z&to=2026-07-04T18:01:00Z"
	if d := s.as(byAnybody, drawn).Body.String(); !strings.Contains(d, `"runs":[]`) {
		t.Errorf("the page shows %s", d)
	}
	if d := s.as(owner, drawn).Body.String(); !strings.Contains(d, `"runs":[[`) {
		t.Errorf("the privacy right is shown %s", d)
	}
	_, guard := s.person("kari", account.Guard)
	_, privacy := s.person("ola", account.Privacy)
	for _, who := range []struct {
		account.User
		status int
	}{{guard, http.StatusForbidden}, {privacy, http.StatusOK}} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		s.router.ServeHTTP(recorder{w}, r.WithContext(with(r.Context(), account.Of(&account.Session{}, who.User))))
		if w.Code != who.status {
			t.Errorf("%s: %d %.200s", who.Login, w.Code, w.Body)
		}
	}
	if d := s.as(byAnybody, "/opptak?camera=k01-inngang&at=2026-07-04T18:00:00Z"); len(read(t, d.Body.String()).all("#lists a")) != 0 {
		t.Error("the page lists it")
	}
	film := "/api/v1/cameras/k01-inngang/movie.mp4?from=2026-07-04T18:00:00Z&to=2026-07-04T18:00:02Z"
	still := "/api/v1/cameras/k01-inngang/still.mp4?at=2026-07-04T18:00:01Z"
	for _, path := range []string{film, still} {
		if r := s.as(byAnybody, path); r.Code != http.StatusNotFound || bytes.Contains(r.Body.Bytes(), []byte("ftyp")) {
			t.Errorf("%s: %d", path, r.Code)
		}
		if r := s.as(owner, path); r.Code != http.StatusOK || !bytes.Contains(r.Body.Bytes(), []byte("ftyp")) {
			t.Errorf("%s by the privacy right: %d %.200s", path, r.Code, r.Body)
		}
	}
	if r := s.as(owner, path); r.Code != http.StatusOK || int64(r.Body.Len()) != seg.Bytes {
		t.Errorf("the privacy right: %d", r.Code)
	}
	for _, list := range []string{"/api/v1/segments?camera=k01-inngang", "/api/v1/timeline?camera=k01-inngang"} {
		if r := s.as(owner, list); !strings.Contains(r.Body.String(), `"reserved":true`) {
			t.Errorf("the privacy right: %s", r.Body)
		}
	}
	if err := s.Index.View(func(tx *index.Tx) error {
		e, err := ledger.Tell(tx, func() int64 { n, _ := ledger.Size(tx); return n - 1 }())
		if e.Kind != ledger.Viewed || e.By != owner || e.Text("right") != "privacy" {
			t.Errorf("the ledger ends with %+v", e)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// The life of a request over the API, and what is refused.
func TestRequestsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	post := func(status int, path, body string) holds.Facts {
		t.Helper()
		return call[holds.Facts](s, status, "POST", "/api/v1/requests"+path, body)
	}
	refused := func(status int, code Code, path, body string) {
		t.Helper()
		s.refused(status, code, "POST", "/api/v1/requests"+path, body)
	}
	q := post(http.StatusCreated, "", `{"type":"restriction","channel":"phone","received":"2026-07-03T10:00:00+02:00","window":[{"cameras":["k01-inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:02Z"}]}`)
	if q.Due != footage.At(time.Date(2026, 8, 3, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("due %s", q.Due)
	}
	post(http.StatusCreated, "", `{"type":"recipients","channel":"letter"}`)
	if all := call[Requests](s, http.StatusOK, "GET", "/api/v1/requests", ""); len(all.Requests) != 2 || all.Requests[1].Number != q.Number {
		t.Errorf("%+v", all)
	}
	refused(http.StatusBadRequest, CodeInvalid, "", `{"type":"curiosity","channel":"phone"}`)
	refused(http.StatusBadRequest, CodeInvalid, "", `{"type":"access","channel":"pigeon"}`)
	refused(http.StatusBadRequest, CodeInvalid, "", `{"type":"access","channel":"phone","name":"Kari Nordmann"}`)
	refused(http.StatusConflict, CodeRefused, "/I-2026-0001/close", `{"note":"sent"}`)
	refused(http.StatusNotFound, CodeNotFound, "/I-2026-0009/close", `{"note":"sent"}`)
	if q = post(http.StatusOK, "/I-2026-0001/extend", `{"reason":"mange kameraer og mange mennesker"}`); q.Due != footage.At(time.Date(2026, 10, 3, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("extended to %s", q.Due)
	}
	refused(http.StatusConflict, CodeRefused, "/I-2026-0001/extend", `{"reason":"mange kameraer og mange mennesker"}`)
	refused(http.StatusBadRequest, CodeInvalid, "/I-2026-0001/decide", `{"decision":"refused","reason":"nei"}`)
	post(http.StatusOK, "/I-2026-0001/decide", `{"decision":"full","reason":"retten gjelder"}`)
	refused(http.StatusConflict, CodeRefused, "/I-2026-0001/close", `{"note":"saken er ute av verden"}`) // R134
	if q = post(http.StatusOK, "/I-2026-0001/close", `{"note":"saken er ute av verden","told":"2026-07-04T21:00:00+02:00"}`); q.Closed.By != "web" || q.Told == 0 || q.FrozenUntil != 0 {
		t.Errorf("%+v", q)
	}
	if all := call[Requests](s, http.StatusOK, "GET", "/api/v1/requests?closed=true", ""); len(all.Requests) != 2 {
		t.Errorf("%+v", all)
	}
	if got := call[holds.Facts](s, http.StatusOK, "GET", "/api/v1/requests/I-2026-0001", ""); got.Number != q.Number {
		t.Errorf("%+v", got)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/requests/I-2026-0009", "")
	if c := call[Choices](s, http.StatusOK, "GET", "/api/v1/choices", ""); len(c.Types) != 7 || len(c.Decisions) != 6 || len(c.Channels) == 0 {
		t.Errorf("%+v", c)
	}
}

// R32, R35, R38 over the API: an appeal, its hold, the handover, and what is beyond it.
func TestAppealsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.camera("k03", "Bar")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	ask := `{"zones":["Inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T19:00:00Z","district":"Oslo politidistrikt","source":"https://www.politiet.no/x?id=1","case":"16482011"}`
	p := call[holds.Proposal](s, http.StatusCreated, "POST", "/api/v1/appeals", ask)
	if p.Number != "A-2026-0001" || p.Estimate.Segments != 1 || p.Estimate.SecondPerson || len(p.Estimate.Missing) == 0 || !strings.Contains(p.Reason, "politiet.no") {
		t.Errorf("%+v", p)
	}
	for _, bad := range []string{"javascript:alert(1)", "ftp://x/", "https://", "https://a:b@x/", "politiet.no", ""} {
		s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/appeals", strings.Replace(ask, "https://www.politiet.no/x?id=1", bad, 1))
	}
	h := call[Hold](s, http.StatusCreated, "POST", "/api/v1/appeals/A-2026-0001/accept", "{}")
	if h.Appeal != p.Number || h.Ground != holds.PoliceRequested || h.Case != "16482011" || h.Segments != 1 {
		t.Errorf("%+v", h)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/appeals/A-2026-0001/accept", "{}")
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/appeals/A-2026-0002/accept", "{}")
	if got := call[holds.Proposal](s, http.StatusOK, "GET", "/api/v1/appeals/A-2026-0001", ""); got.Hold != h.Number {
		t.Errorf("%+v", got)
	}
	if all := call[Appeals](s, http.StatusOK, "GET", "/api/v1/appeals", ""); len(all.Appeals) != 1 || all.Appeals[0].Hold != h.Number {
		t.Errorf("%+v", all)
	}
	e := s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/holds/"+h.Number+"/except", `{"ground":"court_order"}`)
	for _, want := range []string{"switched off", "slått av", "thirty days", "two different persons", "To ulike personer"} {
		if !strings.Contains(e.Message, want) {
			t.Errorf("%q does not say %q", e.Message, want)
		}
	}
	h = call[Hold](s, http.StatusOK, "POST", "/api/v1/holds/"+h.Number+"/deliver", "{}")
	if h.Closes != footage.At(saturday.Add(holds.DeliveredAfter)) || h.Receipt == nil || h.State != holds.Active {
		t.Errorf("%+v", h)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/holds/"+h.Number+"/deliver", `{"closes":"2026-07-20T10:00:00Z"}`)
	s.now = s.now.Add(holds.DeliveredAfter)
	s.sweep()
	if h = call[Hold](s, http.StatusOK, "GET", "/api/v1/holds/"+h.Number, ""); h.State != holds.Closed || h.Closing != holds.ClosedDelivered || h.Ended == nil {
		t.Errorf("%+v", h)
	}
	if g := call[Grounds](s, http.StatusOK, "GET", "/api/v1/grounds", ""); len(g.Closings) != 3 {
		t.Errorf("%+v", g.Closings)
	}
}
