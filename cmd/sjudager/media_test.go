package main

import (
	"slices"
	"strings"
	"testing"
)

func TestMedia(t *testing.T) {
	const mounts = `/dev/sda2 / ext4 rw,relatime 0 0
/dev/sdb1 /media/vakt/POLITI\040STICK vfat rw,nosuid,uid=990 0 0
/dev/sdc1 /run/media/x/cd iso9660 ro,nosuid 0 0
tmpfs /mnt tmpfs rw 0 0
/dev/sdd1 /mnt/b\134c exfat rw 0 0
/dev/sdd1 /mnt/b\134c exfat rw 0 0
/dev/sde1 /mediation ext4 rw 0 0
half a line
`
	if got, want := mounted(strings.NewReader(mounts)), []string{`/media/vakt/POLITI STICK`, `/mnt/b\c`}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
