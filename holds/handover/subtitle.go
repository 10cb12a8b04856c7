package handover

import (
	"bytes"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/movie"
	"github.com/sjudager/sjudager/vault/spool"
)

// cue is a text that stands for a while of a movie.
type cue struct {
	from, to time.Duration // in the movie
	text     string
}

// cues tell the time of day of a movie, second by second: local time with its offset,
// which an autumn night's hour needs, UTC, and the camera.
func cues(m *movie.Movie, zone *time.Location) (all []cue) {
	media := func(ticks int64) time.Duration { return time.Duration(ticks) * time.Second / spool.Timescale }
	for i, s := range m.Spans {
		for at := s.From; at < s.To; {
			local := at.Time().In(zone)
			next := min(footage.At(at.Time().Truncate(time.Second).Add(time.Second)), s.To)
			c := cue{media(s.Media) + at.Sub(s.From), media(s.Media) + next.Sub(s.From),
				fmt.Sprintf("%s  (%s UTC)  %s", local.Format("2006-01-02 15:04:05 -07:00"), at.Time().UTC().Format("15:04:05"), m.Camera)}
			if i > 0 && at == s.From {
				c.text += fmt.Sprintf("\n[%s]", m.Spans[i-1].To.Time().In(zone).Format("15:04:05")+" - "+local.Format("15:04:05")+": hull / gap")
			}
			all = append(all, c)
			at = next
		}
	}
	return all
}

// timecode writes a time as subtitles have it, with sep before the milliseconds.
func timecode(d time.Duration, sep string) string {
	ms := d.Milliseconds()
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
