// Package configs is the product's configuration: what can be set ([Config],
// the reference), how a file is read ([Load], [Parse]), how it is followed while
// the program runs ([Watch]) and what of it needs a restart ([Restart]).
// example.yaml holds every key with its default.
//
// # What it promises
//
//  1. Strict. An unknown key, a key or a camera given twice, a value of the
//     wrong type and a value outside its limits are faults. Nothing is guessed,
//     nothing is ignored.
//  2. Every fault at once. A refused file comes back as an [Error] with one
//     [Fault] each: line, key, what is wrong, what to write instead. Only a file
//     that is not YAML at all stops at its first fault.
//  3. A [Config] that Parse returned is complete and valid: defaults are filled
//     in, limits hold, paths are absolute, secrets have been read from their
//     files. Nobody checks it again.
//  4. No setting keeps footage longer than the policy allows: seven days, and
//     thirty under a hold (R4, R24).
//  5. Secrets do not get out. Passwords, in a URL or from a file, are in no
//     fault, no String, no JSON and no log record; see [Secret] and [URL].
//  6. A file that fails to reload changes nothing: Watch hands the error over
//     and the running configuration stays in force.
//
// Relative paths start from the configuration file's folder, not from the
// working directory, so that a file means the same to the daemon and to a
// person who checks it.
//
// A program that uses this package on machines without a time zone database
// imports time/tzdata.
//
// The folder also has what an installation needs beside the program: the
// systemd unit (sjudager.service) and the account it runs as
// (sjudager.sysusers).
package configs
