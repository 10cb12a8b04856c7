package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

const apiPrefix = "/api/"

// routes is everything that can be asked for. GET changes nothing anywhere, but
// that a view of footage is written into the ledger.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fmt.Errorf("%w: there is nothing at %s", errNotFound, r.URL.Path))
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
				w.Header().Add("Allow", m)
			}
		}
		s.fail(w, r, fmt.Errorf("%w: %s at %s", errMethod, r.Method, r.URL.Path))
	})

	r.Route("/api/v1", func(r chi.Router) {
		r.Get("/status", s.getStatus)
		r.Get("/timeline", s.getTimelines)
		r.Get("/segments", s.getSegments)
		r.Get("/segments/{camera}/{file}", s.getFootage)
		r.Get("/cameras/{camera}/movie.mp4", s.getMovie)
		r.Get("/cameras/{camera}/movie.json", s.getMovieMap)
		r.Get("/cameras/{camera}/still.mp4", s.getStill)
		r.Get("/holds", s.getHolds)
		r.Post("/holds", s.postHold)
		r.Post("/holds/estimate", s.postEstimate)
		r.Post("/holds/quick", s.postQuick)
		r.Post("/holds/{number}/confirm", s.postConfirm)
		r.Post("/holds/{number}/narrow", s.postNarrow)
		r.Get("/holds/{number}", s.getHold)
		r.Post("/holds/{number}/review", s.postReview)
		r.Post("/holds/{number}/close", s.postClose)
		r.Get("/grounds", s.getGrounds)
		r.Get("/countdown", s.getCountdown)
		r.Get("/expire", s.getExpire)
		r.Post("/expire", s.postExpire)
		r.Get("/log", s.getLog)
		r.Get("/log/checkpoint", s.getCheckpoint)
		r.Post("/log/checkpoint", s.postCheckpoint)
		r.Get("/log/proof/{n}", s.getProof)
		r.Post("/log/verify", s.postVerify)
		r.Get("/backup", s.getBackup)
		r.Post("/backup", s.postBackup)
		r.Get("/check", s.getCheck)
		r.Post("/check", s.postCheck)
		r.Get("/openapi.json", s.getOpenAPI)
	})
	r.Get("/healthz", s.getHealthz)
	r.Method(http.MethodGet, "/metrics", s.metricsHandler())

	r.Get(atOverview, s.getOverview)
	r.Get(atFootage, s.getFootagePage)
	r.Get(atFootage+"/tidslinje", s.getDrawing)
	r.Get(atHolds, s.getHoldsPage)
	r.Post(atHolds, s.postHoldForm)
	r.Get(atHolds+"/ny", s.getHoldForm)
	r.Post(atHolds+"/hurtig", s.postQuickForm)
	r.Get(atHolds+"/{number}", s.getHoldPage)
	r.Post(atHolds+"/{number}/confirm", s.postConfirmForm)
	r.Post(atHolds+"/{number}/review", s.postReviewForm)
	r.Post(atHolds+"/{number}/close", s.postCloseForm)
	r.Get(atDeletion, s.getDeletion)
	r.Get(atLog, s.getLogPage)
	r.Post(atLog+"/kontroll", s.postVerifyForm)
	r.Get(atSettings, s.getSettings)
	r.Get("/assets/{hash}/{file}", s.getAsset)
	return r
}
