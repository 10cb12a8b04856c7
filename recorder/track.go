package recorder

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/sjudager/sjudager/recorder/fmp4"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	second = spool.Timescale // ticks

	// fragmentLength is how much video is written at a time. What is not yet
	// written is lost when the process is killed: this, and a frame, and the
	// way to the disk, together less than a second.
	fragmentLength = second / 2
	// maxFragment is how many bytes are written before that has passed.
	maxFragment = 4 << 20
	// warmUp is how long the frames of a new run are watched before its start
	// is fixed, so that frames that the camera had kept and sends at once do
	// not count as live.
	warmUp = 500 * time.Millisecond
	// maxSegment is the greatest length of a segment (R47).
	maxSegment = 300 * second
	// usualFrame is the length of a frame of which nothing else is known.
	usualFrame = second / 25

	// The RTP clock is broken when it goes back further than any reordering of
	// frames explains, forward longer than the stall watchdog would allow, or
	// forward by this much more than the time that has passed.
	maxBack, maxForward, maxAhead = 2 * second, 10 * second, 5 * second

	// keyFrameWait is how long frames may come without one to begin with before
	// that is the cause of the gap.
	keyFrameWait = 10 * time.Second

	// recoveryAfter is how long a stream must have had no IDR picture for its
	// recovery points to count as key frames.
	recoveryAfter = 10 * second
)

// fragment is a piece of a segment, to be written as it is.
type fragment struct {
	open  *opening // of the segment that it begins; else nil
	buf   *buffer
	from  int             // where in buf the fragment begins
	until footage.Instant // the end of its last frame
}

// opening is what is known of a segment when it begins.
type opening struct {
	start footage.Instant
	// continues: not a frame is missing between the segment before and this one.
	continues bool
	format    *fmp4.Track
	clock     footage.Clock // what the track knows of it
}

// sink takes what a track makes, in order.
type sink interface {
	// fragment takes f and reports whether there was room for it. The buffer is
	// the sink's in both cases.
	fragment(f fragment) bool
	// end says that the segment is complete.
	end(until footage.Instant)
	// down says why there is no footage from at on.
	down(cause footage.Cause, detail string, at footage.Instant)
	// again reports whether the segment could not be written, so that another
	// should be begun. It does so once.
	again() bool
}

// track makes segments from the packets of one camera, session after session.
// Each fragment is put together in the buffer that will be written. It is not
// for several goroutines at once.
type track struct {
	out    sink
	length int64           // after which a segment is due, ticks
	floor  footage.Instant // no segment begins before it

	// The stream.
	depack   *rtp.Depacketiser
	sender   uint32 // SSRC
	sequence rtp.Sequence
	codec    footage.Codec
	sets     [rtp.Kinds][][]byte // parameter sets, as last seen
	format   *fmp4.Track         // made from them; nil while they are incomplete
	idr      bool                // there was an IDR picture
	pts      int64               // of the unit that began last, ticks since the first one
	began    stamp               // when it did
	timed    bool                // pts and stamp32 hold something
	stamp32  uint32              // its RTP timestamp
	waiting  stamp               // since when frames come without one to begin with
	told     bool                // that was said
	camera   reported            // what the camera last said of its own clock
	keyed    int64               // pts of the last key frame, -1 when there was none
	gone     int                 // packets that are missing since the last frame that was kept
	hurt     bool                // a picture is missing since the last key frame
	sound    int64               // frames that are shown before it may need a picture that is missing, ticks

	// The access unit that is being received, buf.b[unit:].
	open    bool
	marked  bool // its last packet had the marker bit
	suspect bool // packets are missing between the last whole unit and it
	unit    int
	buf     *buffer
	likely  int // how large fragments have been, the latest ones mattering most

	// The segment that is being written.
	seg      segment
	clock    clock
	timeline fmp4.Timeline
	samples  []fmp4.Sample // complete, in buf, not yet written
	shown    []int64       // when they are shown, ticks since the segment's origin

	stats stats
}

// segment is the segment in progress.
type segment struct {
	on        bool
	origin    int64           // ticks of its first frame
	start     footage.Instant // wall time of the same; 0 until the first fragment is written
	ahead     time.Duration   // of the appliance's clock, see clock.ahead
	since     time.Duration   // when its first frame came, monotonic
	continues bool
	fragments uint32 // written
	until     footage.Instant
	latest    int64 // when its latest frame is shown, ticks since origin
	frame     int64 // average length of a frame, 0 when not known
	format    *fmp4.Track
}

func newTrack(out sink, length time.Duration, floor footage.Instant) *track {
	return &track{out: out, length: ticks(length), floor: floor, buf: newBuffer(0)}
}

// ticks returns d on the RTP clock.
func ticks(d time.Duration) int64 { return d.Microseconds() * 9 / 100 }

// begin makes the track ready for a new stream. A stream that is still open is
// cut.
func (t *track) begin(s rtsp.Stream) {
	t.cut()
	if t.depack != nil {
		t.stats.malformed += t.depack.Malformed()
	}
	t.depack = rtp.New(s.Codec)
	t.sequence = rtp.Sequence{}
	t.codec, t.sets, t.format = s.Codec, [rtp.Kinds][][]byte{}, nil
	for kind, set := range [rtp.Kinds][]byte{s.VPS, s.SPS, s.PPS} {
		if len(set) > 0 {
			t.sets[kind] = [][]byte{set}
		}
	}
	t.format, _ = t.newFormat(t.sets) // if not now, then from the stream
	t.idr, t.timed, t.pts, t.keyed, t.camera = false, false, 0, -1, reported{}
	t.waiting, t.told = stamp{}, false
	t.suspect, t.gone, t.hurt, t.sound = true, 0, false, math.MinInt64
	t.timeline = fmp4.Timeline{}
}

// packet takes a packet that arrived at.
func (t *track) packet(p rtp.Packet, at stamp) {
	anew := t.timed && p.SSRC != t.sender // RFC 3550, 8.2: neither numbers nor times go on
	if anew {
		t.sequence = rtp.Sequence{}
	}
	t.sender = p.SSRC
	lost, old := t.sequence.Next(p.Sequence)
	if old {
		return
	}
	t.stats.lost += uint64(lost)
	if (lost > 0 || anew) && t.open && (!t.marked || p.Timestamp == t.stamp32) {
		t.buf.b = t.depack.Lost(t.buf.b)
	}
	switch {
	case !t.open:
		t.beginUnit(p.Timestamp, at)
	case p.Timestamp != t.stamp32 && t.leads(p.Timestamp):
		t.retime(p.Timestamp)
	case p.Timestamp != t.stamp32 || t.marked && t.depack.Unit().Picture && t.depack.BeginsPicture(p.Payload):
		t.endUnit()
		t.beginUnit(p.Timestamp, at)
	}
	if lost > 0 || anew { // not before the unit has ended that the loss came after
		t.suspect = true
		t.hurt = t.hurt || lost > 0
		t.gone += lost
	}
	t.buf.b = t.depack.Append(t.buf.b, p.Payload)
	t.marked = p.Marker
}

// report takes a sender report: at ntp, by the camera's clock, the RTP clock showed
// stamp32. The zero time says nothing.
func (t *track) report(ntp time.Time, stamp32 uint32, at stamp) {
	r := reported{known: true, at: footage.At(ntp)}
	ahead := int64(int32(stamp32 - t.stamp32))
	if ntp.IsZero() || r.at >= nextEra && at.wall < nextEra || !t.timed || max(ahead, -ahead) > maxReported {
		r = reported{}
	}
	r.ticks = t.pts + ahead
	t.camera = r
}

// cameraOffset returns by how many milliseconds the camera's clock is ahead of the
// times of the segment, and whether that is known.
func (t *track) cameraOffset() (ms int64, known bool) {
	if !t.camera.known || !t.seg.on || t.seg.start == 0 {
		return 0, false
	}
	return t.camera.offset(t.seg.origin, t.seg.start), true
}

// leads reports whether the unit belongs to the picture that follows at this
// RTP timestamp: some cameras give parameter sets a time of their own.
func (t *track) leads(stamp32 uint32) bool {
	step, u := int64(int32(stamp32-t.stamp32)), t.depack.Unit()
	return !u.Picture && !u.Damaged && step >= -second && step <= second
}

// beginUnit begins an access unit. The marker bit does not end one, since some
// cameras set it on every packet and others never: the next unit's first packet
// does, and at that time the unit before also has its duration.
func (t *track) beginUnit(stamp32 uint32, at stamp) {
	t.advance(stamp32, at)
	if t.seg.on {
		t.timeline.Begin(t.pts - t.seg.origin)
		t.clock.observe(t.pts, at)
		t.flushDue(at)
	}
	t.open, t.marked, t.unit = true, false, len(t.buf.b)
	t.depack.Begin(t.unit)
}

// advance moves the stream's time to an RTP timestamp, and cuts the segment where
// it cannot go on.
func (t *track) advance(stamp32 uint32, at stamp) {
	step := int64(int32(stamp32 - t.stamp32))
	waited := ticks(at.mono - t.began.mono)
	if !t.timed {
		step, waited = 0, 0
	}
	t.stamp32, t.pts, t.began, t.timed = stamp32, t.pts+step, at, true
	if !t.seg.on {
		return
	}
	switch {
	case step < -maxBack, step > maxForward, step-waited > maxAhead:
		t.cut()
		t.camera = reported{}
		t.out.down(footage.CauseChanged, fmt.Sprintf("the camera's time jumped by %.1f s", float64(step)/second), t.floor)
	case t.pts-t.seg.origin >= maxSegment:
		t.cut()
		t.out.down(footage.CauseNoKeyFrame, "the camera sent no key frame for 5 minutes", t.floor)
	}
}

// retime moves the unit to another RTP timestamp.
func (t *track) retime(stamp32 uint32) {
	if t.seg.on {
		t.timeline.Drop()
	}
	t.pts += int64(int32(stamp32 - t.stamp32))
	t.stamp32 = stamp32
	if t.seg.on {
		t.timeline.Begin(t.pts - t.seg.origin)
	}
}

// endUnit ends the access unit: it becomes a frame of the segment, or begins
// one, or is dropped because something of it is missing.
func (t *track) endUnit() {
	t.open = false
	t.buf.b = t.depack.End(t.buf.b)
	u := t.depack.Unit()
	if u.Damaged || !u.Picture || u.Headless && t.suspect {
		if u.Damaged || u.Picture {
			t.stats.dropped++
			t.hurt = true
		}
		t.dropUnit()
		return
	}
	t.suspect = false
	t.learn()
	t.stats.all++
	t.stats.frame(len(t.buf.b)-t.unit, t.began)
	key := t.isKey(u)
	if key {
		if t.keyed >= 0 && t.pts > t.keyed {
			t.stats.keyEvery = t.pts - t.keyed
		}
		t.keyed = t.pts
	}
	loss := t.loss(key)
	switch {
	case t.seg.on && !(key && t.ends()):
	case t.seg.on:
		t.rotate()
	case key && t.format != nil:
		t.beginRun()
	default:
		t.dropUnit()
		t.wait()
		return
	}
	pts := t.pts - t.seg.origin
	t.timeline.Complete(pts)
	t.samples = append(t.samples, fmp4.Sample{Size: uint32(len(t.buf.b) - t.unit), Key: key, Loss: loss})
	t.gone = 0
	if loss.Damaged {
		t.stats.damaged++
	}
	t.shown = append(t.shown, pts)
	t.seg.latest = max(t.seg.latest, pts)
}

// loss returns what was lost around a frame that is complete. A key frame heals
// the picture, but not that of the frames behind it which are shown before it: they
// need what came before.
func (t *track) loss(key bool) spool.Loss {
	if key {
		t.sound = math.MinInt64
		if t.hurt {
			t.sound = t.pts
		}
		t.hurt = false
	}
	return spool.Loss{Packets: t.gone, Damaged: t.hurt || t.pts < t.sound}
}

func (t *track) dropUnit() {
	t.buf.b = t.buf.b[:t.unit]
	if t.seg.on {
		t.timeline.Drop()
	}
}

// wait takes note that there was a frame, but none to begin with.
func (t *track) wait() {
	switch waited := t.began.mono - t.waiting.mono; {
	case t.waiting == stamp{}:
		t.waiting = t.began
	case waited >= keyFrameWait && !t.told:
		t.told = true
		detail := "the camera sends no key frame; make its key frame interval shorter"
		if t.format == nil {
			detail = "the camera sends no parameter sets, so its video cannot be decoded"
		}
		t.out.down(footage.CauseNoKeyFrame, detail, t.waiting.wall)
	}
}

// isKey reports whether decoding can begin at the unit. Recovery points count
// only in a stream that has shown that it has no IDR pictures: elsewhere they
// mark refreshed pictures that look right only after a while.
func (t *track) isKey(u rtp.Unit) bool {
	t.idr = t.idr || u.Key
	return u.Key || u.Recovery && !t.idr && t.pts >= recoveryAfter
}

// ends reports whether the segment ends before a key frame that is here now.
func (t *track) ends() bool {
	return t.out.again() || t.due() || t.seg.format != t.format
}

func (t *track) due() bool { return t.pts-t.seg.origin >= t.length }

// learn takes note of the parameter sets in the unit. When they differ from those
// before, the next key frame begins a new segment with a new header.
func (t *track) learn() {
	changed := false
	for _, set := range t.depack.ParameterSets() {
		changed = changed || !contains(t.sets[set.Kind], t.buf.b[set.From:set.To])
	}
	if !changed {
		return
	}
	var seen [rtp.Kinds][][]byte
	for _, set := range t.depack.ParameterSets() {
		if b := t.buf.b[set.From:set.To]; !contains(seen[set.Kind], b) {
			seen[set.Kind] = append(seen[set.Kind], bytes.Clone(b))
		}
	}
	for kind := range seen {
		if seen[kind] == nil {
			seen[kind] = t.sets[kind]
		}
	}
	format, err := t.newFormat(seen)
	if err == nil || t.format == nil { // better the old ones than ones that make no sense
		t.sets, t.format = seen, format
	}
}

func (t *track) newFormat(sets [rtp.Kinds][][]byte) (*fmp4.Track, error) {
	return fmp4.NewTrack(t.codec, sets[rtp.VPS], sets[rtp.SPS], sets[rtp.PPS])
}

func contains(sets [][]byte, set []byte) bool {
	for _, s := range sets {
		if bytes.Equal(s, set) {
			return true
		}
	}
	return false
}

// beginRun begins a segment that does not continue another one with the unit.
func (t *track) beginRun() {
	t.clock.begin(t.pts)
	t.clock.observe(t.pts, t.began)
	t.beginSegment(segment{since: t.began.mono})
}

func (t *track) beginSegment(s segment) {
	s.on, s.origin, s.format = true, t.pts, t.format
	t.waiting, t.told = stamp{}, false
	t.seg = s
	t.timeline.Reset(t.format.Reorder)
	t.timeline.Begin(0)
}

// rotate ends the segment and begins the next one with the unit. The boundary
// is where the appliance's clock says, as far as the last frame's duration
// allows: that is how the time of day is followed.
func (t *track) rotate() {
	end := t.timeline.End(t.pts-t.seg.origin, t.clock.shift(t.pts))
	if !t.flush(t.timeline.Pending()) {
		t.beginRun()
		return
	}
	next := segment{since: t.began.mono, start: spool.End(t.seg.start, end), continues: true}
	t.end(next.start)
	if leap := t.clock.leap(t.pts, t.began); leap > 0 {
		t.out.down(footage.CauseChanged, fmt.Sprintf("the recorder's clock was set forward by %v", leap.Round(time.Millisecond)), next.start)
		next.start, next.continues = next.start.Add(leap), false
	}
	next.ahead = t.clock.ahead(t.pts, next.start)
	t.clock.anchor(t.pts, next.start)
	t.beginSegment(next)
}

func (t *track) end(until footage.Instant) {
	t.floor = max(t.floor, until)
	t.seg.on = false
	t.out.end(until)
}

// cut ends the segment where the stream breaks off. The last frame gets the
// length of an average one, and no more than a second: a camera that was silent
// for a while and then breaks off would otherwise be footage ahead of the clock.
func (t *track) cut() {
	if t.open && t.marked {
		t.endUnit()
	}
	t.open = false
	if t.seg.on {
		frame := t.seg.frame
		if n := t.timeline.Pending(); n > 1 {
			frame = t.timeline.Lasting(n-1) / int64(n-1)
		}
		if frame == 0 {
			frame = usualFrame
		}
		end := t.timeline.End(t.seg.latest+min(frame, second), 0)
		if t.flush(t.timeline.Pending()) {
			t.end(spool.End(t.seg.start, end))
		}
	}
	t.buf.b = t.buf.b[:fmp4.Headroom]
}

// flushDue writes the frames that are ready, if it is time to. Once the segment
// is due, the last frame is kept back, so that its duration can still be changed
// should the next frame be a key frame.
func (t *track) flushDue(at stamp) {
	n := t.timeline.Ready()
	if t.due() {
		n = min(n, t.timeline.Pending()-1)
	}
	if n <= 0 {
		return
	}
	if len(t.buf.b) < maxFragment && n < fmp4.MaxSamples/2 {
		if t.timeline.Lasting(n) < fragmentLength || t.seg.start == 0 && at.mono-t.seg.since < warmUp {
			return
		}
	}
	t.flush(n)
}

// flush writes the first n frames as a fragment; the rest of the buffer moves to
// a new one. It reports whether the segment goes on: not when the writer is too
// slow to take the fragment.
func (t *track) flush(n int) bool {
	if n == 0 {
		return true
	}
	var open *opening
	if t.seg.fragments == 0 {
		if t.seg.start == 0 {
			t.seg.start = max(t.clock.start(), t.floor)
			t.seg.ahead = t.clock.ahead(t.seg.origin, t.seg.start)
			t.clock.anchor(t.seg.origin, t.seg.start)
		}
		t.seg.until = t.seg.start
		open = &opening{t.seg.start, t.seg.continues, t.seg.format, footage.Clock{AheadMS: t.seg.ahead.Milliseconds()}}
		open.clock.CameraOffsetMS, open.clock.CameraKnown = t.cameraOffset()
	}
	t.seg.frame = t.timeline.Lasting(n) / int64(n)
	decode := t.timeline.Take(t.samples[:n], t.shown[:n])
	end := fmp4.Headroom
	for _, s := range t.samples[:n] {
		end += int(s.Size)
	}
	full := t.buf
	t.likely = max(end, t.likely-t.likely/8)
	t.buf = newBuffer(t.likely)
	t.buf.b = append(t.buf.b, full.b[end:]...)
	full.b = full.b[:end]
	t.unit -= end - fmp4.Headroom
	t.seg.fragments++
	from := fmp4.Seal(full.b, t.seg.fragments, decode, t.samples[:n])
	until := spool.End(t.seg.start, t.timeline.Next())
	t.samples = t.samples[:copy(t.samples, t.samples[n:])]
	t.shown = t.shown[:copy(t.shown, t.shown[n:])]
	if t.out.fragment(fragment{open, full, from, until}) {
		t.seg.until = until
		return true
	}
	return t.overrun()
}

// overrun gives the segment up after the writer could not take a fragment.
func (t *track) overrun() bool {
	kept := fmp4.Headroom
	for _, s := range t.samples {
		kept += int(s.Size)
	}
	t.buf.b = append(t.buf.b[:fmp4.Headroom], t.buf.b[kept:]...) // the unit, if one is here
	t.unit = fmp4.Headroom
	t.samples, t.shown = t.samples[:0], t.shown[:0]
	t.end(t.seg.until)
	t.out.down(footage.CauseDisk, errSlow.Error(), t.floor)
	return false
}
