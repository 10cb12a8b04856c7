// Package holds decides how long footage lives, and who may view it. It has the deadline
// rule, the holds (sikringer) and freezes (begrensninger) that lengthen it, the requests
// that freezes are for, and the sweeper that carries all of it out.
//
// # The rule
//
//	deadline = min(ceiling, max(keep, latest end of the holds and freezes that cover it))
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
// [Holds.Confirm], [Holds.Narrow], [Holds.Delivered] and [Holds.CloseAs] move the
// deadlines of what they cover in the transaction that writes the hold, so:
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
// It ends with a code from a closed list ([ClosingRules]) and words. The receipt of a
// handover sets its end to 48 hours later ([Holds.Delivered], R32): deadlines, lists and
// countdowns have that instant from then on, and the sweeper carries it out. A police
// public appeal ([Appeal], R38) proposes the hold that answers it.
//
// # Freezes
//
// A freeze is the same mechanism for a person in the footage, of another type: it has a
// number of its own (F-2026-0001) and the number of the request that it is for, is
// counted separately everywhere, and follows its request; nobody closes, confirms or
// narrows it (R34). It needs no second person: it is there to keep what somebody has a
// right to, and shows it to fewer. Its ceiling is that of holds.
//
// Who may view footage follows from why it is still there (GDPR art. 5(1)(b), 18(2); R34):
//
//   - within its seven days, or while a hold keeps it: whoever may view footage;
//   - from when only a freeze keeps it: the privacy role;
//   - while its use is restricted (a request of the type restriction, art. 18): the
//     privacy role, held or not. Whether the police may have it all the same, because
//     art. 18(2) allows that, is that role's to decide;
//   - what had closed by the second rule stays closed: a hold that comes later keeps it,
//     and opens nothing. Otherwise a hold would be the way to view what was kept for
//     somebody else's sake.
//
// The rule is pure ([terms], [after]) and its result is part of every segment's terms
// (vault.Terms.Reserved and Restricted), written in the transaction that moves the
// deadline. The vault's read path asks them on every read; a reader says by which right
// it views (footage.Viewer), and one that says nothing has the smaller one.
//
// # Requests
//
// [Holds.Register] enters a request and freezes its window in one transaction (R125). The
// answer has the date on which it is due, when the footage would have gone (R137), the
// exact spans that are missing, and the ledger's entries about what was deleted (R131).
// It is extended once, while the first month lasts (R126), decided ([Answers]) and closed.
// Closing lifts the freeze, but not after a refusal (R130), and not of a restriction that
// the person was not told about (R134). The register has nothing about who asks: no name,
// no address, no picture (R132). [SubjectRequest].Reference may point to where that is.
//
// # Thirty days and no more
//
// Exceptional retention (særskilt oppbevaring, R35) is modelled ([Exceptional]) and
// always refused, with the rules that refuse it. Nothing could grant it: [Deadline]
// takes the ceiling last, and [Policy].Ceiling cannot be configured upwards.
//
// # Copies
//
// All holds and freezes whose until lies ahead, ended ones included, the requests and
// the appeals are also written to two places outside the index ([Copy]): near, before Place and Close return, and far, as
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
