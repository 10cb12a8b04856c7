package remux

import (
	"io"
	"os"
	"testing"
	"encoding/binary"
	"bytes"
)

func TestVariants(t *testing.T) {
	for name, opts := range map[string][]string{"h264": {h264b, seconds}, "h265": {h265b, seconds}} {
		_, f := open(t, clip(t, opts...))
		b, _ := io.ReadAll(f.Reader())
		os.WriteFile("/tmp/remuxvlc/"+name+"-A.mp4", b, 0o644)
		// C: edit list disabled
		c := bytes.Clone(b)
		i := bytes.Index(c, []byte("edts"))
		lead := binary.BigEndian.Uint32(c[i+4+8+8+4:])
		t.Log(name, "lead", lead)
		copy(c[i:], "free")
		os.WriteFile("/tmp/remuxvlc/"+name+"-C.mp4", c, 0o644)
		// B: ctts v1 lowered
		d := bytes.Clone(c)
		i = bytes.Index(d, []byte("ctts"))
		d[i+4] = 1
		n := binary.BigEndian.Uint32(d[i+8:])
		for k := range int(n) {
			p := d[i+12+8*k+4:]
			binary.BigEndian.PutUint32(p, binary.BigEndian.Uint32(p)-lead)
		}
		os.WriteFile("/tmp/remuxvlc/"+name+"-B.mp4", d, 0o644)
	}
}
