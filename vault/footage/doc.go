// Package footage has the words that every room shares: cameras, instants,
// spans, segments, gaps, and the names that footage has in the spool and in the
// object store. It decides nothing, touches no disk and imports nothing outside
// the standard library, so that the recorder, which must not see the rest of
// the vault, can speak of footage too.
//
// Times are whole microseconds in UTC ([Instant]), sizes are bytes, spans are
// half-open ([Span]).
package footage
