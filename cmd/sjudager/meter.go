package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sjudager/sjudager/vault"
)

// meter shows how far a check is: on a terminal in one line that changes, elsewhere in
// a line now and then, for a log. What is asked for goes to standard output, and this
// does not.
type meter struct {
	console
	terminal bool
	shown    bool
	told     time.Time
}

func newMeter(c console) *meter { return &meter{console: c, terminal: terminal(c.err), told: c.now()} }

func terminal(w io.Writer) bool {
	f, is := w.(*os.File)
	if !is {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (m *meter) tell(p vault.Progress) {
	every, begin, end := 5*time.Second, "", "\n"
	if m.terminal {
		every, begin, end = 200*time.Millisecond, "\r\x1b[K", "" // over the line before
	}
	now := m.now()
	if p.Step == "" || now.Sub(m.told) < every {
		return
	}
	m.told, m.shown = now, true
	of := ""
	if p.Of > 0 {
		of = fmt.Sprintf(" of %d, %d %%", p.Of, 100*p.Done/p.Of)
	}
	fmt.Fprintf(m.err, "%s%s: %d%s%s", begin, p.Step, p.Done, of, end)
}

// end takes the line away.
func (m *meter) end() {
	if m.terminal && m.shown {
		fmt.Fprint(m.err, "\r\x1b[K")
	}
}
