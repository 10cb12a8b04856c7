package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault"
)

// Code says what kind of error an [Error] is.
type Code string

// The codes.
const (
	CodeInvalid  Code = "invalid"   // the request itself is wrong
	CodeNotFound Code = "not-found" // there is no such page, camera or hold
	CodeNothing  Code = "nothing"   // there is nothing left to hold; Missing says what was asked for
	CodeGone     Code = "gone"      // the footage never was, or its deadline has come (R6)
	CodeRefused  Code = "refused"   // a rule forbids it
	CodeInternal Code = "internal"  // the fault is here, and in the log
)

// Error is what the API answers instead of a result.
type Error struct {
	Code    Code            `json:"code"`
	Message string          `json:"message"` // a sentence for people, in English
	Missing []holds.Missing `json:"missing,omitempty"`
}

// Error implements error, so that clients can return it as it came.
func (e *Error) Error() string { return e.Message }

// ErrorBody is the document that an Error comes in.
type ErrorBody struct {
	Error *Error `json:"error"`
}

var (
	errInvalid     = errors.New("the request is not valid")
	errNotFound    = errors.New("not found")
	errMethod      = errors.New("not allowed here")
	errMediaType   = errors.New("not application/json")
	errForeign     = errors.New("refused")
	errMisdirected = errors.New("another host was meant")
)

// faults is the one place that gives an error its code and its status. What is
// not here is ours to mend: it goes to the log, and outside it is "internal".
var faults = []struct {
	is     error
	code   Code
	status int
}{
	{holds.ErrInvalid, CodeInvalid, http.StatusBadRequest},
	{holds.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{holds.ErrNothing, CodeNothing, http.StatusNotFound},
	{holds.ErrRefused, CodeRefused, http.StatusConflict},
	{ledger.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{ledger.ErrUncovered, CodeRefused, http.StatusConflict},
	{statement.ErrAsked, CodeInvalid, http.StatusBadRequest},
	{statement.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{vault.ErrGone, CodeGone, http.StatusNotFound},
	{vault.ErrReserved, CodeRefused, http.StatusForbidden},
	{errInvalid, CodeInvalid, http.StatusBadRequest},
	{errNotFound, CodeNotFound, http.StatusNotFound},
	{ErrNoBackup, CodeRefused, http.StatusConflict},
	{errBusy, CodeRefused, http.StatusConflict},
	{errMethod, CodeInvalid, http.StatusMethodNotAllowed},
	{errMediaType, CodeInvalid, http.StatusUnsupportedMediaType},
	{errForeign, CodeRefused, http.StatusForbidden},
	{errMisdirected, CodeRefused, http.StatusMisdirectedRequest},
}

// fault returns what a client is told about err.
func fault(err error) (*Error, int) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Code: CodeInvalid, Message: "the request is too large"}, http.StatusRequestEntityTooLarge
	}
	for _, f := range faults {
		if errors.Is(err, f.is) {
			return &Error{Code: f.code, Message: err.Error()}, f.status
		}
	}
	return &Error{Code: CodeInternal, Message: "internal error; the log says more"}, http.StatusInternalServerError
}

// fail answers with err: as a document below /api/, elsewhere as a page.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.failMissing(w, r, err, nil)
}

func (s *Server) failMissing(w http.ResponseWriter, r *http.Request, err error, missing []holds.Missing) {
	e, status := fault(err)
	e.Missing = missing
	s.logFault(r, e, err)
	if strings.HasPrefix(r.URL.Path, apiPrefix) {
		s.answer(w, status, ErrorBody{e})
		return
	}
	s.failPage(w, r, e, status)
}

func (s *Server) logFault(r *http.Request, e *Error, err error) {
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil: // the client has left
	case e.Code == CodeInternal:
		s.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	default:
		s.Log.Debug("request refused", "method", r.Method, "path", r.URL.Path, "error", err)
	}
}
