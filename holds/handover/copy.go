package handover

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	copyFolder = "data/visningskopi"
	copyMark   = "VISNINGSKOPI, ikke original / VIEWING COPY, not the original"
	// copyRate is the most that a viewing copy has, in bits a second, where its part is
	// not too long for that.
	copyRate = 12_000_000
)

// viewing is a copy of a master that every player shows (R83).
type viewing struct {
	master *master
	fault  string // why there is none after all
}

// copyFile is where the viewing copy of a master lies.
func (m *master) copyFile() string { return copyFolder + "/" + m.name + "_VISNINGSKOPI_H264.mp4" }

// needsCopy reports whether not every player shows it.
func (m *master) needsCopy() bool { return m.movie.Codec != footage.H264 }

// copied reports whether there is a viewing copy of m.
func (b *builder) copied(m *master) bool {
	for _, v := range b.copies {
		if v.master == m && v.fault == "" {
			return true
		}
	}
	return false
}

// writeCopies makes the viewing copies. That one cannot be made does not keep the
// masters from leaving: the release note says so.
func (b *builder) writeCopies() error {
	if b.Encoder == "" || b.NoCopies {
		return nil
	}
	for _, g := range b.given {
		for _, m := range g.masters {
			if !m.needsCopy() {
				continue
			}
			v := viewing{master: m}
			if err := b.writeCopy(g, m); errors.Is(err, errEncoder) {
				b.Vault.Log.Warn("a viewing copy could not be made", "master", m.file(), "error", err)
				v.fault = err.Error()
			} else if err != nil {
				return err
			}
			b.copies = append(b.copies, v)
		}
	}
	return nil
}

func (b *builder) writeCopy(g given, m *master) error {
	f := b.folder
	folder, err := os.MkdirTemp("", "sjudager-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := errors.Join(os.WriteFile(filepath.Join(folder, "text.ass"), b.overlay(g, m), 0o600), os.WriteFile(filepath.Join(folder, "font.ttf"), paper.Font(), 0o600)); err != nil {
		return err
	}
	file, err := b.nameless()
	if err != nil {
		return err
	}
	defer file.Close()
	r, err := m.movie.Reader(f.ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	seconds := max(1, m.movie.Ticks/spool.Timescale)
	rate := min(copyRate, maxPart*8/10*9/seconds)
	done := int64(0)
	job := ffmpegJob{path: b.Encoder, folder: folder, in: struct{ io.Reader }{r}, file: file,
		args: []string{"-y", "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2,subtitles=text.ass:fontsdir=.", "-fps_mode", "passthrough",
			"-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", fmt.Sprint(rate), "-bufsize", fmt.Sprint(rate), "-g", "50", "-pix_fmt", "yuv420p",
			"-threads", fmt.Sprint(max(1, runtime.NumCPU()/2)), "-video_track_timescale", fmt.Sprint(spool.Timescale), "-map_metadata", "-1", "-metadata", "title=" + copyMark,
			"-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", "/proc/self/fd/3"},
		progress: func(at time.Duration) {
			is := min(m.movie.Size(), int64(float64(m.movie.Size())*at.Seconds()/float64(seconds)))
			if is > done {
				f.tell(Encoding, m.copyFile(), int(is-done))
				done = is
			}
		}}
	if err := job.run(f.ctx); err != nil {
		return err
	}
	info, err := os.Stat(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if err != nil {
		return err
	}
	if info.Size() >= 2<<30 {
		return fmt.Errorf("%w: the copy has %d bytes", errEncoder, info.Size())
	}
	return f.fill(m.copyFile(), info.Size(), io.NewSectionReader(file, 0, info.Size()))
}

// overlay is what is written over the pictures of a viewing copy, as ASS has it: what it
// is, the camera, and the time of day as the master's text track tells it.
func (b *builder) overlay(g given, m *master) []byte {
	var s strings.Builder
	height := max(180, m.movie.Height)
	fmt.Fprintf(&s, "[Script Info]\nScriptType: v4.00+\nPlayResX: %d\nPlayResY: %d\nWrapStyle: 0\n\n", max(320, m.movie.Width), height)
	s.WriteString("[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n")
	for _, style := range []struct {
		name string
		at   int // as on the keys of a telephone, upside down
	}{{"Time", 2}, {"Mark", 8}} {
		fmt.Fprintf(&s, "Style: %s,DejaVu Sans Condensed,%d,&H00FFFFFF,&H60000000,&H60000000,3,1,0,%d,4,4,4\n", style.name, max(9, height/28), style.at)
	}
	s.WriteString("\n[Events]\nFormat: Start, End, Style, Text\n")
	plain := strings.NewReplacer("{", "(", "}", ")", "\\", "/", "\n", "\\N")
	line := func(from, to int64, style, text string) {
		at := func(tick int64) string {
			cs := (tick*100 + spool.Timescale/2) / spool.Timescale
			return fmt.Sprintf("%d:%02d:%02d.%02d", cs/360000, cs/6000%60, cs/100%60, cs%100)
		}
		fmt.Fprintf(&s, "Dialogue: %s,%s,%s,%s\n", at(from), at(to), style, plain.Replace(text))
	}
	line(0, m.movie.Ticks+spool.Timescale, "Mark", copyMark+"\n"+string(g.camera.ID)+" "+g.camera.Name)
	for _, c := range cues(m.movie, b.Site.Zone) {
		line(c.from, c.to, "Time", c.text)
	}
	return []byte(s.String())
}
