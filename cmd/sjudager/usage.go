package main

const usage = `Sjudager records a venue's cameras, keeps every recording seven days and not a
second longer, holds selected footage to at most thirty, and deletes the rest.

Usage:
  sjudager demo                  simulated cameras and a page, nothing to set up
  sjudager serve                 record, keep, delete, show
  sjudager config check FILE     name every fault of a configuration
  sjudager status                cameras, store, deletions, holds, alarms
  sjudager camera test ID        does a camera answer, and with what
  sjudager camera papers         the sheets and assessments of the cameras
  sjudager camera sheet ID ...   enter what a camera is and where it looks
  sjudager camera assess ...     enter why cameras are necessary
  sjudager segments --camera ID  footage and gaps of a camera
  sjudager movie --camera ID ... footage of a span as one MP4 file
  sjudager countdown --camera ID when footage will be gone
  sjudager hold place ...        keep footage beyond its seven days
  sjudager hold list             the holds that are active
  sjudager hold show NUMBER      one hold: what it keeps, what is missing
  sjudager hold quick ...        ten minutes each way, for 24 hours
  sjudager hold confirm NUMBER   stand by a hold that another person placed
  sjudager hold narrow NUMBER    give a part of a hold up
  sjudager hold review NUMBER    say that a hold is still needed
  sjudager hold grounds          why footage may be held
  sjudager hold close NUMBER     end a hold
  sjudager hold except NUMBER    keep it longer than thirty days: refused
  sjudager hold appeal new ...   the police ask the public for footage
  sjudager hold appeal list      their appeals, and the holds that answer them
  sjudager hold appeal show NUMBER
                                 an appeal and the hold that it proposes
  sjudager hold appeal accept NUMBER
                                 place that hold
  sjudager request new ...       a person in the footage asks for something
  sjudager request list          the requests that are open
  sjudager request show NUMBER   one: what is frozen, what is gone and when
  sjudager request extend NUMBER put the answer off, once
  sjudager request decide NUMBER how it is answered
  sjudager request close NUMBER  close it and lift its freeze
  sjudager release new ...       enter what the police or another ask for
  sjudager release preview       what a release would give, and what is missing
  sjudager release list          the release log, by camera, user, case
  sjudager release show NUMBER   one release, with all of its history (--json)
  sjudager release correct NUMBER  make a new version of it
  sjudager release attach NUMBER the written request, the consent
  sjudager release approve NUMBER  let it leave: not by whoever exports it
  sjudager release review NUMBER look at an emergency release
  sjudager release refuse NUMBER turn it down, with the reason
  sjudager release export NUMBER build its package
  sjudager release cancel NUMBER end the building of its package
  sjudager release password NUMBER that of its package
  sjudager release deliver NUMBER  who handed it to whom, on what, where
  sjudager release receipt NUMBER  enter the receipt; its hold closes 48 h later
  sjudager release verified NUMBER they have opened it and found it whole
  sjudager release tell NUMBER   they were told what became of the footage
  sjudager release close NUMBER  end it
  sjudager release choices       the codes that a release is made of
  sjudager expire [--dry-run]    delete what is due now, or say what would go
  sjudager clock show            is the clock to be trusted, and what says so
  sjudager clock confirm ...     say that it is right, so that deletion goes on
  sjudager log verify            replay the ledger: is all as it was written?
  sjudager log show              what happened, by camera, user, hold and time
  sjudager log checkpoint        sign the ledger now
  sjudager log proof NUMBER      prove an entry to others
  sjudager log erase NUMBER      erase the text of a detail for good
  sjudager statement day [DAY]   what was recorded and deleted, signed
  sjudager statement list        the days that have been stated
  sjudager statement answer ...  what became of a camera's footage, signed
  sjudager statement verify FILE check a statement, anywhere
  sjudager sign list             zones and signs, and which are valid
  sjudager sign coverage         which sign covers which camera, now or then
  sjudager sign history --camera ID
                                 how a camera was announced, then or over a time
  sjudager sign zone ...         enter a zone and its entrances
  sjudager sign put ...          enter a sign, or change one
  sjudager sign inspect NUMBER   enter that you have looked at a sign
  sjudager sign mend INSPECTION  what it found is mended
  sjudager sign round begin ...  look at all signs before the doors of an event
  sjudager sign round list       the rounds before doors
  sjudager sign round show N     how far one is
  sjudager sign round close N    end it
  sjudager sign picture SHA256   a photo or a plan
  sjudager sign plan add ...     enter a floor plan
  sjudager sign plan list        the plans, and what is where on them
  sjudager sign plan change N    rename one, or take it out of use
  sjudager sign plan place N     say where a camera or a sign is
  sjudager sign export FILE      signs or zones as a table (CSV)
  sjudager sign import FILE      take such a table in
  sjudager sign override ...     a camera records without a sign, and why
  sjudager sign print NUMBER     a sign as PDF
  sjudager sign notice           the notice behind the signs
  sjudager sign publish          all its versions, for a web server
  sjudager user first            the link for the first administrator
  sjudager user add LOGIN ...    let somebody in
  sjudager user list             who may come in
  sjudager user reset LOGIN      a new link for a lost password or telephone
  sjudager user disable LOGIN    nobody comes in with the account
  sjudager user enable LOGIN     the other way
  sjudager user roles LOGIN      give somebody other roles
  sjudager user expiry LOGIN     until when an account lasts
  sjudager user sign-out LOGIN   end all sessions
  sjudager user erase LOGIN      take the names out of an account for good
  sjudager user token NAME ...   let a program in
  sjudager user tokens           the tokens of programs
  sjudager user revoke ID        end a token
  sjudager keys show             the fingerprint of the key that signs packages
  sjudager keys rotate           make another one, and destroy this one
  sjudager keys request          ask your own authority for a certificate
  sjudager keys use CHAIN.pem    sign packages with that certificate
  sjudager verify PACKAGE        check a handover package, anywhere
  sjudager check [--repair]      compare index, store, keys and spool
  sjudager backup                index and configuration, encrypted to you
  sjudager restore BACKUP        put the index of a backup into its place
  sjudager version
  sjudager help COMMAND          all about one of them

Every command but serve and demo prints one JSON document with --json. Those
between status and keys ask the running sjudager, which they find through
--config FILE (default ` + defaultConfig + `).

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing found, 4 refused by
policy or by the state of things, 5 verification failed.
`

const serveUsage = `Usage: sjudager serve [--config FILE]

Records the configured cameras and deletes everything at its deadline, until it
is stopped: the first SIGINT or SIGTERM ends it in order, a second one at once.
Changes of the configuration file apply when it is saved.

  --config FILE     configuration (default ` + defaultConfig + `)
`

const demoUsage = `Usage: sjudager demo [--dir DIR] [--listen ADDR] [--cameras N] [--keep TIME]

Runs simulated cameras and records them, with nothing to set up. Open the
address that it prints. Ctrl-C ends it in order, a second one at once.

  --dir DIR         keep footage and configuration in DIR, for the next time too
                    (default: a temporary folder, removed at the end)
  --listen ADDR     address of the page (default 127.0.0.1:8080, or the next)
  --cameras N       how many cameras (default 5, at most 64)
  --keep TIME       delete everything after TIME instead of 7d, for example 2m
`

const configCheckUsage = `Usage: sjudager config check FILE [--json]

Reads a configuration as serve would and names every fault with its line. Needs
no running sjudager, and changes nothing.
`

const keysShowUsage = `Usage: sjudager keys show [--config FILE] [--json]

Shows the key that signs handover packages: its fingerprint in digits and in
words, as it stands on receipts, its root and its certificates, and the keys
before it. They are made some seconds after the first start.
` + clientOptions

const keysRotateUsage = `Usage: sjudager keys rotate --yes [--config FILE] [--json]

Makes another signing key and destroys the one before. Packages that it signed
stay verifiable: its certificate is in them. Write the new fingerprint down
outside of this machine. A certificate of your own authority is of the old key;
ask for another one with sjudager keys request.

  --yes             yes, destroy it
` + clientOptions

const keysRequestUsage = `Usage: sjudager keys request [--config FILE] [--json] > request.pem

Prints a request (PKCS #10) with which your own authority can issue a
certificate for the key that signs packages.
` + clientOptions

const keysUseUsage = `Usage: sjudager keys use CHAIN.pem [--config FILE] [--json]

Has packages carry the certificate that your own authority has issued, as long
as the signing key is the same: PEM, this certificate first, your root last.
` + clientOptions

const clockShowUsage = `Usage: sjudager clock show [--config FILE] [--json]

Shows the time that footage is deleted by and what the machine's clock says,
asks the sources that know the time, and says whether deletion is paused, why,
and what ends that.
` + clientOptions

const clockConfirmUsage = `Usage: sjudager clock confirm --reason TEXT [--config FILE] [--json]

Says that the machine's clock is right after a leap that nothing explains. What
it makes due is deleted within half a minute and cannot be had back: look at
another clock first. Ends with 4 when deletion is not paused.

  --reason TEXT     how you know; it goes into the ledger
` + clientOptions

const statusUsage = `Usage: sjudager status [--config FILE] [--json]

Shows what the running sjudager is doing: cameras, spool, store, deletions,
holds and alarms.
` + clientOptions

const segmentsUsage = `Usage: sjudager segments --camera ID [--from TIME] [--to TIME] [--json]

Lists the footage of a camera, with its deadlines and holds, and the gaps with
their causes. Ends with 3 when there is neither.

  --camera ID       the camera, configured today or not
  --from TIME       what ends after TIME
  --to TIME         what begins before TIME
` + clientOptions + timeForms

const movieUsage = `Usage: sjudager movie --camera ID --from TIME --to TIME --out FILE [--force]
                      [--json]

Writes the footage of a span to one MP4 file, as the camera sent it: nothing is
encoded anew. The file begins with the key frame before the span and ends before
the one after it; gaps take no time in it and are listed. Where the camera's
picture changes it ends, and where the rest begins is said. The ledger has an
entry of it. Ends with 3 when there is no footage.

  --camera ID       the camera, configured today or not
  --from TIME       the span begins
  --to TIME         the span ends; a movie has at most 24 hours
  --out FILE        the file; it has all of the footage or is not changed
  --force           write over a file that is there
` + clientOptions + timeForms

const countdownUsage = `Usage: sjudager countdown --camera ID --from TIME --to TIME [--json]

Says when what a camera has recorded will be gone, why then, and what of it is
missing already. Ends with 3 when there is nothing.
` + clientOptions + timeForms

const holdPlaceUsage = `Usage: sjudager hold place (--camera ID,... | --zone NAME,...) --from TIME
           --to TIME --ground GROUND --reason TEXT [--also SELECTION;...]
           [--case NO] [--until TIME] [--happened TIME] [--place TEXT]
           [--review TIME] [--dry-run] [--json]

Keeps what the cameras recorded, or will record, from one time to another beyond
its seven days, to at most thirty days after it was recorded. Answers with what
the hold keeps and with what is missing. More than six hours of a camera, or all
cameras, are kept for 24 hours unless another person confirms it. Ends with 3
when nothing is left to hold, and with 4 when a rule forbids the hold.

  --camera ID,...   one or more cameras
  --zone NAME,...   all cameras of these zones
  --from, --to      the span; it may reach a day into the future
  --also ...        further ones: k01,k02@18:30/19:10;k03@19:00/20:00
  --dry-run         place nothing; say what it would keep and what is missing
  --ground GROUND   crime_likely, accident_likely or police_requested
  --reason TEXT     why the footage is likely to be needed, in 20 to 2000
                    characters
  --case NO         the police's case number; it is asked for after 72 hours
  --happened TIME   when the incident was
  --place TEXT      and where
  --review TIME     when somebody looks whether it is still needed (default: in
                    7 days, which is also the latest)
  --until TIME      when the hold ends (default: as late as the rules allow)
` + clientOptions + timeForms

const holdListUsage = `Usage: sjudager hold list [--freezes] [--ended] [--json]

Lists the active holds, the newest first.

  --freezes         what is kept for people in the footage, instead
  --ended           those that are closed or have run out, too
` + clientOptions

const holdShowUsage = `Usage: sjudager hold show NUMBER [--json]

Shows one hold: what it keeps, and what of its span is missing and why.
` + clientOptions

const holdQuickUsage = `Usage: sjudager hold quick --zone NAME --ground GROUND --reason TEXT
           [--at TIME] [--json]

Keeps ten minutes to each side of an instant, of all cameras of a zone, for 24
hours. If another person confirms it within them, it is a hold like any other.

  --zone NAME       the part of the venue
  --at TIME         the instant (default: now)
  --ground GROUND   crime_likely, accident_likely or police_requested
  --reason TEXT     why the footage is likely to be needed, in 20 to 2000
                    characters
` + clientOptions + timeForms

const holdConfirmUsage = `Usage: sjudager hold confirm NUMBER [--note TEXT] [--json]

Confirms a hold that waits for a second person. Ends with 4 when you placed it
yourself, when it needs no confirmation, and when its 24 hours have passed.

  --note TEXT       what you want to say with it
` + clientOptions

const holdNarrowUsage = `Usage: sjudager hold narrow NUMBER --keep SELECTION;... --why TEXT [--json]

Leaves a hold only a part of what it has. The rest falls back to its own
deadline, and is deleted at once where that has passed. It cannot be undone.

  --keep ...        what stays held: k01,k02@18:30/19:10;k03@19:00/20:00
  --why TEXT        why the rest is no longer needed, in words
` + clientOptions + timeForms

const holdReviewUsage = `Usage: sjudager hold review NUMBER --note TEXT [--case NO] [--next TIME]
           [--json]

Says that a hold is still needed, and sets the date of the next review. Whatever
it keeps, it keeps exactly as before.

  --note TEXT       why it is still needed, in words
  --case NO         the police's case number
  --next TIME       the next review, within 7 days (default: in 7 days)
` + clientOptions + timeForms

const holdGroundsUsage = `Usage: sjudager hold grounds [--json]

Lists the grounds on which footage may be held. The list is closed.
` + clientOptions

const holdCloseUsage = `Usage: sjudager hold close NUMBER --why TEXT [--code CODE] [--json]
       sjudager hold close NUMBER --delivered [--at TIME] [--closes TIME]
           [--json]

Ends a hold. What no other hold covers falls back to its own deadline, and is
deleted at once where that has passed. With --delivered, because the police have
receipted what was handed over, it ends 48 hours after that: time to find the
package whole. Lists and countdowns have that end at once.

  --why TEXT        why it is no longer needed, in words
  --code CODE       delivered, not_needed (default) or mistake
  --at TIME         when the police gave the receipt (default: now)
  --closes TIME     end it sooner than 48 hours after the receipt
` + clientOptions + timeForms

const holdExceptUsage = `Usage: sjudager hold except NUMBER [--ground GROUND] [--document SHA256]
           [--approvers ID,ID] [--until TIME] [--json]

Asks to keep footage longer than thirty days. That is switched off: it always
ends with 4 and names every rule that forbids it.

  --ground GROUND   national_security, court_order, legal_claim, restriction,
                    consent_all or authority_decision
  --document SHA256 of what orders or allows it
  --approvers ID,ID two persons
  --until TIME      at most thirty days ahead
` + clientOptions + timeForms

const appealNewUsage = `Usage: sjudager hold appeal new (--camera ID,... | --zone NAME,...) --from TIME
           --to TIME --district TEXT --source LINK [--case NO] [--json]

Enters an appeal of the police to the public, and answers with the hold that it
proposes: what that would keep, what is missing, and whether another person has
to confirm it. Places nothing.

  --camera, --zone  what sees the area
  --from, --to      the time that the police ask about
  --district TEXT   police district or unit
  --source LINK     where it was published; http or https, never fetched
  --case NO         the police's case number
` + clientOptions + timeForms

const appealListUsage = `Usage: sjudager hold appeal list [--json]

Lists the appeals of the police, the newest first, and the holds that answer
them.
` + clientOptions

const appealShowUsage = `Usage: sjudager hold appeal show NUMBER [--json]

Shows an appeal and, until it is accepted, the hold that it proposes.
` + clientOptions

const appealAcceptUsage = `Usage: sjudager hold appeal accept NUMBER [--json]

Places the hold that an appeal proposes, once. The rules for all holds apply.
` + clientOptions

const requestNewUsage = `Usage: sjudager request new --type TYPE --channel CHANNEL [(--camera ID,... |
           --zone NAME,...) --from TIME --to TIME] [--also SELECTION;...]
           [--received TIME] [--reference TEXT] [--json]

Registers what a person in the footage asks for. All footage of the window is
frozen with it: it is kept while the request is open, to at most thirty days
after it was recorded, and from when it would have gone only the privacy role
views it. Answers with the date of the answer, what is frozen, when that would
have gone, what is missing, and the entries of the ledger about what was
deleted. Nothing about the person is written down here.

  --type TYPE       access, object, erasure, rectification, restriction,
                    recipients or complaint
  --channel CHANNEL in_person, phone, email, letter, form or authority
  --camera, --zone, --from, --to, --also
                    the footage that it is about
  --received TIME   when it came (default: now)
  --reference TEXT  a number elsewhere, at most 80 characters; no names
` + clientOptions + timeForms

const requestListUsage = `Usage: sjudager request list [--closed] [--json]

Lists the open requests, the newest first.

  --closed          the closed ones, too
` + clientOptions

const requestShowUsage = `Usage: sjudager request show NUMBER [--json]

Shows one request: when it has to be answered, what is frozen for it and until
when, and what of its window is missing, why, and since when.
` + clientOptions

const requestExtendUsage = `Usage: sjudager request extend NUMBER --reason TEXT [--json]

Puts the answer off by two further months. That can be done once, and only
before the first month has passed: tell the person within it, with the reason.

  --reason TEXT     why it takes longer, in 20 to 2000 characters
` + clientOptions

const requestDecideUsage = `Usage: sjudager request decide NUMBER --decision DECISION --reason TEXT [--json]

Writes down how a request is answered. It frees nothing: close does.

  --decision ...    full, masked_copy, viewing, refused, nothing_found or
                    already_deleted
  --reason TEXT     why; of a refusal, in at least 20 characters
` + clientOptions

const requestCloseUsage = `Usage: sjudager request close NUMBER --note TEXT [--told TIME] [--json]

Closes a decided request and lifts its freeze: what nothing else keeps is
deleted at its own deadline, or at once where that has passed. After a refusal
the freeze stays until it runs out, because the person may complain. A
restriction is lifted only after the person was told; it ends with 4 otherwise.

  --note TEXT       what was done, in words
  --told TIME       when the person was told that the restriction ends
` + clientOptions + timeForms

const expireUsage = `Usage: sjudager expire [--dry-run] [--ahead N] [--json]

Deletes what is due at this moment, as sjudager does by itself all the time.

  --dry-run         delete nothing; say what is due and what goes next, and why
  --ahead N         with --dry-run: how many of the next (default 20)
` + clientOptions

const logVerifyUsage = `Usage: sjudager log verify [--checkpoint FILE,...] [--key KEY] [--json]
       sjudager log verify --proof FILE --entry FILE --key KEY [--json]

Replays the ledger: every entry, the tree over them and every signature, and
whether it goes on from checkpoints that left the building. Names the first
entry that is not as it was written, and ends with 5 then. Also works on
data_dir while sjudager is not running. With --proof it checks what log proof
gave, and needs neither.

  --checkpoint FILE,...  checkpoints as they were sent: without one, nobody can
                         tell that all of it was not written anew
  --key KEY              the public key as it was told outside
  --proof FILE           a proof, and
  --entry FILE           the entry's line that it is about
` + clientOptions

const logShowUsage = `Usage: sjudager log show [--camera ID] [--user ID] [--hold NUMBER] [--kind KIND]
           [--from TIME] [--to TIME] [--last N] [--lines] [--json]
       sjudager log show ... --format csv|pdf --out FILE [--lang nb|en]

Shows the entries of the ledger, the newest last. What has been erased or has
grown too old says so. Ends with 3 when there is none.

  --camera ID       about this camera
  --user ID         by this user, or about it
  --hold NUMBER     about this hold
  --kind KIND       such as hold-placed, deleted, viewed
  --from, --to      written down in this span
  --last N          at most the last N (default 50; 0: all)
  --lines           the very bytes that the tree is made of, one line an entry
  --format csv|pdf  write all of them, the oldest first, to a file: for a
                    spreadsheet (semicolons, UTF-8 with a mark), or printed
  --out FILE        that file
  --lang nb|en      of what is printed (default nb)
` + clientOptions + timeForms

const logCheckpointUsage = `Usage: sjudager log checkpoint [--out FILE] [--json]

Signs the ledger as it is now, and prints the checkpoint and the public key.
Sjudager does so by itself every hour.

  --out FILE        write the checkpoint to FILE
` + clientOptions

const logProofUsage = `Usage: sjudager log proof NUMBER [--out FILE] [--json]

Proves to others that an entry is in the ledger (c2sp.org/tlog-proof). Writes
FILE.proof and FILE.entry, which log verify --proof checks anywhere. Ends with 4
when no checkpoint covers the entry yet: log checkpoint makes one.

  --out FILE        where to (default: entry-NUMBER)
` + clientOptions

const logEraseUsage = `Usage: sjudager log erase NUMBER --detail NAME --reason TEXT --yes [--json]

Erases the text of one detail of an entry for good: the reason of a hold, a
case number. The entry keeps a hash that nobody can try texts against, the
ledger verifies as before, and an entry of its own tells who erased what, and
why. Ends with 4 without --yes.

  --detail NAME     such as reason, case, place; log show has them
  --reason TEXT     why, without the text itself
  --yes             it cannot be had back
` + clientOptions

const statementDayUsage = `Usage: sjudager statement day [DAY] [--out FILE] [--lang nb|en] [--json]

States a day of the site's calendar: what every camera recorded, what was
deleted and why, what is held, frozen and overdue, gaps, and the root of the
ledger. A day that is over is stated once and kept; Sjudager does so by itself a
quarter of an hour after midnight. One that goes on is stated as far as it has
come.

  DAY               such as 2026-07-04 (default: yesterday)
  --out FILE.json   the signed document, which statement verify checks
  --out FILE.pdf    printed
  --lang nb|en      of what is printed: bokmål (default) or English
` + clientOptions

const statementListUsage = `Usage: sjudager statement list [--json]

Lists the days that have been stated, the newest first. Ends with 3 when there
is none.
` + clientOptions

const statementAnswerUsage = `Usage: sjudager statement answer --camera ID --from TIME --to TIME [--out FILE]
           [--lang nb|en] [--json]
       sjudager statement answer ... --entries FILE
           [--checkpoint FILE --key KEY]

Says what became of a camera's footage: whether there was any, when it was
deleted and under which rule, what was held, and why there are gaps. The answer
is signed and has the entries of the ledger that it rests on with their proofs.
Works for cameras that were removed, too. Ends with 3 when nothing has ever been
written down about the camera.

  --from, --to      at most eight days
  --out FILE.json   the signed document, which statement verify checks
  --out FILE.pdf    printed
  --lang nb|en      of the words: bokmål (default) or English
  --entries FILE    answer from exported entries alone (log show --lines
                    --last 0), without the running sjudager; not signed
  --checkpoint FILE hold these entries to a checkpoint that left the building
  --key KEY         the ledger's public key, as it was told outside
` + clientOptions + timeForms

const statementVerifyUsage = `Usage: sjudager statement verify FILE [--key KEY] [--pdf FILE] [--lang nb|en]
           [--json]

Checks a statement (the .json): the signature, every value, the checkpoint of
the ledger, and of an answer the proof of each entry and whether it follows.
Names what is wrong, and ends with 5. Needs no configuration, no network and no
running sjudager.

  --key KEY         the public key, as it was told outside
  --pdf FILE        is this what is printed of it?
  --lang nb|en      in this language (default nb)
  --json            one JSON document instead of text
`

const verifyUsage = `Usage: sjudager verify PACKAGE [--fingerprint TEXT] [--manifest SHA256] [--all]
           [--json]

Checks the folder of a handover package: every file's SHA-256, files that are
missing or too many, the signature and its certificates, the signature in every
master and what stands behind it, that a master's pictures are byte for byte
those of the recorded segments, and the proofs of the ledger. Names what is not
as it must be, and ends with 5. Needs no configuration, no network and no
running sjudager; the small command sjuverify does the same on any system.

  --fingerprint TEXT  of the key, from the paper receipt: words or hex digits.
                      Without it nothing shows whose the key is
  --manifest SHA256   of the manifest, from the paper receipt
  --all               name the files that are as they must be, too
  --json              one JSON document instead of text
`

const cameraTestUsage = `Usage: sjudager camera test ID [--json]

Asks a camera of the configuration for its video once, beside what is recorded
of it, which goes on: codec, size, frame rate, transport and clock, or what is
wrong and what to do about it. Takes ten seconds at most; nothing is kept. Ends
with 5 when the camera does not work. Ctrl-C ends it.
` + clientOptions + `
Some cameras serve only one or two clients: such a one refuses the test.
`

const cameraPapersUsage = `Usage: sjudager camera papers [--at TIME] [--out FILE.csv] [--json]

Lists the sheets of the cameras and the assessments behind them, as they stand
or stood, or writes the sheets to a table. Ends with 3 when there are none.

  --at TIME         list them as they stood then
  --out FILE.csv    the sheets as they stand, for a spreadsheet; sign import
                    takes it back
` + clientOptions + timeForms

const cameraSheetUsage = `Usage: sjudager camera sheet ID [what is known or changes] [--json]

Enters the sheet of a camera, or a further version of which what is left out
stays. Nothing is overwritten. A camera without a purpose does not begin to
record (signage.gate).

  --kind KIND       real (default) or dummy
  --position TEXT   where it hangs
  --height CM       above the floor
  --direction DEG   clockwise from north
  --view DEG        field of view, across
  --pixels N        pixels a metre at the target
  --make, --model, --firmware, --serial, --mac
                    what it is
  --masks TEXT      what the camera itself blackens, and since when
  --purposes CODES  of the configuration's, such as danger,theft,security
` + clientOptions

const cameraAssessUsage = `Usage: sjudager camera assess (--camera ID | --zone Z-001) --interest TEXT
           --incidents TEXT --alternatives TEXT --necessity TEXT --balance TEXT
           --safeguards TEXT --dpia TEXT --by ROLE --review TIME [--declined]
           [--decided TIME] [--consulted TIME --participants ROLES
           --minutes SHA256] [--json]

Enters the assessment of a camera, or of all cameras of a zone that have none of
their own: why they are necessary, against those who are filmed, and what was
decided. It is never changed; the next one takes its place.

  --interest TEXT   what is to be protected
  --incidents TEXT  what has happened, with dates
  --alternatives    what else was tried, and why it will not do
  --dpia TEXT       where the DPIA is, or why none is needed
  --by ROLE         who decided; a role, not a name
  --review TIME     when it is looked at again, within a year
  --declined        the decision is no
  --decided TIME    default: now
  --consulted TIME  when it was discussed with the employees
  --minutes SHA256  of the minutes' file
` + clientOptions + timeForms

const checkUsage = `Usage: sjudager check [--deep] [--repair] [--json]

Compares the index, the store, the keys and the spool, and prints a line for
everything in which they contradict each other. Ends with 5 when something
remains. Asks the running sjudager; when none runs, it looks for itself, and
ends with 3 when there is nothing of sjudager in data_dir and in the store.
Changes nothing without --repair. Ctrl-C ends it, in the running sjudager too.

  --deep            read every object and compare its SHA-256: takes a while
  --repair          put right what can be put right without losing footage: take
                    in objects that the index does not know, write down as lost
                    what the store does not have, make the index anew when it is
                    lost. Nothing is deleted that is not due.

Only with --repair, while no sjudager runs:

  --expire-unheld   the index and every copy of the holds are lost: delete what
                    is past its days with the next start. Without this it is
                    kept by a hold that you can close, because it may have been
                    held
  --emptied         the store is the right one although it has nothing of what
                    the index knows: write all of that down as lost
` + clientOptions + `
Without a running sjudager, run it as the account that sjudager runs as.
`

const backupUsage = `Usage: sjudager backup [--out FILE | --list] [--json]

Copies the index and the configuration file, while everything goes on, encrypted
to backup.recipient of the configuration. The keys of the footage are no part of
it, and neither are the files that the configuration names. Ends with 4 when no
recipient is configured.

  --out FILE        write it there (default: where the scheduled ones go)
  --list            show what is where the scheduled ones go; ends with 3 when
                    there is none
` + clientOptions

const restoreUsage = `Usage: sjudager restore --identity FILE [--replace] [--json] BACKUP

Puts the index of a backup into its place, while sjudager is stopped, and brings
it into line with the store, the keys and the copies of the holds: what has
come, gone, been held or been freed since then stays so. BACKUP is a file, or
the name of one that backup --list shows, or the word newest. Ends with 4 when
an index is there that is not lost, or when the backup is another vault's, and
with 5 when something remains that check finds.

  --identity FILE   the age identity that the backup was encrypted to
  --replace         move an index that is not lost aside
` + clientOptions + `
Run it as the account that sjudager runs as. The configuration in the backup is
not used: age -d -i FILE BACKUP | tar -xO sjudager.yaml shows it.
`

const versionUsage = `Usage: sjudager version [--json]

Shows which sjudager this is.
`

const releaseFacts = `
  --kind KIND       copy (default), viewing or verbal
  --basis BASIS     the legal basis, and --recipient, --how: release choices
  --organisation T  that receives it
  --name, --service, --unit, --contact   who asks
  --identity TEXT   how the identity was checked
  --authority TEXT  the statute or order
  --assessment TEXT why own initiative is justified
  --case NO         the case number
  --concerns TEXT   what the case is about, and --purpose of what is asked for
  --camera ID,...   what is asked for, with --from and --to; on own initiative
                    what is given
  --also ...        further: k01,k02@18:30/19:10;k03@19:00/20:00
  --given ...       what is given, if that is less, and --differs why
  --description T   what the footage shows, without names
  --hold NUMBER     that keeps the footage: it closes after the receipt
  --asked-at TIME   when it was asked for (default: now)
  --minors          they are likely in the picture
  --secrecy TIME    the people in the footage are told nothing before TIME, and
                    --secrecy-for who asks for that
`

const releaseNewUsage = `Usage: sjudager release new --basis BASIS --recipient RECIPIENT --name NAME
           --contact TEXT --identity TEXT --concerns TEXT --purpose TEXT ...
           [--json]

Enters a release as a draft. Whom it may go to follows from the legal basis;
exits with 4 for everybody else.
` + releaseFacts + clientOptions + timeForms

const releasePreviewUsage = `Usage: sjudager release preview --camera ID,... --from TIME --to TIME
           [--also SELECTION;...] [--json]

Says what a release of these spans would give now, what is missing of them and
why, and changes nothing. Ends with 3 when there is nothing to give.

  --also ...        further ones: k01,k02@18:30/19:10;k03@19:00/20:00
` + clientOptions + timeForms

const releaseCorrectUsage = `Usage: sjudager release correct NUMBER --why TEXT ... [--json]

Makes a new version; the old ones stay. What the approver has decided upon is
approved again. What was given is not corrected once it was exported.

  --why TEXT        what was wrong
` + releaseFacts + clientOptions + timeForms

const releaseListUsage = `Usage: sjudager release list [--camera ID [--from TIME] [--to TIME]] [--user ID]
           [--case NO] [--state STATE] [--open] [--subject] [--json]
           [--format csv|pdf --out FILE [--lang nb|en]]

Lists releases, the newest first.

  --camera ID       what was given of it
  --user ID         who has done something to it
  --open            something is still to be done
  --subject         what a person in the footage is told: what was delivered,
                    not under secrecy, without names
  --format, --out   write them to a file, for a spreadsheet or printed
` + clientOptions + timeForms

const releaseShowUsage = `Usage: sjudager release show NUMBER [--format csv|pdf --out FILE [--lang nb|en]]
           [--json]

Shows a release. With --json also its segments and all its versions, and with
--format the same as a table or printed.
` + clientOptions

const releaseAttachUsage = `Usage: sjudager release attach NUMBER --file FILE --archive TEXT
           [--what request|consent] [--at TIME] [--json]

Enters a document: the written request that follows an oral one, or the consent
of everybody in the footage. Its SHA-256 is kept; the paper stays where it is.

  --file FILE       the document
  --archive TEXT    where it lies
  --at TIME         when it came (default: now)
` + clientOptions + timeForms

const releaseApproveUsage = `Usage: sjudager release approve NUMBER [--emergency TEXT] [--json]

Lets a draft leave. Whoever approves does not export or hand over.

  --emergency TEXT  why one person has to do both: another reviews it within 24
                    hours
` + clientOptions

const releaseReviewUsage = `Usage: sjudager release review NUMBER --note TEXT [--json]

Says what you find about a release that another person approved and handed over
alone.
` + clientOptions

const releaseRefuseUsage = `Usage: sjudager release refuse NUMBER --why TEXT [--json]

Refuses or withdraws a release that was not handed over. Its packages go.
` + clientOptions

const releaseExportUsage = `Usage: sjudager release export NUMBER [--out DIR] [--form FORM] [--password]
           [--stills CAMERA@TIME,...] [--viewing-copies=false] [--stamp N]
           [--frozen] [--json]

Builds the package of an approved copy and returns when it is complete; Ctrl-C
cancels it. One package is built at a time. On the appliance it goes with the
first of its footage, or 48 hours after the receipt. Exits with 4 when the
medium or something else did not allow it, and says why.

  --out DIR         a folder or mounted medium (default: on the appliance)
  --form FORM       folder (default), zip, or zip-aes, which is encrypted
  --password        the same as --form zip-aes: a password is made now
  --stills ...      pictures to give beside the footage: CAMERA@TIME,...
  --viewing-copies=false  leave out copies that any player shows
  --stamp N         only a time stamp that package N came without: a supplement
  --frozen          give what only a freeze keeps, too (the privacy role)
` + clientOptions

const releaseCancelUsage = `Usage: sjudager release cancel NUMBER [--json]

Ends the building of a package and returns when nothing of it is left.
` + clientOptions

const releasePasswordUsage = `Usage: sjudager release password NUMBER [--json]

Prints the password of the last package. It is destroyed when the recipient has
opened it. The ledger has an entry of it.
` + clientOptions

const releaseDeliverUsage = `Usage: sjudager release deliver NUMBER --channel CHANNEL --handed-by NAME
           --received-by NAME --where TEXT [--medium TEXT] [--serial NO]
           [--seal NO] [--protection TEXT] [--at TIME] [--json]

Says how it was handed over, shown or told. A medium that changes hands has a
make and a serial number.

  --channel ...     in_person, courier, mail, upload; on_site, verbally
` + clientOptions + timeForms

const releaseReceiptUsage = `Usage: sjudager release receipt NUMBER --file FILE --archive TEXT [--at TIME]
           [--json]

Enters the recipient's receipt. The hold closes 48 hours after it, and the
package on the appliance is deleted.

  --file FILE       the receipt; its SHA-256 is kept
  --archive TEXT    where it lies
  --at TIME         when it was signed (default: now)
` + clientOptions + timeForms

const releaseVerifiedUsage = `Usage: sjudager release verified NUMBER --who NAME [--at TIME] [--json]

Enters that the recipient has opened the package and found it whole. A password
is destroyed.
` + clientOptions + timeForms

const releaseTellUsage = `Usage: sjudager release tell NUMBER (--request NUMBER | --package N) --how HOW
           --note TEXT [--at TIME] [--json]

Enters that the recipient was told that footage they have was restricted, erased
or rectified at the request of a person in it, or was given a supplement.

  --how HOW         in_person, phone, letter, mail or portal
  --note TEXT       what was said, and to whom
` + clientOptions + timeForms

const releaseCloseUsage = `Usage: sjudager release close NUMBER [--note TEXT] [--json]

Ends a release. Exits with 4 while the written request is missing, or the review
of an emergency.
` + clientOptions

const releaseChoicesUsage = `Usage: sjudager release choices [--json]

Lists the codes of kinds, legal bases, recipients, channels and forms.
` + clientOptions

const clientOptions = `
  --config FILE     the running sjudager's (default ` + defaultConfig + `)
  --json            one JSON document instead of text
`

const timeForms = `
TIME is local at the site, "2026-07-04 19:20", 2026-07-04T19:20:05 or 19:20 for
today, or RFC 3339: 2026-07-04T19:20:00+02:00.
`

const userFirstUsage = `Usage: sjudager user first [--json]

Makes the one-time link through which the first administrator comes in, in the
place of any earlier one. Ends with 4 when an administrator can sign in.
` + clientOptions

const userAddUsage = `Usage: sjudager user add LOGIN --role ROLE,... [--name NAME] [--expires TIME]
           [--language nb|en] [--json]

Makes an account and the one-time link, good for three days, through which its
person sets a password.

  --role ROLE,...   guard, lead, approver, privacy, admin, or supplier alone
  --name NAME       what others see
  --expires TIME    the account's end; required for a supplier, at most 30 days
  --language nb|en  of the pages (default: what the browser asks for)
` + clientOptions + timeForms

const userListUsage = `Usage: sjudager user list [--json]

Lists the accounts: roles, state, and when their people came in last.
` + clientOptions

// userActUsage is of the commands that do one thing to an account.
func userActUsage(act, arguments, what string) string {
	return "Usage: sjudager user " + act + " LOGIN" + arguments + " [--json]\n\n" + what + "\nLOGIN may be an id, too.\n" + clientOptions
}

const userTokenUsage = `Usage: sjudager user token NAME --role ROLE --expires TIME [--json]

Makes a token for a program, which sends it in the header Authorization: Bearer.
It is shown this once. No token can do what needs two persons, or accounts.

  --role ROLE       what it may do; supplier: the state of things, no footage
  --expires TIME    at most a year ahead
` + clientOptions + timeForms

const userTokensUsage = `Usage: sjudager user tokens [--json]

Lists the tokens, and when each was used last.
` + clientOptions

const userRevokeUsage = `Usage: sjudager user revoke ID [--json]

Ends a token.
` + clientOptions

const signListUsage = `Usage: sjudager sign list [--at TIME] [--json]

Lists zones and signs, and which signs are valid: up, inspected within the
interval since their last change with nothing found, and saying what the
configuration says.

  --at TIME         as it stood then
` + clientOptions + timeForms

const signCoverageUsage = `Usage: sjudager sign coverage [--camera ID] [--at TIME] [--json]

Says for every camera whether each public entrance of its zone has a valid sign,
and where not, why. The past is answered from records alone, also for signs that
were taken down and cameras that have another name since.

  --camera ID       only this one
  --at TIME         as it was then
` + clientOptions + timeForms

const signHistoryUsage = `Usage: sjudager sign history --camera ID [--at TIME | --from TIME --to TIME]
           [--json]

Says from the records which signs announced a camera at a time, or from one time
to another with a line wherever that changed: also of cameras and signs that are
no more. The package for the police has the same.

  --at TIME         default: now
  --from, --to      a span of at most 31 days
` + clientOptions + timeForms

const signZoneUsage = `Usage: sjudager sign zone --name NAME --kind KIND --entrances LIST
           [--staff LIST] [--staff-only] [--limited]
           [--decision TEXT --review TIME] [--number Z-001] [--json]

Enters a zone, or with --number a further version of one. Toilets, changing
rooms and break rooms are refused; dance floors, bars and seating need a
decision.

  --name NAME       as the cameras of the configuration have it
  --kind KIND       entrance, queue, foyer, stage-edge, loading, cash,
                    cloakroom, back-stage, perimeter, parking, dance-floor, bar
                    or seating
  --entrances LIST  the public ones: "hoved=Hovedinngang;side=Sideinngang"
  --staff LIST      those that need no sign
  --staff-only      the public does not come here at all
  --limited         a limited circle of people is here regularly
  --decision TEXT   why cameras are necessary there and nothing milder will do
  --review TIME     when that is looked at again, within a year
` + clientOptions + timeForms

const signPutUsage = `Usage: sjudager sign put --before PLACES --area TEXT --area-en TEXT
           --position TEXT [--size A3|A4|A5] [--state ordered|up|down]
           [--text VERSION] [--material TEXT] [--height CM]
           [--languages nn,se [--area-nn TEXT] [--area-se TEXT]]
           [--photo FILE --nobody] [--why TEXT] [--json]
       sjudager sign put --number S-001 [what changes] [--json]

Enters a sign, or a further version of one, of which what is left out stays.
Nothing is overwritten. After a change a sign counts once it is inspected.

  --before PLACES   the entrances that it stands before: Z-001/hoved,Z-001/side
  --area TEXT       what the cameras see, in bokmål, as it is printed
  --area-en TEXT    the same in English
  --position TEXT   where it hangs
  --size SIZE       default A4
  --state STATE     default up; down is for good
  --text VERSION    that is printed on it (default: that in force)
  --material TEXT   what it is made of
  --height CM       of its middle above the floor
  --languages LIST  besides bokmål and English: nn (nynorsk) and se (Northern
                    Sámi, in the words of signage.texts.se); none: no others
  --area-nn TEXT    --area in nynorsk (default: as in bokmål)
  --area-se TEXT    --area in Northern Sámi
  --photo FILE      a JPEG or PNG of it where it hangs; it counts as before
  --nobody          you say that nobody is in the photo: others are refused
  --why TEXT        it is changed
` + clientOptions

const signInspectUsage = `Usage: sjudager sign inspect NUMBER --occasion OCCASION
           [--failed CHECK,... --defect TEXT --due TIME] [--round NUMBER]
           [--photo FILE --nobody] [--json]

Enters that you have looked at a sign.

  --occasion        install, before-doors, periodic or complaint
  --failed          of present, before-view, unobstructed, lit, readable,
                    right-version, qr-opens, right-language; left out: none
  --defect TEXT     what is wrong
  --due TIME        by when it is mended
  --round NUMBER    of those before doors (default: the open one with the sign)
  --photo FILE      a JPEG or PNG of it
  --nobody          you say that nobody is in the photo: others are refused
` + clientOptions + timeForms

const signMendUsage = `Usage: sjudager sign mend INSPECTION [--json]

Says that the defect that an inspection found is mended. The sign counts again
once it has been inspected anew.
` + clientOptions

const signRoundBeginUsage = `Usage: sjudager sign round begin --event NAME [--day DAY] [--json]

Begins the round before the doors of an event open, with all signs that are up.
There is one for a day and a name. What is inspected before doors belongs to it.

  --event NAME      of the event
  --day DAY         today or tomorrow, such as 2026-07-04 (default: today)
` + clientOptions

const signRoundListUsage = `Usage: sjudager sign round list [--json]

Lists the rounds before doors, the newest first.
` + clientOptions

const signRoundShowUsage = `Usage: sjudager sign round show NUMBER [--json]

Says how far a round is: which signs passed, have a defect, or are left.
` + clientOptions

const signRoundCloseUsage = `Usage: sjudager sign round close NUMBER [--reason TEXT] [--json]

Closes a round. With signs left there must be a reason.

  --reason TEXT     why nobody has looked at them, at least 10 characters
` + clientOptions

const signPictureUsage = `Usage: sjudager sign picture SHA256 --out FILE [--json]

Saves a photo of a sign or an inspection, or the picture of a plan. All are made
anew when they are uploaded, and have no metadata.
` + clientOptions

const signPlanAddUsage = `Usage: sjudager sign plan add --name NAME --picture FILE [--json]
       sjudager sign plan add --number P-001 --picture FILE [--name NAME]
           [--json]

Enters the plan of a floor, or with --number another picture of one. Cameras and
signs stay where they are on it.

  --name NAME       of the floor
  --picture FILE    a JPEG or PNG
` + clientOptions

const signPlanListUsage = `Usage: sjudager sign plan list [--at TIME] [--json]

Lists the plans, and where cameras and signs are on them.

  --at TIME         as it was then
` + clientOptions + timeForms

const signPlanChangeUsage = `Usage: sjudager sign plan change NUMBER [--name NAME] [--gone | --in-use]
           [--json]

Gives a plan another name, takes it out of use, or into it again.
` + clientOptions

const signPlanPlaceUsage = `Usage: sjudager sign plan place NUMBER --camera ID --x X --y Y
           [--direction DEGREES] [--view DEGREES] [--json]
       sjudager sign plan place NUMBER --sign S-001 --x X --y Y [--json]
       sjudager sign plan place NUMBER (--camera ID | --sign S-001) --gone
           [--json]

Says where a camera or a sign is on a plan, or takes it off.

  --x X, --y Y      0 to 1000: thousandths of the width from the left, and of
                    the height from the top
  --direction       where a camera looks, degrees clockwise from up
  --view            how wide it sees, in degrees
` + clientOptions

const signExportUsage = `Usage: sjudager sign export FILE [--zones] [--json]

Writes all signs, or with --zones all zones, as a table for spreadsheets: CSV in
UTF-8, separated by semicolons. sign import has the columns.
` + clientOptions

const signImportUsage = `Usage: sjudager sign import FILE [--dry-run] [--json]

Takes in a table of signs or zones: all of it, or if a line has a fault nothing.
It is CSV in UTF-8, separated by ";" or ",", and its first line names the
columns. A line with a number is a further version of that sign or zone, unless
nothing changes; one without is a new one. A column that is not there stays.

  --dry-run         only say what each line would do

Of signs:  sign (the number), state (a new one's default: ordered), size (A4),
           before (Z-001/hoved|Z-001/side), area, area_en, area_nn, area_se,
           position, material, height_cm, languages (nn|se), text, why
Of zones:  zone (the number), name, kind, staff (yes or no), limited (yes or
           no), entrances (hoved=Hovedinngang|side=Sideinngang),
           staff_entrances, decision, review (such as 2027-01-31T12:00:00Z)
Of cameras: camera (its id), kind (real), position, height_cm, direction_deg,
           field_of_view_deg, px_per_m, make, model, firmware, serial, mac,
           masks, purposes (danger|theft); camera papers --out writes it
` + clientOptions

const signOverrideUsage = `Usage: sjudager sign override --camera ID --reason TEXT [--json]
       sjudager sign override --end NUMBER [--json]

Lets a camera record although its signs have a hole, or ends that. It stays
visible until it is ended.
` + clientOptions

const signPrintUsage = `Usage: sjudager sign print NUMBER --out FILE.pdf [--json]

Prints a sign with its text version: bokmål first, English second, and a QR code
that opens that version of the notice.
` + clientOptions

const signNoticeUsage = `Usage: sjudager sign notice [--version N] [--lang nb|en] [--out FILE] [--json]

Prints the notice behind the signs, or writes it to a file that ends in .html or
.pdf. Every earlier version is kept as it was.

  --version N       default: that in force
` + clientOptions

const signPublishUsage = `Usage: sjudager sign publish --out FILE.zip [--json]

Writes every version of the notice as files for the venue's web server: no
script, no cookie, nothing of others. They belong at signage.notice.
` + clientOptions
