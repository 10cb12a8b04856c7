package handover

import (
	"bytes"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/movie"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/spool"
)

// cue is a text that stands for a while of a movie.
type cue struct {
	from, to int64 // ticks of the movie
	text     string
}

// cues tell the time of day of a movie, second by second: local time with its offset,
// which an autumn night's hour needs, UTC, and the camera.
func cues(m *movie.Movie, zone *time.Location) (all []cue) {
	for i, s := range m.Spans {
		media := func(at footage.Instant) int64 {
			return s.Media + at.Sub(s.From).Microseconds()*spool.Timescale/1_000_000
		}
		for at := s.From; at < s.To; {
			local := at.Time().In(zone)
			next := min(footage.At(at.Time().Truncate(time.Second).Add(time.Second)), s.To)
			c := cue{media(at), media(next),
				fmt.Sprintf("%s  (%s UTC)  %s", local.Format("2006-01-02 15:04:05 -07:00"), at.Time().UTC().Format("15:04:05"), m.Camera)}
			if i > 0 && at == s.From {
				c.text += fmt.Sprintf("\n[%s]", m.Spans[i-1].To.Time().In(zone).Format("15:04:05")+" - "+local.Format("15:04:05")+": hull / gap")
			}
			if at = next; c.to > c.from {
				all = append(all, c)
			}
		}
	}
	return all
}

// captions are the cues as a track of the movie.
func captions(m *movie.Movie, zone *time.Location) (all []remux.Caption) {
	for _, c := range cues(m, zone) {
		if n := len(all); n == 0 || c.to > all[n-1].Until {
			all = append(all, remux.Caption{Until: c.to, Text: c.text})
		}
	}
	return all
}

// timecode writes a time as subtitles have it, with sep before the milliseconds.
func timecode(tick int64, sep string) string {
	ms := tick * 1000 / spool.Timescale
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3600000, ms/60000%60, ms/1000%60, sep, ms%1000)
}

// srt and vtt write cues as files that lie beside a movie.
func srt(all []cue) []byte {
	var b bytes.Buffer
	for i, c := range all {
		fmt.Fprintf(&b, "%d\r\n%s --> %s\r\n%s\r\n\r\n", i+1, timecode(c.from, ","), timecode(c.to, ","), c.text)
	}
	return b.Bytes()
}

func vtt(all []cue) []byte {
	b := bytes.NewBufferString("WEBVTT\n\n")
	for _, c := range all {
		fmt.Fprintf(b, "%s --> %s\n%s\n\n", timecode(c.from, "."), timecode(c.to, "."), c.text)
	}
	return b.Bytes()
}
