package vault

import (
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/spool"
)

// Pending returns the spans of camera within span that lie in the spool,
// finished, and are not in the index yet.
func (v *Vault) Pending(camera footage.CameraID, span footage.Span) ([]footage.Span, error) {
	entries, err := v.Spool.Segments()
	if err != nil {
		return nil, err
	}
	var pending []footage.Span
	for _, e := range entries {
		if e.Camera != camera || e.Start >= span.To || e.Start.Add(longest) <= span.From {
			continue
		}
		m, err := remux.Open(e.Path)
		if err != nil {
			continue // it has just gone into the vault, or cannot be read
		}
		if p := (footage.Span{From: e.Start, To: spool.End(e.Start, m.Ticks)}).Intersect(span); !p.Empty() {
			pending = append(pending, p)
		}
		if err := m.Close(); err != nil {
			return nil, err
		}
	}
	return pending, nil
}
