package holds

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Estimate is what a hold would keep (R36).
type Estimate struct {
	Cameras  int             `json:"cameras"`
	Hours    float64         `json:"hours"`    // asked for, of all cameras together
	Segments int             `json:"segments"` // that are there now
	Bytes    int64           `json:"bytes"`    // of those
	Frozen   int             `json:"frozen"`   // of the segments: a freeze keeps them longer, or restricts them
	Until    footage.Instant `json:"until"`
	Missing  []Missing       `json:"missing"`

	SecondPerson bool `json:"second_person"` // it lapses unless another person confirms it
}

// Estimate says what Place would do with r, and changes nothing. Ground and reason
// may be left out.
func (h *Holds) Estimate(r Request) (Estimate, error) {
	var e Estimate
	selections, err := sound(r.selections())
	if err != nil {
		return e, err
	}
	pending, err := h.PendingOf(selections)
	if err != nil {
		return e, err
	}
	err = h.Index.View(func(tx *index.Tx) error {
		e = Estimate{}
		until, err := r.until(h.Policy(), selections, tx.Now)
		if err == nil {
			err = h.known(tx, selections)
		}
		if err != nil {
			return err
		}
		e.Until, e.SecondPerson = until, h.needsSecond(r, selections)
		cameras, _ := sum(selections)
		e.Cameras = len(cameras)
		var asked time.Duration
		for _, camera := range cameras {
			for _, span := range SpansOf(selections, camera) {
				asked += span.Duration()
			}
		}
		e.Hours = asked.Hours()
		c, err := count(tx, selections)
		if err != nil {
			return err
		}
		e.Segments, e.Bytes, e.Frozen = c.segments, c.bytes, c.frozen
		e.Missing, err = h.MissingOf(tx, selections, pending)
		return err
	})
	return e, err
}

// counted is how much of some selections can be read.
type counted struct {
	segments int
	bytes    int64
	frozen   int // of the segments: a freeze keeps them longer, or restricts them
}

// count counts the readable segments that the selections reach.
func count(tx *index.Tx, all []Selection) (c counted, err error) {
	for p, err := range pieces(tx, all) {
		if err != nil {
			return counted{}, err
		}
		if p.Readable(tx.Now) {
			c.segments++
			c.bytes += p.Bytes
			if p.Frozen() {
				c.frozen++
			}
		}
	}
	return c, nil
}
