// Package analyze reads captures into a Trace: the calls in them, the media
// that belongs to them, and the errors about it. Reading only collects (a
// Harvest); putting in relation (Correlate) happens afterwards.
package analyze

import (
	"context"

	"github.com/latchscope/latchscope/analyze/capture"
)

// Options of a run. The zero value is what the command line uses.
type Options struct {
	Limits Limits // zero: DefaultLimits
	Serial bool   // read and collect in one goroutine; the result is the same
}

// Run reads the captures of a set and correlates what they say. An error is
// one of the environment; damage in a capture is a warning in the Trace. When
// the context ends early, what was read up to there is analysed, and the Trace
// carries the warning "interrupted".
func Run(ctx context.Context, set *capture.Set, opt Options) (*Trace, error) {
	if opt.Limits == (Limits{}) {
		opt.Limits = DefaultLimits()
	}
	h, err := Collect(ctx, set, opt)
	if err != nil {
		return nil, err
	}
	t := Correlate(h)
	if err := t.lookAgain(ctx, set, opt); err != nil {
		return nil, err
	}
	return t, nil
}
