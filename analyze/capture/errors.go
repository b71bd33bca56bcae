package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// FormatError says that an input is not a capture that can be read. Error is
// one line for the person who named it.
type FormatError struct {
	Path  string
	Looks string // what it is, from its content: "text", "an empty file", ...
	Hint  string // what to do, a sentence; may be empty
}

// Error is "story.txt: not a packet capture; it looks like text. Save ...".
func (e *FormatError) Error() string {
	s := show(e.Path) + ": not a packet capture"
	if e.Looks != "" {
		s += "; it looks like " + e.Looks
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
	for _, r := range path {
		if !strconv.IsPrint(r) {
			return strconv.Quote(path)
		}
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
