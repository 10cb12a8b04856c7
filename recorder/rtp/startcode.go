package rtp

import "bytes"

var startCode = []byte{0, 0, 1}

func beginsWithStartCode(nal []byte) bool {
	return bytes.HasPrefix(nal, startCode) || len(nal) > 3 && nal[0] == 0 && bytes.HasPrefix(nal[1:], startCode)
}

// nextStartCode returns where the next start code lies, and the length when
// there is none. A NAL unit itself can hold none (emulation prevention).
func nextStartCode(nal []byte) int {
	if i := bytes.Index(nal, startCode); i >= 0 {
		return i
	}
	return len(nal)
}
