package web

import (
	"net/http"
	"net/url"

	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

// paper reads a document of a form: when it came, where it lies, and the SHA-256 of its
// file, which need not be there of what is on paper alone. The file is not kept: with the
// script the browser takes its SHA-256, and it never leaves the reader's machine.
func (p *releasePage) paper(q url.Values, after footage.Instant, file bool) (d release.Paper) {
	d.Archive = p.need(q, "archive", 1, release.MaxLine, p.T("Skriv hvor dokumentet ligger.", "Write where the document lies."))
	d.At = p.at(q, after)
	text := q.Get("sha256")
	if text == "" && file {
		p.Wrong["sha256"] = p.T("Velg filen, eller lim inn kontrollsummen.", "Choose the file, or paste its checksum.")
	}
	if text != "" && d.SHA256.UnmarshalText([]byte(text)) != nil {
		p.Wrong["sha256"] = p.T("En kontrollsum (SHA-256) har 64 sifre og bokstaver a–f.", "A checksum (SHA-256) has 64 digits and letters a–f.")
	}
	return d
}

func (s *Server) postAttachForm(w http.ResponseWriter, r *http.Request) {
	var what string
	var d release.Paper
	s.onReleasePage(w, r, "attach", func(p *releasePage, q url.Values) {
		if what = q.Get("what"); what != release.WrittenRequest && what != release.ConsentPaper {
			p.Wrong["what"] = p.T("Velg hva dokumentet er.", "Choose what the document is.")
		}
		d = p.paper(q, 0, true)
	}, func(p *releasePage) (release.Release, error) {
		return s.Releases.Attach(p.Shown.Number, what, d, actor(r))
	})
}

func (s *Server) postReceiptForm(w http.ResponseWriter, r *http.Request) {
	var d release.Paper
	s.onReleasePage(w, r, "receipt", func(p *releasePage, q url.Values) { d = p.paper(q, p.Shown.Delivery.At, false) },
		func(p *releasePage) (release.Release, error) {
			return s.Releases.Receipt(p.Shown.Number, d, actor(r))
		})
}
