package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

func kinds(l Log) string {
	var all []string
	for _, e := range l.Entries {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

// R107: who watched what is in the ledger, once, and the answer is what was
// written.
func TestLogAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/log/checkpoint", "")
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	placed := s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Case: "12345678"})
	path := footagePath("k01-inngang", s.at("20:00:00"))
	for range 3 {
		if r := s.get(path, "Range", "bytes=0-99"); r.Code != http.StatusPartialContent {
			t.Fatal(r.Code)
		}
	}
	s.setNow(saturday.Add(viewedAgain))
	s.get(path)
	s.get(footagePath("k01-inngang", s.at("19:00:00"))) // there is none, so nobody saw it

	log := call[Log](s, http.StatusOK, "GET", "/api/v1/log", "")
	if kinds(log) != "viewed viewed hold-placed" || log.Size != 3 || log.Next != nil {
		t.Errorf("%s: %+v", kinds(log), log)
	}
	hold, seen := log.Entries[2], log.Entries[0]
	if hold.Number != 0 || hold.By != "uid:0" || hold.Fields["hold"] != placed.Hold.Number || hold.Fields["ground"] != "crime_likely" || hold.Details["reason"].Text != "Slagsmål ved inngangen" || hold.Details["case"].Text != "12345678" ||
		strings.Contains(hold.Line, "inngangen") || strings.Contains(hold.Line, "12345678") {
		t.Errorf("%+v", hold)
	}
	if seen.By != "web" || seen.Fields["camera"] != "k01-inngang" || seen.Fields["from"] != s.at("20:00:00").String() || seen.At != footage.At(saturday.Add(viewedAgain)) {
		t.Errorf("%+v", seen)
	}
	for query, want := range map[string]string{
		"?camera=k01-inngang":                "viewed viewed hold-placed",
		"?camera=k02":                        "",
		"?user=web":                          "viewed viewed",
		"?hold=" + placed.Hold.Number:        "hold-placed",
		"?kind=viewed&limit=1":               "viewed",
		"?before=1":                          "hold-placed",
		"?from=" + s.at("22:00:00").String(): "viewed",
		"?to=" + url.QueryEscape("2026-07-04T20:00:00+00:00"): "viewed hold-placed",
	} {
		if got := kinds(call[Log](s, http.StatusOK, "GET", "/api/v1/log"+query, "")); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if page := call[Log](s, http.StatusOK, "GET", "/api/v1/log?limit=2", ""); page.Next == nil || *page.Next != 1 {
		t.Errorf("%+v", page)
	}
	for _, query := range []string{"?limit=x", "?limit=10001", "?before=-1", "?from=yesterday"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/log"+query, "")
	}

	s.refused(http.StatusConflict, CodeRefused, "GET", "/api/v1/log/proof/0", "")
	made := call[Checkpoint](s, http.StatusCreated, "POST", "/api/v1/log/checkpoint", "")
	if last := call[Checkpoint](s, http.StatusOK, "GET", "/api/v1/log/checkpoint", ""); last != made || made.Size != 5 || !strings.HasPrefix(made.Name, "checkpoint-2026-07-04-") {
		t.Errorf("made %+v, the last is %+v", made, last)
	}
	proof := call[Proof](s, http.StatusOK, "GET", "/api/v1/log/proof/0", "")
	if e, err := ledger.CheckProof([]byte(proof.Proof), []byte(proof.Line), proof.Key); err != nil || e.Kind != ledger.HoldPlaced || proof.Line != hold.Line {
		t.Errorf("%+v: %v", proof, err)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/log/proof/99", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/log/proof/x", "")

	verify := func(body string) Verified {
		t.Helper()
		return call[Verified](s, http.StatusOK, "POST", "/api/v1/log/verify", body)
	}
	with := fmt.Sprintf(`{"checkpoints":[%q],"key":%q}`, made.Note, made.Key)
	if v := verify(with); !v.Valid || v.Entries != 5 || v.Outside != 1 || v.Covered != 5 || v.Root != made.Root || v.Key != made.Key {
		t.Errorf("%+v", v)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/log/verify", `{"checkpoint":[]}`)

	if err := s.Index.Update(func(tx *index.Tx) error {
		return errors.Join(ledger.Erase(tx, 0, "case", "uid:0", "asked for"), tx.Put("ledger/entry/000000000001", []byte("x\n")))
	}); err != nil {
		t.Fatal(err)
	}
	if v := verify(`{}`); v.Valid || *v.Faults[0].Entry != 1 {
		t.Errorf("%+v", v)
	}
	if d := call[Log](s, http.StatusOK, "GET", "/api/v1/log?before=1", "").Entries[0].Details; !d["case"].Erased || d["case"].Text != "" || d["reason"].Erased {
		t.Errorf("%+v", d)
	}
}

// What cannot be written down is not shown.
func TestNoViewWithoutItsEntry(t *testing.T) {
	s := newSite(t, saturday)
	s.record("k01", s.at("20:00:00"), short(t))
	if err := s.Index.Update(func(tx *index.Tx) error { return tx.Put("ledger/size", "broken") }); err != nil {
		t.Fatal(err)
	}
	if r := s.get(footagePath("k01", s.at("20:00:00"))); r.Code != http.StatusInternalServerError || r.Body.Len() > 1000 {
		t.Errorf("%d, %d bytes", r.Code, r.Body.Len())
	}
	if err := s.Index.Update(func(tx *index.Tx) error { return tx.Delete("ledger/size") }); err != nil {
		t.Fatal(err)
	}
}

func TestViewsAreForgotten(t *testing.T) {
	var v views
	now := footage.At(saturday)
	v.remember(viewing{by: "web", segment: "k01/a"}, now)
	if !v.known(viewing{by: "web", segment: "k01/a"}, now.Add(time.Minute)) || v.known(viewing{by: "uid:0", segment: "k01/a"}, now) || v.known(viewing{by: "web", segment: "k01/b"}, now) {
		t.Error("another view is known")
	}
	v.remember(viewing{by: "web", segment: "k01/b"}, now.Add(viewedAgain))
	if len(v.last) != 1 || v.known(viewing{by: "web", segment: "k01/b"}, now) {
		t.Errorf("%v", v.last)
	}
}
