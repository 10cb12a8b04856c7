package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
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
	CodeSignIn   Code = "sign-in"   // nobody is signed in
	CodeDenied   Code = "denied"    // whoever is signed in may not do this
	CodePurpose  Code = "purpose"   // it has not been said why the footage is watched (R55)
	CodeWait     Code = "wait"      // too many requests, or failed ones
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
	errSignIn      = errors.New("nobody is signed in")
	errDenied      = errors.New("not allowed")
	errPurpose     = errors.New("say first why the footage is watched")
	errRemote      = errors.New("only local networks are served")
	errRate        = errors.New("too many requests")
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
	{release.ErrInvalid, CodeInvalid, http.StatusBadRequest},
	{release.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{release.ErrNothing, CodeNothing, http.StatusNotFound},
	{release.ErrRefused, CodeRefused, http.StatusConflict},
	{ledger.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{ledger.ErrUncovered, CodeRefused, http.StatusConflict},
	{statement.ErrAsked, CodeInvalid, http.StatusBadRequest},
	{statement.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{signage.ErrInvalid, CodeInvalid, http.StatusBadRequest},
	{signage.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{signage.ErrRefused, CodeRefused, http.StatusConflict},
	{handover.ErrCertificate, CodeInvalid, http.StatusBadRequest},
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
	{errSignIn, CodeSignIn, http.StatusUnauthorized},
	{errDenied, CodeDenied, http.StatusForbidden},
	{errPurpose, CodePurpose, http.StatusForbidden},
	{errRemote, CodeRefused, http.StatusForbidden},
	{errRate, CodeWait, http.StatusTooManyRequests},
	{account.ErrInvalid, CodeInvalid, http.StatusBadRequest},
	{account.ErrNotFound, CodeNotFound, http.StatusNotFound},
	{account.ErrRefused, CodeRefused, http.StatusConflict},
	{account.ErrLink, CodeRefused, http.StatusConflict},
	{account.ErrNoSession, CodeSignIn, http.StatusUnauthorized},
	{account.ErrLogin, CodeSignIn, http.StatusUnauthorized},
	{account.ErrBusy, CodeWait, http.StatusServiceUnavailable},
}

// fault returns what a client is told about err.
func fault(err error) (*Error, int) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Code: CodeInvalid, Message: "the request is too large"}, http.StatusRequestEntityTooLarge
	}
	if _, ok := errors.AsType[account.Locked](err); ok {
		return &Error{Code: CodeWait, Message: err.Error()}, http.StatusTooManyRequests
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
