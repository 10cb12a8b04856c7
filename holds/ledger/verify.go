package ledger

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// VerifyOptions are what Verify checks the ledger against besides itself.
type VerifyOptions struct {
	// Outside are checkpoints that left the building earlier, as signed notes. Only
	// they show that nobody who has the key has written the past anew.
	Outside [][]byte
	// Key is the public key as it was told outside; "" takes the ledger's own word.
	Key string
}

// Report is what Verify found.
type Report struct {
	Entries     int64 // that there have been
	Pruned      int64 // of which only the hash is left
	Root        tlog.Hash
	Checkpoints int             // stored ones whose signature and root are right
	Outside     int             // given ones that this ledger continues
	Covered     int64           // entries under the newest checkpoint; what came later nothing signed covers yet
	Since, To   footage.Instant // of the first and last entry that is left
	Key         string          // that signs now
	Faults      []Fault         // the first bad entry first; none: everything is right
}

// Fault is something that is not as it was written. Of a single entry it has the
// number, or else -1.
type Fault struct {
	Entry int64
	At    footage.Instant // when the entry was written, as far as it can be read
	Kind  Kind            // of the entry, as far as it can be read
	What  string          // a sentence for people
}

func (f Fault) String() string {
	if f.Entry < 0 {
		return f.What
	}
	s := fmt.Sprintf("entry %d", f.Entry)
	if f.Kind != "" {
		s += fmt.Sprintf(" (%s, %s)", f.At, f.Kind)
	}
	return s + ": " + f.What
}

// maxFaults ends a verification that has found enough.
const maxFaults = 20

// Verify replays the ledger: it recomputes every leaf, every stored hash of the
// tree and every root that was signed, and looks whether what lies beside the
// entries is what they have commitments to. Nothing that is stored is taken for
// granted but the signature. The error is of the index; what is wrong with the
// ledger is in the report.
func Verify(tx *index.Tx, o VerifyOptions) (Report, error) {
	size, err := Size(tx)
	if err != nil {
		return Report{}, err
	}
	v := &verification{
		tx: tx, Report: Report{Entries: size}, asked: map[int64]tlog.Hash{}, last: map[string]int64{},
		checkpoints: map[int64]bool{}, erased: map[string]bool{}, details: map[string]commitment{},
		lists: map[int64]commitment{}, stamps: map[int64]map[string]bool{}, made: map[int64]bool{},
	}
	if err := v.run(o); err != nil {
		return v.Report, fmt.Errorf("couldn't verify the ledger: %w", err)
	}
	return v.Report, nil
}

// verification is a replay under way.
type verification struct {
	tx *index.Tx
	Report
	asked       map[int64]tlog.Hash // roots by size, filled in as the replay passes
	checkpoints map[int64]bool      // sizes of the stored checkpoints
	made        map[int64]bool      // sizes of checkpoints that entries speak of
	keys        []announced
	last        map[string]int64 // as remember should have it
	lists       map[int64]commitment
	details     map[string]commitment // by row
	erased      map[string]bool       // by row
	stamps      map[int64]map[string]bool
	listsGone   int64 // lists of entries below this are pruned
}

type announced struct {
	from     int64 // the entry that says so
	verifier string
}

// commitment is what an entry says about something beside it.
type commitment struct {
	entry  Entry
	digest string
}

func (v *verification) fault(e Entry, format string, args ...any) {
	if len(v.Faults) < maxFaults {
		v.Faults = append(v.Faults, Fault{e.Number, e.At, e.Kind, fmt.Sprintf(format, args...)})
	}
}

// nowhere is the entry of a fault that is of no single one.
var nowhere = Entry{Number: -1}

func (v *verification) run(o VerifyOptions) error {
	outside := v.readOutside(o.Outside)
	if err := v.listCheckpoints(); err != nil {
		return err
	}
	if err := v.findPruned(); err != nil {
		return err
	}
	if err := v.replay(); err != nil {
		return err
	}
	for _, check := range []func() error{v.checkCheckpoints, v.checkDetails, v.checkLists, v.checkStamps, v.checkLast, v.checkTally, v.checkNothingElse} {
		if err := check(); err != nil {
			return err
		}
	}
	v.checkKey(o.Key)
	v.checkOutside(outside, o.Key)
	return nil
}

// readOutside reads the given checkpoints and asks the replay for their roots.
func (v *verification) readOutside(notes [][]byte) (read []given) {
	for i, text := range notes {
		c, err := parseNote(text)
		if err != nil {
			v.fault(nowhere, "the given checkpoint %d cannot be read: %v", i+1, err)
			continue
		}
		read = append(read, given{text, c.Origin, c.N, c.Hash})
		v.asked[c.N] = tlog.Hash{}
	}
	return read
}

type given struct {
	text   []byte
	origin string
	size   int64
	root   tlog.Hash
}

func (v *verification) listCheckpoints() error {
	for r := range v.tx.Scan(index.Prefix(room, checkpointPart)) {
		size, err := numberIn(r, checkpointPart)
		if err != nil {
			v.fault(nowhere, "%v", err)
			continue
		}
		v.checkpoints[size], v.asked[size] = true, tlog.Hash{}
	}
	return nil
}

// findPruned finds out what the newest entry about pruning says. It is read before
// the replay, which then passes it and finds out whether it is genuine.
func (v *verification) findPruned() error {
	n, found, err := last(v.tx, string(Pruned))
	if err != nil || !found {
		return err
	}
	if e, err := read(v.tx, n); err == nil && e.Kind == Pruned {
		v.Pruned, v.listsGone = min(e.Int("entries"), v.Entries), e.Int("lists")
	}
	return nil
}

// replay passes over the entries and builds the tree anew.
func (v *verification) replay() error {
	entries, stopEntries := iter.Pull(v.tx.Scan(index.Prefix(room, entryPart)))
	defer stopEntries()
	hashes, stopHashes := iter.Pull(v.tx.Scan(index.Prefix(room, hashPart)))
	defer stopHashes()
	var t frontier
	row, more := entries()
	for n := int64(0); n < v.Entries; n++ {
		v.askRoot(n, &t)
		if len(v.Faults) == maxFaults {
			return nil
		}
		var line []byte
		there := false
		for ; more; row, more = entries() {
			at, err := numberIn(row, entryPart)
			if err != nil || at < n {
				v.fault(nowhere, "the row %s does not belong into the ledger", row.Key)
				continue
			}
			if there = at == n; there {
				if err := row.Decode(&line); err != nil {
					v.fault(Entry{Number: n}, "its row cannot be read: %v", err)
				}
				row, more = entries()
			}
			break
		}
		stored := v.storedHashes(hashes, n)
		e := Entry{Number: n}
		leaf := stored[0]
		switch {
		case there && Hash(line) != leaf:
			e, _ = ParseEntry(line) // as far as it can be read
			e.Number = n
			v.fault(e, "it is not what was written down: its bytes do not have the hash that is in the tree")
			// The replay goes on with the hash that the tree has, so that the next fault
			// is another one.
			v.register(e)
		case there:
			e = v.entry(n, line)
		case n >= v.Pruned:
			v.fault(e, "it is missing")
		}
		for i, h := range t.add(leaf) {
			if i > 0 && h != stored[i] {
				v.fault(e, "the tree above it is not that of the entries: the hash of level %d is another", i)
			}
		}
	}
	v.askRoot(v.Entries, &t)
	v.Root = t.root()
	for ; more; row, more = entries() {
		at, err := numberIn(row, entryPart)
		if err != nil {
			v.fault(nowhere, "%v", err)
			continue
		}
		v.fault(Entry{Number: at}, "it lies after the end of the ledger, which has %d entries", v.Entries)
	}
	if r, more := hashes(); more {
		v.fault(nowhere, "the row %s lies after the end of the tree", r.Key)
	}
	return nil
}

func (v *verification) askRoot(n int64, t *frontier) {
	if _, asked := v.asked[n]; asked {
		v.asked[n] = t.root()
	}
}

// storedHashes reads the hashes that entry n added to the tree: its own, and one
// for each subtree that it completed.
func (v *verification) storedHashes(next func() (index.Row, bool), n int64) []tlog.Hash {
	first := tlog.StoredHashIndex(0, n)
	all := make([]tlog.Hash, tlog.StoredHashCount(n+1)-first)
	for i := range all {
		r, more := next()
		var b []byte
		switch at, err := int64(0), error(nil); {
		case !more:
			v.fault(Entry{Number: n}, "its hash in the tree is missing")
			return all
		default:
			if at, err = numberIn(r, hashPart); err == nil {
				err = r.Decode(&b)
			}
			if err != nil || at != first+int64(i) || len(b) != len(all[i]) {
				v.fault(Entry{Number: n}, "its hash in the tree is missing: where it belongs there is %s", r.Key)
				return all
			}
		}
		copy(all[i][:], b)
	}
	return all
}

// entry looks at what an entry says.
func (v *verification) entry(n int64, line []byte) Entry {
	e, err := ParseEntry(line)
	if err != nil {
		v.fault(Entry{Number: n}, "%v", err)
		return Entry{Number: n}
	}
	if e.Number != n {
		v.fault(Entry{n, e.At, e.Kind, e.By, nil, nil, nil}, "it calls itself entry %d", e.Number)
		return e
	}
	v.register(e)
	return e
}

// register remembers what else must be there for an entry.
func (v *verification) register(e Entry) {
	n := e.Number
	if v.Since == 0 {
		v.Since = e.At
	}
	v.To = e.At
	for name, digest := range e.Commitments {
		v.details[detailKey(n, name)] = commitment{e, digest}
	}
	if digest := e.Text("list"); digest != "" {
		v.lists[n] = commitment{e, digest}
	}
	switch e.Kind {
	case Checkpointed:
		v.made[n+1] = true
		v.last[string(Checkpointed)] = n
		if !v.checkpoints[n+1] {
			v.fault(e, "the checkpoint that it tells of is missing")
		}
	case CheckpointSent:
		v.last[sentBy(e.Text("way"))] = n
		if stamp := e.Text("stamp"); stamp != "" {
			size := e.Int("size")
			if v.stamps[size] == nil {
				v.stamps[size] = map[string]bool{}
			}
			v.stamps[size][stamp] = false // not seen yet
		}
	case KeyAnnounced:
		v.last[string(KeyAnnounced)] = n
		v.keys = append(v.keys, announced{n, e.Text("key")})
		v.Key = e.Text("key")
	case Erased:
		v.erased[detailKey(e.Int("entry"), e.Text("detail"))] = true
	case Pruned:
		v.last[string(Pruned)] = n
	}
}

// frontier is the right edge of a growing tree: the roots of its complete
// subtrees, the largest first.
type frontier struct {
	n    int64
	edge []tlog.Hash
}

// add adds a leaf and returns the hashes that it adds to the tree, leaf first.
func (t *frontier) add(leaf tlog.Hash) []tlog.Hash {
	added := []tlog.Hash{leaf}
	t.edge = append(t.edge, leaf)
	for left := t.n; left&1 == 1; left >>= 1 {
		last := len(t.edge) - 1
		t.edge = append(t.edge[:last-1], tlog.NodeHash(t.edge[last-1], t.edge[last]))
		added = append(added, t.edge[last-1])
	}
	t.n++
	return added
}

func (t *frontier) root() tlog.Hash {
	if t.n == 0 {
		return sha256.Sum256(nil)
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i], root)
	}
	return root
}

// keyAt is the key that signs a checkpoint of this size.
func (v *verification) keyAt(size int64) string {
	verifier := ""
	for _, k := range v.keys {
		if k.from < size {
			verifier = k.verifier
		}
	}
	return verifier
}

func (v *verification) checkCheckpoints() error {
	good := int64(0) // the size of the last checkpoint that was right
	for r := range v.tx.Scan(index.Prefix(room, checkpointPart)) {
		size, err := numberIn(r, checkpointPart)
		if err != nil {
			continue // a fault already
		}
		var text []byte
		if err := r.Decode(&text); err != nil {
			v.fault(nowhere, "the checkpoint of %d entries cannot be read: %v", size, err)
			continue
		}
		if size > v.Entries {
			v.fault(nowhere, "a checkpoint was signed over %d entries, and there are %d: the last %d are gone", size, v.Entries, size-v.Entries)
			continue
		}
		if !v.made[size] && size > v.Pruned {
			v.fault(nowhere, "no entry tells of the checkpoint of %d entries", size)
		}
		c, err := openNote(text, v.keyAt(size))
		switch {
		case err != nil:
			v.fault(nowhere, "the checkpoint of %d entries is not one that this ledger signed: %v", size, err)
		case c.N != size:
			v.fault(nowhere, "in the place of the checkpoint of %d entries lies one of %d", size, c.N)
		case c.Hash != v.asked[size]:
			v.fault(nowhere, "the checkpoint of %d entries was signed over others: one of the entries %d to %d is not what it was", size, good, size-1)
		default:
			good, v.Covered = size, size
			v.Checkpoints++
		}
	}
	return nil
}

func (v *verification) checkDetails() error {
	for r := range v.tx.Scan(index.Prefix(room, detailPart)) {
		c, known := v.details[r.Key]
		if !known {
			v.fault(nowhere, "no entry has the detail %s", r.Key)
			continue
		}
		delete(v.details, r.Key)
		var d detailRow
		if err := r.Decode(&d); err != nil || commit(d.Salt, d.Text) != c.digest {
			_, name, _ := splitDetail(r)
			v.fault(c.entry, "its %s is not what was written down", name)
		}
	}
	for _, k := range sortedKeys(v.details) {
		if c := v.details[k]; !v.erased[k] {
			v.fault(c.entry, "its detail %s is missing, and no entry tells that it was erased", k)
		}
	}
	return nil
}

func (v *verification) checkLists() error {
	for r := range v.tx.Scan(index.Prefix(room, listPart)) {
		n, err := numberIn(r, listPart)
		c, known := v.lists[n]
		if err != nil || !known {
			v.fault(nowhere, "no entry has the list %s", r.Key)
			continue
		}
		delete(v.lists, n)
		list, err := readList(v.tx, c.entry)
		if err != nil || Digest([]byte(list)) != c.digest {
			v.fault(c.entry, "its list is not what was written down")
		}
	}
	for _, n := range sortedKeys(v.lists) {
		if n >= v.listsGone {
			v.fault(v.lists[n].entry, "its list is missing, and no entry tells that it was pruned")
		}
	}
	return nil
}

func (v *verification) checkStamps() error {
	for r := range v.tx.Scan(index.Prefix(room, stampPart)) {
		size, err := numberIn(r, stampPart)
		var response []byte
		if err == nil {
			err = r.Decode(&response)
		}
		digest := Digest(response)
		_, known := v.stamps[size][digest]
		switch {
		case err != nil, !known && size > v.Pruned:
			v.fault(nowhere, "the time stamp of the checkpoint of %d entries is not the one that an entry tells of", size)
		case known:
			v.stamps[size][digest] = true
		}
	}
	for _, size := range sortedKeys(v.stamps) {
		for _, seen := range v.stamps[size] {
			if !seen {
				v.fault(nowhere, "a time stamp of the checkpoint of %d entries is missing", size)
			}
		}
	}
	return nil
}

// checkLast looks whether the rows that point to the last entry of a sort do.
func (v *verification) checkLast() error {
	from, to := index.Prefix(room, lastPart)
	for r := range v.tx.Scan(from, to) {
		what := r.Key[len(from):]
		n, known := v.last[what]
		var stored int64
		if err := r.Decode(&stored); err != nil || stored >= v.Pruned && (!known || stored != n) {
			v.fault(nowhere, "the row %s does not name the last entry of its sort", r.Key)
		}
		delete(v.last, what)
	}
	for _, what := range sortedKeys(v.last) {
		v.fault(nowhere, "no row names the last entry of the sort %s, which is %d", what, v.last[what])
	}
	return nil
}

// checkTally looks at the deletions and gaps that are not in the tree yet.
func (v *verification) checkTally() error {
	for r := range v.tx.Scan(index.Prefix(room, tallyPart)) {
		if d, err := decodeTally(r); err != nil || !wordForm.fits(d.Cause) {
			v.fault(nowhere, "the deletion %s, which waits for the next checkpoint, cannot be read", r.Key)
		}
	}
	for r := range v.tx.Scan(index.Prefix(room, gapPart)) {
		if g, err := decodeGap(r); err != nil || !wordForm.fits(string(g.Cause)) {
			v.fault(nowhere, "the gap %s, which waits for the next checkpoint, cannot be read", r.Key)
		}
	}
	return nil
}

// checkNothingElse looks for rows of the room that are of no part.
func (v *verification) checkNothingElse() error {
	from, end := index.Prefix(room)
	for _, part := range []string{checkpointPart, detailPart, entryPart, gapPart, hashPart, lastPart, listPart, sizePart, stampPart, tallyPart} {
		begin, after := index.Prefix(room, part)
		if part == sizePart {
			begin, after = sizeKey, sizeKey+"\x00"
		}
		for r := range v.tx.Scan(from, begin) {
			v.fault(nowhere, "the row %s does not belong into the ledger", r.Key)
		}
		from = after
	}
	for r := range v.tx.Scan(from, end) {
		v.fault(nowhere, "the row %s does not belong into the ledger", r.Key)
	}
	return nil
}

// checkKey holds the key that signs now to the one that was told outside.
func (v *verification) checkKey(told string) {
	for _, k := range v.keys {
		if _, err := note.NewVerifier(k.verifier); err != nil {
			v.fault(Entry{Number: k.from, Kind: KeyAnnounced}, "it announces a key that is none")
		}
	}
	if told != "" && !slices.ContainsFunc(v.keys, func(k announced) bool { return k.verifier == told }) {
		v.fault(nowhere, "the key %s has never been this ledger's", told)
	}
}

// checkOutside holds the ledger to what left the building earlier.
func (v *verification) checkOutside(notes []given, told string) {
	for _, g := range notes {
		keys := v.keys
		if told != "" {
			keys = []announced{{0, told}}
		}
		signed := slices.ContainsFunc(keys, func(k announced) bool {
			_, err := openNote(g.text, k.verifier)
			return err == nil
		})
		switch {
		case !signed:
			v.fault(nowhere, "the given checkpoint of %d entries of %s was not signed by this ledger", g.size, g.origin)
		case g.size > v.Entries:
			v.fault(nowhere, "this is a fork: a checkpoint that left the building was signed over %d entries, and here are only %d. "+
				"An older copy of the index has been restored, or entries have been cut off; the last %d are missing here", g.size, v.Entries, g.size-v.Entries)
		case g.root != v.asked[g.size]:
			v.fault(nowhere, "this is a fork: a checkpoint that left the building was signed over other entries than the first %d here. "+
				"An older copy of the index was restored and has gone on, or the past has been written anew", g.size)
		default:
			v.Outside++
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	all := make([]K, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// sentBy is the sort of entry that tells of checkpoints sent one way.
func sentBy(way string) string { return "sent-" + way }
