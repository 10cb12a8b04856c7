package powercut

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Calls are the system calls that strace has to write down: whatever changes files or
// makes changes durable, and mmap, of which no writable shared one may occur, because
// what is written through it is not seen.
const Calls = "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate," +
	"rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,mkdir,mkdirat," +
	"fsync,fdatasync,sync,syncfs,sync_file_range,copy_file_range,sendfile,splice,mmap"

// Strace returns the command that runs a program and writes its trace to the file at
// path.
func Strace(path string) []string {
	return []string{"strace", "-f", "-y", "-xx", "-s", "16777216", "-e", "signal=none", "-e", "trace=" + Calls, "-o", path}
}

// Call is a system call that succeeded.
type Call struct {
	Name string
	Args []string // strings decoded; a descriptor is the path that it stands for
	Ret  int64
	// Began and Ended are its places among all beginnings and ends: calls of several
	// threads may overlap.
	Began, Ended int
}

var (
	line    = regexp.MustCompile(`^(\d+) +(.*)$`)
	resumed = regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
	whole   = regexp.MustCompile(`^(\w+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)`)
)

const unfinished = " <unfinished ...>"

// Parse reads what Strace has had written, in the order in which the calls ended.
func Parse(r io.Reader) ([]Call, error) {
	var calls []Call
	type begun struct {
		text string
		at   int
	}
	open := map[string]begun{} // by thread
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for n := 0; s.Scan(); n++ {
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			return nil, fmt.Errorf("couldn't read line %d of the trace: %.100q", n+1, s.Text())
		}
		thread, text := m[1], m[2]
		if rest, is := strings.CutSuffix(text, unfinished); is {
			open[thread] = begun{rest, n}
			continue
		}
		began := n
		if m := resumed.FindStringSubmatch(text); m != nil {
			text, began = open[thread].text+m[1], open[thread].at
		}
		m = whole.FindStringSubmatch(text)
		if m == nil || m[3] == "?" || strings.HasPrefix(m[3], "-") {
			continue // a signal, an exit, a call that failed or never returned
		}
		c := Call{Name: m[1], Began: began, Ended: n}
		var err error
		if c.Ret, err = strconv.ParseInt(m[3], 0, 64); err != nil {
			continue // an address
		}
		if c.Args, err = arguments(m[2]); err != nil {
			return nil, fmt.Errorf("couldn't read line %d of the trace: %w: %.100q", n+1, err, text)
		}
		calls = append(calls, c)
	}
	return calls, s.Err()
}

var (
	quoted     = regexp.MustCompile(`^"([\\x0-9a-f]*)"$`)
	descriptor = regexp.MustCompile(`^(?:\d+|AT_FDCWD)<([^>]*)>(\(deleted\))?$`)
)

// arguments splits and decodes what stands between the brackets. With -xx no text
// has a comma or a bracket of its own.
func arguments(s string) ([]string, error) {
	var args []string
	for a := range strings.SplitSeq(s, ", ") {
		if m := quoted.FindStringSubmatch(a); m != nil {
			a = m[1]
		} else if m := descriptor.FindStringSubmatch(a); m != nil {
			if a = m[1]; m[2] != "" {
				a = "" // a file without a name
			}
		} else {
			args = append(args, a)
			continue
		}
		if a == "" || a[0] != '\\' {
			args = append(args, a) // such as pipe:[123]
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(a, `\x`, ""))
		if err != nil {
			return nil, err
		}
		args = append(args, string(b))
	}
	return args, nil
}
