package web

import (
	"net/http"

	"github.com/sjudager/sjudager/holds/handover"
)

// KeyRequest is GET /api/v1/keys/request.
type KeyRequest struct {
	Request string `json:"request"` // PKCS #10 in PEM
}

// ChainRequest is the body of POST /api/v1/keys/chain.
type ChainRequest struct {
	Chain string `json:"chain"` // PEM: the certificate of the key that signs first, its root last
}

func (s *Server) getKeys(w http.ResponseWriter, r *http.Request) {
	state, err := s.Keys.State()
	entered(s, w, r, http.StatusOK, state, err)
}

func (s *Server) getKeyRequest(w http.ResponseWriter, r *http.Request) {
	text, err := s.Keys.Request()
	entered(s, w, r, http.StatusOK, KeyRequest{string(text)}, err)
}

func (s *Server) postRotate(w http.ResponseWriter, r *http.Request) {
	err := document(r, &EmptyRequest{})
	var state handover.KeyState
	if err == nil {
		state, err = s.Keys.Rotate(actor(r))
	}
	entered(s, w, r, http.StatusOK, state, err)
}

func (s *Server) postChain(w http.ResponseWriter, r *http.Request) {
	var ask ChainRequest
	err := document(r, &ask)
	var state handover.KeyState
	if err == nil {
		state, err = s.Keys.UseChain([]byte(ask.Chain), actor(r))
	}
	entered(s, w, r, http.StatusOK, state, err)
}
