package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// callAs is call by somebody at the socket.
func callAs[T any](s *site, by string, status int, method, path, body string) T {
	s.Helper()
	s.by = &account.Identity{ID: by, Machine: strings.HasPrefix(by, "uid:"), Roles: []account.Role{account.Lead}}
	return call[T](s, status, method, "/api/v1/"+path, body)
}

const demand = `{"kind":"copy","basis":"police_demand","recipient":"police","organisation":"Oslo politidistrikt","how":"phone",
	"asked":[{"cameras":["k01-inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:04Z"}],
	"asker":{"name":"Kari Nordmann","service":"P1234","unit":"Sentrum","contact":"02800"},"identity":"ringte tilbake til 02800",
	"case":"12345678/26","concerns":"slagsmål i køen","purpose":"etterforskning"}`

// demand enters a demand of the police: U-2026-0001.
func (s *site) demand() {
	s.Helper()
	var f release.Facts
	err := json.Unmarshal([]byte(demand), &f)
	if f.AskedAt = footage.At(saturday.Add(-time.Hour)); err == nil {
		_, err = s.Releases.Request(f, byAnybody)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// The whole way over the API: every answer is the one that the document describes.
func TestReleasesAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.record("k01-inngang", s.at("20:00:02"), short(t))
	const lead, approver = "uid:1001", "uid:1002"
	entered := callAs[Release](s, lead, http.StatusCreated, "POST", "releases", demand)
	const one = "releases/U-2026-0001"
	if entered.Number != "U-2026-0001" || entered.State != release.Draft || len(entered.Given) != 1 || entered.AskedAt != footage.At(saturday) || entered.Flags[0] != release.FlagWritten {
		t.Errorf("%+v", entered)
	}
	refusedAs := func(by string, status int, code Code, path, body string) {
		t.Helper()
		if e := callAs[ErrorBody](s, by, status, "POST", path, body).Error; e.Code != code {
			t.Errorf("%s %s: %+v", path, body, e)
		}
	}
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, "releases", strings.Replace(demand, `"purpose":"etterforskning"`, `"purpose":""`, 1))
	refusedAs(lead, http.StatusConflict, CodeRefused, "releases", strings.Replace(demand, `"recipient":"police"`, `"recipient":"press"`, 1)) // R67
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/export", `{}`)                                                                   // R64
	seen := callAs[release.Preview](s, approver, http.StatusOK, "POST", "releases/preview", `{"given":[{"cameras":["k01-inngang","k02-ko"],"from":"2026-07-04T17:59:58Z","to":"2026-07-04T18:00:03Z"}]}`)
	if len(seen.Cameras) != 2 || seen.Segments != 2 || seen.Deadline == 0 || len(seen.Cameras[0].Available) != 1 || len(seen.Cameras[0].Missing) != 1 || len(seen.Cameras[1].Missing) != 1 {
		t.Errorf("%+v", seen)
	}
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, "releases/preview", `{"given":[]}`)
	refusedAs(lead, http.StatusNotFound, CodeNotFound, "releases/U-2026-0002/approve", `{}`)
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, one+"/correct", `{"why":"x y z","facts":{"state":"approved"}}`)
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, one+"/correct", `{"why":"x y z"}`)
	fixed := callAs[Release](s, lead, http.StatusOK, "POST", one+"/correct", `{"why":"hørt feil","facts":{"case":"87654321/26","asker":{"service":"P4321"}}}`)
	if fixed.Case != "87654321/26" || fixed.Asker.Service != "P4321" || fixed.Asker.Name != "Kari Nordmann" || len(fixed.History) != 1 || fixed.History[0].Case != "12345678/26" {
		t.Errorf("%+v", fixed)
	}
	callAs[Release](s, approver, http.StatusOK, "POST", one+"/approve", `{}`)
	refusedAs(approver, http.StatusConflict, CodeRefused, one+"/export", `{}`)                // R68
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/export", `{"frozen":true}`)       // R34
	refusedAs("u-lead", http.StatusForbidden, CodeRefused, one+"/export", `{"out":"/tmp/x"}`) // not over the network
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, one+"/export", `{"out":"stick"}`)
	refusedAs(lead, http.StatusBadRequest, CodeInvalid, one+"/export", `{"form":"zip","password":true}`)
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/export", `{"stills":[{"camera":"k01-inngang","at":"2026-07-04T18:00:04Z"}]}`) // not given
	begun := callAs[Release](s, lead, http.StatusAccepted, "POST", one+"/export", `{"password":true}`)
	if e := callAs[Export](s, lead, http.StatusOK, "GET", one+"/export", ""); e.Exporting == nil || *e.Exporting != *begun.Exporting || e.Exporting.Phase != release.Queued {
		t.Errorf("%+v, %+v", begun.Exporting, e)
	}
	cancelled := callAs[Release](s, lead, http.StatusOK, "POST", one+"/export/cancel", `{}`)
	if cancelled.Exporting != nil || cancelled.Failed != release.FailedCancelled || cancelled.Failure == "" || cancelled.Packages[0].Gone == 0 {
		t.Errorf("%+v", cancelled)
	}
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/export/cancel", `{}`)
	callAs[Release](s, lead, http.StatusAccepted, "POST", one+"/export", `{"password":true}`)
	s.Releases.BuildNext(t.Context())
	exported := callAs[Release](s, lead, http.StatusOK, "GET", one, "")
	p := exported.Packages[1]
	if exported.State != release.Exported || len(exported.Parts) != 2 || p.Key != "ab:cd" || !p.Password || p.Medium {
		t.Errorf("%+v", exported)
	}
	b, err := os.ReadFile(filepath.Join(p.Path, "package"))
	if password := callAs[Password](s, lead, http.StatusOK, "POST", one+"/password", `{}`).Password; err != nil || password == "" || password != string(b) {
		t.Errorf("%q, %q, %v", password, b, err)
	}
	callAs[Release](s, lead, http.StatusOK, "POST", one+"/deliver", `{"channel":"in_person","medium":"Kingston","serial":"77","handed_by":"Ola","received_by":"Kari","where":"vaktrommet"}`)
	const paper = `"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","archive":"perm 3"`
	callAs[Release](s, lead, http.StatusOK, "POST", one+"/receipt", `{`+paper+`}`)
	callAs[Release](s, lead, http.StatusOK, "POST", one+"/verified", `{"who":"Kari Nordmann"}`)
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/password", `{}`) // R97
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/close", `{}`)    // R69
	callAs[Release](s, lead, http.StatusOK, "POST", one+"/attach", `{"what":"request",`+paper+`}`)
	s.Releases.Step()
	closed := callAs[Release](s, lead, http.StatusOK, "POST", one+"/close", `{"note":"ferdig"}`)
	if closed.State != release.Closed || closed.Packages[1].Gone == 0 || closed.Packages[1].Destroyed == 0 || len(closed.Flags) != 0 {
		t.Errorf("%+v", closed)
	}
	// A person in it has it restricted: the recipient is told (R135).
	if _, err := s.Holds.Register(holds.NewRequest{Type: holds.RightRestriction, Channel: "letter", Window: closed.Given, By: byAnybody}); err != nil {
		t.Fatal(err)
	}
	s.Releases.Step()
	if owed := callAs[Release](s, lead, http.StatusOK, "GET", one, ""); len(owed.Notices) != 1 || owed.Flags[0] != release.FlagTell {
		t.Errorf("%+v", owed)
	}
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/tell", `{"request":"I-2026-0002","how":"mail","note":"fortalt"}`)
	if told := callAs[Release](s, lead, http.StatusOK, "POST", one+"/tell", `{"request":"I-2026-0001","how":"mail","note":"til Kari Nordmann"}`); told.Notices[0].Told.At == 0 || len(told.Flags) != 0 {
		t.Errorf("%+v", told)
	}
	refusedAs(lead, http.StatusConflict, CodeRefused, one+"/export", `{"supplements":2,"supplement":"stamp"}`)
	// An emergency, its review, and a refusal.
	callAs[Release](s, lead, http.StatusCreated, "POST", "releases", demand)
	callAs[Release](s, lead, http.StatusOK, "POST", "releases/U-2026-0002/emergency", `{"why":"et barn er borte, og ingen andre er her"}`)
	refusedAs(lead, http.StatusConflict, CodeRefused, "releases/U-2026-0002/review", `{"note":"greit"}`)
	callAs[Release](s, approver, http.StatusOK, "POST", "releases/U-2026-0002/review", `{"note":"riktig gjort"}`)
	callAs[Release](s, lead, http.StatusOK, "POST", "releases/U-2026-0002/refuse", `{"why":"politiet trengte det ikke likevel"}`)

	for query, want := range map[string]string{
		"": "U-2026-0002 U-2026-0001", "?case=87654321/26": "U-2026-0001", "?user=uid:1002&limit=1": "U-2026-0002", "?open=true": "", "?state=closed": "U-2026-0001",
		"?camera=k01-inngang&from=2026-07-04T18:00:03Z&subject=true": "U-2026-0001", "?camera=k01-inngang&to=2026-07-04T18:00:00Z": "", "?camera=k02-ko": "",
	} {
		var got []string
		for _, r := range callAs[Releases](s, lead, http.StatusOK, "GET", "releases"+query, "").Releases {
			if got = append(got, r.Number); strings.Contains(query, "subject") && (r.Asker.Name != "" || r.Organisation == "") {
				t.Errorf("a person in the footage is told %+v", r)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"?from=2026-07-04T18:00:03Z", "?camera=K+1", "?limit=0", "?format=doc", "?format=pdf&lang=sv", "?camera=k01-inngang&from=now"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/releases"+query, "")
	}
	if c := callAs[ReleaseChoices](s, lead, http.StatusOK, "GET", "release-choices", ""); len(c.Bases) != 6 || len(c.Kinds) != 3 || c.Bases[0].Norwegian == "" {
		t.Errorf("%+v", c)
	}
	sheet := s.get("/api/v1/releases?format=csv")
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(sheet.Body.Bytes(), []byte("\ufeff"))))
	reader.Comma = ';'
	if rows, err := reader.ReadAll(); err != nil || len(rows) != 3 || rows[1][0] != "U-2026-0001" || rows[1][11] != "Kari Nordmann" || rows[1][19] != "2" {
		t.Errorf("%v %v", rows, err)
	}
	if sheet := s.get("/api/v1/releases?format=csv&subject=true").Body.String(); strings.Contains(sheet, "Nordmann") || strings.Contains(sheet, "87654321") || !strings.Contains(sheet, "Oslo politidistrikt") {
		t.Error(sheet)
	}
	whole := s.get("/api/v1/" + one + "?format=csv").Body.String()
	for _, word := range []string{"U-2026-0001", "P1234", "P4321", "export-failed", "recipient-told", "til Kari Nordmann", "vaktrommet"} {
		if !strings.Contains(whole, word) {
			t.Errorf("the release's own sheet lacks %q: %s", word, whole)
		}
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/"+one+"?format=doc", "")
	for _, query := range []string{"?format=pdf", "?format=pdf&lang=en&subject=true", "/U-2026-0001?format=pdf", "/U-2026-0002?format=pdf&lang=en"} {
		if r := s.get("/api/v1/releases" + query); r.Code != http.StatusOK || !bytes.HasPrefix(r.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %d", query, r.Code)
		}
	}
}

// The document's lists are those of the log.
func TestReleaseLists(t *testing.T) {
	schemas := openAPIDocument(t)["components"].(object)["schemas"].(object)
	held := func(name string, codes []string) {
		t.Helper()
		var listed []string
		for _, v := range schemas[name].(object)["enum"].([]any) {
			listed = append(listed, v.(string))
		}
		if strings.Join(listed, " ") != strings.Join(codes, " ") {
			t.Errorf("%s is %v, want %v", name, listed, codes)
		}
	}
	held("ReleaseKind", codesOf(release.Kinds))
	held("ReleaseHow", codesOf(release.Hows))
	held("ReleaseRecipient", codesOf(release.Recipients))
	held("ReleaseChannel", codesOf(release.Channels))
	held("ReleaseForm", codesOf(release.Forms))
	held("ReleaseFailure", codesOf(release.Failures))
	var bases, states, acts []string
	for _, a := range slices.Concat(release.Acts, release.OwnActs) {
		acts = append(acts, string(a))
	}
	held("ReleaseAct", acts)
	for _, b := range release.Bases {
		bases = append(bases, string(b.Code))
	}
	for _, s := range release.States {
		states = append(states, string(s))
	}
	held("ReleaseBasis", bases)
	held("ReleaseState", states)
	if !slices.Equal(codesOf(release.ActWords), acts) || !slices.Equal(codesOf(release.StateWords), states) {
		t.Errorf("not every act or state has words: %v, %v", codesOf(release.ActWords), codesOf(release.StateWords))
	}
}

func codesOf[C ~string](all []holds.Choice[C]) (codes []string) {
	for _, c := range all {
		codes = append(codes, string(c.Code))
	}
	return codes
}
