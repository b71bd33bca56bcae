package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminal is where the program was started: its three streams, and what can
// be known of who looks at them.
type terminal struct {
	in       io.Reader
	out, err io.Writer

	quiet   bool // nothing but errors on err
	verbose bool // what took how long, too
}

// note says something on stderr that is no error.
func (t *terminal) note(text string) {
	if !t.quiet {
		say(t.err, text)
	}
}

// interactive tells whether a stream is a terminal.
func interactive(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width of the page: what the terminal has, but lines of more than a hundred
// columns are hard to read; in a file or a pipe what fits into any mail or
// ticket.
func (t *terminal) width(toFile bool) int {
	const most, piped = 100, 80
	if f, ok := t.out.(*os.File); ok && !toFile {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(w, most)
		}
	}
	return piped
}

// colour follows --color, and where that is silent NO_COLOR
// (https://no-color.org), TERM and whether anybody would see it.
func (t *terminal) colour(when string, toFile bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && !toFile && interactive(t.out)
}

// columns is how wide a table may be: as wide as the terminal, and as wide as it
// likes in a file or a pipe (0), where lines are cut and searched by programs.
func (t *terminal) columns(output string) int {
	if f, ok := t.out.(*os.File); ok && output == "" {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 0
}
