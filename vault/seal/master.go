package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

const (
	// CredentialName is what systemd calls the master key, when it is a credential.
	CredentialName = "sjudager-master-key"
	masterName     = "master.key"
)

// master finds the identity that all others are sealed to: the systemd
// credential, or the file beside the keys, which is made when make is set.
func (k *Keys) master(credentials string, make bool) (*age.X25519Identity, string, error) {
	if credentials != "" {
		path := filepath.Join(credentials, CredentialName)
		// systemd shows it to our user alone, so its mode says nothing.
		if data, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
			id, err := parseIdentity(data, err)
			return id, path, err
		}
	}
	path := filepath.Join(k.dir, masterName)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().Perm()&0o077 != 0:
		return nil, path, fmt.Errorf("%w: others may read %s; run: chmod 600 %s", ErrMaster, path, path)
	case errors.Is(err, fs.ErrNotExist) && !make:
		return nil, path, fmt.Errorf("%w: there is none at %s, and footage that is sealed; put the master key back: without it no footage can be opened", ErrMaster, path)
	case errors.Is(err, fs.ErrNotExist):
		id, err := age.GenerateX25519Identity()
		if err == nil {
			err = k.disk.write(path, formatIdentity("the master key of Sjudager: whoever has it and the other keys can open all footage", id))
		}
		return id, path, err
	}
	data, err := os.ReadFile(path)
	id, err := parseIdentity(data, err)
	return id, path, err
}

// formatIdentity writes id as age-keygen does.
func formatIdentity(comment string, id *age.X25519Identity) []byte {
	return fmt.Appendf(nil, "# %s\n# public key: %s\n%s\n", comment, id.Recipient(), id)
}

// parseIdentity reads a key file with one X25519 identity, if it could be read.
func parseIdentity(data []byte, err error) (*age.X25519Identity, error) {
	if err != nil {
		return nil, err
	}
	// The errors of age may quote the key: they are not passed on.
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err == nil && len(ids) == 1 {
		if id, ok := ids[0].(*age.X25519Identity); ok {
			return id, nil
		}
	}
	return nil, errors.New("it is not one AGE-SECRET-KEY-1… as age-keygen writes it")
}

// sealSmall and openSmall seal and open what fits into memory.
func sealSmall(plain []byte, to age.Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func openSmall(sealed []byte, id age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
