// Package storetest holds stores to the contract that package store states.
//
// Run is the suite that every implementation passes, and Benchmark measures them
// alike. NewObject makes objects of any size without holding them in memory.
//
// Faulty is for the tests of those who use a store: it wraps a real one, fails in
// the ways that real ones do when it is told to (did not happen; happened, and an
// error was reported; did not happen, and success was reported; takes its time; hangs;
// breaks off in mid-body), records the calls, and reports to the test whatever its user does that the
// contract does not allow.
package storetest
