package picture

import (
	"bytes"
	"encoding/binary"
)

// The parts of a JPEG and of its EXIF that are looked at (ITU T.81 annex B, Exif 2.32).
const (
	app1           = 0xe1 // EXIF's segment, among others
	startOfScan    = 0xda // what follows is the picture
	orientationTag = 0x0112
	short          = 3 // the type of a value of two bytes
)

// orientation is how a JPEG is to be turned, 1 to 8, as its EXIF says; 1 where there is
// none or it cannot be understood. Only segments before the picture are looked at.
func orientation(b []byte) int {
	for b = b[min(2, len(b)):]; len(b) >= 4 && b[0] == 0xff; {
		if b[1] == 0xff { // a fill byte
			b = b[1:]
			continue
		}
		long := int(binary.BigEndian.Uint16(b[2:])) // of the segment, its own two bytes included
		if b[1] == startOfScan || long < 2 || len(b) < 2+long {
			break
		}
		if exif, is := bytes.CutPrefix(b[4:2+long], []byte("Exif\x00\x00")); is && b[1] == app1 {
			return tiffOrientation(exif)
		}
		b = b[2+long:]
	}
	return 1
}

// tiffOrientation reads the orientation from the first directory of a TIFF.
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(b, []byte("MM")) {
		order = binary.BigEndian
	} else if !bytes.HasPrefix(b, []byte("II")) {
		return 1
	}
	if len(b) < 8 || order.Uint16(b[2:]) != 42 {
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
