package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// Statements is GET /api/v1/statements: those of days that are over, the newest first.
type Statements struct {
	Statements []Stated `json:"statements"`
}

// Stated is the statement of a day, which is kept beside an entry of the ledger.
type Stated struct {
	Day   string `json:"day"`
	Entry int64  `json:"entry"`
}

// AnswerRequest is the body of POST /api/v1/answer: what became of that footage?
type AnswerRequest struct {
	Camera footage.CameraID `json:"camera"`
	From   footage.Instant  `json:"from"`
	To     footage.Instant  `json:"to"`
}

func (s *Server) getStatements(w http.ResponseWriter, r *http.Request) {
	all, err := s.Statements.List()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := Statements{[]Stated{}}
	for _, stated := range all {
		answer.Statements = append(answer.Statements, Stated{stated.Date, stated.Entry})
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) getStatement(w http.ResponseWriter, r *http.Request) {
	signed, err := s.Statements.Kept(chi.URLParam(r, "day"))
	s.answerSigned(w, r, signed, err)
}

func (s *Server) postStatement(w http.ResponseWriter, r *http.Request) {
	if err := unhurried(w); err != nil { // a day of many cameras takes a while to count
		s.fail(w, r, err)
		return
	}
	signed, err := s.Statements.Day(chi.URLParam(r, "day"))
	s.answerSigned(w, r, signed, err)
}

func (s *Server) postAnswer(w http.ResponseWriter, r *http.Request) {
	var ask AnswerRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := unhurried(w); err != nil {
		s.fail(w, r, err)
		return
	}
	signed, err := s.Statements.Answer(ask.Camera, footage.Span{From: ask.From, To: ask.To})
	s.answerSigned(w, r, signed, err)
}

// answerSigned answers with a statement as the query asks for it: the document that can
// be checked or, with format=pdf and perhaps lang, the printed one.
func (s *Server) answerSigned(w http.ResponseWriter, r *http.Request, signed statement.Signed, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := r.URL.Query()
	s.sendSigned(w, r, signed, cmp.Or(q.Get("format"), "json"), statement.Language(cmp.Or(q.Get("lang"), string(statement.Norwegian))))
}

// sendSigned answers with a statement as a file.
func (s *Server) sendSigned(w http.ResponseWriter, r *http.Request, signed statement.Signed, format string, l statement.Language) {
	var file []byte
	var err error
	switch format {
	case "json":
		file = signed.JSON()
	case "pdf":
		file, err = signed.PDF(l)
	default:
		err = fmt.Errorf("%w: format is json or pdf", errInvalid)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "application/"+format, signed.Statement.Name(l)+"."+format, file)
}

// file answers with a file to be saved.
func (s *Server) file(w http.ResponseWriter, kind, name string, file []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(name))
	w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	w.Write(file) // an error here is the client's leaving
}

// unhurried lifts the limit on how long an answer may take.
func unhurried(w http.ResponseWriter) error {
	err := http.NewResponseController(w).SetWriteDeadline(time.Time{})
	if err != nil {
		return fmt.Errorf("couldn't lift the limit on the answer: %w", err)
	}
	return nil
}
