package verify

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// The ONVIF Export File Format's numbers.
const (
	schemeType    = 0x6F656666
	schemeVersion = 0x00010000
	saltLength    = 20
	// maxMeta is the most that a file-level meta box has here, in bytes: names,
	// addresses, a certificate and a signature.
	maxMeta = 1 << 20
	// maxText is the most that the text of a time track has, in bytes: a day's.
	maxText = 32 << 20
)

// span is a run of a file's bytes.
type span struct{ at, size int64 }

// onvif reads a master from its beginning to its end, hashes it for the signature in
// its meta box, and finds its media.
type onvif struct {
	sum   hash.Hash // over all boxes up to and with meta, the signature's bytes zeroed
	meta  []byte    // as it is; nil until it has been read
	media []span    // the content of its boxes mdat: that of the video is the last
	tail  []string  // boxes and bytes behind meta that are not mfra
}

// read reads a whole master through r, which counts what is read.
func (o *onvif) read(r io.Reader) error {
	o.sum = sha256.New()
	var at int64
	for {
		var head [16]byte
		n, err := io.ReadFull(r, head[:8])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if o.meta != nil && err == io.ErrUnexpectedEOF {
				o.tail = append(o.tail, fmt.Sprintf("%d bytes", n))
				return nil
			}
			return fmt.Errorf("its boxes end in the middle at byte %d", at)
		}
		size, kind, header := int64(binary.BigEndian.Uint32(head[:])), string(head[4:8]), int64(8)
		if size == 1 {
			if _, err := io.ReadFull(r, head[8:16]); err != nil {
				return fmt.Errorf("its boxes end in the middle at byte %d", at)
			}
			size, header = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if size < header {
			if o.meta != nil {
				n, err := io.Copy(io.Discard, r)
				o.tail = append(o.tail, fmt.Sprintf("%d bytes", header+n))
				return err
			}
			return fmt.Errorf("there is no box at byte %d", at)
		}
		body := size - header
		switch {
		case o.meta != nil:
			got, err := io.CopyN(io.Discard, r, body)
			if kind != "mfra" || err != nil {
				o.tail = append(o.tail, fmt.Sprintf("%d bytes", header+got))
			}
			if err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		case kind == "meta":
			if body > maxMeta {
				return errors.New("its meta box is too large")
			}
			o.meta = make([]byte, size)
			copy(o.meta, head[:header])
			if _, err := io.ReadFull(r, o.meta[header:]); err != nil {
				return errors.New("its meta box ends in the middle")
			}
		default:
			if kind == "mdat" {
				// In front of the video's media there may be the text of the time track.
				if o.media = append(o.media, span{at + header, body}); len(o.media) > 2 || len(o.media) == 2 && o.media[0].size > maxText {
					return errors.New("it has media twice")
				}
			}
			o.sum.Write(head[:header])
			if _, err := io.CopyN(o.sum, r, body); err != nil {
				return fmt.Errorf("its box %s ends in the middle", kind)
			}
		}
		at += size
	}
}

// boxSize is a box's size and that of its header; the size is less than the header's
// when there is no box.
func boxSize(head []byte) (size, header int64) {
	if size = int64(binary.BigEndian.Uint32(head)); size == 1 {
		return int64(binary.BigEndian.Uint64(head[8:])), 16
	}
	return size, 8
}

// check checks the signature and returns the certificate that is in it.
func (o *onvif) check() (*x509.Certificate, error) {
	if o.meta == nil {
		return nil, errors.New("it has no signature: there is no meta box")
	}
	ipro, err := child(o.meta, 12, "ipro")
	if err != nil {
		return nil, err
	}
	if ipro.size < 14 || binary.BigEndian.Uint16(o.meta[ipro.at+12:]) != 1 {
		return nil, errors.New("its protection count is not 1")
	}
	// The first signature is ours; whoever receives the file may add others behind it,
	// which nobody has done to a package as it was handed over.
	sinf, err := within(o.meta, ipro, 14, "sinf")
	if err != nil {
		return nil, err
	}
	if sinf.at+sinf.size != ipro.at+ipro.size || ipro.at+ipro.size != int64(len(o.meta)) {
		return nil, errors.New("something follows the signature")
	}
	schm, err := within(o.meta, sinf, 8, "schm")
	if err != nil {
		return nil, err
	}
	if schm.size < 20 || binary.BigEndian.Uint32(o.meta[schm.at+12:]) != schemeType || binary.BigEndian.Uint32(o.meta[schm.at+16:]) != schemeVersion {
		return nil, errors.New("its signature is of another scheme")
	}
	schi, err := within(o.meta, sinf, 8, "schi")
	if err != nil {
		return nil, err
	}
	sibo, err := within(o.meta, schi, 8, "sibo")
	if err != nil {
		return nil, err
	}
	cert, err := within(o.meta, schi, 8, "cert")
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(o.meta[cert.at+8 : cert.at+cert.size])
	if err != nil {
		return nil, fmt.Errorf("its certificate cannot be read: %w", err)
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || key.Size() < 256 {
		return nil, errors.New("its certificate does not have an RSA key of 2048 bits or more")
	}
	signature := append([]byte(nil), o.meta[sibo.at+8:sibo.at+sibo.size]...)
	zeroed := append([]byte(nil), o.meta...)
	clear(zeroed[sibo.at+8 : sibo.at+sibo.size])
	o.sum.Write(zeroed)
	if err := rsa.VerifyPSS(key, crypto.SHA256, o.sum.Sum(nil), signature, &rsa.PSSOptions{SaltLength: saltLength}); err != nil {
		return nil, errors.New("its signature does not hold")
	}
	return certificate, nil
}

// within finds the box kind among those that lie in box, from offset on.
func within(b []byte, box span, offset int64, kind string) (span, error) {
	found, err := child(b[:box.at+box.size], box.at+offset, kind)
	return found, err
}

// child finds the one box kind among those that lie in b, from at on.
func child(b []byte, at int64, kind string) (found span, err error) {
	for at < int64(len(b)) {
		if int64(len(b))-at < 8 {
			return found, errors.New("its meta box is damaged")
		}
		size := int64(binary.BigEndian.Uint32(b[at:]))
		if size < 8 || at+size > int64(len(b)) {
			return found, errors.New("its meta box is damaged")
		}
		if string(b[at+4:at+8]) == kind {
			if found.size > 0 {
				return found, fmt.Errorf("it has the box %s twice", kind)
			}
			found = span{at, size}
		}
		at += size
	}
	if found.size == 0 {
		return found, fmt.Errorf("it has no signature: there is no box %s", kind)
	}
	return found, nil
}
