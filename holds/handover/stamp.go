package handover

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// stampWithin is how long a package waits for its time stamp. What is late comes in a
// supplement.
const stampWithin = 30 * time.Second

// stampOf has a signature stamped. It returns the file of the stamp, which every
// verifier takes, and that of its certificates.
func stampOf(ctx context.Context, ask func(context.Context, []byte) ([]byte, error), signature []byte) (stamp, chain []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, stampWithin)
	defer cancel()
	sum := sha256.Sum256(signature)
	token, err := ask(ctx, sum[:])
	if err == nil {
		stamp, chain, err = stampFiles(token, signature)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't get a time stamp: %w", err)
	}
	return stamp, chain, nil
}

// stampFiles are a token and its certificates as files.
func stampFiles(token, signature []byte) (stamp, chain []byte, err error) {
	stamp = verify.Response(token)
	_, certificates, err := verify.ReadStamp(stamp, signature)
	return stamp, pemOf(certificates), err
}
