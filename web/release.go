package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

// Releases is GET /api/v1/releases, the newest first.
type Releases struct {
	Releases []Release `json:"releases"`
}

// Release is a release in its last version.
type Release struct {
	release.Release
	Flags   []release.Flag    `json:"flags"`   // what is to be seen to
	Parts   []release.Part    `json:"parts"`   // the segments of its last package; always empty in a list
	History []release.Release `json:"history"` // its versions before this one, the first one first; always empty in a list

	Export
}

// Export is GET /api/v1/releases/{number}/export, and part of a release.
type Export struct {
	Exporting *release.Exporting `json:"exporting,omitempty"` // a package that is being built
	Failed    release.Failure    `json:"failed,omitempty"`    // why the last one was never complete
	Failure   string             `json:"failure,omitempty"`   // the same in words; never in a list
}

// ReleaseChoices is GET /api/v1/release-choices: the closed lists.
type ReleaseChoices struct {
	Kinds      []holds.Choice[release.Kind]          `json:"kinds"`
	Ways       []holds.Choice[release.How]           `json:"ways"` // of asking
	Bases      []release.BasisRule                   `json:"bases"`
	Recipients []holds.Choice[release.RecipientKind] `json:"recipients"`
	Channels   []holds.Choice[release.Channel]       `json:"channels"`
	Forms      []holds.Choice[release.Form]          `json:"forms"` // of a package
}

// PreviewRequest is the body of POST /api/v1/releases/preview, whose answer is a
// release.Preview.
type PreviewRequest struct {
	Given []holds.Selection `json:"given"`
}

// CorrectRequest is the body of POST /api/v1/releases/{number}/correct.
type CorrectRequest struct {
	Why   string          `json:"why"`   // what was wrong
	Facts json.RawMessage `json:"facts"` // of release.Facts those that change
}

// AttachRequest is the body of POST /api/v1/releases/{number}/attach.
type AttachRequest struct {
	What string `json:"what"` // release.WrittenRequest or release.ConsentPaper
	release.Paper
}

// EmergencyRequest is the body of POST /api/v1/releases/{number}/emergency.
type EmergencyRequest struct {
	Why string `json:"why"` // one person has to approve and hand over alone
}

// NoteRequest is the body of POST /api/v1/releases/{number}/review and close.
type NoteRequest struct {
	Note string `json:"note,omitempty"`
}

// RefuseRequest is the body of POST /api/v1/releases/{number}/refuse.
type RefuseRequest struct {
	Why string `json:"why"`
}

// VerifiedRequest is the body of POST /api/v1/releases/{number}/verified.
type VerifiedRequest struct {
	Who string          `json:"who"`         // opened it and found it whole
	At  footage.Instant `json:"at,omitzero"` // left out: now
}

// Password is the answer of POST /api/v1/releases/{number}/password.
type Password struct {
	Password string `json:"password"`
}

func (s *Server) newRelease(r release.Release) Release {
	if r.Packages == nil {
		r.Packages = []release.Package{}
	}
	return Release{r, r.Flags(s.now()), []release.Part{}, []release.Release{}, s.exportOf(release.Shown{Release: r})}
}

// exportOf says how the last package of a release fares.
func (s *Server) exportOf(shown release.Shown) (e Export) {
	if how, is := s.Releases.Exporting(shown.Number); is {
		e.Exporting = &how
	} else if n := len(shown.Packages); n > 0 {
		e.Failed, e.Failure = shown.Packages[n-1].Failed, shown.Failure
	}
	return e
}

// releaseFilter reads a filter from the query. With a camera, from and to choose what
// overlaps that span.
func releaseFilter(r *http.Request) (f release.Filter, err error) {
	q := r.URL.Query()
	f = release.Filter{User: q.Get("user"), Case: q.Get("case"), State: release.State(q.Get("state")), Open: q.Get("open") == "true", Subject: q.Get("subject") == "true"}
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{errInvalid}, args...)...)
	}
	if text := q.Get("camera"); text != "" {
		if f.Camera, err = footage.ParseCameraID(text); err != nil {
			return f, invalid("%w", err)
		}
	}
	if q.Get("from") != "" || q.Get("to") != "" {
		if f.Camera == "" {
			return f, invalid("from and to go with a camera")
		}
		f.Span = footage.Always
		for name, at := range map[string]*footage.Instant{"from": &f.Span.From, "to": &f.Span.To} {
			if text := q.Get(name); text != "" {
				if err := at.UnmarshalText([]byte(text)); err != nil {
					return f, invalid("%s: %w", name, err)
				}
			}
		}
		if f.Span.Empty() {
			return f, invalid("to is not after from")
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 {
			return f, invalid("limit is a number above 0, or left out")
		}
	}
	return f, nil
}

func (s *Server) getReleases(w http.ResponseWriter, r *http.Request) {
	f, err := releaseFilter(r)
	var all []release.Release
	if err == nil {
		err = unhurried(w)
	}
	if err == nil {
		all, err = s.Releases.List(f)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if format := r.URL.Query().Get("format"); format != "" && format != "json" {
		s.exportReleases(w, r, all, f, format)
		return
	}
	answer := Releases{[]Release{}}
	for _, one := range all {
		answer.Releases = append(answer.Releases, s.newRelease(one))
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) getRelease(w http.ResponseWriter, r *http.Request) {
	if format := r.URL.Query().Get("format"); format != "" && format != "json" {
		shown, err := s.Releases.Show(chi.URLParam(r, "number"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.exportRelease(w, r, shown, format)
		return
	}
	s.answerRelease(w, r, http.StatusOK, chi.URLParam(r, "number"), nil)
}

// answerRelease answers with the release as an act has left it.
func (s *Server) answerRelease(w http.ResponseWriter, r *http.Request, status int, number string, err error) {
	var shown release.Shown
	if err == nil {
		shown, err = s.Releases.Show(number)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := s.newRelease(shown.Release)
	answer.Parts, answer.Export = append(answer.Parts, shown.Parts...), s.exportOf(shown)
	for _, old := range shown.Old {
		answer.History = append(answer.History, s.newRelease(old).Release)
	}
	s.answer(w, status, answer)
}

// postReleasePreview changes nothing.
func (s *Server) postReleasePreview(w http.ResponseWriter, r *http.Request) {
	var ask PreviewRequest
	err := document(r, &ask)
	var p release.Preview
	if err == nil {
		p, err = s.Releases.Preview(ask.Given, viewer(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, p)
}

func (s *Server) getReleaseChoices(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, http.StatusOK, ReleaseChoices{release.Kinds, release.Hows, release.Bases, release.Recipients, release.Channels, release.Forms})
}

func (s *Server) postRelease(w http.ResponseWriter, r *http.Request) {
	var f release.Facts
	if err := document(r, &f); err != nil {
		s.fail(w, r, err)
		return
	}
	if f.AskedAt == 0 {
		f.AskedAt = s.now()
	}
	entered, err := s.Releases.Request(f, actor(r))
	s.answerRelease(w, r, http.StatusCreated, entered.Number, err)
}

// onRelease reads the body of an act, has do carry it out, and answers with the release.
func onRelease[Ask any](s *Server, w http.ResponseWriter, r *http.Request, do func(number string, ask Ask, by string) error) {
	var ask Ask
	number := chi.URLParam(r, "number")
	err := document(r, &ask)
	if err == nil {
		err = do(number, ask, actor(r))
	}
	s.answerRelease(w, r, http.StatusOK, number, err)
}

func (s *Server) postCorrect(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask CorrectRequest, by string) error {
		_, err := s.Releases.Correct(number, ask.Why, func(f *release.Facts) error {
			d := json.NewDecoder(bytes.NewReader(ask.Facts))
			d.DisallowUnknownFields()
			err := d.Decode(f)
			if err == nil {
				if _, more := d.Token(); more == io.EOF {
					return nil
				}
			}
			return fmt.Errorf("%w: facts: %w", errInvalid, err)
		}, by)
		return err
	})
}

func (s *Server) postAttach(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask AttachRequest, by string) error {
		_, err := s.Releases.Attach(number, ask.What, ask.Paper, by)
		return err
	})
}

func (s *Server) postApprove(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, _ struct{}, by string) error {
		_, err := s.Releases.Approve(number, by)
		return err
	})
}

// postEmergency is for those who hand footage over, when nobody is there who approves.
func (s *Server) postEmergency(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask EmergencyRequest, by string) error {
		_, err := s.Releases.Emergency(number, ask.Why, by)
		return err
	})
}

func (s *Server) postReleaseReview(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask NoteRequest, by string) error {
		_, err := s.Releases.Review(number, ask.Note, by)
		return err
	})
}

func (s *Server) postRefuse(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask RefuseRequest, by string) error {
		_, err := s.Releases.Refuse(number, ask.Why, by)
		return err
	})
}

// postExport begins the package, which is built after the answer. A folder is chosen only
// at the socket: over the network a package is made where the appliance keeps them.
func (s *Server) postExport(w http.ResponseWriter, r *http.Request) {
	number := chi.URLParam(r, "number")
	ask := release.Order{ViewingCopies: true}
	err := document(r, &ask)
	if err == nil && ask.Out != "" && !identity(r).Machine {
		err = fmt.Errorf("%w: the folder of a package is chosen at the appliance itself", errForeign)
	}
	if err == nil {
		ask.Viewer = viewer(r)
		_, err = s.Releases.StartExport(number, ask, actor(r))
	}
	s.answerRelease(w, r, http.StatusAccepted, number, err)
}

func (s *Server) getExport(w http.ResponseWriter, r *http.Request) {
	shown, err := s.Releases.Show(chi.URLParam(r, "number"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, s.exportOf(shown))
}

// postExportCancel answers when nothing of the package is left.
func (s *Server) postExportCancel(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, _ struct{}, by string) error {
		if err := unhurried(w); err != nil {
			return err
		}
		_, err := s.Releases.CancelExport(number, by)
		return err
	})
}

func (s *Server) postPassword(w http.ResponseWriter, r *http.Request) {
	var password string
	err := document(r, &struct{}{})
	if err == nil {
		password, err = s.Releases.Password(chi.URLParam(r, "number"), actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, Password{password})
}

func (s *Server) postHandover(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask release.Handover, by string) error {
		_, err := s.Releases.Deliver(number, ask, by)
		return err
	})
}

func (s *Server) postReceipt(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask release.Paper, by string) error {
		_, err := s.Releases.Receipt(number, ask, by)
		return err
	})
}

func (s *Server) postReleaseVerified(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask VerifiedRequest, by string) error {
		_, err := s.Releases.Verify(number, ask.Who, ask.At, by)
		return err
	})
}

func (s *Server) postReleaseClose(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask NoteRequest, by string) error {
		_, err := s.Releases.Close(number, ask.Note, by)
		return err
	})
}

// postReleaseTell is for all who see to a release once it has left: a request of a person
// in the footage comes to the privacy role.
func (s *Server) postReleaseTell(w http.ResponseWriter, r *http.Request) {
	onRelease(s, w, r, func(number string, ask release.Telling, by string) error {
		_, err := s.Releases.Notify(number, ask, by)
		return err
	})
}
