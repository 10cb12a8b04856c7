package web

import (
	_ "embed"
	"net/http"
)

// openAPI describes the routes below /api/v1/, by hand: it is the contract, and a
// test holds the routes and their answers to it.
//
//go:embed openapi.json
var openAPI []byte

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPI) // an error here is the client's leaving
}
