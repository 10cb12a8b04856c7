package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// call makes an API request, holds the answer to the OpenAPI document, and
// decodes it.
func call[T any](s *site, status int, method, path, body string) T {
	s.Helper()
	var header []string
	if body != "" {
		header = []string{"Content-Type", "application/json"}
	}
	r := s.ask(method, path, body, header...)
	if r.Code != status {
		s.Errorf("%s %s: %d, want %d: %s", method, path, r.Code, status, r.Body)
	}
	described(s.TB, method, path, r.Code, r.Body.Bytes())
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	var v T
	if err := d.Decode(&v); err != nil {
		s.Fatalf("%s %s: %v", method, path, err)
	}
	return v
}

func (s *site) refused(status int, code Code, method, path, body string) *Error {
	s.Helper()
	e := call[ErrorBody](s, status, method, path, body).Error
	if e.Code != code {
		s.Errorf("%s %s %s: %s, want %s", method, path, body, e.Code, code)
	}
	return e
}

// object is a part of the OpenAPI document.
type object = map[string]any

func openAPIDocument(t testing.TB) object {
	t.Helper()
	var doc object
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// follow resolves a $ref.
func follow(doc, node object) object {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		next, ok := doc[part].(object)
		if !ok {
			panic("nothing at " + ref)
		}
		doc = next
	}
	return doc
}

// described fails the test unless the document describes the answer, key by key.
func described(t testing.TB, method, path string, status int, body []byte) {
	t.Helper()
	doc := openAPIDocument(t)
	path, _, _ = strings.Cut(path, "?")
	for pattern, item := range doc["paths"].(object) {
		if !regexp.MustCompile("^" + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(pattern, "[^/]+") + "$").MatchString(path) {
			continue
		}
		operation, ok := item.(object)[strings.ToLower(method)].(object)
		if !ok {
			continue
		}
		response, ok := operation["responses"].(object)[fmt.Sprint(status)].(object)
		if !ok {
			t.Errorf("%s %s: the document knows no %d", method, path, status)
			return
		}
		content := follow(doc, response)["content"].(object)["application/json"].(object)
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		schema, ok := content["schema"].(object)
		if ok {
			valid(t, doc, schema, method+" "+path, v)
		}
		return
	}
	t.Errorf("%s %s is not in the document", method, path)
}

// valid holds a value to a schema, as far as the document uses JSON Schema.
func valid(t testing.TB, doc, schema object, at string, v any) {
	t.Helper()
	schema = follow(doc, schema)
	kinds, ok := schema["type"].([]any)
	if !ok {
		kinds = []any{schema["type"]}
	}
	kind := ""
	switch v := v.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			t.Errorf("%s: %q does not match %s", at, v, p)
		}
		if values, ok := schema["enum"].([]any); ok && !slices.Contains(values, any(v)) {
			t.Errorf("%s: %q is not one of %v", at, v, values)
		}
	case float64:
		kind = "number"
		if slices.Contains(kinds, "integer") && v == float64(int64(v)) {
			kind = "integer"
		}
	case []any:
		kind = "array"
		for i, element := range v {
			valid(t, doc, schema["items"].(object), fmt.Sprintf("%s[%d]", at, i), element)
		}
	case object:
		kind = "object"
		properties, ok := schema["properties"].(object)
		if !ok {
			break
		}
		for key, value := range v {
			property, ok := properties[key].(object)
			if !ok {
				t.Errorf("%s.%s is not in the document", at, key)
				continue
			}
			valid(t, doc, property, at+"."+key, value)
		}
		for _, key := range schema["required"].([]any) {
			if _, ok := v[key.(string)]; !ok {
				t.Errorf("%s has no %s", at, key)
			}
		}
	}
	if !slices.Contains(kinds, any(kind)) {
		t.Errorf("%s is %s, not %v", at, kind, kinds)
	}
}

// The document has the routes that there are, no more and no fewer, and every
// error code and closed list.
func TestOpenAPI(t *testing.T) {
	s := newSite(t, saturday)
	doc := openAPIDocument(t)
	var described, routed []string
	for path, item := range doc["paths"].(object) {
		for method := range item.(object) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	if err := chi.Walk(s.router.(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(pattern, apiPrefix) {
			routed = append(routed, method+" "+pattern)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(described)
	slices.Sort(routed)
	if diff := cmp.Diff(routed, described); diff != "" {
		t.Errorf("routes (-) and document (+): %s", diff)
	}

	schemas := doc["components"].(object)["schemas"].(object)
	enum := func(schema any) (values []string) {
		for _, v := range schema.(object)["enum"].([]any) {
			if v != "" {
				values = append(values, v.(string))
			}
		}
		return values
	}
	var causes, grounds, codes []string
	for _, c := range footage.Causes {
		causes = append(causes, string(c))
	}
	for _, g := range append(slices.Clone(holds.Grounds), holds.Recovered, holds.DataSubject, holds.Restriction) {
		grounds = append(grounds, string(g))
	}
	for _, f := range faults {
		if !slices.Contains(codes, string(f.code)) {
			codes = append(codes, string(f.code))
		}
	}
	codes = append(codes, string(CodeInternal))
	slices.Sort(codes)
	inDocument := enum(schemas["ErrorBody"].(object)["properties"].(object)["error"].(object)["properties"].(object)["code"])
	slices.Sort(inDocument)
	if diff := cmp.Diff(causes, enum(schemas["Cause"])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(grounds, enum(schemas["Ground"])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(codes, inDocument); diff != "" {
		t.Error(diff)
	}
	if r := s.get("/api/v1/openapi.json"); r.Header().Get("Content-Type") != "application/json" || !bytes.Equal(r.Body.Bytes(), openAPI) {
		t.Errorf("%d %v", r.Code, r.Header())
	}
}

func TestStatus(t *testing.T) {
	s := newSite(t, saturday)
	empty := call[Status](s, http.StatusOK, "GET", "/api/v1/status", "")
	want := Status{
		Version: "test", Started: footage.At(saturday.Add(-5 * time.Hour)), Cameras: []CameraStatus{}, Spool: SpoolStatus{Limit: 1 << 30},
		Store: StoreStatus{Kind: "directory"}, Alarms: []footage.Alarm{},
	}
	if diff := cmp.Diff(want, empty); diff != "" {
		t.Error(diff)
	}

	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.health[1] = footage.Health{Camera: "k02-ko", Name: "Kø", State: footage.StateDown, Since: s.at("21:00:00"), Cause: footage.CauseRefused, Detail: "401"}
	s.alarms = []footage.Alarm{{Code: footage.AlarmCameraDown, Camera: "k02-ko", Since: s.at("21:01:00"), Detail: "401"}}
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.record("k01-inngang", s.at("20:00:02"), short(t))
	s.spool("k01-inngang", s.at("20:00:04"), short(t))
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:02"), To: s.at("20:00:03")}})
	s.sweep()
	got := call[Status](s, http.StatusOK, "GET", "/api/v1/status", "")
	size := got.Store.Bytes / 2
	if size == 0 || got.Spool.Bytes == 0 {
		t.Errorf("sizes are %+v %+v", got.Store, got.Spool)
	}
	got.Spool.Bytes = 0
	want.Cameras = []CameraStatus{
		{ID: "k01-inngang", Name: "Hovedinngang", State: footage.StateRecording, Since: footage.At(saturday.Add(-time.Hour)), Codec: footage.H264,
			Width: 1280, Height: 720, FPS: 25, Bitrate: 4_100_000, LastFrame: footage.At(saturday)},
		{ID: "k02-ko", Name: "Kø", State: footage.StateDown, Since: s.at("21:00:00"), Cause: footage.CauseRefused, Detail: "401"},
	}
	want.Spool = SpoolStatus{Segments: 1, Oldest: s.at("20:00:04"), Limit: 1 << 30}
	want.Store = StoreStatus{Kind: "directory", Segments: 2, Bytes: 2 * size, Oldest: s.at("20:00:00")}
	want.Expiry = ExpiryStatus{NextDeadline: s.Holds.Policy().KeepUntil(s.at("20:00:00")), LastSweep: footage.At(saturday)}
	want.Holds = HoldsStatus{1, 1, size}
	want.Alarms = s.alarms
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPausedInJSON(t *testing.T) {
	for in, want := range map[Paused]string{"": "false", "the clock leapt": `"the clock leapt"`} {
		b, err := json.Marshal(in)
		if err != nil || string(b) != want {
			t.Errorf("%q is %s (%v)", in, b, err)
		}
		out := Paused("before")
		if err := json.Unmarshal(b, &out); err != nil || out != in {
			t.Errorf("%s is %q (%v)", b, out, err)
		}
	}
}

func TestSegmentsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	first := s.record("k01-inngang", s.at("20:00:00"), short(t))
	second := s.record("k01-inngang", s.at("20:00:02"), hevc(t))
	s.gap("k01-inngang", s.at("20:00:04"), s.at("20:00:09"), footage.CauseStalled, "nothing came")
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:03"), To: s.at("20:00:05")}})

	get := func(query string) Segments {
		t.Helper()
		return call[Segments](s, http.StatusOK, "GET", "/api/v1/segments?camera=k01-inngang"+query, "")
	}
	all := get("")
	if len(all.Segments) != 2 || all.Segments[0].ID != first || all.Segments[1].ID != second || len(all.Gaps) != 1 {
		t.Fatalf("%+v", all)
	}
	seg := all.Segments[1]
	want := Segment{
		ID: second, Camera: "k01-inngang", Start: s.at("20:00:02"), End: s.at("20:00:04"), Bytes: seg.Bytes, SHA256: seg.SHA256,
		Object: footage.ObjectKey("k01-inngang", s.at("20:00:02"), 0), Codec: footage.H265,
		Deadline: s.Holds.Policy().Ceiling(s.at("20:00:02")), State: vault.Stored, Holds: []string{"H-2026-0001"},
	}
	if diff := cmp.Diff(want, seg); diff != "" || seg.Bytes == 0 || seg.SHA256 == (footage.SHA256{}) {
		t.Error(diff)
	}
	if len(all.Segments[0].Holds) != 0 || all.Segments[0].Holds == nil {
		t.Errorf("the first is held by %v", all.Segments[0].Holds)
	}
	if diff := cmp.Diff(Gap{"k01-inngang", s.at("20:00:04"), s.at("20:00:09"), footage.CauseStalled, "nothing came"}, all.Gaps[0]); diff != "" {
		t.Error(diff)
	}

	// Spans are half-open, and any RFC 3339 time is understood.
	for query, want := range map[string][2]int{
		"&from=2026-07-04T18:00:02Z":                                    {1, 1},
		"&to=2026-07-04T18:00:02Z":                                      {1, 0},
		"&from=2026-07-04T20:00:01%2B02:00&to=2026-07-04T18:00:02.001Z": {2, 0},
		"&from=2026-07-04T18:00:09Z":                                    {0, 0},
		"&from=2026-07-04T18:00:05Z&to=2026-07-04T18:00:06Z":            {0, 1},
	} {
		if got := get(query); len(got.Segments) != want[0] || len(got.Gaps) != want[1] {
			t.Errorf("%s: %d segments and %d gaps, want %v", query, len(got.Segments), len(got.Gaps), want)
		}
	}
	for _, query := range []string{"", "?camera=", "?camera=K01", "?camera=k01-inngang&from=yesterday", "?camera=k01-inngang&from=2026-07-04T18:00:02Z&to=2026-07-04T18:00:02Z"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/segments"+query, "")
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/segments?camera=k99", "")

	// A camera that is configured no more still has its footage (R12).
	s.health = nil
	if got := get(""); len(got.Segments) != 2 {
		t.Errorf("without the camera: %d segments", len(got.Segments))
	}
	// Past its deadline footage is not listed, whether the sweeper has come or not (R6).
	s.now = want.Deadline.Time().Add(-time.Second)
	if got := get(""); len(got.Segments) != 1 || got.Segments[0].ID != second {
		t.Errorf("after seven days: %+v", got.Segments)
	}
	s.now = want.Deadline.Time()
	if got := get(""); len(got.Segments) != 0 || got.Segments == nil {
		t.Errorf("after thirty days: %+v", got.Segments)
	}
}

func TestTimelineAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	for i, at := range []string{"20:00:00", "20:00:02", "20:00:04"} {
		s.record("k01-inngang", s.at(at), short(t))
		if i == 0 {
			s.record("k02-ko", s.at(at), hevc(t))
		}
	}
	s.gap("k01-inngang", s.at("20:00:06"), s.at("20:00:09"), footage.CauseStalled, "nothing came")
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:03"), To: s.at("20:00:09")}})

	get := func(query string) Timelines {
		t.Helper()
		return call[Timelines](s, http.StatusOK, "GET", "/api/v1/timeline"+query, "")
	}
	p := s.Holds.Policy()
	free := Run{s.at("20:00:00"), s.at("20:00:02"), false, footage.H264, p.KeepUntil(s.at("20:00:00")), false}
	held := Run{s.at("20:00:02"), s.at("20:00:06"), true, footage.H264, p.Ceiling(s.at("20:00:02")), false}
	gap := Gap{"k01-inngang", s.at("20:00:06"), s.at("20:00:09"), footage.CauseStalled, "nothing came"}
	first := Timeline{"k01-inngang", []Run{free, held}, []Gap{gap}}
	second := Timeline{"k02-ko", []Run{{s.at("20:00:00"), s.at("20:00:02"), false, footage.H265, p.KeepUntil(s.at("20:00:00")), false}}, []Gap{}}
	now := footage.At(saturday)
	for query, want := range map[string]Timelines{
		"":                                  {now, []Timeline{first, second}},
		"?camera=k02-ko&camera=k01-inngang": {now, []Timeline{second, first}},
		"?camera=k02-ko&camera=k02-ko":      {now, []Timeline{second}},
		"?camera=k02-ko&from=2026-07-04T19:00:00Z": {now, []Timeline{{"k02-ko", []Run{}, []Gap{}}}},
		"?camera=k01-inngang&from=2026-07-04T18:00:01Z&to=2026-07-04T18:00:05Z": {now, []Timeline{{"k01-inngang", []Run{
			{s.at("20:00:01"), s.at("20:00:02"), false, footage.H264, free.Deadline, false},
			{s.at("20:00:02"), s.at("20:00:05"), true, footage.H264, held.Deadline, false},
		}, []Gap{}}}},
	} {
		if diff := cmp.Diff(want, get(query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	for _, query := range []string{"?camera=", "?camera=k01-inngang&camera=K01", "?from=yesterday", "?from=2026-07-04T18:00:02Z&to=2026-07-04T18:00:02Z"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/timeline"+query, "")
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/timeline?camera=k01-inngang&camera=k99", "")

	// A camera that is configured no more still has its footage (R12).
	s.health = s.health[:1]
	if diff := cmp.Diff([]Timeline{first, second}, get("").Cameras); diff != "" {
		t.Error(diff)
	}
	// Past its deadline footage is not shown, whether the sweeper has come or not (R6).
	s.now = free.Deadline.Time()
	first.Runs, second.Runs = []Run{held}, []Run{}
	if diff := cmp.Diff([]Timeline{first, second}, get("").Cameras); diff != "" {
		t.Error(diff)
	}
}

func TestHoldsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.gap("k01-inngang", s.at("20:00:02"), s.at("20:00:09"), footage.CauseStalled, "nothing came")
	ask := `{"cameras":["k01-inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:09Z","ground":"crime_likely","reason":" Slagsmål ved inngangen ","case":"16482011"}`

	placed := call[Hold](s, http.StatusCreated, "POST", "/api/v1/holds", ask)
	want := Hold{
		Number: "H-2026-0001", State: holds.Active, Cameras: []footage.CameraID{"k01-inngang"}, From: s.at("20:00:00"), To: s.at("20:00:09"),
		Selected: []holds.Selection{{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:09")}}},
		Ground:   holds.CrimeLikely, Reason: "Slagsmål ved inngangen", Case: "16482011", Until: s.Holds.Policy().Ceiling(s.at("20:00:09")),
		Review: footage.At(saturday.Add(holds.ReviewEvery)), Flags: []holds.Flag{},
		Placed: holds.Act{By: "web", At: footage.At(saturday)}, Segments: 1, Bytes: placed.Bytes,
		Missing: []holds.Missing{{Camera: "k01-inngang", Span: footage.Span{From: s.at("20:00:02"), To: s.at("20:00:09")}, Why: holds.LackGap, Cause: footage.CauseStalled, Detail: "nothing came"}},
	}
	if diff := cmp.Diff(want, placed); diff != "" || placed.Bytes == 0 {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, call[Hold](s, http.StatusOK, "GET", "/api/v1/holds/H-2026-0001", "")); diff != "" {
		t.Error(diff)
	}
	want.Missing = []holds.Missing{}
	if diff := cmp.Diff(Holds{[]Hold{want}}, call[Holds](s, http.StatusOK, "GET", "/api/v1/holds", "")); diff != "" {
		t.Error(diff)
	}

	until := call[Hold](s, http.StatusCreated, "POST", "/api/v1/holds", strings.Replace(ask, `"case"`, `"until":"2026-07-20T12:00:00+02:00","case"`, 1))
	if until.Until.String() != "2026-07-20T10:00:00.000000Z" {
		t.Errorf("until %s", until.Until)
	}

	closed := call[Hold](s, http.StatusOK, "POST", "/api/v1/holds/H-2026-0001/close", `{"why":"utlevert"}`)
	if closed.State != holds.Closed || closed.Why != "utlevert" || closed.Ended == nil || *closed.Ended != (holds.Act{By: "web", At: footage.At(saturday)}) {
		t.Errorf("%+v", closed)
	}
	if got := call[Holds](s, http.StatusOK, "GET", "/api/v1/holds", ""); len(got.Holds) != 1 {
		t.Errorf("%+v", got)
	}
	if got := call[Holds](s, http.StatusOK, "GET", "/api/v1/holds?ended=true", ""); len(got.Holds) != 2 {
		t.Errorf("%+v", got)
	}

	post := func(status int, code Code, path, body string) *Error {
		t.Helper()
		return s.refused(status, code, "POST", path, body)
	}
	post(http.StatusConflict, CodeRefused, "/api/v1/holds/H-2026-0001/close", `{"why":"en gang til"}`)
	post(http.StatusBadRequest, CodeInvalid, "/api/v1/holds/H-2026-0002/close", `{"why":" "}`)
	post(http.StatusBadRequest, CodeInvalid, "/api/v1/holds/H-2026-0002/close", `{"because":"x"}`)
	post(http.StatusNotFound, CodeNotFound, "/api/v1/holds/H-2026-0099/close", `{"why":"x"}`)
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/holds/H-2026-0099", "")
	for _, body := range []string{
		"{", "[]", "null x", ask + ask, `{"camera":"k01-inngang"}`, strings.Replace(ask, "k01-inngang", "k99", 1), strings.Replace(ask, "crime_likely", "curiosity", 1),
		strings.Replace(ask, "2026-07-04T18:00:00Z", "yesterday", 1), strings.Replace(ask, " Slagsmål ved inngangen ", " ", 1),
	} {
		post(http.StatusBadRequest, CodeInvalid, "/api/v1/holds", body)
	}
	post(http.StatusConflict, CodeRefused, "/api/v1/holds", strings.Replace(ask, "2026-07-04T18:00:09Z", "2026-07-09T18:00:09Z", 1))
	old := strings.NewReplacer("2026-07-04T18:00:00Z", "2026-06-01T18:00:00Z", "2026-07-04T18:00:09Z", "2026-06-01T19:00:00Z").Replace(ask)
	if e := post(http.StatusNotFound, CodeNothing, "/api/v1/holds", old); len(e.Missing) != 1 || e.Missing[0].Why != holds.LackDeleted {
		t.Errorf("what is missing of nothing: %+v", e.Missing)
	}
	r := s.ask(http.MethodPost, "/api/v1/holds", ask, "Content-Type", "text/plain")
	if r.Code != http.StatusUnsupportedMediaType {
		t.Errorf("as text: %d", r.Code)
	}
	described(t, "POST", "/api/v1/holds", r.Code, r.Body.Bytes())
}

func TestExpireAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	first := s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.record("k01-inngang", s.at("20:00:02"), short(t))
	s.record("k01-inngang", s.at("20:00:04"), short(t))
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:04"), To: s.at("20:00:05")}})
	deadline := s.Holds.Policy().KeepUntil(s.at("20:00:00"))
	s.now = deadline.Time()

	plan := call[ExpiryPlan](s, http.StatusOK, "GET", "/api/v1/expire", "")
	if len(plan.Due) != 1 || plan.Due[0].Segment.ID != first || !strings.Contains(plan.Due[0].Why, "nothing holds it") || len(plan.Next) != 2 {
		t.Errorf("%+v", plan)
	}
	if d := plan.Next[1]; !slices.Equal(d.Holds, []string{"H-2026-0001"}) || !slices.Equal(d.Segment.Holds, d.Holds) {
		t.Errorf("%+v", d)
	}
	if got := call[ExpiryPlan](s, http.StatusOK, "GET", "/api/v1/expire?ahead=0", ""); len(got.Next) != 0 || got.Next == nil || len(got.Due) != 1 {
		t.Errorf("%+v", got)
	}
	for _, ahead := range []string{"-1", "x", "10001"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/expire?ahead="+ahead, "")
	}

	swept := call[Swept](s, http.StatusOK, "POST", "/api/v1/expire", "")
	want := Swept{1, []Removed{{
		"k01-inngang", s.at("20:00:00"), plan.Due[0].Segment.Object, plan.Due[0].Segment.Bytes, plan.Due[0].Segment.SHA256, deadline,
	}}, 0, deadline.Add(2 * time.Second)}
	if diff := cmp.Diff(want, swept); diff != "" {
		t.Error(diff)
	}
	if got := call[Swept](s, http.StatusOK, "POST", "/api/v1/expire", ""); got.Retired != 0 || got.Removed == nil || len(got.Removed) != 0 {
		t.Errorf("the second time: %+v", got)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		err    error
		code   Code
		status int
	}{
		{holds.ErrInvalid, CodeInvalid, 400}, {holds.ErrRefused, CodeRefused, 409}, {holds.ErrNotFound, CodeNotFound, 404},
		{vault.ErrReserved, CodeRefused, 403}, {holds.ErrNothing, CodeNothing, 404}, {vault.ErrGone, CodeGone, 404}, {&http.MaxBytesError{Limit: 1}, CodeInvalid, 413},
		{errInvalid, CodeInvalid, 400}, {errNotFound, CodeNotFound, 404}, {errMethod, CodeInvalid, 405},
		{errMediaType, CodeInvalid, 415}, {errForeign, CodeRefused, 403}, {errMisdirected, CodeRefused, 421},
		{errors.New("the disk is on fire at /var/lib"), CodeInternal, 500},
	} {
		e, status := fault(fmt.Errorf("couldn't do it: %w", c.err))
		if e.Code != c.code || status != c.status {
			t.Errorf("%v: %s %d, want %s %d", c.err, e.Code, status, c.code, c.status)
		}
		if told := strings.Contains(e.Message, c.err.Error()); told == (c.code == CodeInternal) && status != 413 {
			t.Errorf("%v is told as %q", c.err, e.Message)
		}
	}
}

// What is our fault is told to the log and not to the client, in the API and on
// the page.
func TestInternalErrors(t *testing.T) {
	s := newSite(t, saturday)
	if err := s.Index.Close(); err != nil {
		t.Fatal(err)
	}
	e := s.refused(http.StatusInternalServerError, CodeInternal, "GET", "/api/v1/status", "")
	if strings.Contains(e.Message, "database") || !strings.Contains(s.log.String(), "database not open") {
		t.Errorf("the client reads %q, the log has %s", e.Message, s.log)
	}
	r := s.get("/?lang=en")
	if r.Code != http.StatusInternalServerError || strings.Contains(r.Body.String(), "database") {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	read(t, r.Body.String()).says("h1", "Something went wrong")
	if r := s.get("/healthz"); r.Code != http.StatusServiceUnavailable || !strings.Contains(r.Body.String(), "index") {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}

func TestHealthz(t *testing.T) {
	s := newSite(t, saturday)
	s.Server.Started = saturday
	is := func(status int, text string) {
		t.Helper()
		r := s.get("/healthz")
		if r.Code != status || !strings.Contains(r.Body.String(), text) {
			t.Errorf("%d %q, want %d and %q", r.Code, r.Body, status, text)
		}
	}
	is(http.StatusOK, "ok\n")
	s.camera("k01-inngang", "Hovedinngang")
	s.alarms = []footage.Alarm{{Code: footage.AlarmCameraDown, Camera: "k01-inngang"}}
	is(http.StatusOK, "ok\n") // the appliance is well; a camera is not
	s.alarms = []footage.Alarm{{Code: footage.AlarmStore, Since: s.at("21:00:00"), Detail: "connection refused"}}
	is(http.StatusServiceUnavailable, "the store has failed since 2026-07-04T19:00:00")
	s.alarms = nil
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.now = s.now.Add(late + time.Second)
	is(http.StatusServiceUnavailable, "no sweep")
	s.sweep()
	is(http.StatusOK, "ok\n")
	s.now = s.Holds.Policy().KeepUntil(footage.At(saturday)).Time()
	is(http.StatusServiceUnavailable, "overdue since 2026-07-11T18:00:00")
	s.sweep()
	is(http.StatusOK, "ok\n")
}
