package seal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
)

// fileKeySize is the size of an age file key.
const fileKeySize = 16

// held are the file keys of single segments, by their start: what remains of an
// hour whose identity is gone.
type held map[footage.Instant][fileKeySize]byte

// format writes h as a .held file has it, sorted: one line for each segment with
// its start and its file key in hex.
func (h held) format() []byte {
	var b strings.Builder
	for _, start := range slices.Sorted(maps.Keys(h)) {
		key := h[start]
		fmt.Fprintf(&b, "%s %x\n", start.Compact(), key[:])
	}
	return []byte(b.String())
}

// errHeld has no part of what could not be read: that may be a key.
var errHeld = errors.New("it is not a list of held keys")

// parseHeld reads what format writes and nothing else.
func parseHeld(text []byte) (held, error) {
	h := held{}
	for line := range strings.Lines(string(text)) {
		start, key, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		at, err := footage.ParseCompact(start)
		raw, errHex := hex.DecodeString(key)
		if err != nil || errHex != nil || len(raw) != fileKeySize {
			return nil, errHeld
		}
		h[at] = [fileKeySize]byte(raw)
	}
	if string(h.format()) != string(text) {
		return nil, errHeld
	}
	return h, nil
}
