package ledger

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"time"

	"github.com/digitorus/timestamp"
)

// Outlets are the ways on which a checkpoint leaves the building; an empty one is
// not used.
type Outlets struct {
	Dir  string // files are written here: a mounted share, or a folder that a backup takes along
	Mail Mail
	TSA  string // URL of a time stamping authority (RFC 3161)
}

// Mail sends by a relay, which takes mail from this machine without a login. The
// relay's certificate is checked where it offers STARTTLS.
type Mail struct {
	Relay    string // host:port
	From, To string // addresses
}

// way is one way out: send gives a checkpoint away and returns the response of a
// time stamping authority, if it is one.
type way struct {
	name, to string
	send     func(ctx context.Context, c Checkpoint) (stamp []byte, err error)
}

func (o Outlets) ways() []way {
	var all []way
	if o.Dir != "" {
		all = append(all, way{"dir", o.Dir, func(_ context.Context, c Checkpoint) ([]byte, error) {
			return nil, writeFile(filepath.Join(o.Dir, c.Name()+".txt"), c.Note, 0o644)
		}})
	}
	if o.Mail.Relay != "" {
		all = append(all, way{"mail", o.Mail.To, func(ctx context.Context, c Checkpoint) ([]byte, error) { return nil, o.Mail.send(ctx, c) }})
	}
	if o.TSA != "" {
		all = append(all, way{"tsa", o.TSA, func(ctx context.Context, c Checkpoint) ([]byte, error) {
			response, err := stamp(ctx, o.TSA, c.Note)
			if err == nil && o.Dir != "" {
				err = errors.Join(writeFile(filepath.Join(o.Dir, c.Name()+".txt"), c.Note, 0o644),
					writeFile(filepath.Join(o.Dir, c.Name()+".tsr"), response, 0o644))
			}
			return response, err
		}})
	}
	return all
}

// Name is what a checkpoint's files are called: with its date, in UTC, and its size.
func (c Checkpoint) Name() string {
	return fmt.Sprintf("checkpoint-%s-%d", c.At.Time().Format(time.DateOnly), c.Size)
}

// send hands one mail to the relay. A relay that stops answering ends with ctx.
func (m Mail) send(ctx context.Context, c Checkpoint) error {
	message, err := m.message(c)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(m.Relay)
	if err != nil {
		return fmt.Errorf("couldn't read the relay's address: %w", err)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", m.Relay)
	if err != nil {
		return fmt.Errorf("couldn't reach the relay: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	relay, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("couldn't speak to the relay: %w", err)
	}
	defer relay.Close()
	if err := m.hand(relay, host, message); err != nil {
		return fmt.Errorf("couldn't hand the mail to the relay: %w", err)
	}
	return nil
}

func (m Mail) hand(relay *smtp.Client, host string, message []byte) error {
	if offered, _ := relay.Extension("STARTTLS"); offered {
		if err := relay.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
			return err
		}
	}
	if err := relay.Mail(m.From); err != nil {
		return err
	}
	if err := relay.Rcpt(m.To); err != nil {
		return err
	}
	w, err := relay.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return relay.Quit()
}

// message is a mail that says what it is, with the checkpoint as a file, so that
// no mail program changes a byte of it.
func (m Mail) message(c Checkpoint) ([]byte, error) {
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@sjudager>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n",
		m.From, m.To, mime.QEncoding.Encode("utf-8", fmt.Sprintf("Sjudager: kontrollpunkt %d", c.Size)), c.At.Time().Format(time.RFC1123Z),
		c.Name()+"."+hexOf(c.Root[:8]), parts.Boundary())
	const words = "Hendelsesloggens kontrollpunkt er vedlagt. Ta vare på det: det viser om noe i\r\nloggen er endret siden.\r\n\r\n" +
		"The event log's checkpoint is attached. Keep it: it shows whether anything in\r\nthe log has been changed since. To check:\r\n\r\n    sjudager log verify --checkpoint FILE\r\n"
	for _, part := range []struct{ kind, disposition, body string }{
		{"text/plain; charset=utf-8", "inline", words},
		{"text/plain; charset=utf-8", fmt.Sprintf(`attachment; filename="%s.txt"`, c.Name()), string(c.Note)},
	} {
		w, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type": {part.kind}, "Content-Disposition": {part.disposition}, "Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return nil, err
		}
		text := base64.StdEncoding.EncodeToString([]byte(part.body))
		for ; len(text) > 76; text = text[76:] {
			fmt.Fprintf(w, "%s\r\n", text[:76])
		}
		fmt.Fprintf(w, "%s\r\n", text)
	}
	err := parts.Close()
	return b.Bytes(), err
}

// maxResponse is the most that a time stamping authority may answer, in bytes.
const maxResponse = 1 << 20

// stamp has a time stamping authority stamp a checkpoint, and returns its response
// as `openssl ts -verify` takes it.
func stamp(ctx context.Context, url string, text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	response, _, err := askStamp(ctx, url, sum[:])
	return response, err
}

// Stamp has a time stamping authority stamp a SHA-256, and returns its token (RFC 3161,
// DER). Whether that is an authority to be trusted is for the one who relies on it.
func Stamp(ctx context.Context, url string, digest []byte) ([]byte, error) {
	_, t, err := askStamp(ctx, url, digest)
	if err != nil {
		return nil, err
	}
	return t.RawToken, nil
}

func askStamp(ctx context.Context, url string, digest []byte) (response []byte, t *timestamp.Timestamp, err error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, nil, err
	}
	request, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest, Certificates: true, Nonce: nonce}).Marshal()
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't make the request for a time stamp: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(request))
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't make the request for a time stamp: %w", err)
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't ask for a time stamp: %w", err)
	}
	defer answer.Body.Close()
	response, err = io.ReadAll(io.LimitReader(answer.Body, maxResponse))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New("the authority answered " + answer.Status)
	}
	if err == nil {
		t, err = checkStamp(response, digest, nonce)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't get a time stamp: %w", err)
	}
	return response, t, nil
}

// checkStamp checks that a response stamps this digest, and that whoever signed it
// has the key of the certificate in it. Whether that is an authority to be trusted
// is for the one who relies on it, with `openssl ts -verify`.
func checkStamp(response, digest []byte, nonce *big.Int) (*timestamp.Timestamp, error) {
	t, err := timestamp.ParseResponse(response)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(t.HashedMessage, digest) || t.Nonce == nil || t.Nonce.Cmp(nonce) != 0 {
		return nil, errors.New("the time stamp is of something else")
	}
	return t, nil
}

// ReadOutside reads checkpoints that left the building: signed notes as they are
// in the files and attachments.
func ReadOutside(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the checkpoint: %w", err)
	}
	if _, err := parseNote(b); err != nil {
		return nil, fmt.Errorf("couldn't read the checkpoint %s: %w", path, err)
	}
	return b, nil
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hexOf(sum[:])
}
