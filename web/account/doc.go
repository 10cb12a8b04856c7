// Package account knows who may come in and what they may do: people, their
// passwords and second factors, their sessions, one-time links, and the tokens
// of programs. It keeps all of it in the index.
//
// # What holds
//
//   - Accounts are personal (R53). There is no default password anywhere (R149): a
//     password is set by the person whose it is, through a one-time link. The first
//     such link is printed when the program starts and nobody can sign in yet.
//   - What somebody may do is one table, in right.go. It is read with every
//     request, so that a changed role, a disabled account and an expired one count
//     from the next request on.
//   - The ledger has ids and no names (R106). Names stand in the user's row alone,
//     and Erase takes them out of it.
//   - Nothing that lets somebody in is stored: passwords as argon2id, the tokens of
//     sessions, links and programs, and recovery codes, as SHA-256. The exception is
//     the secret of the second factor, which codes are computed from.
//   - A code of the second factor counts once. A link counts once.
//   - Leads, approvers and administrators have a second factor unless the
//     configuration says otherwise (R148). Without one such a session gets no
//     further than to the page where it is set up.
//   - Whoever guesses is slowed down by account and by address. Failures from where
//     somebody has signed in before and from elsewhere are counted apart: a stranger
//     elsewhere does not keep a guard from the control room's computer.
//   - Who comes in through a provider (OpenID Connect) has the roles of the groups that
//     it says, anew with each sign-in. An account that was made here is never taken
//     over by somebody whom the provider calls the same.
//   - At most two passwords are hashed at a time, so that a flood of logins takes at
//     most 38 MiB, and whoever finds more than a few waiting is sent away.
//
// # Rows
//
//	user/<id>          User
//	session/<digest>   Session
//	link/<digest>      a one-time link
//	token/<digest>     Token
package account
