package s3

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/minio/minio-go/v7"

	"github.com/sjudager/sjudager/vault/store"
)

// Store is a store.Store in a bucket.
type Store struct {
	opts   Options
	https  bool
	client *minio.Core
	memory scratch
	plain  http.RoundTripper // for what needs no signature

	// listsVersions: the server can list versions. Set by Open.
	listsVersions bool
	// versioned: keys may have more than one version. Set by Open, and by Absent
	// when it meets one.
	versioned atomic.Bool
	// verifies: the server has given a checksum of ours back, so it takes the
	// trouble of comparing them.
	verifies atomic.Bool
}

var _ store.Store = (*Store)(nil)

// Open returns the store in an existing bucket, after finding out that we may use
// it and that deleting there is final. The error wraps store.ErrConfig when it is
// not, and the text says what to do; any other error means that the server could
// not be asked just now.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := newStore(o)
	if err == nil {
		err = s.inspect(ctx)
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && !passing(err) && !errors.Is(err, store.ErrConfig) {
		err = fmt.Errorf("%w: the server refuses what is needed to begin with; check the whole of storage: %w", store.ErrConfig, err)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the object storage: %w", err)
	}
	return s, nil
}

// CreateBucket makes the bucket that o names. Open never does: a mistyped name
// must not begin an empty twin of the vault.
func CreateBucket(ctx context.Context, o Options) error {
	s, err := newStore(o)
	if err != nil {
		return err
	}
	return s.try(ctx, "make", s.String(), func() error {
		err := s.client.MakeBucket(ctx, o.Bucket, minio.MakeBucketOptions{Region: o.Region})
		if minio.ToErrorResponse(err).Code == minio.NoSuchBucket {
			// A gateway of Ceph that has just started says so now and then, of the
			// bucket that it is asked to make. As a fault of the network it is tried again.
			return fmt.Errorf("the server is not ready to make a bucket: %v", err)
		}
		return err
	})
}

// Kind implements store.Store.
func (s *Store) Kind() string { return "s3" }

// String implements store.Store.
func (s *Store) String() string { return "bucket " + s.opts.Bucket + " at " + s.opts.Endpoint }

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, o store.Object) error {
	if err := store.CheckKey(key); err != nil {
		return fmt.Errorf("couldn't store %s: %w", key, err)
	}
	// Over https a server that compares the CRC-32C needs no signature over the body.
	signed := !s.https || !s.verifies.Load()
	keep := s.memory.take(o.Size)
	o, err := o.Digest(ctx, signed, keep)
	if err == nil {
		err = s.try(ctx, "store", key, func() error { return s.upload(ctx, key, o, signed) })
	} else {
		err = fmt.Errorf("couldn't store %s: %w", key, err)
	}
	s.memory.give(keep) // no attempt reads it any more
	if err != nil {
		return err
	}
	found, err := s.head(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return fmt.Errorf("couldn't store %s: the server accepted it and does not have it", key)
	}
	if err != nil {
		return err
	}
	if found.Size != o.Size {
		return fmt.Errorf("couldn't store %s: the server has %d bytes of %d", key, found.Size, o.Size)
	}
	if crc := found.ChecksumCRC32C; crc != "" {
		if crc != checksum(o) {
			return fmt.Errorf("couldn't store %s: the server has it with CRC-32C %s instead of %s", key, crc, checksum(o))
		}
		s.verifies.Store(true)
	}
	return nil
}

// upload sends o once.
func (s *Store) upload(ctx context.Context, key string, o store.Object, signed bool) error {
	r, err := o.Open(ctx)
	if err != nil {
		return err
	}
	b := &body{r: r}
	defer b.end()
	var sum string
	if signed {
		sum = o.SHA256.String()
	}
	_, err = s.client.PutObject(ctx, s.opts.Bucket, key, b, o.Size, "", sum, minio.PutObjectOptions{
		DisableContentSha256: true, // no signature over each 64 KiB: the whole is signed, or the checksum proves it
		UserMetadata:         map[string]string{"x-amz-checksum-crc32c": checksum(o)},
	})
	if fault := b.end(); fault != nil {
		return fault // and not what became of the request for want of a body
	}
	return err
}

// checksum is o.CRC32C as S3 writes it.
func checksum(o store.Object) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, o.CRC32C))
}

// body is what one attempt sends. net/http may go on reading after the attempt
// has failed; end waits for a read under way and refuses the next, so that the
// next attempt, and the caller, have the object's Body for themselves. It is no
// io.Seeker, which keeps minio-go from trying again by itself.
type body struct {
	mu    sync.Mutex
	r     io.Reader // nil after end
	fault error     // the first error of r
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.r == nil {
		return 0, errors.New("the attempt has ended")
	}
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF && b.fault == nil {
		b.fault = localError{err}
	}
	return n, err
}

func (b *body) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.r = nil
	return b.fault
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(store.CheckKey(key), store.CheckRange(offset, length)); err != nil {
		return nil, fmt.Errorf("couldn't open %s: %w", key, err)
	}
	if length == 0 { // which no range header can say
		_, err := s.head(ctx, key)
		return http.NoBody, err
	}
	var get minio.GetObjectOptions
	switch {
	case length > 0:
		get.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		get.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	var body io.ReadCloser
	err := s.try(ctx, "open", key, func() error {
		b, _, header, err := s.client.GetObject(ctx, s.opts.Bucket, key, get)
		if minio.ToErrorResponse(err).Code == minio.InvalidRange { // it begins beyond the end
			body = http.NoBody
			return nil
		}
		if err != nil {
			return err
		}
		if want := fmt.Sprintf("bytes %d-", offset); len(get.Header()) > 0 && !strings.HasPrefix(header.Get("Content-Range"), want) {
			b.Close()
			return localError{errors.New("the server does not know ranges: it sends the whole object")}
		}
		body = b
		return nil
	})
	return body, err
}

// Stat implements store.Store.
func (s *Store) Stat(ctx context.Context, key string) (store.Info, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, fmt.Errorf("couldn't find %s: %w", key, err)
	}
	o, err := s.head(ctx, key)
	if err != nil {
		return store.Info{}, err
	}
	return store.Info{Key: key, Size: o.Size, Stored: o.LastModified}, nil
}

// head asks for an object's size and checksum. The answer to a HEAD has no body,
// so that a missing bucket looks like a missing object and all refusals look
// alike; a question about the bucket then tells them apart.
func (s *Store) head(ctx context.Context, key string) (o minio.ObjectInfo, err error) {
	err = s.try(ctx, "find", key, func() error {
		o, err = s.client.StatObject(ctx, s.opts.Bucket, key, minio.StatObjectOptions{Checksum: true})
		if status := minio.ToErrorResponse(err).StatusCode; status >= 300 && status < 500 {
			if _, refusal := s.client.GetBucketVersioning(ctx, s.opts.Bucket); refusal != nil && !notImplemented(refusal) {
				return refusal
			}
		}
		return err
	})
	return o, err
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		var seen recent
		after, more := "", true
		for more {
			more = false
			progress := after
			// A page that could not be had is asked for again from where the
			// last one ended.
			err := s.try(ctx, "list", prefix, func() error {
				for o := range s.client.ListObjectsIter(ctx, s.opts.Bucket, minio.ListObjectsOptions{
					Prefix: prefix, Recursive: true, StartAfter: after, WithVersions: s.listsVersions,
				}) {
					if o.Err != nil {
						if after != progress { // so it gets three tries of its own
							more = true
							return nil
						}
						return o.Err
					}
					after = max(after, o.Key)
					// The current version of a key comes first, or a delete marker that
					// hides all versions. But versitygw lists the delete markers of a
					// page before the versions: markers that hide nothing are passed over.
					if s.listsVersions && o.IsDeleteMarker && !o.IsLatest || !seen.add(o.Key) {
						continue
					}
					hidden := s.listsVersions && (o.IsDeleteMarker || !o.IsLatest)
					if !yield(store.Info{Key: o.Key, Size: o.Size, Stored: o.LastModified, Hidden: hidden}, nil) {
						return nil
					}
				}
				return ctx.Err() // minio-go ends a cancelled list as if it were complete
			})
			if err != nil {
				yield(store.Info{}, err)
			}
		}
	}
}

// recent is a set of at least the keys of the last page of a list: the versions
// of one key are all in one page, or at the end of one and the beginning of the
// next.
type recent struct{ now, before map[string]bool }

// add reports whether key is new.
func (r *recent) add(key string) bool {
	const page = 1000 // S3's, at most
	known := r.now[key] || r.before[key]
	if r.now == nil || len(r.now) == page {
		r.now, r.before = make(map[string]bool, page), r.now
	}
	r.now[key] = true
	return !known
}
