// Package holds decides how long footage lives. It has the deadline rule, the
// holds (sikringer) that lengthen it, and the sweeper that carries it out.
//
// # The rule
//
//	deadline = min(ceiling, max(keep, latest until of the holds that cover it))
//
// keep and ceiling count from a segment's first frame: seven and thirty days, each
// ending at the same time of day on the site's clocks if that is earlier, or
// sooner if the configuration says so, never later ([Policy]). The rule is pure
// ([Deadline], [Policy.KeepUntil], [Policy.Ceiling]); everything else here brings
// the rows of the vault into line with it.
//
// # Holds
//
// A hold has selections (cameras and a span each), a ground from a closed list
// ([GroundRules]) and a reason. It covers every segment that overlaps a selection,
// those that come in later too, and half a segment is held whole. [Holds.Place],
// [Holds.Confirm], [Holds.Narrow] and [Holds.Close] move the deadlines of what they
// cover in the transaction that writes the hold, so:
//
//   - once Place has returned, what it covers is kept (R26);
//   - closing or narrowing one of several overlapping holds frees only what no other
//     covers (R29);
//   - what was due already stays due: no hold brings it back;
//   - Place answers with the exact spans that are missing, and why (R27).
//
// A hold on more than six hours of a camera, on all cameras, or placed in haste
// ([Request].Quick) is in force at once, but ends after 24 hours unless another
// person confirms it (R25, R33). A hold is looked at within seven days ([Holds.Review]);
// that, and a police case number, are asked for ([Hold.Flags]) and move no deadline.
//
// # Copies
//
// All holds whose until lies ahead, ended ones included, are also written to two
// places outside the index ([Copy]): near, before Place and Close return, and far, as
// soon as that can be reached. [Holds.Reconcile] merges them into the index at each
// start: a hold that anybody knows to have ended has ended, and one that only a copy
// knows is in force, from when it was placed (R37). A copy that could not be read is
// not overwritten.
//
// # The sweeper
//
// [Sweeper.Step] retires what is due, has the vault purge it, and ends holds that
// have run out. Run steps at the earliest deadline, not by a fixed tick. Deadlines
// are read inside the transaction that retires.
//
// # The ledger
//
// Every hold, its end, every change of the retention, and what the vault tells of
// ([Note]) is an entry of the ledger (package ledger), in the transaction of its
// effect.
package holds
