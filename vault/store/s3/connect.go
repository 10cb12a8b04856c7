package s3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/sjudager/sjudager/vault/store"
)

// Options say where a bucket is and who we are.
type Options struct {
	// Endpoint is the server's URL, http or https, with nothing behind the host
	// and port.
	Endpoint string
	Bucket   string
	// Region is what the server calls the place; empty: it is asked.
	Region    string
	AccessKey string
	SecretKey string
	// CA are the PEM certificates of the authorities that an https server's
	// certificate may be from; empty: those that the system trusts.
	CA string
	// CAFile is where CA is from, for errors.
	CAFile string
	// Addressing is how requests name the bucket; empty: Auto.
	Addressing Addressing
	// Stall is how long nothing may move on a connection before it is given up,
	// and how long the server may think about a request. 0: a minute, which is
	// long for a server that works, and short beside the hours that the spool
	// lasts.
	Stall time.Duration
}

// Addressing is where in a URL the bucket stands.
type Addressing string

const (
	Auto        Addressing = "auto"         // VirtualHost at the large clouds, elsewhere Path
	Path        Addressing = "path"         // https://host/bucket/key
	VirtualHost Addressing = "virtual-host" // https://bucket.host/key
)

// lookups are minio-go's words for them.
var lookups = map[Addressing]minio.BucketLookupType{
	"": minio.BucketLookupAuto, Auto: minio.BucketLookupAuto, Path: minio.BucketLookupPath, VirtualHost: minio.BucketLookupDNS,
}

// newStore returns a store that has not asked the server anything.
func newStore(o Options) (*Store, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, fmt.Errorf("%w: the endpoint has to be like http://127.0.0.1:9000 or https://s3.example.net, with nothing more", store.ErrConfig)
	}
	if o.AccessKey == "" || o.SecretKey == "" {
		return nil, fmt.Errorf("%w: the access key or the secret key is missing", store.ErrConfig)
	}
	if err := s3utils.CheckValidBucketName(o.Bucket); err != nil {
		return nil, fmt.Errorf("%w: %q cannot be a bucket's name, correct storage.bucket: %w", store.ErrConfig, o.Bucket, err)
	}
	lookup, known := lookups[o.Addressing]
	if !known {
		return nil, fmt.Errorf("%w: there is no addressing %q, correct storage.addressing", store.ErrConfig, o.Addressing)
	}
	var roots *x509.CertPool
	if o.CA != "" {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM([]byte(o.CA)) {
			return nil, fmt.Errorf("%w: %s has no certificate in it, correct storage.ca_file", store.ErrConfig, o.CAFile)
		}
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	o.Endpoint = u.Scheme + "://" + u.Host
	plain := lister{transport(o.Stall, roots)}
	client, err := minio.NewCore(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure:       u.Scheme == "https",
		Region:       o.Region,
		BucketLookup: lookup,
		Transport:    plain,
		MaxRetries:   1,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrConfig, err)
	}
	return &Store{opts: o, https: u.Scheme == "https", client: client, plain: plain, memory: newScratch()}, nil
}

// dial makes a connection. Tests have it find hosts that no resolver knows.
var dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext

// transport speaks HTTP/1.1, one request a connection at a time: over HTTP/2 one
// stalled upload would hide behind the traffic of the others.
func transport(stall time.Duration, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return watched{c, stall}, nil
		},
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: stall,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       30 * time.Second, // less than servers allow, so that they seldom close first
		DisableCompression:    true,             // a range is of bytes as they were stored
	}
}

// lister makes sure that the answer to a list is a list. minio-go takes any XML or
// HTML for one, and a page that a proxy sends in the server's place for an empty
// one: the proof of every deletion.
type lister struct{ *http.Transport }

func (l lister) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.Transport.RoundTrip(r)
	query := r.URL.Query()
	if err != nil || resp.StatusCode != http.StatusOK || !query.Has("versions") && !query.Has("list-type") {
		return resp, err
	}
	body := bufio.NewReader(resp.Body)
	if start, _ := body.Peek(256); !bytes.Contains(start, []byte("ListVersionsResult")) && !bytes.Contains(start, []byte("ListBucketResult")) {
		resp.Body.Close()
		return nil, fmt.Errorf("the answer to %s is no list", r.URL)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	return resp, nil
}

// watched is a connection that fails when nothing moves on it for so long,
// whatever is being waited for. A caller that takes its time to read a body is
// not the connection's fault: the time runs only during reads and writes.
type watched struct {
	net.Conn
	stall time.Duration
}

func (w watched) Read(p []byte) (int, error) {
	if err := w.SetReadDeadline(time.Now().Add(w.stall)); err != nil {
		return 0, err
	}
	return w.Conn.Read(p)
}

// Write puts off the end of a waiting Read, too: as long as the request is on its
// way, no answer is due.
func (w watched) Write(p []byte) (int, error) {
	if err := w.SetDeadline(time.Now().Add(w.stall)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}
