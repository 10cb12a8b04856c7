package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// logPage is Logg: the ledger in words.
type logPage struct {
	*frame
	Log      Log
	Cameras  []footage.Health
	Filter   url.Values
	Wrong    string    // about the filter
	Verified *Verified // what a verification has just found
}

// filters are the parts of the address that choose among the entries.
var filters = []string{"kind", "camera", "user", "hold", "day"}

func (s *Server) getLogPage(w http.ResponseWriter, r *http.Request) {
	var p logPage
	err := s.readLogPage(r, &p)
	if err == nil {
		err = s.logViewed(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "log", &p)
}

func (s *Server) readLogPage(r *http.Request, p *logPage) (err error) {
	if p.frame, err = s.frame(r, atLog, filters...); err != nil {
		return err
	}
	p.Cameras, p.Filter = s.Health(), r.URL.Query()
	// What the reader picks is a day; the ledger wants instants.
	q := url.Values{}
	for _, name := range []string{"kind", "camera", "user", "hold", "before"} {
		q.Set(name, p.Filter.Get(name))
	}
	if day, err := parseDay(p.Filter.Get("day")); err == nil {
		span := dayOf(day, p.zone)
		q.Set("from", span.From.String())
		q.Set("to", span.To.String())
	}
	if p.Log, err = s.log(q); err != nil {
		if _, status := fault(err); status != http.StatusBadRequest {
			return err
		}
		p.Wrong, p.Log = p.T("Filteret kan ikke brukes.", "The filter cannot be used."), Log{}
	}
	return nil
}

// logViewed writes down that somebody reads the log, once an hour for each reader.
func (s *Server) logViewed(r *http.Request) error {
	w, now := viewing{by: actor(r), segment: "log"}, s.now()
	if r.Method == http.MethodHead || r.URL.Query().Get("part") == partLive || s.views.known(w, now) {
		return nil
	}
	if err := s.Index.Update(func(tx *index.Tx) error {
		_, err := ledger.Append(tx, ledger.Entry{Kind: ledger.LogRead, By: w.by})
		return err
	}); err != nil {
		return err
	}
	s.views.remember(w, now)
	return nil
}

// postVerifyForm replays the ledger and shows what that found.
func (s *Server) postVerifyForm(w http.ResponseWriter, r *http.Request) {
	var p logPage
	err := s.readLogPage(r, &p)
	if err == nil {
		err = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a million entries take seconds
	}
	var report ledger.Report
	if err == nil {
		err = s.Index.View(func(tx *index.Tx) (err error) {
			report, err = ledger.Verify(tx, ledger.VerifyOptions{})
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := NewVerified(report)
	p.Verified = &v
	s.draw(w, r, http.StatusOK, "log", &p)
}

// Kinds are all that entries can be about, by their words.
func (p *logPage) Kinds() []ledger.Kind {
	all := ledger.Kinds()
	slices.SortFunc(all, func(a, b ledger.Kind) int {
		return strings.Compare(p.Kind(a), p.Kind(b))
	})
	return all
}

// Older is the address of the entries before those that are shown.
func (p *logPage) Older() string { return p.Link("before", strconv.FormatInt(*p.Log.Next, 10)) }
