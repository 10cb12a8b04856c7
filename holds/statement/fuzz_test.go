package statement

import (
	"bytes"
	"testing"
	"time"
)

// Whatever is handed in as a statement: it holds only if it says what was signed.
func FuzzVerify(f *testing.F) {
	r := newRig(f)
	r.record("k01-inngang", start, 2)
	r.to(start.Add(week + time.Minute))
	answer := r.answer("k01-inngang", start, start.Add(3*time.Minute))
	day, err := r.Maker.Day("2026-07-04")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(answer.JSON())
	f.Add(day.JSON())
	key := r.Notary.Key.Verifier()
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := Parse(file)
		if err != nil || s.Verify(key) != nil {
			return
		}
		if got := s.JSON(); !bytes.Equal(got, answer.JSON()) && !bytes.Equal(got, day.JSON()) {
			t.Errorf("this holds, and was never signed: %s", got)
		}
	})
}
