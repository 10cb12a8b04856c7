package web

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Log is GET /api/v1/log, the newest entry first.
type Log struct {
	Size    int64      `json:"size"` // entries that there have been
	Entries []LogEntry `json:"entries"`
	Next    *int64     `json:"next"` // what to give as before for the entries after these; null at the end
}

// LogEntry is an entry of the ledger. Of one that is pruned only the number is
// left.
type LogEntry struct {
	Number  int64                `json:"n"`
	At      footage.Instant      `json:"at"`
	Kind    ledger.Kind          `json:"kind"`
	By      string               `json:"by"`
	Fields  map[string]any       `json:"fields"`
	Details map[string]LogDetail `json:"details"`
	List    string               `json:"list"` // of what was deleted; "" when there is none, or it is pruned
	Line    string               `json:"line"` // its bytes in the tree, with the line feed
	Hash    string               `json:"hash"` // of the leaf, in hex
	Pruned  bool                 `json:"pruned"`
}

// LogDetail is free text that belongs to an entry. The commitment in the entry is
// SHA-256 over salt, a space and text.
type LogDetail struct {
	Text   string `json:"text"`
	Salt   string `json:"salt"`
	Erased bool   `json:"erased"` // then text and salt are empty
}

// Checkpoint is GET and POST /api/v1/log/checkpoint.
type Checkpoint struct {
	Size int64           `json:"size"`
	Root string          `json:"root"` // in hex
	At   footage.Instant `json:"at"`
	Note string          `json:"note"` // as it leaves the building
	Name string          `json:"name"` // of its file
	Key  string          `json:"key"`  // the public key
}

// Proof is GET /api/v1/log/proof/{n}.
type Proof struct {
	Number int64  `json:"n"`
	Line   string `json:"line"`  // "" when the entry is pruned
	Proof  string `json:"proof"` // c2sp.org/tlog-proof
	Key    string `json:"key"`   // the public key
}

// VerifyRequest is the body of POST /api/v1/log/verify.
type VerifyRequest struct {
	Checkpoints []string `json:"checkpoints"` // that left the building earlier
	Key         string   `json:"key,omitempty"`
}

// Verified is what POST /api/v1/log/verify found out.
type Verified struct {
	Valid       bool            `json:"valid"`
	Entries     int64           `json:"entries"`
	Pruned      int64           `json:"pruned"`
	Root        string          `json:"root"`
	Checkpoints int             `json:"checkpoints"`
	Outside     int             `json:"outside"`
	Covered     int64           `json:"covered"`
	From        footage.Instant `json:"from"`
	To          footage.Instant `json:"to"`
	Key         string          `json:"key"`
	Faults      []LogFault      `json:"faults"`
}

// LogFault is something in the ledger that is not as it was written.
type LogFault struct {
	Entry *int64          `json:"entry"` // null when it is of no single one
	At    footage.Instant `json:"at"`
	Kind  ledger.Kind     `json:"kind"`
	What  string          `json:"what"`
}

// NewVerified says what a verification found.
func NewVerified(r ledger.Report) Verified {
	v := Verified{
		len(r.Faults) == 0, r.Entries, r.Pruned, hex.EncodeToString(r.Root[:]), r.Checkpoints, r.Outside, r.Covered, r.Since, r.To, r.Key, []LogFault{},
	}
	for _, f := range r.Faults {
		v.Faults = append(v.Faults, LogFault{known(f.Entry, f.Entry >= 0), f.At, f.Kind, f.What})
	}
	return v
}

// NewLogEntry says what the ledger tells of an entry.
func NewLogEntry(t ledger.Told) LogEntry {
	e := LogEntry{
		Number: t.Number, At: t.At, Kind: t.Kind, By: t.By, Fields: map[string]any{}, Details: map[string]LogDetail{}, List: t.List,
		Line: string(t.Line), Pruned: t.Pruned,
	}
	for name, v := range t.Fields {
		e.Fields[name] = v
	}
	for name := range t.Commitments {
		d, there := t.Texts[name]
		e.Details[name] = LogDetail{d.Text, d.Salt, !there}
	}
	if !t.Pruned {
		h := ledger.Hash(t.Line)
		e.Hash = hex.EncodeToString(h[:])
	}
	return e
}

func newCheckpoint(c ledger.Checkpoint, key string) Checkpoint {
	return Checkpoint{c.Size, hex.EncodeToString(c.Root[:]), c.At, string(c.Note), c.Name(), key}
}

const (
	defaultLog = 100
	maxLog     = 10_000
)

func (s *Server) getLog(w http.ResponseWriter, r *http.Request) {
	if format := r.URL.Query().Get("format"); format != "" && format != "json" {
		s.exportLog(w, r, format)
		return
	}
	answer, err := s.log(r.URL.Query())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

// logFilter reads which entries a query asks for.
func logFilter(q url.Values) (ledger.Filter, error) {
	span, err := querySpan(q)
	return ledger.Filter{Camera: footage.CameraID(q.Get("camera")), User: q.Get("user"), Hold: q.Get("hold"), Kind: ledger.Kind(q.Get("kind")), Span: span}, err
}

func (s *Server) log(q url.Values) (Log, error) {
	answer := Log{Entries: []LogEntry{}}
	f, err := logFilter(q)
	if err != nil {
		return answer, err
	}
	limit, before := int64(defaultLog), int64(math.MaxInt64)
	for name, n := range map[string]*int64{"limit": &limit, "before": &before} {
		if text := q.Get(name); text != "" {
			if *n, err = strconv.ParseInt(text, 10, 64); err != nil || *n < 0 || name == "limit" && *n > maxLog {
				return answer, fmt.Errorf("%w: %s is a number, and limit is at most %d", errInvalid, name, maxLog)
			}
		}
	}
	err = s.Index.View(func(tx *index.Tx) (err error) {
		if answer.Size, err = ledger.Size(tx); err != nil {
			return err
		}
		for told, err := range ledger.Entries(tx, f, min(before, answer.Size)) {
			if err != nil {
				return err
			}
			if int64(len(answer.Entries)) == limit {
				next := told.Number + 1
				answer.Next = &next
				break
			}
			answer.Entries = append(answer.Entries, NewLogEntry(told))
		}
		return nil
	})
	return answer, err
}

func (s *Server) getCheckpoint(w http.ResponseWriter, r *http.Request) {
	var c ledger.Checkpoint
	err := s.Index.View(func(tx *index.Tx) error {
		var found bool
		var err error
		if c, found, err = ledger.LastCheckpoint(tx); err == nil && !found {
			err = fmt.Errorf("%w: there is no checkpoint yet", errNotFound)
		}
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, newCheckpoint(c, s.Notary.Key.Verifier()))
}

func (s *Server) postCheckpoint(w http.ResponseWriter, r *http.Request) {
	c, err := s.Notary.Checkpoint()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusCreated, newCheckpoint(c, s.Notary.Key.Verifier()))
}

func (s *Server) getProof(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(chi.URLParam(r, "n"), 10, 64)
	if err != nil {
		s.fail(w, r, fmt.Errorf("%w: %q is not the number of an entry", errInvalid, chi.URLParam(r, "n")))
		return
	}
	answer := Proof{Number: n, Key: s.Notary.Key.Verifier()}
	if err := s.Index.View(func(tx *index.Tx) error {
		proof, err := ledger.Prove(tx, n)
		if err != nil {
			return err
		}
		told, err := ledger.Tell(tx, n)
		answer.Proof, answer.Line = string(proof), string(told.Line)
		return err
	}); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

// postVerify replays the ledger. A million entries take seconds; there is no limit.
func (s *Server) postVerify(w http.ResponseWriter, r *http.Request) {
	var ask VerifyRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	o := ledger.VerifyOptions{Key: ask.Key}
	for _, c := range ask.Checkpoints {
		o.Outside = append(o.Outside, []byte(c))
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.fail(w, r, err)
		return
	}
	var report ledger.Report
	if err := s.Index.View(func(tx *index.Tx) (err error) {
		report, err = ledger.Verify(tx, o)
		return err
	}); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, NewVerified(report))
}
