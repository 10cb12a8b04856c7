// Command sjudager records a venue's cameras, keeps every recording seven days
// and not a second longer, holds selected footage to at most thirty, deletes the
// rest and can prove it.
//
// This package joins the rooms. It decides nothing about footage: it reads the
// configuration, builds spool, store, index, vault, holds, pages and recorder,
// and hands each to the next (daemon.go). Everything else here is a command that
// speaks to the running program over its socket, in the same JSON as the page.
//
// # The folder of the data
//
//	<data_dir>/index.db        what there is, and when it goes; its lock is the lock of the folder
//	<data_dir>/holds.json.age  a copy of the holds, sealed to the master key; the store has another
//	<data_dir>/spool/          footage on its way
//	<data_dir>/store/          footage, unless an S3 server has it
//	<data_dir>/keys/           what opens the footage (vault/seal); never part of a backup
//	<data_dir>/keys/ledger.key signs the ledger's checkpoints
//	<data_dir>/sjudager.sock   for the commands; whoever may open it may do everything
//
// The folder is 0700: file permissions are the access control of the commands.
//
// # Start
//
//  1. The index is opened; a second sjudager on the same folder fails here, before
//     it can touch anything. The addresses of page, notice and socket are taken.
//  2. The keys are opened; without the master key of what there is the start ends.
//     The spool is mended: what a crash left is cut at its last whole fragment.
//  3. What the configuration says is written down in the sign register, and the cameras
//     that its gate lets through are recorded, into the spool: they wait for nothing that
//     follows. From then on a change of the register has those begin that lack nothing
//     any more (gate.go).
//  4. The store is opened, and has to be the one of this index. One that refuses us
//     or is another's ends the start; one that does not answer is asked again later,
//     and until it has turned out to be ours nothing goes in or out.
//  5. The start is written into the ledger, the retention in force is applied to
//     what is stored, the spool begins to empty into the vault, and everything due is
//     deleted. Only then
//  6. page, API and socket answer: whoever can ask sees no footage that is past its
//     deadline, however long the machine was off (R7).
//  7. The configuration file is followed.
//
// # Without the program
//
// check, backup and restore ask the running program, or open the folder themselves
// when none runs (offline.go). Bringing an index that is new, or old, into line with
// the store is one function, reconcile: the store's id, then the holds from their
// copies, then the retention, then vault.Check with its repairs.
//
// # Stop
//
// In the order in which the data flow: the recorder completes its segments, a
// last pass takes them into the vault as far as that goes in a few seconds (what
// is left waits in the spool), the sweeper ends, then the page, then the stop is
// written into the ledger and signed, and the index is closed. A second signal ends
// the program at once; everything is made to survive that.
package main
