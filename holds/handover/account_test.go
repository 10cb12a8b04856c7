package handover

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// What is to be given = what is given + gaps + what is missing, to the frame: across
// three gaps, a change of the codec, and the night on which the clocks go back. The
// table for programs, the papers and the player page say the same.
func TestAccount(t *testing.T) {
	r := newRig(t)
	in := r.story()
	change := footage.At(time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC))
	zero := change - 10*second
	r.now = change.Add(time.Hour).Time()
	r.record(entrance, zero, 0, 0)           // to 8 s; then a camera that stalled
	r.record(entrance, zero+10*second, 0, 1) // to 18 s, of which the last four are H.265; then it cannot be reached
	r.record(entrance, zero+25*second, 1)    // to 29 s; then nobody knows
	r.record(entrance, zero+32*second, 0)    // to 36 s; and nothing to the end
	r.must(r.vault.Index.Update(func(tx *index.Tx) error {
		for _, g := range []footage.Gap{
			{Camera: entrance, Span: footage.Span{From: zero + 8*second, To: zero + 10*second}, Cause: footage.CauseStalled},
			{Camera: entrance, Span: footage.Span{From: zero + 18*second, To: zero + 25*second}, Cause: footage.CauseUnreachable},
		} {
			if err := vault.PutGap(tx, g); err != nil {
				return err
			}
		}
		return nil
	}))
	asked := footage.Span{From: zero + 1_520_000, To: zero + 40*second} // not at a key frame
	in.Selections = []holds.Selection{{Cameras: []footage.CameraID{entrance}, Span: asked}}
	result := r.build(in)
	if report := check(t, result.Path, verify.Options{}); !report.OK || report.Masters != 3 {
		t.Error(text(t, report))
	}
	files := tree(t, result.Path)
	rows, err := csv.NewReader(bytes.NewReader(files["data/maskin/gaps.csv"])).ReadAll()
	r.must(err)
	sums, pictures, at := map[string]int64{}, 0, asked.From
	for _, row := range rows[1:] {
		us, err := strconv.ParseInt(row[6], 10, 64)
		r.must(err)
		sums[row[1]] += us
		if row[1] == "delivered" {
			n, err := strconv.Atoi(row[7])
			r.must(err)
			if int64(n)*40_000 != us {
				t.Errorf("%q: %d pictures of 40 ms in %d µs", row, n, us)
			}
			pictures += n
		}
	}
	if fmt.Sprint(sums) != "map[delivered:22480000 gap:9000000 missing:7000000]" || pictures != 562 || sums["delivered"]+sums["gap"]+sums["missing"] != asked.Duration().Microseconds() {
		t.Errorf("%v, %d pictures", sums, pictures)
	}
	// Row by row they are the whole span, without a hole or an overlap.
	for range rows[1:] {
		for _, row := range rows[1:] {
			if row[2] == at.String() {
				r.must(at.UnmarshalText([]byte(row[3])))
				break
			}
		}
	}
	if at != asked.To {
		t.Errorf("the rows end at %s", at)
	}
	// The masters begin with a key frame, 13 pictures before the beginning.
	frames := 0
	for _, name := range result.Masters {
		out := tool(t, "ffmpeg", "ffprobe", "-v", "error", "-count_packets", "-select_streams", "v", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", filepath.Join(result.Path, name))
		n, err := strconv.Atoi(strings.Trim(out, "\n,"))
		r.must(err)
		frames += n
	}
	if frames != pictures+13 {
		t.Errorf("the masters have %d pictures", frames)
	}
	var told struct {
		Beyond []struct {
			SegmentsBefore int64 `json:"segments_before_us"`
			SegmentsAfter  int64 `json:"segments_after_us"`
			MastersBefore  int64 `json:"masters_before_us"`
			MastersAfter   int64 `json:"masters_after_us"`
		}
	}
	r.must(json.Unmarshal(files["data/maskin/release.json"], &told))
	if got := fmt.Sprint(told.Beyond); got != "[{1520000 0 520000 0}]" {
		t.Errorf("beyond: %s", got)
	}
	if note := paperText(t, filepath.Join(result.Path, noteFile)); !strings.Contains(note, "1.52s / 0s") || !strings.Contains(note, "520ms / 0s") {
		t.Error(note)
	}
	if said := paperText(t, filepath.Join(result.Path, paperFolder, "hull_og_avvik.pdf")); !strings.Contains(said, "22.48s") || !strings.Contains(said, "kameraet svarer ikke") || !strings.Contains(said, "cause unknown") {
		t.Error(said)
	}
	if said := paperText(t, filepath.Join(result.Path, paperFolder, "tidserklaering.pdf")); !strings.Contains(said, "fra 02:59:59 +02:00 til 02:00:00 +01:00") {
		t.Error(said)
	}
	// The track of the master that goes through the change.
	srt := string(files[strings.TrimSuffix(result.Masters[0], ".mp4")+".srt"])
	if plainText(tool(t, "ffmpeg", "ffmpeg", "-v", "error", "-nostdin", "-i", filepath.Join(result.Path, result.Masters[0]), "-map", "0:s", "-f", "srt", "-")) != plainText(srt) ||
		!strings.Contains(srt, "2026-10-25 02:00:03 +01:00  (01:00:03 UTC)") || !strings.Contains(srt, "2026-10-25 02:59:57 +02:00  (00:59:57 UTC)") {
		t.Error(srt)
	}

	ctx := chromium(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.Join(result.Path, playerFile))); err != nil {
		t.Fatal(err)
	}
	cells := evaluate[[]string](t, ctx, "Array.from(document.querySelectorAll('#account td'), c => c.textContent)")
	if got := strings.Join(cells, " "); got != "k01-inngang 0:00:38.480 0:00:22.480 0:00:09.000 0:00:07.000 562" {
		t.Errorf("the page says %s", got)
	}
	if gaps := evaluate[int](t, ctx, "document.querySelectorAll('#gaps li').length"); gaps != 4 {
		t.Errorf("%d gaps are listed", gaps)
	}
	evaluate[any](t, ctx, fmt.Sprintf("player.go(%d)", int64(change)/1000+1000))
	await(t, ctx, "player.cameras[0].video.readyState >= 2 && Math.abs(player.cameras[0].video.currentTime - 8.001) < 0.01")
	if clock := evaluate[string](t, ctx, "document.getElementById('clock').innerText"); !strings.Contains(clock, "2026-10-25 02:00:01.000 +01:00") {
		t.Error(clock)
	}
}
