package report

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// ear is what a row of audio comes to, in a few bytes. What is said of all calls together
// asks for it of each of them several times, and to account for one anew takes longer
// than all else about it.
type ear struct {
	name                  string // the listener's
	due, lost             int64  // packets
	percent, mos          float64
	verdict               ledger.Verdict
	rated, passed         bool // passed: seen before and behind a relay
	unseen, sent, arrived bool // some of it, for as long as is worth a word
}

func earOf(r *ledger.Row) ear {
	q, n := &r.Quality, len(r.Hops)
	return ear{
		name: r.To.Name, due: q.Due, lost: q.Lost, percent: q.Percent, mos: q.MOS, rated: q.Rated, verdict: r.Verdict,
		passed: n > 1 && r.Hops[n-1].InView && r.Hops[n-2].InView,
		unseen: r.In(ledger.Unseen) > 1e8, sent: r.In(ledger.Sent) > 1e8, arrived: r.In(ledger.Delivered) > 0,
	}
}

// ears are the rows of audio of a call, those of all calls accounted for at once.
func (w *writer) ears(c *trace.Call) []ear {
	if w.ledger == nil || c == nil {
		return nil
	}
	if w.heard == nil {
		w.heard = earsOf(w.ledger, w.trace.Calls)
	}
	return w.heard[c.ID-1]
}

// earsOf are those of calls, on all processors.
func earsOf(l *ledger.Ledger, calls []*trace.Call) [][]ear {
	out := make([][]ear, len(calls))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(calls)/partSize+1) {
		wait.Go(func() {
			account := l.Reader()
			for {
				from := int(next.Add(partSize)) - partSize
				if from >= len(calls) {
					return
				}
				part := calls[from:min(from+partSize, len(calls))]
				list := make([]ear, 0, 2*len(part)) // of all of them, as most have two
				for i, c := range part {
					first, rows := len(list), account.Rows(c)
					for j := range rows {
						if rows[j].Media == "audio" {
							list = append(list, earOf(&rows[j]))
						}
					}
					out[from+i] = slices.Clip(list[first:])
				}
			}
		})
	}
	wait.Wait()
	return out
}
