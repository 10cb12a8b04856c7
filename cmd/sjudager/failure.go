package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sjudager/sjudager/holds"
)

// Exit codes, as the command line promises them; scripts rely on them.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNothing = 3 // nothing found
	exitRefused = 4 // by policy or by the state of things
	exitInvalid = 5 // verification failed
)

// failure is how a command ends that did not do what it was asked. Any other
// error is a failure with exitFailed.
type failure struct {
	exit    int
	code    string // one word for programs
	text    string // no capital, no full stop
	hint    string // what to do about it, perhaps empty
	missing []holds.Missing
	// answered says that the command has printed its JSON document already.
	answered bool
}

func (f failure) Error() string { return f.text }

// misuse is a command line that cannot be carried out.
func misuse(text, hint string) failure {
	return failure{exit: exitUsage, code: "invalid", text: text, hint: hint}
}

// report prints err for a person on standard error and, when the command was
// asked for JSON, as the one document on standard output. It returns the exit
// code.
func (c console) report(err error, asJSON bool) int {
	if err == nil {
		return exitDone
	}
	var f failure
	if !errors.As(err, &f) {
		f = failure{exit: exitFailed, code: "failed", text: err.Error()}
	}
	fmt.Fprintln(c.err, "sjudager: "+f.text)
	if f.hint != "" {
		fmt.Fprintln(c.err, f.hint)
	}
	if asJSON && !f.answered {
		c.json(map[string]any{"error": struct {
			Code    string          `json:"code"`
			Message string          `json:"message"`
			Missing []holds.Missing `json:"missing,omitempty"`
		}{f.code, f.text, f.missing}})
	}
	return f.exit
}

// json prints the one document of a command.
func (c console) json(document any) {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		fmt.Fprintf(c.err, "sjudager: couldn't print the answer: %v\n", err)
	}
}
