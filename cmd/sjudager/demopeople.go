package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/web/account"
)

// demoPeople are the accounts of the demo, the first for a beginning. They have no
// passwords: each start makes a one-time link for each.
var demoPeople = []account.NewUser{
	{Login: "leder", Name: "Lea Leder", Roles: []account.Role{account.Guard, account.Lead}},
	{Login: "vekter", Name: "Viggo Vekter", Roles: []account.Role{account.Guard}},
	{Login: "godkjenner", Name: "Gro Godkjenner", Roles: []account.Role{account.Approver}},
	{Login: "personvern", Name: "Pia Personvern", Roles: []account.Role{account.Privacy}},
	{Login: "admin", Name: "Ada Admin", Roles: []account.Role{account.Admin}},
}

// signInLinks makes the people of the demo, where they are not there yet, and a link
// for each.
func signInLinks(a *account.Accounts) (links []string, err error) {
	for _, p := range demoPeople {
		_, err := a.User(p.Login)
		if errors.Is(err, account.ErrNotFound) {
			_, _, err = a.Invite(p, ledger.System)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't make the demo's accounts: %w", err)
		}
		l, err := a.SignInLink(p.Login)
		if err != nil {
			return nil, fmt.Errorf("couldn't make the demo's links: %w", err)
		}
		links = append(links, strings.TrimPrefix(l.Path(), "/"))
	}
	return links, nil
}
