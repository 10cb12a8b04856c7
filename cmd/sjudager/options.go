package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/sjudager/sjudager/configs"
)

// errHelp: the command was asked how it is used.
var errHelp = errors.New("help")

// options are the options and arguments of one command. They may stand in any
// order: sjudager hold show H-2026-0001 --json.
type options struct {
	*flag.FlagSet
	args []string // what followed the command
	json bool
}

func newOptions(args []string) *options {
	o := &options{FlagSet: flag.NewFlagSet("", flag.ContinueOnError), args: args}
	o.SetOutput(io.Discard)
	return o
}

// asJSON declares --json.
func (o *options) asJSON() { o.BoolVar(&o.json, "json", false, "") }

// parse reads the options that the command has declared and returns its
// arguments, which must be as many as it has names for them.
func (o *options) parse(names ...string) ([]string, error) {
	var given []string
	for rest := o.args; len(rest) > 0; {
		arg := rest[0]
		rest = rest[1:]
		if arg == "--" {
			given = append(given, rest...)
			break
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		if !strings.HasPrefix(arg, "-") || name == "" {
			given = append(given, arg)
			continue
		}
		if name == "h" || name == "help" {
			return nil, errHelp
		}
		f := o.Lookup(name)
		if f == nil {
			return nil, o.unknown(name)
		}
		// Package flag's own Parse would stop at the first argument, and its
		// messages are about flags.
		boolean, _ := f.Value.(interface{ IsBoolFlag() bool })
		switch {
		case hasValue:
		case boolean != nil && boolean.IsBoolFlag():
			value = "true"
		case len(rest) == 0:
			return nil, misuse(fmt.Sprintf("--%s needs a value", name), "")
		default:
			value, rest = rest[0], rest[1:]
		}
		if err := o.Set(name, value); err != nil {
			return nil, misuse(fmt.Sprintf("--%s: %q is not %s", name, value, kindOf(f)), "")
		}
	}
	switch {
	case len(given) < len(names):
		return nil, misuse(fmt.Sprintf("%s is missing", names[len(given)]), "")
	case len(given) > len(names):
		return nil, misuse(fmt.Sprintf("%q is one argument too many", given[len(names)]), "")
	}
	return given, nil
}

func (o *options) unknown(name string) error {
	var known []string
	o.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
	hint := ""
	if near := configs.Nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean --%s?", near)
	}
	return misuse(fmt.Sprintf("there is no option --%s", name), hint)
}

// kindOf says what belongs into an option.
func kindOf(f *flag.Flag) string {
	switch f.Value.(flag.Getter).Get().(type) {
	case bool:
		return "true or false"
	case int:
		return "a number"
	default:
		return "a length of time such as 30s or 2m"
	}
}

// require returns a misuse for the first of the named options that is empty.
func (o *options) require(names ...string) error {
	for _, name := range names {
		if o.Lookup(name).Value.String() == "" {
			return misuse(fmt.Sprintf("--%s is missing", name), "")
		}
	}
	return nil
}
