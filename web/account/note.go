package account

import (
	"fmt"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// note writes into the ledger what is done, in the transaction that does it. Only
// ids are in it.
func note(tx *index.Tx, kind ledger.Kind, by string, fields ledger.Fields) error {
	for name, v := range fields {
		if at, ok := v.(footage.Instant); ok && at == 0 {
			delete(fields, name)
		}
	}
	_, err := ledger.Append(tx, ledger.Entry{Kind: kind, By: by, Fields: fields})
	return err
}

// noteFrom is note with the address that it came from, which can be erased.
func noteFrom(tx *index.Tx, kind ledger.Kind, by, address string, fields ledger.Fields) error {
	e := ledger.Entry{Kind: kind, By: by, Fields: fields}
	if address != "" {
		e.Details = map[string]string{"from": address}
	}
	_, err := ledger.Append(tx, e)
	return err
}

func wrap(err error, why string) error { return fmt.Errorf("%w: %s", err, why) }
