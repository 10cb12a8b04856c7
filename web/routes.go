package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/sjudager/sjudager/web/account"
)

const apiPrefix = "/api/"

// handler is everything that can be asked for, and what each needs. GET changes nothing anywhere, but
// that a view of footage is written into the ledger.
func (s *Server) handler() http.Handler {
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

	top := routes{r, s, "", map[string]account.Right{}}
	s.rights = top.rights
	top.Under("/api/v1", func(r routes) {
		r.Get("/status", account.See, s.getStatus)
		r.Get("/timeline", account.See, s.getTimelines)
		r.Get("/segments", account.See, s.getSegments)
		r.Get("/segments/{camera}/{file}", account.Watch, s.getFootage)
		r.Get("/cameras/{camera}/movie.mp4", account.Watch, s.getMovie)
		r.Get("/cameras/{camera}/movie.json", account.Watch, s.getMovieMap)
		r.Get("/cameras/{camera}/still.mp4", account.Watch, s.getStill)
		r.Get("/holds", account.SeeHolds, s.getHolds)
		r.Post("/holds", account.QuickHold, s.postHold)
		r.Post("/holds/estimate", account.QuickHold, s.postEstimate)
		r.Post("/holds/quick", account.QuickHold, s.postQuick)
		r.Post("/holds/{number}/confirm", account.Hold, s.postConfirm)
		r.Post("/holds/{number}/narrow", account.Hold, s.postNarrow)
		r.Get("/holds/{number}", account.SeeHolds, s.getHold)
		r.Post("/holds/{number}/review", account.Hold, s.postReview)
		r.Post("/holds/{number}/close", account.Hold, s.postClose)
		r.Post("/holds/{number}/deliver", account.Hold, s.postDeliver)
		r.Post("/holds/{number}/except", account.Hold, s.postExcept)
		r.Get("/freezes", account.Requests, s.getFreezes)
		r.Get("/appeals", account.SeeHolds, s.getAppeals)
		r.Post("/appeals", account.Hold, s.postAppeal)
		r.Get("/appeals/{number}", account.SeeHolds, s.getAppeal)
		r.Post("/appeals/{number}/accept", account.Hold, s.postAccept)
		r.Get("/requests", account.Requests, s.getRequests)
		r.Post("/requests", account.Requests, s.postRequest)
		r.Get("/choices", account.Requests, s.getChoices)
		r.Get("/requests/{number}", account.Requests, s.getRequest)
		r.Post("/requests/{number}/extend", account.Requests, s.postExtend)
		r.Post("/requests/{number}/decide", account.Requests, s.postDecide)
		r.Post("/requests/{number}/close", account.Requests, s.postEndRequest)
		r.Get("/releases", account.SeeReleases, s.getReleases)
		r.Post("/releases", account.Release, s.postRelease)
		r.Get("/release-choices", account.SeeReleases, s.getReleaseChoices)
		r.Get("/releases/{number}", account.SeeReleases, s.getRelease)
		r.Post("/releases/{number}/correct", account.Release, s.postCorrect)
		r.Post("/releases/{number}/attach", account.Release, s.postAttach)
		r.Post("/releases/{number}/approve", account.Approve, s.postApprove)
		r.Post("/releases/{number}/emergency", account.Release, s.postEmergency)
		r.Post("/releases/{number}/review", account.Approve, s.postReleaseReview)
		r.Post("/releases/{number}/refuse", account.StopRelease, s.postRefuse)
		r.Post("/releases/{number}/export", account.Release, s.postExport)
		r.Post("/releases/{number}/password", account.Release, s.postPassword)
		r.Post("/releases/{number}/deliver", account.Release, s.postHandover)
		r.Post("/releases/{number}/receipt", account.Release, s.postReceipt)
		r.Post("/releases/{number}/verified", account.Release, s.postReleaseVerified)
		r.Post("/releases/{number}/close", account.Release, s.postReleaseClose)
		r.Get("/grounds", account.See, s.getGrounds)
		r.Get("/countdown", account.See, s.getCountdown)
		r.Get("/expire", account.See, s.getExpire)
		r.Post("/expire", account.Operate, s.postExpire)
		r.Get("/clock", account.See, s.getClock)
		r.Post("/clock/confirm", account.Operate, s.postClockConfirm)
		r.Get("/log", account.ReadLog, s.getLog)
		r.Get("/log/checkpoint", account.ProveLog, s.getCheckpoint)
		r.Post("/log/checkpoint", account.ProveLog, s.postCheckpoint)
		r.Get("/log/proof/{n}", account.ProveLog, s.getProof)
		r.Post("/log/verify", account.ProveLog, s.postVerify)
		r.Post("/log/{n}/erase", account.EraseLog, s.postErase)
		r.Get("/statements", account.See, s.getStatements)
		r.Get("/statements/{day}", account.See, s.getStatement)
		r.Post("/statements/{day}", account.ProveLog, s.postStatement)
		r.Post("/answer", account.Requests, s.postAnswer)
		r.Get("/backup", account.Operate, s.getBackup)
		r.Post("/backup", account.Operate, s.postBackup)
		r.Get("/check", account.Operate, s.getCheck)
		r.Post("/check", account.Operate, s.postCheck)
		r.Get("/purposes", account.Watch, s.getPurposes)
		r.Post("/purpose", account.Watch, s.postPurpose)
		r.Get("/users", account.Users, s.getUsers)
		r.Post("/users", account.Users, s.postUser)
		r.Post("/users/first", account.Users, s.postFirst)
		r.Post("/users/{user}/{act}", account.Users, s.postUserAct)
		r.Get("/tokens", account.Users, s.getTokens)
		r.Post("/tokens", account.Users, s.postToken)
		r.Post("/tokens/{token}/revoke", account.Users, s.postRevokeToken)
		r.Get("/openapi.json", account.Open, s.getOpenAPI)
	})
	top.Get("/healthz", account.Open, s.getHealthz)
	top.Get("/metrics", account.See, s.metricsHandler().ServeHTTP)

	top.Get(atOverview, account.See, s.getOverview)
	top.Get(atFootage, account.See, s.getFootagePage)
	top.Get(atFootage+"/tidslinje", account.See, s.getDrawing)
	top.Get(atHolds, account.SeeHolds, s.getHoldsPage)
	top.Post(atHolds, account.QuickHold, s.postHoldForm)
	top.Get(atHolds+"/ny", account.QuickHold, s.getHoldForm)
	top.Post(atHolds+"/hurtig", account.QuickHold, s.postQuickForm)
	top.Get(atHolds+"/{number}", account.SeeHolds, s.getHoldPage)
	top.Post(atHolds+"/{number}/confirm", account.Hold, s.postConfirmForm)
	top.Post(atHolds+"/{number}/narrow", account.Hold, s.postNarrowForm)
	top.Post(atHolds+"/{number}/review", account.Hold, s.postReviewForm)
	top.Post(atHolds+"/{number}/close", account.Hold, s.postCloseForm)
	top.Get(atDeletion, account.See, s.getDeletion)
	top.Get(atLog, account.ReadLog, s.getLogPage)
	top.Post(atLog+"/kontroll", account.ReadLog, s.postVerifyForm)
	top.Get(atSettings, account.Settings, s.getSettings)
	top.Post("/purpose", account.Watch, s.postPurposeForm)

	top.Get(atLogin, account.Open, s.getLogin)
	top.Post(atLogin, account.Open, s.postLogin)
	top.Post(atCode, account.Open, s.postCode)
	top.Get(atFactor, account.Open, s.getFactor)
	top.Post(atFactor, account.Open, s.postFactor)
	top.Post(atShared, account.Open, s.postShared)
	top.Get(atBack, account.Open, s.getBack)
	top.Post(atBack, account.Open, s.postBack)
	top.Post("/logout", account.Open, s.postLogout)
	top.Get(account.LinkPath, account.Open, s.getWelcome)
	top.Post(account.LinkPath, account.Open, s.postWelcome)
	top.Get(atAccount, account.Own, s.getAccount)
	top.Post(atAccount+"/{act}", account.Own, s.postAccount)
	top.Get(atUsers, account.Users, s.getUsersPage)
	top.Post(atUsers, account.Users, s.postInvite)
	top.Post(atUsers+"/{user}/{act}", account.Users, s.postUserForm)
	top.Post(atUsers+"/tokens", account.Users, s.postTokenForm)
	top.Post(atUsers+"/tokens/{token}/revoke", account.Users, s.postRevokeForm)
	top.Get("/assets/{hash}/{file}", account.Open, s.getAsset)
	return r
}
