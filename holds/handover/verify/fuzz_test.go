package verify

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// A master comes from anybody: whatever is in it, reading it ends, and what has no
// signature does not pass.
func FuzzMaster(f *testing.F) {
	meta := box("meta", make([]byte, 4), box("ipro", []byte{0, 0, 0, 0, 0, 1},
		box("sinf", box("schm", []byte{0, 0, 0, 0, 0x6f, 0x65, 0x66, 0x66, 0, 1, 0, 0}), box("schi", box("cert", []byte{48, 0}), box("sibo", make([]byte, 8))))))
	f.Add(append(append(box("ftyp", []byte("isom")), box("mdat", []byte("pictures"))...), meta...))
	f.Add(meta[:20])
	f.Add(append([]byte{0, 0, 0, 1, 'm', 'd', 'a', 't', 255, 255, 255, 255, 255, 255, 255, 255}, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o onvif
		if err := o.read(bytes.NewReader(b)); err != nil {
			return
		}
		if _, err := o.check(); err == nil {
			t.Error("a signature that nobody made holds")
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add([]byte{0x30, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := detached(b); err == nil && x.over([]byte("content")) {
			t.Error("a signature that nobody made holds")
		}
		for _, response := range [][]byte{b, Response(b)} {
			if _, _, err := ReadStamp(response, []byte("content")); err == nil {
				t.Error("a time stamp that nobody made holds")
			}
		}
		if chain, err := readChain(b); err == nil && len(chain) == 0 {
			t.Error("no certificate is a chain")
		}
	})
}

func FuzzProof(f *testing.F) {
	const key = "sjudager/x+00000000+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	f.Add("c2sp.org/tlog-proof@v1\nindex 1\n\nsjudager/x\n2\nAAAA\n\n\u2014 sjudager/x AAAA\n", `{"n":1}`, key)
	f.Fuzz(func(t *testing.T, proof, line, key string) {
		if err := proven(AuditProof{1, proof}, []byte(line), key, "sjudager/x\n2\nAAAA\n\n\u2014 sjudager/x AAAA\n"); err == nil {
			t.Error("a proof that nobody made holds")
		}
		if f, err := ParseFingerprint(proof); err == nil {
			if again, err := ParseFingerprint(f.Words()); err != nil || again != f {
				t.Error("a fingerprint is another in words")
			}
		}
	})
}
