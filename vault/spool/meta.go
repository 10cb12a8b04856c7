package spool

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/sjudager/sjudager/vault/footage"
)

// Timescale is how many ticks a second has in every segment that we record: the
// RTP clock of all video.
const Timescale = 90000

// End returns the instant that lies ticks of Timescale, 0 or more, after start,
// rounded to the microsecond. Both rooms use it, so that the end of one segment
// and the start of the next are one number.
func End(start footage.Instant, ticks int64) footage.Instant {
	return start + footage.Instant((ticks*100+4)/9) // 1e6/90000, rounded
}

// Meta is what a segment says about itself, so that a bucket without its index
// still explains itself.
type Meta struct {
	Camera footage.CameraID
	Site   string
	Start  footage.Instant
	Run    int
	Clock  footage.Clock // as far as it is known
	// As in footage.Segment. In the spool they are 0, and the frames say it
	// themselves: Loss.
	LostPackets, DamagedFrames int
}

const metaPrefix = "com.sjudager."

// The keys of a Clock.
const (
	clockKey  = "clock"
	errorKey  = "clock_error_ms"
	aheadKey  = "clock_ahead_ms"
	cameraKey = "camera_offset_ms"
)

// The keys of what was lost.
const (
	lostKey    = "lost_packets"
	damagedKey = "damaged_frames"
)

// Box returns m as a `meta` box with a `mdta` handler, `keys` and `ilst`, to be
// put into moov (QuickTime File Format, "Metadata"; ffprobe and exiftool show
// it). Start is in RFC 3339. Of the clock and of losses, keys are there for what is
// known and not 0.
func (m Meta) Box() []byte {
	pairs := [][2]string{
		{"camera", string(m.Camera)},
		{"site", m.Site},
		{"start", m.Start.String()},
		{"run", strconv.Itoa(m.Run)},
	}
	add := func(key, value string, known bool) {
		if known {
			pairs = append(pairs, [2]string{key, value})
		}
	}
	c := m.Clock
	add(clockKey, string(c.State), c.State != "")
	add(errorKey, strconv.FormatInt(c.ErrorMS, 10), c.ErrorMS != 0)
	add(aheadKey, strconv.FormatInt(c.AheadMS, 10), c.AheadMS != 0)
	add(cameraKey, strconv.FormatInt(c.CameraOffsetMS, 10), c.CameraKnown)
	add(lostKey, strconv.Itoa(m.LostPackets), m.LostPackets != 0)
	add(damagedKey, strconv.Itoa(m.DamagedFrames), m.DamagedFrames != 0)
	var keys, items []byte
	for i, p := range pairs {
		keys = append(keys, box("mdta", []byte(metaPrefix+p[0]))...)
		data := append([]byte{0, 0, 0, 1, 0, 0, 0, 0}, p[1]...) // 1: UTF-8; no locale
		items = append(items, box(string([]byte{0, 0, 0, byte(i + 1)}), box("data", data))...)
	}
	hdlr := append(make([]byte, 8), "mdta"...)
	hdlr = append(hdlr, make([]byte, 13)...)
	keys = append([]byte{0, 0, 0, 0, 0, 0, 0, byte(len(pairs))}, keys...)
	return box("meta", bytes.Join([][]byte{box("hdlr", hdlr), box("keys", keys), box("ilst", items)}, nil))
}

func box(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 8+len(body)), uint32(8+len(body)))
	return append(append(b, kind...), body...)
}

// ParseMeta reads the bytes of a meta box that Box has made, and reports whether
// they are one.
func ParseMeta(metaBox []byte) (Meta, bool) {
	outer, ok := children(metaBox)
	if !ok || len(outer) != 1 || outer[0].kind != "meta" {
		return Meta{}, false
	}
	parts, ok := children(outer[0].body)
	if !ok {
		return Meta{}, false
	}
	var names []string
	values := map[string]string{}
	for _, part := range parts {
		switch {
		case part.kind == "keys" && len(part.body) >= 8:
			keys, _ := children(part.body[8:])
			for _, k := range keys {
				names = append(names, string(k.body))
			}
		case part.kind == "ilst":
			items, _ := children(part.body)
			for _, item := range items {
				n := int(binary.BigEndian.Uint32([]byte(item.kind))) - 1
				data, _ := children(item.body)
				if n < 0 || n >= len(names) || len(data) != 1 || len(data[0].body) < 8 {
					return Meta{}, false
				}
				values[names[n]] = string(data[0].body[8:])
			}
		}
	}
	camera, err := footage.ParseCameraID(values[metaPrefix+"camera"])
	if err != nil {
		return Meta{}, false
	}
	m := Meta{Camera: camera, Site: values[metaPrefix+"site"]}
	if m.Start.UnmarshalText([]byte(values[metaPrefix+"start"])) != nil || m.Start == 0 {
		return Meta{}, false
	}
	if m.Run, err = strconv.Atoi(values[metaPrefix+"run"]); err != nil || m.Run < 0 {
		return Meta{}, false
	}
	m.Clock = parseClock(values)
	for key, n := range map[string]*int{lostKey: &m.LostPackets, damagedKey: &m.DamagedFrames} {
		if v, err := strconv.ParseUint(values[metaPrefix+key], 10, 32); err == nil {
			*n = int(v)
		}
	}
	return m, true
}

// parseClock reads what a meta box says of the clock. Files that say nothing, or
// something that makes no sense, have a Clock that knows nothing.
func parseClock(values map[string]string) (c footage.Clock) {
	number := func(key string) (int64, bool) {
		n, err := strconv.ParseInt(values[metaPrefix+key], 10, 64)
		return n, err == nil
	}
	switch s := footage.ClockState(values[metaPrefix+clockKey]); s {
	case footage.ClockSynced, footage.ClockHoldover, footage.ClockUnsynced:
		c.State = s
	}
	c.ErrorMS, _ = number(errorKey)
	c.AheadMS, _ = number(aheadKey)
	c.CameraOffsetMS, c.CameraKnown = number(cameraKey)
	return c
}

// child is a box in memory.
type child struct {
	kind string
	body []byte
}

// children splits b into boxes, and reports whether it is nothing but boxes.
func children(b []byte) ([]child, bool) {
	var all []child
	for c, err := range Boxes(bytes.NewReader(b), 0, int64(len(b))) {
		if err != nil {
			return all, false
		}
		all = append(all, child{c.Type, b[c.Body():c.End()]})
	}
	return all, true
}
