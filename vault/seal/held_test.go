package seal

import (
	"bytes"
	"slices"
	"testing"
)

func FuzzHeld(f *testing.F) {
	f.Add([]byte("20260704T192000.000000Z 000102030405060708090a0b0c0d0e0f\n"))
	f.Add([]byte(""))
	f.Add([]byte("20260704T192000.000000Z 000102030405060708090A0B0C0D0E0F"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseHeld(text)
		if err == nil && !bytes.Equal(h.format(), text) {
			t.Errorf("%q is read and written as %q", text, h.format())
		}
	})
}

func FuzzHour(f *testing.F) {
	f.Add("k01", "2026-07-04T19.key")
	f.Add("k01", "2026-07-04T19.2.key")
	f.Add("k01", "2026-07-04T19.held")
	f.Fuzz(func(t *testing.T, camera, name string) {
		h, err := parseHour(camera, name)
		is := func(ext string) bool { return h.String()+ext == camera+"/"+name }
		if err == nil && !is(heldExt) && !slices.ContainsFunc(keyExts, is) {
			t.Errorf("%s/%s is read as %s", camera, name, h)
		}
	})
}
