package release

import (
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Preview is what a release of some selections would give now.
type Preview struct {
	Cameras  []CameraPreview `json:"cameras"` // in order
	Segments int             `json:"segments"`
	Bytes    int64           `json:"bytes"`
	Deadline footage.Instant `json:"deadline,omitzero"` // the earliest: a package on the appliance goes then
}

// CameraPreview is what it would give of a camera. What is asked for is what is
// available, withheld, coming and missing together, to the microsecond.
type CameraPreview struct {
	Camera    footage.CameraID `json:"camera"`
	Asked     []footage.Span   `json:"asked"`
	Available []footage.Span   `json:"available"`
	Withheld  []footage.Span   `json:"withheld"` // only the privacy role gives it: a freeze keeps it, or it is restricted (R34)
	Coming    []footage.Span   `json:"coming"`   // is on its way into the vault, or yet to be recorded
	Missing   []holds.Missing  `json:"missing"`  // gaps with their causes, and what is deleted or never was

	Segments int             `json:"segments"`
	Bytes    int64           `json:"bytes"`
	Deadline footage.Instant `json:"deadline,omitzero"`
	Codecs   []footage.Codec `json:"codecs"`
}

// Preview says what a release of the selections would give now by the hands of a viewer,
// and changes nothing.
func (l *Log) Preview(all []holds.Selection, viewer footage.Viewer) (Preview, error) {
	all = ordered(all)
	if len(all) == 0 {
		return Preview{}, invalid("say what is given: cameras, from and to")
	}
	if err := errorsFirst(sound(all), short(all)); err != nil {
		return Preview{}, err
	}
	pending, err := l.Holds.PendingOf(all)
	if err != nil {
		return Preview{}, err
	}
	var cameras []footage.CameraID
	for _, s := range all {
		cameras = append(cameras, s.Cameras...)
	}
	slices.Sort(cameras)
	var p Preview
	err = l.Index.View(func(tx *index.Tx) error {
		p = Preview{Cameras: []CameraPreview{}}
		missing, err := l.Holds.MissingOf(tx, all, pending)
		if err != nil {
			return err
		}
		for _, id := range slices.Compact(cameras) {
			c := CameraPreview{Camera: id, Asked: holds.SpansOf(all, id), Missing: []holds.Missing{}, Codecs: []footage.Codec{}}
			if err := c.read(tx, viewer); err != nil {
				return err
			}
			for _, m := range missing {
				if m.Camera == id {
					c.Missing = append(c.Missing, m)
				}
			}
			c.rest()
			p.Cameras = append(p.Cameras, c)
			p.Segments, p.Bytes, p.Deadline = p.Segments+c.Segments, p.Bytes+c.Bytes, earlier(p.Deadline, c.Deadline)
		}
		return nil
	})
	return p, err
}

// read sorts the camera's segments into what is available and what is withheld.
func (c *CameraPreview) read(tx *index.Tx, viewer footage.Viewer) error {
	last := footage.Instant(-1)
	for _, span := range c.Asked {
		for s, err := range vault.Segments(tx, c.Camera, span) {
			if err != nil {
				return err
			}
			piece := s.Span.Intersect(span)
			switch {
			case !s.Readable(tx.Now):
				continue
			case !s.Visible(tx.Now, viewer):
				c.Withheld = append(c.Withheld, piece)
				continue
			}
			c.Available = append(c.Available, piece)
			if s.Span.From == last { // it reaches from one span into the next
				continue
			}
			last = s.Span.From
			c.Segments, c.Bytes, c.Deadline = c.Segments+1, c.Bytes+s.Bytes, earlier(c.Deadline, s.Deadline)
			if !slices.Contains(c.Codecs, s.Codec) {
				c.Codecs = append(c.Codecs, s.Codec)
			}
		}
	}
	return nil
}

// rest finds what is coming: what is left of what is asked for. None of the lists is nil.
func (c *CameraPreview) rest() {
	known := slices.Concat(c.Available, c.Withheld)
	for _, m := range c.Missing {
		known = append(known, m.Span)
	}
	for _, span := range c.Asked {
		c.Coming = append(c.Coming, span.Subtract(known)...)
	}
	for _, list := range []*[]footage.Span{&c.Available, &c.Withheld, &c.Coming} {
		*list = append([]footage.Span{}, footage.Union(*list, 0)...)
	}
}

// earlier is the earlier of two instants, of which 0 is none.
func earlier(a, b footage.Instant) footage.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
