package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDetail: what the recorder says is said in Norwegian, with its values.
func TestDetail(t *testing.T) {
	nb := tongue{lang: bokmaal}
	for english, want := range map[string]detail{
		"the camera's video cannot be recorded; it offers M-JPEG, MPEG-4 Video: set the stream to H.264, H.265 or AV1 on the camera": {
			"videoen fra kameraet kan ikke tas opp; det sender M-JPEG, MPEG-4 Video: sett videostrømmen til H.264, H.265 eller AV1 på kameraet", ""},
		"the camera's video cannot be recorded; it is encrypted (SRTP): switch that off on the camera, or configure its rtsps address": {
			"videoen fra kameraet kan ikke tas opp; den er kryptert (SRTP): slå det av på kameraet, eller sett opp rtsps-adressen", ""},
		"the camera sends no key frame; make its key frame interval shorter": {
			"kameraet sender ingen nøkkelbilder; gjør avstanden mellom nøkkelbildene kortere", ""},
		"no connection to 192.0.2.10:554: connection refused":           {"ingen forbindelse med 192.0.2.10:554: connection refused", ""},
		"camera-refused: the camera does not offer transport udp (461)": {"kameraet avviser oss: kameraet tilbyr ikke overføring med udp (461)", ""},
		"the camera's time jumped by -20.0 s":                           {"kameraets tid hoppet -20.0 s", ""},
		"the camera answered 500 whatever":                              {"the camera answered 500 whatever", "en"},
		"camera-refused: the camera answered 500":                       {"camera-refused: the camera answered 500", "en"},
		"no footage yet; the moon":                                      {"no footage yet; the moon", "en"},
	} {
		if got := nb.Detail(english); got == nil || *got != want {
			t.Errorf("%q is %+v, want %+v", english, got, want)
		}
		if got := (tongue{lang: "en"}).Detail(english); got == nil || *got != (detail{english, ""}) {
			t.Errorf("%q is %+v in English", english, got)
		}
	}
	if got := nb.Detail(""); got != nil {
		t.Errorf("nothing is %+v", got)
	}
}

// TestDetailsAreSaid: each sentence that is translated stands so in the recorder.
func TestDetailsAreSaid(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"../recorder/*.go", "../recorder/*/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(path, "_test.go") {
				source.Write(b)
			}
		}
	}
	for _, d := range details() {
		if !strings.Contains(source.String(), d.english) {
			t.Errorf("the recorder does not say %q", d.english)
		}
	}
}
