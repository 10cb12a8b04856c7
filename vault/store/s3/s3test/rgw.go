package s3test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// StartRGW starts Ceph's gateway: one monitor, one storage daemon that keeps
// everything in memory, and the gateway. It verifies the SHA-256 that a request
// was signed with, ignores checksum headers, and accepts any region.
func StartRGW() (*Server, error) {
	for _, tool := range []string{"ceph-mon", "ceph-osd", "radosgw", "ceph", "monmaptool", "radosgw-admin"} {
		if err := needs(tool, "apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common"); err != nil {
			return nil, err
		}
	}
	return start("rgw", 3, (*Server).startRGW)
}

func (s *Server) startRGW(ports []int) error {
	s.env = append(s.env, "CEPH_CONF="+filepath.Join(s.dir, "ceph.conf"))
	if err := s.configure(ports); err != nil {
		return err
	}
	id := randomUUID()
	for _, command := range []string{
		"monmaptool --create --fsid " + id + " --addv a " + monitors(ports) + " monmap",
		"ceph-mon -i a --mkfs --monmap monmap",
		"& ceph-mon -i a -f",
		"ceph osd new " + id,
		"ceph-osd -i 0 --mkfs --osd-uuid " + id,
		"& ceph-osd -i 0 -f",
		"& radosgw -n client.admin -f",
	} {
		var err error
		if background, ok := strings.CutPrefix(command, "& "); ok {
			err = s.daemon(background)
		} else {
			_, err = s.run(command)
		}
		if err != nil {
			return err
		}
	}
	s.Endpoint = fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	s.addUser = s.addRGWUser
	if err := s.await(); err != nil {
		return err
	}
	var err error
	s.AccessKey, s.SecretKey, err = s.AddUser("sjudager")
	return err
}

func (s *Server) addRGWUser(name string) (accessKey, secretKey string, err error) {
	out, err := s.run("radosgw-admin user create --uid " + name + " --display-name " + name)
	if err != nil {
		return "", "", err
	}
	var user struct {
		Keys []struct {
			Access string `json:"access_key"`
			Secret string `json:"secret_key"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(out, &user); err != nil || len(user.Keys) == 0 {
		return "", "", fmt.Errorf("couldn't read the keys of user %s: %s", name, out)
	}
	return user.Keys[0].Access, user.Keys[0].Secret, nil
}

func monitors(ports []int) string {
	return fmt.Sprintf("[v2:127.0.0.1:%d,v1:127.0.0.1:%d]", ports[0], ports[1])
}

// configure writes the configuration and the keys.
//
// The paxos intervals make the start fast: every new pool, and a gateway makes
// eight, waits for the monitor's next proposal, by default a second. Without
// tcp_nodelay every list takes 40 ms, until the client's delayed acknowledgement.
func (s *Server) configure(ports []int) error {
	conf := `[global]
mon host = ` + monitors(ports) + `
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
keyring = ` + s.dir + `/keyring
mon data = ` + s.dir + `/mon
osd data = ` + s.dir + `/osd
run dir = ` + s.dir + `
admin socket =
log file = ` + s.dir + `/$name.log
mon data avail crit = 0
mon allow pool size one = true
paxos propose interval = 0.01
paxos min wait = 0.01
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd class update on start = false
rgw frontends = beast endpoint=127.0.0.1:` + fmt.Sprint(ports[2]) + ` tcp_nodelay=1
rgw dns name = ` + Domain + `
rgw thread pool size = 64
rgw num control oids = 1
rgw gc max objs = 3
rgw lc max objs = 3
rgw md log max shards = 1
rgw data log num shards = 1
rgw run sync thread = false
rgw dynamic resharding = false
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw gc processor max time = 5
`
	// A key is: type 1 (AES), when it was made, its length, its bytes.
	raw := append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0}, make([]byte, 16)...)
	rand.Read(raw[12:])
	key := "key = " + base64.StdEncoding.EncodeToString(raw) + "\n"
	keyring := "[mon.]\n" + key + "caps mon = \"allow *\"\n" +
		"[client.admin]\n" + key + "caps mon = \"allow *\"\ncaps osd = \"allow *\"\n" +
		"[osd.0]\n" + key + "caps mon = \"allow profile osd\"\ncaps osd = \"allow *\"\n"
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "ceph.conf"), []byte(conf), 0o600),
		os.WriteFile(filepath.Join(s.dir, "keyring"), []byte(keyring), 0o600),
		os.Mkdir(filepath.Join(s.dir, "mon"), 0o700),
		os.Mkdir(filepath.Join(s.dir, "osd"), 0o700))
}

func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
