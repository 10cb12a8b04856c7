package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web"
)

// Every command against a running program: its exit code, one JSON document of
// the promised form with --json, and without it words for people.
func TestCommands(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	stamps := newAuthority(t)
	p := install(t, setup{recorder: "segment: 2s", ledger: "tsa: " + strconv.Quote(stamps.URL), cameras: map[string]string{camera: cameras.URL(camera)}})
	p.authority = stamps
	p.start()
	eventually(t, 20*time.Second, "two segments", func() bool { return len(p.segments(camera).Segments) >= 2 })
	had := p.segments(camera).Segments
	from, to := had[0].Start.String(), had[1].End.String()
	place := []string{"hold", "place", "--camera", camera, "--from", from, "--to", to, "--ground", "crime_likely", "--reason", "vold i køen, politiet kommer"}
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().In(zone).Format("2006-01-02")
	old := []string{"--from", "2020-01-01 10:00", "--to", "2020-01-01 11:00"}
	out := filepath.Join(t.TempDir(), "movie.mp4")

	for _, c := range []struct {
		args   []string
		code   int
		keys   string // of the document, or "error"
		output string // what the text has, on standard output, or on standard error after a failure
	}{
		{[]string{"status"}, 0, "version started cameras spool store expiry holds freezes requests alarms", "recording"},
		{[]string{"clock", "show"}, 0, "time machine paused since behind sources", "deletion follows the machine's clock"},
		{[]string{"clock", "confirm"}, 2, "error", "--reason is missing"},
		{[]string{"clock", "confirm", "--reason", "by the clock of the station"}, 4, "error", "nothing to confirm"},
		{[]string{"camera", "test", camera}, 0, "camera works transport codec width height fps key_ms clock_offset_ms cause detail advice", camera + " works: H264, "},
		{[]string{"camera", "test", "k99"}, 3, "error", "k99"},
		{[]string{"camera", "test"}, 2, "error", "ID"},
		{[]string{"segments", "--camera", camera}, 0, "segments gaps", "h264"},
		{[]string{"segments", "--camera", camera, "--from", from, "--to", to}, 0, "segments gaps", "2 segments"},
		{append([]string{"segments", "--camera", camera}, old...), 3, "segments gaps", "no footage"},
		{[]string{"segments", "--camera", "k99"}, 3, "error", "k99"},
		{[]string{"segments", "--camera", "K 1"}, 2, "error", "K 1"},
		{[]string{"segments"}, 2, "error", "--camera is missing"},
		{[]string{"segments", "--camera", camera, "--from", "yesterday"}, 2, "error", "is not a time"},
		{[]string{"segments", "--camera", camera, "--from", to, "--to", from}, 2, "error", "not after"},
		{[]string{"segments", "--camera", camera, "--form", from}, 2, "error", "did you mean --from?"},
		{place, 0, holdKeys, "H-"},
		{append(place, "--until", "2020-01-01 10:00"), 2, "error", "has passed"},
		{append(place, "--until", footage.At(time.Now().AddDate(0, 0, 40)).String()), 4, "error", "30 days"},
		{append(place, "--to", footage.At(time.Now().AddDate(0, 0, 2)).String()), 4, "error", "future"},
		{append(place, "--ground", "curiosity"), 2, "error", "crime_likely"},
		{append(place, "--camera", "k99"), 2, "error", "k99"},
		{append(place, old...), 3, "error", "deleted"},
		{[]string{"hold", "place", "--camera", camera}, 2, "error", "--from is missing"},
		{[]string{"hold", "list"}, 0, "holds", camera},
		{[]string{"hold", "list", "--ended"}, 0, "holds", "H-"},
		{append(slices.Clone(place), "--dry-run"), 0, "cameras hours segments bytes frozen until missing second_person", "nothing has been placed"},
		{[]string{"hold", "place", "--dry-run", "--zone", "entrance to nowhere", "--from", from, "--to", to}, 2, "error", "there is no zone"},
		{append(slices.Clone(place), "--also", camera+"@"+to+"/"+from), 2, "error", "not after"},
		{append(slices.Clone(place), "--also", "k01"), 2, "error", "--also"},
		{[]string{"countdown", "--camera", camera, "--from", from, "--to", to}, 0, "camera first last stretches missing", "the first of it goes in"},
		{append([]string{"countdown", "--camera", camera}, old...), 3, "camera stretches missing", "has no footage"},
		{[]string{"countdown", "--camera", camera}, 2, "error", "--from is missing"},
		{[]string{"hold", "grounds"}, 0, "grounds closings", "Ikke lenger nødvendig"},
		{[]string{"hold", "review", "H-2020-0001", "--note", "x"}, 3, "error", "H-2020-0001"},
		{[]string{"hold", "confirm", "H-2020-0001"}, 3, "error", "H-2020-0001"},
		{[]string{"hold", "narrow", "H-2020-0001", "--keep", camera + "@" + from + "/" + to, "--why", "x"}, 3, "error", "H-2020-0001"},
		{[]string{"hold", "narrow", "H-2020-0001", "--why", "x"}, 2, "error", "--keep is missing"},
		{[]string{"hold", "quick", "--zone", "nowhere", "--ground", "crime_likely", "--reason", "vold i køen, politiet kommer"}, 2, "error", "there is no zone"},
		{[]string{"hold", "review", "H-2020-0001"}, 2, "error", "--note is missing"},
		{[]string{"hold", "show", "H-2020-0001"}, 3, "error", "H-2020-0001"},
		{[]string{"hold", "show"}, 2, "error", "NUMBER is missing"},
		{[]string{"hold", "show", "a", "b"}, 2, "error", "one argument too many"},
		{[]string{"hold", "close", "H-2020-0001", "--why", "x"}, 3, "error", "H-2020-0001"},
		{[]string{"hold", "close", "H-2020-0001"}, 2, "error", "--why is missing"},
		{[]string{"hold", "close", "H-2020-0001", "--delivered", "--why", "x"}, 2, "error", "leave --why"},
		{[]string{"hold", "close", "H-2020-0001", "--at", from, "--why", "x"}, 2, "error", "go with --delivered"},
		{[]string{"hold", "list", "--freezes"}, 0, "holds", "no freezes"},
		{[]string{"hold", "except", "H-2026-0001", "--document", "x"}, 2, "error", "--document"},
		{[]string{"hold", "appeal", "list"}, 0, "appeals", "no appeals"},
		{[]string{"hold", "appeal", "new", "--camera", camera, "--from", from, "--to", to, "--district", "Oslo politidistrikt", "--source", "javascript:alert(1)"}, 2, "error", "is not an http or https link"},
		{[]string{"hold", "appeal", "accept", "A-2020-0001"}, 3, "error", "A-2020-0001"},
		{[]string{"request", "list"}, 0, "requests", "no requests"},
		{[]string{"request", "new", "--type", "access"}, 2, "error", "--channel is missing"},
		{[]string{"request", "new", "--type", "access", "--channel", "email", "--camera", camera}, 2, "error", "--from is missing"},
		{[]string{"request", "new", "--type", "curiosity", "--channel", "email"}, 2, "error", "the list is access, object"},
		{[]string{"request", "show", "I-2020-0001"}, 3, "error", "I-2020-0001"},
		{[]string{"request", "decide", "I-2020-0001", "--decision", "full"}, 2, "error", "--reason is missing"},
		{[]string{"expire", "--dry-run"}, 0, "due next", "nothing holds it"},
		{[]string{"expire", "--dry-run", "--ahead", "1"}, 0, "due next", "due now: 0 segments"},
		{[]string{"expire", "--ahead", "many"}, 2, "error", "is not a number"},
		{[]string{"expire"}, 0, "retired removed failed next", "0 segments retired"},
		{append([]string{"movie", "--force", "--out", out, "--camera", camera}, "--from", from, "--to", to), 0, movieKeys, "asked for:"},
		{append([]string{"movie", "--out", out, "--camera", camera}, "--from", from, "--to", to), 4, "error", "is there already"},
		{append([]string{"movie", "--out", out + "2", "--camera", camera}, old...), 3, "error", "no such footage"},
		{[]string{"movie", "--out", out + "2", "--camera", camera, "--from", from}, 2, "error", "--to is missing"},
		{[]string{"log", "show", "--kind", "exported"}, 0, logKeys, camera},
		{[]string{"log", "show"}, 0, logKeys, "hold-placed"},
		{[]string{"log", "show", "--kind", "start", "--last", "1"}, 0, logKeys, "version="},
		{[]string{"log", "show", "--camera", camera, "--from", from, "--lines"}, 0, logKeys, `"kind":"hold-placed"`},
		{[]string{"log", "show", "--hold", "H-2020-0001"}, 3, logKeys, "no entry"},
		{[]string{"log", "show", "--from", "yesterday"}, 2, "error", "is not a time"},
		{[]string{"log", "checkpoint"}, 0, "size root at note name key", "sjudager/"},
		{[]string{"log", "verify"}, 0, verifyKeys, "everything is as it was written"},
		{[]string{"log", "verify", "--checkpoint", "/nowhere"}, 1, "error", "couldn't read the checkpoint"},
		{[]string{"log", "verify", "--key", "x"}, 5, verifyKeys, "never been this ledger's"},
		{[]string{"log", "proof", "99999"}, 3, "error", "no such entry"},
		{[]string{"log", "proof", "x"}, 2, "error", "is not the number"},
		{[]string{"log", "verify", "--proof", "x"}, 2, "error", "--entry is missing"},
		{[]string{"log", "show", "--format", "xls", "--out", "x"}, 2, "error", "csv or pdf"},
		{[]string{"log", "show", "--format", "csv"}, 2, "error", "--out is missing"},
		{[]string{"log", "erase", "0", "--detail", "case", "--reason", "x"}, 4, "error", "gone for good"},
		{[]string{"log", "erase", "0", "--detail", "case", "--reason", "x", "--yes"}, 3, "error", "has no case"},
		{[]string{"log", "erase", "x", "--detail", "case", "--reason", "x", "--yes"}, 2, "error", "is not the number"},
		{[]string{"log", "erase", "0", "--yes"}, 2, "error", "--detail is missing"},
		{[]string{"statement", "list"}, 3, "statements", "no day has been stated"},
		{[]string{"statement", "day", today}, 0, statedKeys, "the day is not over"},
		{[]string{"statement", "day", "2020-01-01"}, 2, "error", "the ledger begins"},
		{[]string{"statement", "day", "yesterday"}, 2, "error", "is not a day"},
		{[]string{"statement", "day", "2099-01-01"}, 2, "error", "still to come"},
		{[]string{"statement", "answer", "--camera", camera, "--from", from, "--to", to}, 0, statedKeys, "Opptaket finnes. Det slettes fra og med"},
		{[]string{"statement", "answer", "--camera", camera, "--from", from, "--to", to, "--lang", "en"}, 0, statedKeys, "The footage is there. It goes from"},
		{[]string{"statement", "answer", "--camera", camera, "--from", from, "--to", to, "--lang", "sv"}, 2, "error", "nb or en"},
		{append([]string{"statement", "answer", "--camera", camera, "--lang", "en"}, old...), 0, statedKeys, "no record of recording"},
		{append([]string{"statement", "answer", "--camera", "k99"}, old...), 3, statedKeys, "k99"},
		{[]string{"statement", "answer", "--camera", camera}, 2, "error", "--from is missing"},
		{[]string{"statement", "answer", "--camera", camera, "--from", "2020-01-01 10:00", "--to", to}, 2, "error", "at most 8 days"},
		{[]string{"statement", "verify"}, 2, "error", "FILE is missing"},
		{[]string{"statement", "verify", "/nowhere"}, 1, "error", "couldn't read the statement"},
	} {
		name := strings.Join(c.args, " ")
		text := p.run(c.args...)
		said := text.out
		if c.code != 0 {
			said = text.stderr
		}
		if text.code != c.code || !strings.Contains(said, c.output) {
			t.Errorf("%s ended with %d, want %d, and said %q, want %q in it\n%s%s", name, text.code, c.code, said, c.output, text.out, text.stderr)
		}
		if c.code != 0 && !strings.HasPrefix(text.stderr, "sjudager: ") {
			t.Errorf("%s: an error without the program's name: %q", name, text.stderr)
		}
		asJSON := p.run(append(c.args, "--json")...)
		if asJSON.code != c.code {
			t.Errorf("%s --json ended with %d, want %d: %s", name, asJSON.code, c.code, asJSON.stderr)
		}
		if keys := keysOf(t, asJSON); keys != c.keys {
			t.Errorf("%s --json has the keys %q, want %q", name, keys, c.keys)
		}
	}

	// What was written is a movie of just that footage.
	var written writtenMovie
	p.run("movie", "--json", "--force", "--out", out, "--camera", camera, "--from", from, "--to", to).document(t, &written)
	data, err := os.ReadFile(out)
	if err != nil || footage.SHA256(sha256.Sum256(data)) != written.SHA256 || int64(len(data)) != written.Bytes ||
		written.Given.From != had[0].Start || written.Given.To < had[1].End {
		t.Errorf("%d bytes written: %+v, %v", len(data), written, err)
	}
	if said, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", out).CombinedOutput(); err != nil || string(said) != "h264\n" {
		t.Errorf("ffprobe (apt-get install -y ffmpeg) says %s, %v", said, err)
	}

	// A hold up to this moment misses nothing that is only on its way.
	var now web.Hold
	p.run("hold", "place", "--json", "--camera", camera, "--from", from, "--to", footage.At(time.Now().Add(time.Minute)).String(),
		"--ground", "police_requested", "--reason", "vold i køen, politiet kommer").document(t, &now)
	if len(now.Missing) != 0 {
		t.Errorf("a hold on what is being recorded misses %+v", now.Missing)
	}

	// One hold from its beginning to its end.
	var placed, shown, closed web.Hold
	p.run(append(place, "--case", "2026/12345", "--json")...).document(t, &placed)
	p.run("hold", "show", placed.Number, "--json").document(t, &shown)
	if shown.Case != "2026/12345" || shown.Segments != 2 || shown.Reason != "vold i køen, politiet kommer" || !strings.HasPrefix(shown.Placed.By, "uid:") {
		t.Errorf("placed %+v, shown %+v", placed, shown)
	}
	p.run("hold", "review", placed.Number, "--note", "politiet venter", "--json").document(t, &shown)
	if shown.Reviewed == nil || shown.Review <= placed.Review || shown.Case != placed.Case || len(shown.Flags) != 0 {
		t.Errorf("reviewed %+v", shown)
	}
	p.run("hold", "close", placed.Number, "--why", "funnet på annet vis", "--json").document(t, &closed)
	if closed.State != "closed" || closed.Ended == nil || closed.Why != "funnet på annet vis" {
		t.Errorf("closed %+v", closed)
	}
	if again := p.run("hold", "close", placed.Number, "--why", "x"); again.code != exitRefused {
		t.Errorf("closing it again ended with %d: %s", again.code, again.stderr)
	}

	p.answersPeople(camera, from, to)
	p.releases(camera, from, to)
	verified := p.proves(placed.Number)
	p.states(camera, from, to)

	// What only a stranger to the data may not do.
	if info, err := os.Stat(p.dataDir()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data_dir: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(socketPath(p.dataDir())); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	second := execute(t, "serve", "--config", p.config())
	if second.code != exitFailed || !strings.Contains(second.stderr, "another sjudager is running") {
		t.Errorf("a second program on the same folder ended with %d: %s", second.code, second.stderr)
	}

	p.stop()
	verified(false)
	p.changedLedger()
	for _, args := range [][]string{{"status"}, {"hold", "list"}, {"expire"}} {
		r := p.run(append(args, "--json")...)
		if r.code != exitFailed || !strings.Contains(r.stderr, "no sjudager is running") || !strings.Contains(r.stderr, "sjudager serve --config "+p.config()) || keysOf(t, r) != "error" {
			t.Errorf("%v without a running program ended with %d: %s%s", args, r.code, r.out, r.stderr)
		}
	}
}

const (
	statedKeys = "statement note"
	logKeys    = "size entries next"
	verifyKeys = "valid entries pruned root checkpoints outside covered from to key faults"
)

// states takes an answer and the log out of the running program as files, and checks
// them without it.
func (p *program) states(camera, from, to string) {
	t := p.t
	t.Helper()
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	ask := []string{"statement", "answer", "--camera", camera, "--from", from, "--to", to}
	done := func(r ran, code int, says string) {
		t.Helper()
		if r.code != code || !strings.Contains(r.out+r.stderr, says) {
			t.Errorf("it ended with %d, want %d, and does not say %q:\n%s%s", r.code, code, says, r.out, r.stderr)
		}
	}
	done(p.run(append(ask, "--out", file("a.json"))...), 0, "")
	var made web.Checkpoint
	p.run("log", "checkpoint", "--out", file("checkpoint"), "--json").document(t, &made)
	done(execute(t, "statement", "verify", file("a.json")), 0, "compare the key")
	done(execute(t, "statement", "verify", file("a.json"), "--key", made.Key), 0, "everything is as it was signed")
	text, err := os.ReadFile(file("a.json"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := statement.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := signed.PDF(statement.English)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte(`"stored"`), []byte(`"gap"`), 1)
	for name, body := range map[string][]byte{"a.pdf": pdf, "changed.json": changed} {
		if err := os.WriteFile(file(name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done(execute(t, "statement", "verify", file("a.json"), "--pdf", file("a.pdf"), "--lang", "en"), 0, "everything is as it was signed")
	done(execute(t, "statement", "verify", file("a.json"), "--pdf", file("a.pdf")), 5, "is not what")
	done(execute(t, "statement", "verify", file("changed.json"), "--key", made.Key), 5, "answer.pieces[0].what")
	done(p.run(append(ask, "--out", file("a.doc"))...), 2, "neither in .json nor in .pdf")

	lines := p.run("log", "show", "--lines", "--last", "0").out
	if err := os.WriteFile(file("entries"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	alone := append(ask, "--entries", file("entries"), "--checkpoint", file("checkpoint"))
	done(p.run(append(alone, "--key", made.Key, "--lang", "en")...), 0, "Hold H-")
	done(p.run(alone...), 2, "--key")
	if err := os.WriteFile(file("entries"), []byte(strings.Replace(lines, camera, "k99", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	done(p.run(append(alone, "--key", made.Key)...), 5, "signed over others")

	done(p.run("log", "show", "--camera", camera, "--format", "csv", "--out", file("log.csv")), 0, "log.csv")
	done(p.run("log", "show", "--kind", "hold-placed", "--format", "pdf", "--out", file("log.pdf")), 0, "log.pdf")
	if text, err := os.ReadFile(file("log.csv")); err != nil || !bytes.Contains(text, []byte("hold-placed;")) {
		t.Errorf("%v: %s", err, text)
	}
	if text, err := os.ReadFile(file("log.pdf")); err != nil || !bytes.HasPrefix(text, []byte("%PDF-")) {
		t.Errorf("%v", err)
	}
}

// proves takes a proof and a checkpoint out of the running program, and checks them
// without it, against its folder and against a folder that was changed.
func (p *program) proves(number string) (verified func(running bool)) {
	t := p.t
	t.Helper()
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	var made web.Checkpoint
	p.run("log", "checkpoint", "--json", "--out", at("checkpoint.txt")).document(t, &made)
	var log web.Log
	p.run("log", "show", "--hold", number, "--json").document(t, &log)
	if len(log.Entries) != 3 || log.Entries[0].Kind != "hold-placed" || log.Entries[1].Kind != "hold-reviewed" || log.Entries[2].Details["reason"].Text != "funnet på annet vis" || !strings.HasPrefix(log.Entries[2].By, "uid:") {
		t.Errorf("the ledger about %s: %+v", number, log.Entries)
	}
	n := log.Entries[0].Number
	if r := p.run("log", "proof", fmt.Sprint(n), "--out", at("e")); r.code != 0 || !strings.Contains(r.out, made.Key) {
		t.Errorf("log proof ended with %d: %s%s", r.code, r.out, r.stderr)
	}
	check := []string{"log", "verify", "--proof", at("e.proof"), "--entry", at("e.entry"), "--key", made.Key}
	if r := execute(t, check...); r.code != 0 || !strings.Contains(r.out, "is in the ledger") {
		t.Errorf("a proof ended with %d: %s%s", r.code, r.out, r.stderr)
	}
	if keys := keysOf(t, execute(t, append(check, "--json")...)); keys != "entry valid" {
		t.Errorf("a proof has %s", keys)
	}
	line, err := os.ReadFile(at("e.entry"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("e.entry"), bytes.Replace(line, []byte("crime_likely"), []byte("crime_liking"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := execute(t, append(check, "--json")...); r.code != exitInvalid || keysOf(t, r) != "error" {
		t.Errorf("a proof of another entry ended with %d: %s%s", r.code, r.out, r.stderr)
	}

	verify := []string{"log", "verify", "--json", "--key", made.Key, "--checkpoint", at("checkpoint.txt")}
	verified = func(running bool) {
		t.Helper()
		var v web.Verified
		if r := p.run(verify...); r.code != 0 {
			t.Errorf("log verify (running: %v) ended with %d: %s", running, r.code, r.stderr)
		} else if r.document(t, &v); !v.Valid || v.Outside != 1 || v.Entries < made.Size || !running && v.Covered != v.Entries {
			t.Errorf("running: %v: %+v", running, v)
		}
	}
	verified(true)
	return verified
}

// changedLedger changes one entry in the folder of a program that has ended.
func (p *program) changedLedger() {
	t := p.t
	t.Helper()
	db, err := index.Open(filepath.Join(p.dataDir(), "index.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	err = db.Update(func(tx *index.Tx) error {
		for told, err := range ledger.Entries(tx, ledger.Filter{Kind: ledger.Retention}, 1<<40) {
			if err != nil {
				return err
			}
			n = told.Number
			return tx.Put(fmt.Sprintf("ledger/entry/%012d", n), bytes.Replace(told.Line, []byte("604800"), []byte("604801"), 1))
		}
		return errors.New("there is no such entry")
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	var v web.Verified
	r := p.run("log", "verify", "--json")
	if r.document(t, &v); r.code != exitInvalid || v.Valid || *v.Faults[0].Entry != n || v.Faults[0].Kind != "retention" {
		t.Errorf("a changed ledger ended with %d: %s%s", r.code, r.out, r.stderr)
	}
	if r := p.run("log", "verify"); r.code != exitInvalid || !strings.Contains(r.stderr, fmt.Sprintf("entry %d: it is not what was written down", n)) {
		t.Errorf("a changed ledger ended with %d: %s%s", r.code, r.out, r.stderr)
	}
}

const movieKeys = "file sha256 camera asked given next ended spans gaps key_frames codec codecs width height frames dropped duration bytes etag deadline"

const holdKeys = "number state cameras from to selected ground reason case place until review reviewed flags placed quick confirmed ended why closing receipt appeal request segments bytes missing"

// keysOf returns the keys of the one document that was printed, in their order.
func keysOf(t *testing.T, r ran) string {
	t.Helper()
	var document map[string]json.RawMessage
	r.document(t, &document)
	var keys []string
	d := json.NewDecoder(strings.NewReader(r.out))
	for _, err := d.Token(); err == nil && d.More(); { // after the opening brace
		var key json.Token
		var value json.RawMessage
		if key, err = d.Token(); err == nil {
			err = d.Decode(&value)
			keys = append(keys, key.(string))
		}
	}
	return strings.Join(keys, " ")
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	good := install(t, setup{cameras: map[string]string{"k01": "rtsp://127.0.0.1/x"}}).config()
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("site:\n  name: X\n  timzone: Europe/Oslo\nretention:\n  keep: 8d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		File    string
		Valid   bool
		Cameras int
		Faults  []configs.Fault
	}
	var a answer
	if r := execute(t, "config", "check", good, "--json"); r.code != 0 {
		t.Errorf("a good file ended with %d: %s", r.code, r.stderr)
	} else if r.document(t, &a); !a.Valid || a.Cameras != 1 || len(a.Faults) != 0 {
		t.Errorf("a good file: %+v", a)
	}
	r := execute(t, "config", "check", "--json", bad)
	if r.document(t, &a); r.code != exitFailed || a.Valid || len(a.Faults) != 3 || a.Faults[1].Line != 3 {
		t.Errorf("a bad file ended with %d: %+v", r.code, a)
	}
	if r = execute(t, "config", "check", bad); r.code != exitFailed || !strings.Contains(r.stderr, "bad.yaml:3: site.timzone: unknown key; did you mean timezone?") {
		t.Errorf("a bad file ended with %d: %s", r.code, r.stderr)
	}
	if r = execute(t, "config", "check", "/nowhere.yaml"); r.code != exitFailed || !strings.Contains(r.stderr, "no such file") {
		t.Errorf("no file ended with %d: %s", r.code, r.stderr)
	}
	if r = execute(t, "serve", "--config", bad); r.code != exitFailed || !strings.Contains(r.stderr, "timzone") {
		t.Errorf("serving a bad file ended with %d: %s", r.code, r.stderr)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		code   int
		output string
	}{
		{"help", 0, "Exit codes:"},
		{"--help", 0, "Exit codes:"},
		{"help hold", 0, "Usage: sjudager hold close"},
		{"help segments", 0, "TIME is local at the site"},
		{"hold place --help", 0, "Usage: sjudager hold place"},
		{"version", 0, "sjudager "},
		{"", 2, "sjudager demo"},
		{"stauts", 2, "did you mean sjudager status?"},
		{"hold", 2, "place, list, show, quick, confirm, narrow, review, grounds, close"},
		{"hold plcae", 2, "did you mean sjudager hold place?"},
		{"hold-list", 2, "did you mean sjudager hold list?"},
		{"frobnicate", 2, "sjudager help lists the commands"},
		{"help frobnicate", 2, "is not a command"},
		{"serve --conifg x", 2, "did you mean --config?"},
		{"serve --config", 2, "--config needs a value"},
		{"serve x", 2, "one argument too many"},
		{"demo --cameras 0", 2, "1 to 64"},
		{"demo --keep 8d", 2, "is not a length of time"},
		{"demo --keep 200h", 2, "seven days"},
		{"config check", 2, "FILE is missing"},
		{"status --config /nowhere.yaml", 1, "--config FILE"},
	} {
		r := execute(t, strings.Fields(c.args)...)
		said := r.out
		if c.code != 0 {
			said = r.stderr
		}
		if r.code != c.code || !strings.Contains(said, c.output) {
			t.Errorf("sjudager %s ended with %d, want %d; %q is not in:\n%s", c.args, r.code, c.code, c.output, said)
		}
	}
	all := usage
	for _, cmd := range commands() {
		if !strings.Contains(usage, "sjudager "+cmd.name) || !strings.HasPrefix(cmd.usage, "Usage: sjudager "+cmd.name) {
			t.Errorf("the usage does not have %s", cmd.name)
		}
		all += cmd.usage
	}
	for line := range strings.SplitSeq(all, "\n") {
		if len([]rune(line)) > 80 {
			t.Errorf("too long for a terminal: %q", line)
		}
	}
}
