package remux

import (
	"encoding/binary"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	// maxSamples bounds memory (32 bytes a sample): almost five hours at 60
	// frames a second.
	maxSamples = 1 << 20
	// maxSeconds is the longest file that is taken. Footage is kept and deleted
	// in segments of at most five minutes; a file of days has lost its way.
	maxSeconds = 12 * 60 * 60
)

// sample is one frame: where its bytes are, and when it is decoded and shown.
type sample struct {
	at    int64 // offset in the source
	time  int64 // of decoding; see track.finish for the unit
	delay int64 // from decoding to showing, in the same unit
	size  uint32
	sync  bool   // decoding can begin here
	loss  uint16 // of the flags, see spool.Loss
}

// track is what a file says about its video.
type track struct {
	codec         footage.Codec
	width, height int
	stsd          []byte // the sample description, without the box's header
	meta          []byte // the movie's metadata box, if it has one

	samples []sample
	end     int64 // when the last sample ends, in the unit of sample.time

	id       uint32
	scale    uint32                  // of the source
	defaults map[uint32]*mp4.TrexBox // of every track, for fragments
	fileSize int64
	bytes    int64  // of all samples
	foreign  string // a video codec that was met and is not taken
}

// readTrack reads a moov box: the description of the first video track, and its
// samples as far as they are listed there.
func readTrack(moov box, fileSize int64) (*track, error) {
	t := &track{fileSize: fileSize, defaults: make(map[uint32]*mp4.TrexBox)}
	for b, err := range boxes(moov.body) {
		if err != nil {
			return nil, err
		}
		switch b.kind {
		case "trak":
			if t.stsd == nil {
				err = t.readTrak(b)
			}
		case "mvex":
			err = t.readDefaults(b)
		case "meta":
			t.meta = b.raw
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case t.stsd != nil:
		return t, nil
	case t.foreign != "":
		return nil, damaged("the video is %q, which is not H.264, H.265 or AV1", t.foreign)
	default:
		return nil, damaged("no video track")
	}
}

// readTrak takes the track b if it is video of a codec that is taken.
func (t *track) readTrak(b box) error {
	hdlr, err := b.find("mdia", "hdlr")
	if err != nil {
		return err
	}
	if len(hdlr.body) < 12 || string(hdlr.body[8:12]) != "vide" {
		return nil
	}
	stbl, err := b.find("mdia", "minf", "stbl")
	if err != nil {
		return err
	}
	stsd, err := stbl.find("stsd")
	if err != nil {
		return err
	}
	if err := t.readDescription(stsd); err != nil || t.stsd == nil {
		return err
	}
	tkhd, err := b.find("tkhd")
	if err != nil {
		return err
	}
	mdhd, err := b.find("mdia", "mdhd")
	if err != nil {
		return err
	}
	if tkhd.kind == "" || mdhd.kind == "" {
		return damaged("the video track has no header")
	}
	track, err := decode[*mp4.TkhdBox](tkhd)
	if err != nil {
		return err
	}
	media, err := decode[*mp4.MdhdBox](mdhd)
	if err != nil {
		return err
	}
	if media.Timescale == 0 {
		return damaged("the video's timescale is zero")
	}
	t.id, t.scale = track.TrackID, media.Timescale
	return t.addTables(stbl)
}

// visualEntry is how many bytes an entry has before its own boxes (12.1.3).
const visualEntry = 78

// readDescription takes a sample description (8.5.2) if its codec is known.
// Exactly one entry is accepted: a change of parameters starts a new segment,
// and Chromium stops at a second entry.
func (t *track) readDescription(stsd box) error {
	if len(stsd.body) < 8 {
		return damaged("no sample description")
	}
	entries := 0
	var entry box
	for b, err := range boxes(stsd.body[8:]) {
		if err != nil {
			return err
		}
		entry = b
		entries++
	}
	if entries != 1 || binary.BigEndian.Uint32(stsd.body[4:]) != 1 {
		return damaged("%d sample descriptions instead of one", entries)
	}
	switch entry.kind {
	case "avc1", "avc3":
		t.codec = footage.H264
	case "hvc1", "hev1":
		t.codec = footage.H265
	case "av01":
		t.codec = footage.AV1
	default:
		t.foreign = entry.kind
		return nil
	}
	if len(entry.body) < visualEntry {
		return damaged("the sample description is cut short")
	}
	if binary.BigEndian.Uint16(entry.body[6:]) != 1 {
		return damaged("the video lies in another file")
	}
	t.width = int(binary.BigEndian.Uint16(entry.body[24:]))
	t.height = int(binary.BigEndian.Uint16(entry.body[26:]))
	t.stsd = stsd.body
	return nil
}

// readDefaults keeps what fragments leave out (8.8.3).
func (t *track) readDefaults(mvex box) error {
	for b, err := range boxes(mvex.body) {
		if err != nil {
			return err
		}
		if b.kind != "trex" {
			continue
		}
		trex, err := decode[*mp4.TrexBox](b)
		if err != nil {
			return err
		}
		t.defaults[trex.TrackID] = trex
	}
	return nil
}

// add appends a sample.
func (t *track) add(s sample) error {
	n := len(t.samples)
	switch {
	case n == maxSamples:
		return damaged("more than %d frames", maxSamples)
	case s.size == 0:
		return damaged("frame %d is empty", n+1)
	case s.at < 0 || s.at > t.fileSize-int64(s.size):
		return damaged("frame %d lies beyond the end of the file", n+1)
	case n > 0 && s.time < t.samples[n-1].time:
		return damaged("time runs backwards at frame %d", n+1)
	}
	if t.bytes += int64(s.size); t.bytes > t.fileSize {
		return damaged("the frames are larger than the file")
	}
	t.samples = append(t.samples, s)
	return nil
}

// finish checks the samples as a whole and brings their times, until now in the
// source's scale, to 90 kHz: decoding from zero, the smallest delay zero.
func (t *track) finish() error {
	switch {
	case len(t.samples) == 0:
		return damaged("no frames")
	case !t.samples[0].sync:
		return damaged("the first frame is not a key frame")
	}
	first, least := t.samples[0].time, t.samples[0].delay
	for _, s := range t.samples {
		least = min(least, s.delay)
	}
	if (t.end-first)/int64(t.scale) >= maxSeconds {
		return damaged("it lasts longer than %d hours", maxSeconds/3600)
	}
	for i := range t.samples {
		s := &t.samples[i]
		decode := s.time - first
		s.time = t.ticks(decode)
		s.delay = t.ticks(decode+s.delay-least) - s.time
		if s.delay > math.MaxInt32/2 { // so that the difference of two fits into the tables
			return damaged("frame %d is shown hours after it is decoded", i+1)
		}
	}
	if t.end = t.ticks(t.end - first); t.end == 0 {
		return damaged("it lasts no time")
	}
	return nil
}

// ticks is v, which is not negative, in ticks of 90 kHz, rounded to the nearest.
func (t *track) ticks(v int64) int64 {
	scale := int64(t.scale)
	return v/scale*spool.Timescale + (v%scale*spool.Timescale+scale/2)/scale
}

// until is the end of sample i in decoding time.
func (t *track) until(i int) int64 {
	if i+1 < len(t.samples) {
		return t.samples[i+1].time
	}
	return t.end
}
