package s3test

import (
	"fmt"
	"os"
	"path/filepath"
)

// version of versitygw, as .ci/install-tools builds it.
const version = "v1.8.0"

// StartVersity starts versitygw on a folder. It verifies checksum headers and
// gives them back, insists on its region (us-east-1), and does not sync what it
// has acknowledged.
func StartVersity() (*Server, error) { return startVersity(false) }

// StartVersityTLS is StartVersity with https, by a certificate of an authority of
// its own that nobody else trusts.
func StartVersityTLS() (*Server, error) { return startVersity(true) }

func startVersity(secure bool) (*Server, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cache, "sjudager", "versitygw-"+version)
	program := filepath.Join(folder, "versitygw")
	if err := needs(program, "GOBIN="+folder+" go install github.com/versity/versitygw/cmd/versitygw@"+version); err != nil {
		return nil, err
	}
	return start("versitygw", 1, func(s *Server, ports []int) error {
		for _, dir := range []string{"buckets", "versions", "users"} {
			if err := os.Mkdir(filepath.Join(s.dir, dir), 0o700); err != nil {
				return err
			}
		}
		scheme, certificate := "http", ""
		if secure {
			if err := s.certify(); err != nil {
				return err
			}
			scheme, certificate = "https", " --cert "+s.dir+"/cert.pem --key "+s.dir+"/key.pem"
		}
		s.Endpoint = fmt.Sprintf("%s://127.0.0.1:%d", scheme, ports[0])
		s.AccessKey, s.SecretKey = "sjudager", "secret-of-sjudager"
		admin := program + " admin --access " + s.AccessKey + " --secret " + s.SecretKey + " --allow-insecure --endpoint-url " + s.Endpoint
		s.addUser = func(name string) (string, string, error) {
			secret := "secret-of-" + name
			_, err := s.run(admin + " create-user --access " + name + " --secret " + secret + " --role user")
			return name, secret, err
		}
		address := s.Endpoint[len(scheme+"://"):]
		if err := s.daemon(program + " --access " + s.AccessKey + " --secret " + s.SecretKey + " --port " + address + certificate +
			fmt.Sprintf(" --virtual-domain %s:%d", Domain, ports[0]) + " --keep-alive --quiet --iam-dir " + s.dir + "/users posix --versioning-dir " + s.dir + "/versions " + s.dir + "/buckets"); err != nil {
			return err
		}
		return s.await()
	})
}
