package configs

import (
	"strings"
	"testing"
)

// Every value that is in force is there with its line, and no secret is.
func TestSettings(t *testing.T) {
	c, err := Parse("sjudager.yaml", []byte(`site:
  name: Sentrum Scene
  timezone: Europe/Oslo
  controller: {name: Eksempel Arena AS, org_number: "123456785", contact: personvern@example.no}
cameras:
  - id: k01-inngang
    name: Hovedinngang
    zone: inngang
    url: rtsp://user:hemmelig@192.0.2.10:554/stream1
`))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Setting{}
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, "hemmelig") {
			t.Errorf("%s shows the password", s.Path)
		}
		found[s.Path] = s
	}
	for path, want := range map[string]Setting{
		"site.name":          {"site.name", "Sentrum Scene", 2},
		"cameras[0].name":    {"cameras[0].name", "Hovedinngang", 7},
		"cameras[0].enabled": {"cameras[0].enabled", "true", 0},
		"retention.keep":     {"retention.keep", "7d", 0},
	} {
		if found[path] != want {
			t.Errorf("%s is %+v, want %+v", path, found[path], want)
		}
	}
}
