package release

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Passwords lie in files of their own and not in the index: that keeps what is deleted
// from it for a while, and its backups would carry them (R97).

// letters are those that nobody mistakes for one another; there are 32 of them.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// newPassword has 30 letters in groups of five: 150 bits.
func newPassword() string {
	var b [30]byte
	rand.Read(b[:]) // never fails
	var s strings.Builder
	for i, c := range b {
		if i > 0 && i%5 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(letters[int(c)%len(letters)])
	}
	return s.String()
}

// passwords is the folder of them.
func (l *Log) passwords() string { return filepath.Join(l.Dir, "passwords") }

func (l *Log) passwordPath(number string, n int) string {
	return filepath.Join(l.passwords(), fmt.Sprintf("%s-%d", number, n))
}

// makePassword makes the password of a package and keeps it.
func (l *Log) makePassword(number string, n int) (string, error) {
	path, password := l.passwordPath(number, n), newPassword()
	if err := l.disk.MakeDir(filepath.Dir(path)); err != nil {
		return "", err
	}
	return password, l.disk.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, password)
		return err
	})
}

// Password is that of the last package. It is kept until the recipient has opened the
// package; ErrRefused when it is gone, or there never was one. Asking for it is written
// down.
func (l *Log) Password(number, by string) (string, error) {
	var password string
	_, err := l.act(number, Tell, by, func(_ *index.Tx, r *Release) error {
		p := r.lastGiven()
		if p == nil || !p.Password {
			return refused("it has no password")
		}
		if p.Destroyed != 0 {
			return refused("the password was destroyed at %s (R97)", p.Destroyed)
		}
		b, err := os.ReadFile(l.passwordPath(number, p.N))
		password = string(b)
		if err != nil {
			err = fmt.Errorf("couldn't read the password: %w", err)
		}
		return err
	})
	return password, err
}

// removePasswords destroys those that nobody needs any more: the recipient has opened
// the package, the package was never handed over and is gone, or names are erased.
func (l *Log) removePasswords() {
	l.eachOpen(func(r Release) error {
		for _, p := range r.Packages {
			if !p.Password || p.Destroyed != 0 || p.Failed == "" && l.isBuilding(p.Path) {
				continue
			}
			replaced := p.N < len(r.Packages) && p.Gone != 0
			if r.Verified.At == 0 && r.State != Refused && !(p.Gone != 0 && r.Delivery.At == 0) && !replaced && r.Erased == 0 {
				continue
			}
			if err := l.mind(l.passwordPath(r.Number, p.N), l.disk.Shred(l.passwordPath(r.Number, p.N))); err != nil {
				return err
			}
			if err := l.unless(r.Number, Forget, System, func(tx *index.Tx, r *Release) (already bool) {
				already = r.Packages[p.N-1].Destroyed != 0
				r.change(p.N, func(p *Package) { p.Destroyed = tx.Now })
				return already
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// mind remembers that something could not be removed, for the alarm, until it could.
func (l *Log) mind(path string, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		delete(l.stuck, path)
		return nil
	}
	a, known := l.stuck[path]
	if !known {
		a = footage.Alarm{Code: footage.AlarmRelease, Since: l.now()}
	}
	a.Detail = err.Error()
	l.stuck[path] = a
	return err
}
