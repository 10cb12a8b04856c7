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
// # The clock
//
// A machine's clock can be wrong, and a deletion cannot be undone. [Clock] keeps the
// site's time: that of the machine's clock as long as it goes as fast as time has
// really passed (CLOCK_BOOTTIME, which nobody can set), and
//
//   - it never goes back. A clock that is set back changes nothing: the site's time goes
//     on, what was due stays due, and nothing is kept a moment longer. Of less than
//     [LeapLimit], which is a clock being corrected, it waits for the machine's clock by
//     going a hundredth slower;
//   - it does not follow a leap forward of more than LeapLimit (R17), in one or in small
//     steps within a day, until two independent sources agree with the machine's clock,
//     a person confirms it, the leap is undone, or [LeapWait] has passed with the
//     machine on. Of a machine that was off one source is enough: that is an ordinary
//     reason for a gap, and what fell due meanwhile has to go within 15 minutes (R7). A
//     clock that begins behind, with a dead battery, and is then set right counts as
//     one that was off. With no source at all it waits for the person, or the day.
//
// While the site's time does not follow, footage is deleted only when it is due by
// both clocks, and shown only when it is due by neither: the index shows what is
// readable at [Clock.Latest] (index.Tx.Now), the sweeper and the vault delete by
// [Clock.Now]. So a wrong clock deletes nothing early, and a right one that nobody has
// explained shows nothing overdue. A hold that is placed then keeps what can be seen,
// and the rest once it turns out not to be due.
//
// Footage is dated by the site's time, so that a wrong clock cannot date it weeks ahead
// and keep it for weeks longer. The time is a row of the index, written with every
// step of the sweeper: a restart takes nothing off LeapWait and adds nothing. Between
// two starts of the machine only its clock, or a source, knows how long it was off; if
// its clock was set back meanwhile, the site's time goes on from that row.
//
// # The ledger
//
// Every hold, its end, every change of the retention, and what the vault tells of
// ([Note]), and what happens to the clock, is an entry of the ledger (package ledger), in the transaction of its
// effect.
package holds
