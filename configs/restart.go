package configs

import "reflect"

// Restart returns the keys in which two configurations differ and that a
// running program cannot change, in the order of the file; nil when everything
// can take effect at once. The program keeps the old values of these keys and
// says that it needs a restart for the new ones; all others apply meanwhile.
func Restart(old, new *Config) []string {
	var keys []string
	differ := func(key string, is bool) {
		if is {
			keys = append(keys, key)
		}
	}
	differ("site.name", old.Site.Name != new.Site.Name)
	differ("data_dir", old.DataDir != new.DataDir)
	differ("http.listen", old.HTTP.Listen != new.HTTP.Listen)
	differ("http.tls.cert", old.HTTP.TLS.Cert != new.HTTP.TLS.Cert)
	differ("http.tls.key", old.HTTP.TLS.Key != new.HTTP.TLS.Key)
	if a, b := old.Accounts.OIDC, new.Accounts.OIDC; a == nil || b == nil {
		differ("accounts.oidc", a != b)
	} else {
		differ("accounts.oidc", !reflect.DeepEqual(a, b))
	}
	if a, b := old.Storage, new.Storage; a == nil || b == nil {
		differ("storage", a != b)
	} else {
		differStorage(differ, a, b)
	}
	differ("recorder.segment", old.Recorder.Segment != new.Recorder.Segment)
	differ("recorder.spool_limit", old.Recorder.SpoolLimit != new.Recorder.SpoolLimit)
	differ("signage.listen", old.Signage.Listen != new.Signage.Listen)
	return keys
}

func differStorage(differ func(string, bool), a, b *Storage) {
	differ("storage.endpoint", a.Endpoint != b.Endpoint)
	differ("storage.bucket", a.Bucket != b.Bucket)
	differ("storage.region", a.Region != b.Region)
	// Other authorities in the same file count as well.
	differ("storage.ca_file", a.CAFile != b.CAFile || a.CA != b.CA)
	differ("storage.addressing", a.Addressing != b.Addressing)
	differ("storage.access_key", a.AccessKey != b.AccessKey)
	// Another secret in the same file counts as well.
	differ("storage.secret_key_file", a.SecretKeyFile != b.SecretKeyFile || a.SecretKey != b.SecretKey)
}
