package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/account"
)

func userAdd(ctx context.Context, c console, o *options) error {
	name, language := o.String("name", "", ""), o.String("language", "", "")
	role, expires := o.String("role", "", ""), o.String("expires", "", "")
	cl, args, err := o.connect("LOGIN")
	if err != nil {
		return err
	}
	if err := o.require("role"); err != nil {
		return err
	}
	ask := web.UserRequest{Login: args[0], Name: *name, Language: *language}
	if ask.Roles, err = account.ParseRoles(*role); err != nil {
		return misuse("--role: "+err.Error(), "")
	}
	if ask.Expires, err = cl.expiry(c, *expires); err != nil {
		return err
	}
	return cl.invite(ctx, c, o, "users", ask)
}

// expiry reads --expires; "" and "never" are never.
func (cl *client) expiry(c console, text string) (footage.Instant, error) {
	if text == "" || text == "never" {
		return 0, nil
	}
	return parseTime("expires", text, cl.zone, c.now())
}

// invite posts ask and prints the one-time link that comes of it.
func (cl *client) invite(ctx context.Context, c console, o *options, path string, ask any) error {
	var made web.Invited
	if err := cl.post(ctx, path, ask, &made); err != nil {
		return err
	}
	if made.Link != "" {
		made.Link = cl.page() + made.Link
	}
	if o.json {
		c.json(made)
		return nil
	}
	at := clock{cl.zone}
	if u := made.User; u != nil {
		table(c.out, func(row func(...any)) { userRow(row, at, *u) })
	}
	if made.Link != "" {
		fmt.Fprintf(c.out, "one-time link, until %s: %s\n", at.at(made.Expires), made.Link)
	}
	return nil
}

// page is the address of the pages as far as the configuration tells it.
func (cl *client) page() string {
	return strings.TrimSuffix(pageURL(cl.configuration, hostPort(cl.configuration.HTTP.Listen)), "/")
}

// hostPort is an address as it is configured.
type hostPort string

func (hostPort) Network() string  { return "tcp" }
func (h hostPort) String() string { return string(h) }

func userFirst(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	return cl.invite(ctx, c, o, "users/first", nil)
}

func userRow(row func(...any), at clock, u web.User) {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	or := func(i footage.Instant) string {
		if i == 0 {
			return "-"
		}
		return at.at(i)
	}
	second := "-"
	if u.SecondFactor {
		second = "yes"
	}
	row(orDash(u.Login), u.ID, orDash(u.Name), strings.Join(roles, ","), u.State, second, or(u.Expires), or(u.Last))
}

func userList(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Users
	if err := cl.get(ctx, "users", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Users) == 0 {
		fmt.Fprintln(c.out, "no users; sjudager user first makes the link for the first administrator")
		return nil
	}
	table(c.out, func(row func(...any)) {
		row("LOGIN", "ID", "NAME", "ROLES", "STATE", "2ND FACTOR", "EXPIRES", "LAST IN")
		for _, u := range all.Users {
			userRow(row, clock{cl.zone}, u)
		}
	})
	return nil
}

// userAct is a command that does one thing to an account.
func userAct(act string) func(context.Context, console, *options) error {
	return func(ctx context.Context, c console, o *options) error {
		var role, expires *string
		switch act {
		case "roles":
			role = o.String("role", "", "")
		case "expiry":
			expires = o.String("expires", "", "")
		}
		cl, args, err := o.connect("LOGIN")
		if err != nil {
			return err
		}
		var ask web.UserAct
		if role != nil {
			if ask.Roles, err = account.ParseRoles(*role); err != nil {
				return misuse("--role: "+err.Error(), "")
			}
		}
		if expires != nil {
			if err := o.require("expires"); err != nil {
				return err
			}
			if ask.Expires, err = cl.expiry(c, *expires); err != nil {
				return err
			}
		}
		return cl.invite(ctx, c, o, "users/"+url.PathEscape(args[0])+"/"+act, ask)
	}
}

func userToken(ctx context.Context, c console, o *options) error {
	role, expires := o.String("role", "", ""), o.String("expires", "", "")
	cl, args, err := o.connect("NAME")
	if err != nil {
		return err
	}
	if err := o.require("role", "expires"); err != nil {
		return err
	}
	ask := web.TokenRequest{Name: args[0], Role: account.Role(*role)}
	if ask.Expires, err = parseTime("expires", *expires, cl.zone, c.now()); err != nil {
		return err
	}
	var made web.TokenMade
	if err := cl.post(ctx, "tokens", ask, &made); err != nil {
		return err
	}
	if o.json {
		c.json(made)
		return nil
	}
	fmt.Fprintf(c.out, "%s, %s, until %s; this is shown once:\n%s\n", made.Token.ID, made.Token.Role, clock{cl.zone}.at(made.Token.Expires), made.Text)
	return nil
}

func userTokens(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var all web.Tokens
	if err := cl.get(ctx, "tokens", nil, &all); err != nil {
		return err
	}
	if o.json {
		c.json(all)
		return nil
	}
	if len(all.Tokens) == 0 {
		fmt.Fprintln(c.out, "no tokens")
		return nil
	}
	at := clock{cl.zone}
	table(c.out, func(row func(...any)) {
		row("ID", "NAME", "ROLE", "EXPIRES", "LAST USED")
		for _, t := range all.Tokens {
			used := "-"
			if t.Used != 0 {
				used = at.at(t.Used)
			}
			row(t.ID, t.Name, t.Role, at.at(t.Expires), used)
		}
	})
	return nil
}

func userRevoke(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("ID")
	if err != nil {
		return err
	}
	var done web.TokenRevoked
	if err := cl.post(ctx, "tokens/"+url.PathEscape(args[0])+"/revoke", nil, &done); err != nil {
		return err
	}
	if o.json {
		c.json(done)
		return nil
	}
	fmt.Fprintf(c.out, "%s is revoked\n", done.Revoked)
	return nil
}
