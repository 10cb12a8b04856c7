package holds

import "github.com/sjudager/sjudager/vault/index"

// InForce returns what keeps footage beyond its own deadline now, by number.
func InForce(tx *index.Tx) ([]Hold, error) { return activeHolds(tx) }
