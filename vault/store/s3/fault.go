package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/sjudager/sjudager/vault/store"
)

// attempts is how often a request is tried. Three get past a restart of one of
// several gateways and a lost connection; what lasts longer is for the caller,
// who has other things to do meanwhile.
const attempts = 3

// pause is the longest wait before the second attempt; it doubles for the third.
// Tests shorten it.
var pause = 500 * time.Millisecond

// minio-go waits after a failed attempt even if it is the last it is allowed.
func init() { minio.DefaultRetryUnit = 0 }

// try runs one request until it succeeds or its error is final, and says in the
// error what we were about to do.
func (s *Store) try(ctx context.Context, verb, object string, request func() error) error {
	for n := 1; ; n++ {
		err := ctx.Err()
		if err == nil {
			err = s.explain(request())
		}
		if err == nil {
			return nil
		}
		if n == attempts || ctx.Err() != nil || !passing(err) {
			return fmt.Errorf("couldn't %s %s: %w", verb, object, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(pause << (n - 1))):
		}
	}
}

// localError is a fault on our side of the connection, which no retry mends.
type localError struct{ error }

func (e localError) Unwrap() error { return e.error }

// passing reports whether what failed may succeed if it is tried again now.
func passing(err error) bool {
	var local localError
	if errors.Is(err, store.ErrConfig) || errors.Is(err, store.ErrNotExist) || errors.As(err, &local) {
		return false
	}
	var r minio.ErrorResponse
	if !errors.As(err, &r) {
		return true // the network
	}
	switch r.Code {
	case minio.XAmzContentSHA256Mismatch, minio.BadDigest, minio.IncompleteBody, "RequestTimeout":
		return true // damaged on the way
	case "ExistingObjectIsDirectory":
		return true // of versitygw, when a deletion removes the folder at that moment; keys of ours are never folders
	}
	return r.StatusCode >= 500 && r.StatusCode != http.StatusNotImplemented && r.StatusCode != http.StatusInsufficientStorage ||
		r.StatusCode == http.StatusRequestTimeout || r.StatusCode == http.StatusTooManyRequests
}

// explain puts the errors of the store package, and what to do, in front of what
// the server or the network said.
func (s *Store) explain(err error) error {
	switch advice := s.advice(err); {
	case err == nil:
		return nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return store.ErrNotExist
	case advice != "":
		return fmt.Errorf("%w: %s (the answer was: %w)", store.ErrConfig, advice, err)
	}
	return err
}

// advice returns what an operator should do about err, or nothing when err is not
// about the configuration.
func (s *Store) advice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		if s.opts.CA == "" {
			return "the certificate of " + s.opts.Endpoint + " is from an authority that this machine does not trust: write a PEM file with the authority's certificate in storage.ca_file"
		}
		return fmt.Sprintf("the certificate of %s is from another authority than those in %s: put the right authority's certificate into that file, which storage.ca_file names", s.opts.Endpoint, s.opts.CAFile)
	case errors.As(err, &host):
		return "the certificate of " + s.opts.Endpoint + " is for another host: write the host that it names in storage.endpoint"
	case errors.As(err, &invalid):
		return "the certificate of " + s.opts.Endpoint + " is of no use: renew it at the server, and see that the clocks are right"
	case errors.As(err, &record), err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server does not speak TLS there: correct storage.endpoint, which says https"
	}
	r := minio.ToErrorResponse(err)
	switch r.Code {
	case minio.NoSuchBucket:
		return fmt.Sprintf("there is no bucket %s at %s: correct storage.bucket, or make the bucket with: aws --endpoint-url %s s3 mb s3://%s", s.opts.Bucket, s.opts.Endpoint, s.opts.Endpoint, s.opts.Bucket)
	case minio.InvalidBucketName:
		return fmt.Sprintf("%q cannot be a bucket's name: correct storage.bucket", s.opts.Bucket)
	case minio.InvalidAccessKeyID, "XAdminUserNotFound": // the latter is versitygw's
		return fmt.Sprintf("the server at %s does not know the access key %s: correct storage.access_key", s.opts.Endpoint, s.opts.AccessKey)
	case minio.SignatureDoesNotMatch:
		return fmt.Sprintf("the secret key is not that of the access key %s at %s: correct the file that storage.secret_key_file names", s.opts.AccessKey, s.opts.Endpoint)
	case minio.AccessDenied, minio.AllAccessDisabled:
		return fmt.Sprintf("the access key %s may not do this in bucket %s at %s: check storage.bucket, and allow the key to list (all versions, too), get, put and delete objects there and to read the bucket's versioning and object lock", s.opts.AccessKey, s.opts.Bucket, s.opts.Endpoint)
	case minio.RequestTimeTooSkewed:
		return "the clock of this machine or of the server is wrong, they differ by more than 15 minutes: set both by NTP (timedatectl set-ntp true); here it is " + time.Now().UTC().Format(time.RFC3339)
	case minio.InvalidRegion, minio.AuthorizationHeaderMalformed, "PermanentRedirect", "IllegalLocationConstraintException":
		if r.Region != "" {
			return fmt.Sprintf("bucket %s at %s lies in region %s: write that in storage.region", s.opts.Bucket, s.opts.Endpoint, r.Region)
		}
		return fmt.Sprintf("bucket %s at %s lies in another region than %q: correct storage.region", s.opts.Bucket, s.opts.Endpoint, s.opts.Region)
	}
	return ""
}
