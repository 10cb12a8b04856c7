package handover

import "github.com/sjudager/sjudager/vault/footage"

// picture is a still that is made.
type picture struct {
	Still
	name  string
	shown footage.Instant // when the frame was recorded
}

func (p picture) file() string { return p.name }
