package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// late is how long footage may be overdue, or a sweep be away, before a monitor
// should call somebody: the sweeper looks every 30 s, so something hangs.
const late = 5 * time.Minute

// getHealthz answers 200, or 503 with one reason a line.
func (s *Server) getHealthz(w http.ResponseWriter, r *http.Request) {
	reasons := s.ailments()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if len(reasons) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, strings.Join(reasons, "\n"))
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *Server) ailments() (reasons []string) {
	now := s.now()
	for _, a := range s.Alarms() {
		if a.Code == footage.AlarmStore {
			reasons = append(reasons, fmt.Sprintf("the store has failed since %s", a.Since))
		}
		if a.Code == footage.AlarmKeys {
			reasons = append(reasons, fmt.Sprintf("there has been trouble with the keys since %s", a.Since))
		}
	}
	if last := max(s.Sweeper.Last(), footage.At(s.Started)); now.Sub(last) > late {
		reasons = append(reasons, fmt.Sprintf("no sweep has ended since %s", last))
	}
	err := s.Index.View(func(tx *index.Tx) error {
		since, err := holds.OverdueSince(tx)
		if since != 0 && now.Sub(since) > late {
			reasons = append(reasons, fmt.Sprintf("footage is overdue since %s", since))
		}
		return err
	})
	if err != nil {
		s.Log.Error("couldn't read the index", "error", err)
		reasons = append(reasons, "the index cannot be read")
	}
	return reasons
}
