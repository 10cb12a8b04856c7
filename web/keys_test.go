package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/holds/handover"
)

func TestKeysAPI(t *testing.T) {
	s := newSite(t, saturday)
	before := call[handover.KeyState](s, http.StatusOK, "GET", "/api/v1/keys", "")
	if before.Number != 1 || !before.Own || len(before.Chain) != 2 || len(strings.Fields(before.Words)) != 16 {
		t.Errorf("%+v", before)
	}
	if r := call[KeyRequest](s, http.StatusOK, "GET", "/api/v1/keys/request", ""); !strings.HasPrefix(r.Request, "-----BEGIN CERTIFICATE REQUEST-----") {
		t.Error(r.Request)
	}
	after := call[handover.KeyState](s, http.StatusOK, "POST", "/api/v1/keys/rotate", "{}")
	if after.Number != 2 || after.Key == before.Key || after.Root != before.Root || after.Earlier[0].Key != before.Key {
		t.Errorf("%+v", after)
	}
	body, err := json.Marshal(ChainRequest{"no certificate"})
	if err != nil {
		t.Fatal(err)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/keys/chain", string(body))
}
