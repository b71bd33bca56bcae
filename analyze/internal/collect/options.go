package collect

import "github.com/latchscope/latchscope/analyze/trace"

// Options of a run. The zero value is what the command line uses.
type Options struct {
	Limits trace.Limits // zero: DefaultLimits
	Serial bool         // read and collect in one goroutine; the result is the same
}
