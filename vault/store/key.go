package store

import (
	"fmt"
	"math"
	"strings"
)

// CheckKey returns nil when key obeys the rules that Store's comment states, and
// otherwise an error that says which one it breaks. Stores call it before they
// do anything, so that a key can never lead out of the folder or hide in it.
func CheckKey(key string) error {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' {
			return fmt.Errorf("%q is not an object key: a part is empty or begins with a full stop", key)
		}
		for _, r := range part {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
				return fmt.Errorf("%q is not an object key: %q is not allowed", key, r)
			}
		}
	}
	return nil
}

// CheckRange returns nil when offset and length can be what Get is asked for, and
// otherwise an error that says why not.
func CheckRange(offset, length int64) error {
	if offset < 0 || length < -1 || length > math.MaxInt64-offset {
		return fmt.Errorf("no object has %d bytes from %d", length, offset)
	}
	return nil
}
