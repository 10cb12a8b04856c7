package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// R19, R131: the statement of a day and the answer about a span, over the API, as
// documents that can be checked and printed.
func TestStatementsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	check := func(signed statement.Signed) {
		t.Helper()
		if err := signed.Verify(s.Notary.Key.Verifier()); err != nil {
			t.Error(err)
		}
	}
	if all := call[Statements](s, http.StatusOK, "GET", "/api/v1/statements", ""); len(all.Statements) != 0 {
		t.Errorf("%+v", all)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/statements/2026-07-04", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/statements/yesterday", "")
	today := call[statement.Signed](s, http.StatusOK, "POST", "/api/v1/statements/2026-07-04", "")
	if check(today); today.Statement.Day.Complete || today.Statement.Day.Total.Recorded.Segments != 1 {
		t.Errorf("%+v", today.Statement.Day)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/statements/2026-07-04", "") // the day goes on

	s.setNow(saturday.AddDate(0, 0, 1))
	stated := call[statement.Signed](s, http.StatusOK, "POST", "/api/v1/statements/2026-07-04", "")
	kept := call[statement.Signed](s, http.StatusOK, "GET", "/api/v1/statements/2026-07-04", "")
	if check(kept); stated.Note != kept.Note || !kept.Statement.Day.Complete {
		t.Errorf("%+v", kept)
	}
	if all := call[Statements](s, http.StatusOK, "GET", "/api/v1/statements", ""); len(all.Statements) != 1 || all.Statements[0].Day != "2026-07-04" {
		t.Errorf("%+v", all)
	}
	body := fmt.Sprintf(`{"camera":"k01-inngang","from":%q,"to":%q}`, s.at("20:00:00"), s.at("20:10:00"))
	answer := call[statement.Signed](s, http.StatusOK, "POST", "/api/v1/answer", body)
	if check(answer); answer.Statement.Answer.Pieces[0].What != statement.Stored {
		t.Errorf("%+v", answer.Statement.Answer)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/answer", `{"camera":"k01-inngang"}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/answer?format=doc", body)
	for _, lang := range []string{"", "&lang=en"} {
		r := s.ask("POST", "/api/v1/answer?format=pdf"+lang, body, "Content-Type", "application/json")
		if r.Code != http.StatusOK || r.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.Body.String(), "%PDF-") || !strings.Contains(r.Header().Get("Content-Disposition"), "k01-inngang") {
			t.Errorf("%d %v", r.Code, r.Header())
		}
	}
}

// R108: the log as files, by camera, user and hold; a spreadsheet finds no formula in it.
func TestLogExport(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	placed := s.place(holds.Request{
		Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Case: "=HYPERLINK(1)", Reason: "Slagsmål; \"blod\"\nved inngangen",
	})
	s.get(footagePath("k01-inngang", s.at("20:00:00")))
	rows := func(query string) [][]string {
		t.Helper()
		r := s.get("/api/v1/log?format=csv" + query)
		text, marked := strings.CutPrefix(r.Body.String(), "\ufeff")
		if r.Code != http.StatusOK || !marked || !strings.HasPrefix(r.Header().Get("Content-Type"), "text/csv") || !strings.Contains(r.Header().Get("Content-Disposition"), "log-2026-07-04.csv") {
			t.Fatalf("%d %v %s", r.Code, r.Header(), r.Body)
		}
		c := csv.NewReader(strings.NewReader(text))
		c.Comma = ';'
		all, err := c.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return all[1:]
	}
	all := rows("")
	if len(all) != 2 || all[0][2] != "hold-placed" || all[0][4] != "k01-inngang" || all[0][5] != placed.Hold.Number || !strings.Contains(all[0][8], "Slagsmål") || all[1][2] != "viewed" {
		t.Errorf("%q", all)
	}
	for query, want := range map[string]int{"&camera=k02": 0, "&user=web": 1, "&hold=" + placed.Hold.Number: 1, "&limit=1": 1, "&to=" + s.at("10:00:00").String(): 0} {
		if got := rows(query); len(got) != want {
			t.Errorf("%s: %q", query, got)
		}
	}
	for cell, want := range map[string]string{"=1+1": "'=1+1", "+47": "'+47", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "a=1": "a=1", "": ""} {
		if got := harmless(cell); got != want {
			t.Errorf("%q is written %q", cell, got)
		}
	}
	for _, lang := range []string{"nb", "en"} {
		if r := s.get("/api/v1/log?format=pdf&lang=" + lang); r.Code != http.StatusOK || !strings.HasPrefix(r.Body.String(), "%PDF-") {
			t.Errorf("%d %s", r.Code, r.Body)
		}
	}
	for _, query := range []string{"?format=xls", "?format=pdf&lang=sv", "?format=csv&limit=x", "?format=csv&from=x"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/log"+query, "")
	}
}

// R106: the text of a detail can be erased, by whoever confirms it, and the ledger
// verifies and tells of it.
func TestEraseAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Case: "12345678"})
	const path = "/api/v1/log/0/erase"
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", path, `{"detail":"case","reason":"krav om sletting","confirm":7}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", path, `{"detail":"case","reason":" ","confirm":0}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/log/x/erase", `{"detail":"case","reason":"krav","confirm":0}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/log/99/erase", `{"detail":"case","reason":"krav","confirm":99}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", path, `{"detail":"place","reason":"krav","confirm":0}`)
	e := call[LogEntry](s, http.StatusOK, "POST", path, `{"detail":"case","reason":"krav om sletting","confirm":0}`)
	if d := e.Details["case"]; !d.Erased || d.Text != "" || d.Salt != "" || e.Details["reason"].Erased {
		t.Errorf("%+v", e)
	}
	log := call[Log](s, http.StatusOK, "GET", "/api/v1/log?kind=erased", "")
	if len(log.Entries) != 1 || log.Entries[0].Fields["detail"] != "case" || log.Entries[0].Details["reason"].Text != "krav om sletting" {
		t.Errorf("%+v", log.Entries)
	}
	call[Checkpoint](s, http.StatusCreated, "POST", "/api/v1/log/checkpoint", "")
	if v := call[Verified](s, http.StatusOK, "POST", "/api/v1/log/verify", `{"checkpoints":[]}`); !v.Valid {
		t.Errorf("%+v", v.Faults)
	}
}
