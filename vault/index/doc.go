// Package index keeps the vault's rows: an ordered map from text keys to CBOR
// values with serialisable transactions, on bbolt. It knows nothing of what the
// rows mean, and no bbolt type leaves it, so that another engine can stand
// behind [DB] and [Tx] for sites that outgrow one appliance.
//
// Keys are text, parts joined with "/", and sort bytewise. By convention the
// first part names the kind of row and the room that owns it:
//
//	segment/<camera>/<start>           vault: stored segments
//	due/<deadline>/<camera>/<start>    vault: the same, in the order in which they go
//	hour/<camera>/<hour>               vault: an hour of segments in brief
//	purge/<object>                     vault: retired segments that are being removed
//	gap/<camera>/<from>                vault: spans without footage
//	camera/<camera>                    vault: how much is stored of a camera
//	hold/<state>/<number>              holds: active ones and ended ones
//	release/...                        holds/release: the release log
//	ledger/...                         holds/ledger: the log of everything that matters
//	user/<id>                          web/account: people, and below session/, link/ and
//	                                   token/ what lets them and programs in
//	sign/<kind>/<n>                    web/signage: zones, signs, inspections, texts
//	meta/<name>                        holds: counters and the retention in force
//
// A transaction that fails, for want of room say, changes nothing. [DB.Reserve] takes
// room ahead for those that must not fail. On file systems that copy what they write
// (btrfs, ZFS) it helps little.
//
// Instants in keys have footage.Instant's Compact form, which sorts in the order
// of time.
package index
