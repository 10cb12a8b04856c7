package configs

import (
	"slices"
	"testing"
)

func TestRestart(t *testing.T) {
	path := example(t)
	for _, test := range []struct {
		change func(*Config)
		want   []string
	}{
		{func(*Config) {}, nil},
		{func(c *Config) {
			c.Site.Timezone, c.Retention.Keep = "UTC", 1
			c.Cameras = c.Cameras[:1]
		}, nil},
		{func(c *Config) { c.DataDir = "/srv" }, []string{"data_dir"}},
		{func(c *Config) { c.Site.Name, c.Recorder = "x", Recorder{1, 1} }, []string{"site.name", "recorder.segment", "recorder.spool_limit"}},
		{func(c *Config) { c.HTTP = HTTP{Listen: "127.0.0.1:1", TLS: TLS{"a", "b"}} }, []string{"http.listen", "http.tls.cert", "http.tls.key"}},
		{func(c *Config) { c.HTTP.Remote, c.Accounts.Idle = nil, 1 }, nil},
		{func(c *Config) { c.Accounts.OIDC.ClientSecret = newSecret("x") }, []string{"accounts.oidc"}},
		{func(c *Config) { c.Accounts.OIDC = nil }, []string{"accounts.oidc"}},
		{func(c *Config) { c.Signage.Listen, c.Signage.Gate = "", GateOff }, []string{"signage.listen"}},
		{func(c *Config) { c.Storage = nil }, []string{"storage"}},
		{func(c *Config) { c.Storage.SecretKey = newSecret("x") }, []string{"storage.secret_key_file"}},
		{func(c *Config) { c.Storage.CA, c.Storage.Addressing = "x", AddressingPath }, []string{"storage.ca_file", "storage.addressing"}},
		{func(c *Config) { *c.Storage = Storage{} }, []string{"storage.endpoint", "storage.bucket", "storage.addressing", "storage.access_key", "storage.secret_key_file"}},
		{func(c *Config) { c.Storage.Region, c.DataDir = "x", "/srv" }, []string{"data_dir", "storage.region"}},
	} {
		old, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		test.change(changed)
		if got := Restart(old, changed); !slices.Equal(got, test.want) {
			t.Errorf("%v, want %v", got, test.want)
		}
		if got := Restart(changed, old); !slices.Equal(got, test.want) {
			t.Errorf("the other way: %v, want %v", got, test.want)
		}
	}
	if got := Restart(&Config{}, &Config{}); got != nil {
		t.Error(got)
	}
}
