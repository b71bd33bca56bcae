package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FormatError says that an input cannot be read as a capture, because of what
// is in it. Error is one line for the person who named it.
type FormatError struct {
	Path   string
	Looks  string // what it is, from its content: "text", "an empty file", ...
	Broken bool   // it is a capture, but nothing of it can be read
	Hint   string // what to do, a sentence; may be empty

	archive bool // the members of it are the inputs
}

// Error is "story.txt: not a packet capture; it looks like text. Save it ...",
// or "a.pcap: cannot be read; it is a pcap that was cut short ...".
func (e *FormatError) Error() string {
	s := show(e.Path)
	if e.Broken {
		s += ": cannot be read; it is " + e.Looks
	} else {
		s += ": not a packet capture; it looks like " + e.Looks
	}
	if e.Hint != "" {
		s += ". " + e.Hint
	}
	return s
}

// show is a path as it can stand in a message of one line.
func show(path string) string {
	if path == "-" {
		return "standard input"
	}
	odd := func(r rune) bool { return !strconv.IsPrint(r) }
	if !utf8.ValidString(path) || strings.ContainsFunc(path, odd) {
		return strconv.Quote(path)
	}
	return path
}

// inputError is err with the path in front, once, and without the name of a
// system call, which says nothing to the person who named the path.
func inputError(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", show(path), err)
}
