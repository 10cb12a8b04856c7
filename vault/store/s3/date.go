package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sjudager/sjudager/vault/store"
)

var _ store.Dated = (*Store)(nil)

// Date implements store.Dated: every answer of an HTTP server has its time (RFC 9110,
// 6.6.1), also the one that refuses a request which nobody signed.
func (s *Store) Date(ctx context.Context) (at time.Time, took time.Duration, err error) {
	err = s.try(ctx, "ask the time of", s.opts.Endpoint, func() error {
		r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.opts.Endpoint+"/", nil)
		if err != nil {
			return localError{err}
		}
		begin := time.Now()
		resp, err := s.plain.RoundTrip(r)
		if err != nil {
			return err
		}
		took = time.Since(begin)
		if err := resp.Body.Close(); err != nil {
			return err
		}
		if at, err = http.ParseTime(resp.Header.Get("Date")); err != nil {
			return localError{errors.New("its answer has no time")}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("couldn't learn the store's time: %w", err)
	}
	return at, took, nil
}
