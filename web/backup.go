package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNoBackup: the configuration says nothing about backups, to whom they are to be
// encrypted least of all.
var ErrNoBackup = errors.New("backup.recipient is not configured")

// Backup is where a backup is: POST /api/v1/backup.
type Backup struct {
	Made string `json:"made"`
}

func (s *Server) getBackup(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.fail(w, r, fmt.Errorf("couldn't lift the limit on the answer: %w", err))
		return
	}
	begun := &begun{ResponseWriter: w}
	err := s.WriteBackup(begun)
	switch {
	case err == nil:
	case begun.is:
		s.Log.Error("a backup broke off", "error", err)
		panic(http.ErrAbortHandler) // what was sent must not look whole
	default:
		s.fail(w, r, err)
	}
}

// begun notes whether an answer has begun.
type begun struct {
	http.ResponseWriter
	is bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.is {
		b.is = true
		b.Header().Set("Content-Type", "application/octet-stream")
	}
	return b.ResponseWriter.Write(p)
}

func (s *Server) postBackup(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.fail(w, r, fmt.Errorf("couldn't lift the limit on the answer: %w", err))
		return
	}
	made, err := s.KeepBackup(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, Backup{made})
}
