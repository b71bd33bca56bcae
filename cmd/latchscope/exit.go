package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// Exit statuses: part of the contract.
const (
	exitDone        = 0
	exitFound       = 1 // something at or above --fail-on, or too few calls
	exitUsage       = 2
	exitInput       = 3 // an input could not be read, or the output not written
	exitInterrupted = 130
)

// outcome is an exit status that is no error: the report is out, and it says
// what there is to say. note is a line for stderr, often empty.
type outcome struct {
	status int
	note   string
}

func (o outcome) Error() string { return o.note }

// usageError is a mistake in the command line. hint is what to do instead.
type usageError struct {
	text string
	hint string
}

func (e *usageError) Error() string {
	if e.hint == "" {
		return e.text
	}
	return e.text + "; " + e.hint
}

// status says what went wrong in one line and what the shell is told.
func status(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	var out outcome
	if errors.As(err, &out) {
		if out.note != "" {
			say(stderr, out.note)
		}
		return out.status
	}
	if errors.Is(err, syscall.EPIPE) { // the reader has seen enough
		return exitDone
	}
	say(stderr, err.Error())
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitInput
}

// say prints one line to stderr. It may quote what a stranger wrote: a path, a
// warning about a capture.
func say(w io.Writer, text string) {
	fmt.Fprintln(w, "latchscope: "+page.Printable(strings.TrimSpace(text)))
}
