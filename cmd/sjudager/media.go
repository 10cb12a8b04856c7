package main

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// mediaAt is below what folders desktops and people mount what they connect.
var mediaAt = []string{"/media/", "/run/media/", "/mnt/"}

// media are the folders of the media that are connected now and can be written: over the
// network a package goes to one of them, or stays on the appliance.
func (d *daemon) media() []string {
	f, err := os.Open("/proc/self/mounts")
	if err != nil {
		d.Log.Error("couldn't list the media", "error", err)
		return nil
	}
	defer f.Close()
	return mounted(f)
}

// mounted reads a list of mounts as the kernel writes it (fstab(5)).
func mounted(mounts io.Reader) (all []string) {
	for lines := bufio.NewScanner(mounts); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !slices.Contains(strings.Split(fields[3], ","), "rw") {
			continue
		}
		folder := unescaped(fields[1])
		if slices.ContainsFunc(mediaAt, func(at string) bool { return strings.HasPrefix(folder, at) }) && !slices.Contains(all, folder) {
			all = append(all, folder)
		}
	}
	slices.Sort(all)
	return all
}

// unescaped undoes the kernel's \040 for a space and the like.
func unescaped(field string) string {
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+3 < len(field) {
			if c, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(field[i])
	}
	return b.String()
}
