package recorder

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/recorder/fmp4"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// take is a sink that keeps what it is given.
type take struct {
	t        *testing.T
	segments []*taken
	downs    []string
	refuse   int // so many fragments
	retry    bool
}

type taken struct {
	opening
	until  footage.Instant
	ended  bool
	frames []mp4.FullSample
}

func (k *take) fragment(f fragment) bool {
	defer f.buf.free()
	if k.refuse > 0 {
		k.refuse--
		return false
	}
	if f.open != nil {
		k.segments = append(k.segments, &taken{opening: *f.open})
	}
	s := k.segments[len(k.segments)-1]
	data := append(fmp4.Init(s.format, spool.Meta{Camera: "k01", Start: s.start}), f.buf.b[f.from:]...)
	file, err := mp4.DecodeFile(bytes.NewReader(data))
	if err != nil {
		k.t.Fatal(err)
	}
	frames, err := file.Segments[0].Fragments[0].GetFullSamples(file.Moov.Mvex.Trex)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := range frames {
		frames[i].Data = bytes.Clone(frames[i].Data)
	}
	s.frames = append(s.frames, frames...)
	s.until = f.until
	return true
}

func (k *take) end(until footage.Instant) {
	if n := len(k.segments); n > 0 && !k.segments[n-1].ended {
		k.segments[n-1].ended, k.segments[n-1].until = true, until
	}
}

func (k *take) down(cause footage.Cause, detail string, at footage.Instant) {
	k.downs = append(k.downs, fmt.Sprintf("%s at %v: %s", cause, at.Sub(noon), detail))
}

func (k *take) again() bool {
	defer func() { k.retry = false }()
	return k.retry
}

// check holds every segment to what is promised of all: it starts on a key
// frame, is shown from 0, has no hole and is as long as it says, and starts
// ascend.
func (k *take) check() {
	k.t.Helper()
	until := footage.Instant(0)
	for i, s := range k.segments {
		decode := uint64(0)
		for n, f := range s.frames {
			if f.DecodeTime != decode {
				k.t.Errorf("segment %d: frame %d is decoded at %d, want %d", i, n, f.DecodeTime, decode)
			}
			decode += uint64(f.Dur)
		}
		if !s.frames[0].IsSync() || s.frames[0].CompositionTimeOffset != 0 {
			k.t.Errorf("segment %d begins with %+v", i, s.frames[0].Sample)
		}
		if end := spool.End(s.start, int64(decode)); !s.ended || end != s.until {
			k.t.Errorf("segment %d ends at %v, its frames at %v", i, s.until, end)
		}
		if s.start < until || s.continues && s.start != until {
			k.t.Errorf("segment %d starts at %v, the one before ends at %v", i, s.start, until)
		}
		until = s.until
	}
}

// frames returns the frames of all segments.
func (k *take) frames() (all []mp4.FullSample) {
	for _, s := range k.segments {
		all = append(all, s.frames...)
	}
	return all
}

// frame is an access unit on its way.
type frame struct {
	nals [][]byte // or OBUs
	av1  bool
	pts  int64         // ticks
	at   time.Duration // when it arrives
	lose []int         // packets that do not
	mark func(packets []rtp.Packet)
}

// film returns the clip so many times in a row, each frame arriving when it is
// encoded.
func film(clip *farm.Clip, rounds int) (frames []frame) {
	for round := range int64(rounds) {
		for _, u := range clip.Units {
			f := frame{av1: clip.Codec == farm.AV1, pts: round*clip.Period + u.PTS - clip.Units[0].PTS}
			f.at = time.Duration(round*clip.Period+u.DTS) * time.Second / second
			if f.av1 {
				f.nals = slices.Collect(u.OBUs())
			} else {
				f.nals = slices.Collect(u.NALs())
			}
			frames = append(frames, f)
		}
	}
	return frames
}

// stream is what the camera would say about the clip.
func stream(clip *farm.Clip) rtsp.Stream {
	switch clip.Codec {
	case farm.AV1:
		return rtsp.Stream{Codec: footage.AV1}
	case farm.H265:
		return rtsp.Stream{Codec: footage.H265, VPS: clip.Params[0], SPS: clip.Params[1], PPS: clip.Params[2]}
	}
	return rtsp.Stream{Codec: footage.H264, SPS: clip.Params[0], PPS: clip.Params[1]}
}

// feeder sends frames to a track.
type feeder struct {
	track    *track
	codec    footage.Codec
	sequence uint16
}

func newFeeder(k *take, s rtsp.Stream, segment time.Duration) *feeder {
	f := &feeder{newTrack(k, segment, 0), s.Codec, 65500} // to wrap soon
	f.track.begin(s)
	return f
}

func (f *feeder) send(frames ...frame) { f.sendAt(0, frames...) }

// sendAt sends frames while the appliance's clock has been set forward by so much.
func (f *feeder) sendAt(set time.Duration, frames ...frame) {
	for _, frame := range frames {
		stamp32 := uint32(frame.pts + 1<<32 - 4*second) // to wrap after four seconds
		packets := rtptest.Packets(f.codec, frame.nals, f.sequence, stamp32, 700)
		f.sequence += uint16(len(packets))
		if frame.mark != nil {
			frame.mark(packets)
		}
		for i, p := range packets {
			if !slices.Contains(frame.lose, i) {
				f.track.packet(p, stamp{noon.Add(frame.at + set), frame.at})
			}
		}
	}
}

// sample is what the frame should be in a file.
func (f frame) sample() (b []byte) {
	if !f.av1 {
		return avcc(f.nals)
	}
	for _, obu := range f.nals { // none has the extension
		b = binary.AppendUvarint(append(b, obu[0]|2), uint64(len(obu)-1))
		b = append(b, obu[1:]...)
	}
	return b
}

func avcc(nals [][]byte) (b []byte) {
	for _, nal := range nals {
		b = binary.BigEndian.AppendUint32(b, uint32(len(nal)))
		b = append(b, nal...)
	}
	return b
}

// same compares recorded frames with those sent.
func same(t *testing.T, got []mp4.FullSample, want []frame) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d frames were recorded of %d", len(got), len(want))
		return
	}
	for i := range got {
		if !bytes.Equal(got[i].Data, want[i].sample()) {
			t.Errorf("frame %d has other bytes than were sent", i)
			return
		}
	}
}

func TestTrackRecordsWhatIsSent(t *testing.T) {
	for name := range clipArgs {
		t.Run(name, func(t *testing.T) {
			clip := loadClip(t, name)
			k := &take{t: t}
			f := newFeeder(k, stream(clip), 2*time.Second)
			frames := film(clip, 3)
			f.send(frames...)
			f.track.cut()
			k.check()
			same(t, k.frames(), frames)
			if name == "recovery" || name == "h265-open" {
				return // their key frames are not a second apart
			}
			if clip.Codec == farm.AV1 {
				for i, s := range frames {
					if !bytes.Equal(s.sample(), clip.Units[i%len(clip.Units)].Data) {
						t.Fatalf("frame %d is in the file otherwise than it is in the clip", i)
					}
				}
			}
			if len(k.segments) != 5 {
				t.Errorf("%d segments", len(k.segments))
			}
			for i, s := range k.segments {
				if s.continues != (i > 0) || i < 4 && len(s.frames) != 50 {
					t.Errorf("segment %d: %d frames, continues: %v", i, len(s.frames), s.continues)
				}
				// Each frame is shown when the camera says.
				for n, got := range s.frames {
					sent := frames[i*50+n].pts - frames[i*50].pts
					if shown := int64(got.DecodeTime) + int64(got.CompositionTimeOffset); shown != sent {
						t.Fatalf("segment %d: frame %d is shown at %d, want %d", i, n, shown, sent)
					}
				}
			}
		})
	}
}

// TestTrackMarks: where access units end is found out whatever the marker bits
// say.
func TestTrackMarks(t *testing.T) {
	for _, codec := range []string{"slices", "h265-b", "av1-hidden"} {
		t.Run(codec, func(t *testing.T) { testMarks(t, loadClip(t, codec)) })
	}
}

func testMarks(t *testing.T, clip *farm.Clip) {
	for name, change := range map[string]func([]frame){
		"no marker": func(all []frame) {
			for i := range all {
				all[i].mark = func(p []rtp.Packet) { p[len(p)-1].Marker = false }
			}
			all[len(all)-1].mark = nil // the very last frame would be waited for
		},
		"a marker on every packet": func(all []frame) {
			for i := range all {
				all[i].mark = func(p []rtp.Packet) {
					for n := range p {
						p[n].Marker = true
					}
				}
			}
		},
		"one time for all": func(all []frame) {
			for i := range all {
				all[i].pts = 0
				if clip.Codec == farm.AV1 { // nothing else tells its pictures apart
					all[i].nals = append([][]byte{{2 << 3}}, all[i].nals...)
				}
			}
		},
		"parameter sets with a time of their own": func(all []frame) {
			for i := range all {
				if i%25 == 0 {
					all[i].nals = append(slices.Clone(clip.Params), all[i].nals...)
					all[i].mark = func(p []rtp.Packet) {
						for n := range clip.Params {
							p[n].Timestamp -= 1000
							p[n].Marker = true
						}
					}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			frames := film(clip, 1)
			change(frames)
			k := &take{t: t}
			f := newFeeder(k, stream(clip), time.Second)
			f.send(frames...)
			f.track.cut()
			k.check()
			for i := range frames { // delimiters are not recorded
				if frames[i].av1 && frames[i].nals[0][0]>>3 == 2 {
					frames[i].nals = frames[i].nals[1:]
				}
			}
			same(t, k.frames(), frames)
		})
	}
}

func TestTrackLoss(t *testing.T) {
	clip := loadClip(t, "slices")
	frames := film(clip, 1)
	count := func(nals [][]byte) int { return len(rtptest.Packets(footage.H264, nals, 0, 0, 700)) }
	last := count(frames[30].nals) - 1
	for name, test := range map[string]struct {
		frame int
		lose  []int // packets of it
		gone  []int // frames that are not recorded
		hurt  []int // frames that need one of them
	}{
		"in the middle of a frame":    {30, []int{2}, []int{30}, seq(31, 50)},
		"the beginning of a frame":    {30, []int{0, 1}, []int{30}, seq(31, 50)},
		"the first slice, as a whole": {30, seq(0, count(frames[30].nals[:2])), []int{30}, seq(31, 50)},
		"the end of a frame":          {30, []int{last}, []int{30}, seq(31, 50)},
		"in a key frame":              {25, []int{3}, []int{25}, seq(26, 50)},
		"before a key frame":          {24, []int{2}, []int{24}, nil},
		"a frame as a whole":          {30, seq(0, last+1), []int{30}, seq(31, 50)},
		"in the first frame of all":   {0, []int{4}, seq(0, 25), nil},
	} {
		t.Run(name, func(t *testing.T) {
			frames := slices.Clone(frames)
			frames[test.frame].lose = test.lose
			k := &take{t: t}
			f := newFeeder(k, stream(clip), time.Second)
			f.send(frames...)
			f.track.cut()
			k.check()
			var want []frame
			for i := range frames {
				if !slices.Contains(test.gone, i) {
					want = append(want, frames[i])
				}
			}
			same(t, k.frames(), want)
			if f.track.stats.lost != uint64(len(test.lose)) {
				t.Errorf("%d packets are said to be lost, want %d", f.track.stats.lost, len(test.lose))
			}
			// The frames say it themselves, those that were kept.
			var hurt []int
			lost := 0
			for i, got := range k.frames() {
				loss := spool.LossOf(got.Flags)
				lost += loss.Packets
				if loss.Damaged {
					hurt = append(hurt, int(want[i].pts/3600))
				}
			}
			if lost != len(test.lose) || !slices.Equal(hurt, test.hurt) || int(f.track.stats.damaged) != len(hurt) {
				t.Errorf("%d packets are lost, and frames %v hurt; want %d and %v", lost, hurt, len(test.lose), test.hurt)
			}
		})
	}
}

// TestTrackLossAndReordering: behind a key frame that heals the picture come frames
// that are shown before it, and need what came before.
func TestTrackLossAndReordering(t *testing.T) {
	clip := loadClip(t, "h265-open")
	frames := film(clip, 2)
	key := slices.IndexFunc(frames, func(f frame) bool { return f.nals[len(f.nals)-1][0] == 21<<1 }) // CRA
	leading := 0
	for key+1+leading < len(frames) && frames[key+1+leading].pts < frames[key].pts {
		leading++
	}
	if leading == 0 {
		t.Fatal("no frame leads the key frame, so this shows nothing")
	}
	frames[key-2].lose = []int{0}
	k := &take{t: t}
	f := newFeeder(k, stream(clip), time.Minute)
	f.send(frames...)
	f.track.cut()
	var hurt []int
	for i, got := range k.frames() {
		if spool.LossOf(got.Flags).Damaged {
			hurt = append(hurt, i+1) // one is not there
		}
	}
	if want := append([]int{key - 1}, seq(key+1, key+1+leading)...); !slices.Equal(hurt, want) {
		t.Errorf("frames %v are hurt, want %v; %d is the key frame", hurt, want, key)
	}
}

// TestTrackSigning: what a camera puts in to sign its video (ONVIF Media Signing) lies
// in SEI messages, or in metadata OBUs, and is recorded bit by bit in its place (R47).
func TestTrackSigning(t *testing.T) {
	uuid := []byte("\x00\x5b\xc9\x3f\x2d\x71\x5e\x95\xad\xa4\x79\x6f\x90\x87\x7a\x6f")
	message := append(append([]byte{5, 255, 255, 255, 255, 255, 255, 255, 200}, uuid...), bytes.Repeat([]byte{1, 0, 0, 3, 2}, 396)...) // with emulation prevention
	for name, wrap := range map[string]func(kind int) []byte{
		"slices": func(int) []byte { return append([]byte{6}, message...) },
		"h265":   func(kind int) []byte { return append([]byte{byte(39+kind) << 1, 1}, message...) }, // prefix, suffix
		"av1":    func(int) []byte { return append([]byte{5 << 3, 31}, message...) },
	} {
		t.Run(name, func(t *testing.T) {
			clip := loadClip(t, name)
			frames := film(clip, 1)
			for i := range frames {
				nals := append([][]byte{wrap(0)}, frames[i].nals...)
				if name == "h265" {
					nals = append(nals, wrap(1))
				}
				if i%5 == 0 {
					frames[i].nals = nals
				}
			}
			k := &take{t: t}
			f := newFeeder(k, stream(clip), time.Second)
			f.send(frames...)
			f.track.cut()
			k.check()
			same(t, k.frames(), frames)
		})
	}
}

func seq(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// TestTrackParameterSets: they may come in the stream alone, they stay in it, and
// when they change a segment with a new header begins.
func TestTrackParameterSets(t *testing.T) {
	one, other := loadClip(t, "h264"), loadClip(t, "slices")
	inBand := func(clip *farm.Clip, later time.Duration) []frame {
		frames := film(clip, 1)
		for i := range frames {
			if i%25 == 0 {
				frames[i].nals = append(slices.Clone(clip.Params), frames[i].nals...)
			}
			frames[i].at += later
			frames[i].pts += ticks(later)
		}
		return frames
	}
	k := &take{t: t}
	f := newFeeder(k, rtsp.Stream{Codec: footage.H264}, 10*time.Second)
	bare := film(one, 1)[:25]
	f.send(bare...) // nothing to begin with: not recorded
	frames := append(inBand(one, time.Second), inBand(other, 4*time.Second)...)
	f.send(frames...)
	f.track.cut()
	k.check()
	same(t, k.frames(), frames)
	if len(k.segments) != 2 || !k.segments[1].continues {
		t.Fatalf("%d segments", len(k.segments))
	}
	for i, clip := range []*farm.Clip{one, other} {
		if got := [][]byte{k.segments[i].format.SPS[0], k.segments[i].format.PPS[0]}; !cmp.Equal(got, clip.Params) {
			t.Errorf("the header of segment %d has other parameter sets than the stream", i)
		}
	}
}

// TestTrackSequenceHeader: of AV1, another sequence header begins a segment.
func TestTrackSequenceHeader(t *testing.T) {
	one, other := loadClip(t, "av1"), loadClip(t, "av1-hidden")
	k := &take{t: t}
	f := newFeeder(k, rtsp.Stream{Codec: footage.AV1}, 10*time.Second)
	frames := film(one, 1)
	for _, fr := range film(other, 1) {
		fr.at += 3 * time.Second
		fr.pts += 3 * second
		frames = append(frames, fr)
	}
	f.send(frames[1:]...) // the first key frame is missed
	f.track.cut()
	k.check()
	same(t, k.frames(), frames[25:])
	if len(k.segments) != 2 || !k.segments[1].continues || len(k.segments[0].frames) != 50 {
		t.Fatalf("%d segments", len(k.segments))
	}
	for i, clip := range []*farm.Clip{one, other} {
		var want frame
		for obu := range clip.Units[0].OBUs() {
			if obu[0]>>3 == 1 {
				want = frame{av1: true, nals: [][]byte{obu}}
			}
		}
		if got := k.segments[i].format; len(got.SPS) != 1 || !bytes.Equal(got.SPS[0], want.sample()) || got.Width != 320 || got.Height != 240 {
			t.Errorf("the header of segment %d is %+v", i, got)
		}
	}
}

// TestTrackRecoveryPoints: a stream whose only IDR picture was missed begins at a
// recovery point, though not before it is clear that no other will come.
func TestTrackRecoveryPoints(t *testing.T) {
	clip := loadClip(t, "recovery")
	k := &take{t: t}
	f := newFeeder(k, stream(clip), time.Second)
	for i, fr := range film(clip, 6) {
		if i%75 != 0 {
			f.send(fr)
		}
	}
	f.track.cut()
	k.check()
	if len(k.segments) == 0 {
		t.Fatal("nothing was recorded")
	}
	if first := k.segments[0].start.Sub(noon); first < 10*time.Second || first > 12*time.Second {
		t.Errorf("the first segment starts after %v", first)
	}
	if len(k.downs) != 1 || !strings.HasPrefix(k.downs[0], "no-key-frame at 40ms") {
		t.Errorf("told %q", k.downs)
	}
}

func TestTrackTimeJumps(t *testing.T) {
	clip := loadClip(t, "h264")
	for name, test := range map[string]struct {
		jump  int64         // of the RTP clock
		pause time.Duration // of everything
		want  string
		runs  int
	}{
		"back":                        {-20 * second, 0, "stream-changed at 3s: the camera's time jumped by -20.0 s", 2},
		"forward":                     {7 * second, 0, "stream-changed at 3s: the camera's time jumped by 7.0 s", 2},
		"far":                         {-1 << 31, 0, "stream-changed at 3s: the camera's time jumped by -23860.9 s", 2},
		"a pause is not a jump":       {6 * second, 6 * time.Second, "", 1},
		"a little is not a jump":      {second, 0, "", 1},
		"a little back is not a jump": {-second, 0, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			frames := film(clip, 2)
			for i := range frames[75:] {
				frames[75+i].pts += test.jump
				frames[75+i].at += test.pause
			}
			k := &take{t: t}
			f := newFeeder(k, stream(clip), time.Second)
			f.send(frames...)
			f.track.cut()
			k.check()
			same(t, k.frames(), frames)
			if got := strings.Join(k.downs, "; "); got != test.want {
				t.Errorf("told %q, want %q", got, test.want)
			}
			runs := 0
			for _, s := range k.segments {
				if !s.continues {
					runs++
				}
			}
			if runs != test.runs {
				t.Errorf("%d runs, want %d", runs, test.runs)
			}
		})
	}
}

// TestTrackNeverTooLong: no key frame for five minutes ends the segment.
func TestTrackNeverTooLong(t *testing.T) {
	clip := loadClip(t, "h264")
	k := &take{t: t}
	f := newFeeder(k, stream(clip), 30*time.Second)
	key, other := film(clip, 1)[0], film(clip, 1)[1]
	for i := range 401 {
		fr := other
		if i%400 == 0 {
			fr = key
		}
		fr.at, fr.pts = time.Duration(i)*time.Second, int64(i)*second
		f.send(fr)
	}
	f.track.cut()
	k.check()
	if len(k.segments) != 2 || k.segments[0].until != noon.Add(300*time.Second) || k.segments[1].start != noon.Add(400*time.Second) {
		for _, s := range k.segments {
			t.Errorf("a segment from %v to %v", s.start, s.until)
		}
	}
	if want := []string{"no-key-frame at 5m0s: the camera sent no key frame for 5 minutes"}; !slices.Equal(k.downs[:1], want) {
		t.Errorf("told %q", k.downs)
	}
}

// TestTrackSilentThenGone: a camera that sends one more frame after a long pause and
// then breaks off is recorded up to that frame. The pause says nothing of how long the
// frame was shown.
func TestTrackSilentThenGone(t *testing.T) {
	clip := loadClip(t, "h264")
	for before := range 30 { // wherever in a fragment the pause comes
		k := &take{t: t}
		f := newFeeder(k, stream(clip), 30*time.Second)
		frames := film(clip, 1)[:before+2]
		last := &frames[before+1]
		last.pts, last.at = last.pts+7*second, last.at+7*time.Second
		f.send(frames...)
		f.track.cut()
		k.check()
		shown := noon.Add(time.Duration(last.pts) * time.Second / second)
		if until := k.segments[0].until; until <= shown || until > shown.Add(time.Second) {
			t.Errorf("%d frames and a pause: the segment ends at %v, its last frame is shown at %v", before+1, until, shown)
		}
	}
}

// TestTrackStartsAtTheFloor: what is accounted for is not recorded over.
func TestTrackStartsAtTheFloor(t *testing.T) {
	clip := loadClip(t, "h264")
	k := &take{t: t}
	f := newFeeder(k, stream(clip), time.Second)
	f.track.floor = noon.Add(time.Hour) // the clock was set back since
	f.send(film(clip, 1)...)
	f.track.cut()
	k.check()
	if got := k.segments[0].start; got != noon.Add(time.Hour) {
		t.Errorf("the first segment starts at %v", got)
	}
	// The next session begins where this one ends, not in the past.
	end := f.track.floor
	f.track.begin(stream(clip))
	f.sequence = 1
	f.send(film(clip, 1)...)
	f.track.cut()
	k.check()
	if s := k.segments[3]; s.start != end || s.continues {
		t.Errorf("the next session starts at %v, want %v", s.start, end)
	}
}

func TestTrackClockSetForward(t *testing.T) {
	clip := loadClip(t, "h264")
	k := &take{t: t}
	f := newFeeder(k, stream(clip), time.Second)
	for i, fr := range film(clip, 2) {
		now := at(fr.at)
		if i > 60 {
			now.wall = now.wall.Add(time.Hour)
		}
		packets := rtptest.Packets(f.codec, fr.nals, f.sequence, uint32(fr.pts), 700)
		f.sequence += uint16(len(packets))
		for _, p := range packets {
			f.track.packet(p, now)
		}
	}
	f.track.cut()
	k.check()
	if want := []string{"stream-changed at 3s: the recorder's clock was set forward by 1h0m0s"}; !slices.Equal(k.downs, want) {
		t.Errorf("told %q, want %q", k.downs, want)
	}
	if s := k.segments[3]; s.start != noon.Add(time.Hour+3*time.Second) || s.continues {
		t.Errorf("the fourth segment starts at %v", s.start)
	}
}

// TestTrackOverrun: a writer that is too slow costs the segment, not the camera.
func TestTrackOverrun(t *testing.T) {
	clip := loadClip(t, "h264-b")
	for at := range 8 {
		k := &take{t: t}
		f := newFeeder(k, stream(clip), 2*time.Second)
		for i, fr := range film(clip, 2) {
			if i == at*13+5 {
				k.refuse = 1
			}
			f.send(fr)
		}
		f.track.cut()
		k.check()
		if len(k.downs) != 1 || !strings.HasPrefix(k.downs[0], "disk at ") {
			t.Errorf("told %q", k.downs)
		}
		if n := len(k.frames()); n < 150-25-13-2 || n >= 150 {
			t.Errorf("%d frames are left of 150", n)
		}
	}
}

// TestTrackAgain: when the spool asks for another segment it gets one with the
// next key frame.
func TestTrackAgain(t *testing.T) {
	clip := loadClip(t, "h264")
	k := &take{t: t}
	f := newFeeder(k, stream(clip), 10*time.Second)
	for i, fr := range film(clip, 1) {
		k.retry = k.retry || i == 30
		f.send(fr)
	}
	f.track.cut()
	k.check()
	if len(k.segments) != 2 || len(k.segments[0].frames) != 50 {
		t.Errorf("%d segments", len(k.segments))
	}
}

// FuzzTrack: a camera may send anything at any time; what is recorded of it keeps
// to the rules. Each four bytes are so many frames as they should be and one at
// another time, with a fault. Inputs are short on purpose: the fuzzer makes each one
// that finds something new as short as it can, which takes the square of its length.
func FuzzTrack(f *testing.F) {
	for fault := range byte(10) {
		f.Add([]byte{25, 20, 40, fault, 31, 20, 40, 0, 20, 60, 250, fault})
	}
	clip := loadClip(f, "h264")
	params := clip.Params
	f.Fuzz(func(t *testing.T, moves []byte) {
		k := &take{t: t}
		feed := newFeeder(k, stream(clip), time.Second)
		now := at(0)
		var pts int64
		n := 0
		next := func(step int64, wait time.Duration) frame {
			pts += step
			now.mono, now.wall = now.mono+wait, now.wall.Add(wait)
			n++
			return frame{nals: slices.Collect(clip.Units[n%len(clip.Units)].NALs()), pts: pts, at: now.mono}
		}
		for count := 0; len(moves) >= 4 && count < 16; count++ {
			ordinary, jump, wait, fault := moves[0], int8(moves[1]), moves[2], moves[3]
			moves = moves[4:]
			for range ordinary % 32 {
				feed.sendAt(now.wall.Sub(noon)-now.mono, next(3600, 40*time.Millisecond))
			}
			// A cube, so that both a little and an overflow can come about.
			fr := next(int64(jump)*int64(jump)*int64(jump)/2, time.Duration(wait)*time.Millisecond)
			switch fault % 10 {
			case 1:
				fr.lose = []int{0}
			case 2:
				fr.nals = append(slices.Clone(params), fr.nals...)
			case 3:
				k.refuse = 1
			case 4:
				k.retry = true
			case 5:
				fr.mark = func(p []rtp.Packet) { p[len(p)-1].Marker = false }
			case 6:
				fr.nals[0] = []byte{ordinary, fault, wait}
			case 7:
				feed.track.begin(stream(clip))
			case 8: // the appliance's clock is set
				now.wall = now.wall.Add(time.Duration(jump) * time.Minute)
			case 9:
				feed.track.report(noon.Add(time.Duration(jump)*time.Hour).Time(), uint32(pts), now)
			}
			feed.sendAt(now.wall.Sub(noon)-now.mono, fr)
		}
		feed.track.cut()
		k.check()
	})
}
