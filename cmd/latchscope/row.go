package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// callRow is a call in one line: what list writes. The names are those of the
// JSON report where they stand there, too.
type callRow struct {
	File      string   `json:"file"` // in which it begins
	Call      int      `json:"call"` // number in the report about that file's captures
	Time      string   `json:"time"` // RFC 3339
	From      string   `json:"from"`
	To        string   `json:"to"`
	State     string   `json:"state"`
	SIPStatus *int16   `json:"sip_status"`
	Talk      *float64 `json:"talk_s"`
	Audio     *string  `json:"audio"` // null where nobody answered
	Loss      *float64 `json:"loss_percent"`
	MOS       *float64 `json:"mos"`
	Cause     string   `json:"cause"`

	hosts [2]string // of the caller and the callee, where no URI is known: for people
	begin int64
	worth int // what makes it bad, the worse the more
}

// rows are the calls in lines.
func (e *examined) rows(calls []*trace.Call, rewrite report.Rewrite) []callRow {
	cause := make(map[*trace.Call]string, len(e.result.Verdicts))
	for i := range e.result.Verdicts {
		cause[e.result.Verdicts[i].Call] = e.result.Verdicts[i].RootCause
	}
	as := func(k report.Kind, s string) string {
		if rewrite == nil || s == "" {
			return s
		}
		return rewrite(k, s)
	}
	var out []callRow
	for _, c := range calls {
		start, end := lifetime(e.trace, c)
		r := callRow{
			Call: c.ID, From: as(report.URI, c.From), To: as(report.URI, c.To), State: c.State.String(), Cause: cause[c],
			Time: time.Unix(0, start).UTC().Format(time.RFC3339Nano), begin: start,
		}
		if file := int(c.Start().File); file < len(e.trace.Captures) {
			r.File = as(report.Path, e.trace.Captures[file].Path)
		}
		if n := len(c.Legs); n > 0 && c.From == "" && c.To == "" { // known by what a media engine was told
			for side, p := range []*trace.Party{&c.Legs[0].Parties[trace.Caller], &c.Legs[n-1].Parties[trace.Callee]} {
				if len(p.Hosts) > 0 && !p.Hosts[0].IP().IsUnspecified() {
					r.hosts[side] = as(report.Address, p.Hosts[0].IP().String())
				}
			}
		}
		if c.Status != 0 {
			r.SIPStatus = &c.Status
		}
		if c.Answered() {
			talk := rounded(float64(max(end-c.Answer.Time, 0))/1e9, 100)
			r.Talk = &talk
		}
		verdict := e.account.Audio(c)
		if verdict != ledger.NoVerdict {
			word := verdict.String()
			r.Audio = &word
			r.Loss, r.MOS = e.quality(c)
		}
		r.worth = worth(verdict, c.State)
		out = append(out, r)
	}
	return out
}

// worth orders calls by how bad they are.
func worth(audio ledger.Verdict, state trace.State) int {
	switch audio {
	case ledger.Lost:
		return 6
	case ledger.Impaired:
		return 5
	case ledger.Unjudged:
		return 3
	case ledger.Partly:
		return 2
	case ledger.Clear:
		return 1
	}
	if failed(state) {
		return 4
	}
	return 0
}

// failed reports whether a call was not refused or given up but did not work.
func failed(s trace.State) bool { return s == trace.Failed || s == trace.TimedOut }

func rounded(f, steps float64) float64 { return math.Round(f*steps) / steps }

// worstFirst orders rows by how bad they are, then by loss, then by time.
func worstFirst(rows []callRow) {
	loss := func(r *callRow) float64 {
		if r.Loss == nil {
			return 0
		}
		return *r.Loss
	}
	slices.SortStableFunc(rows, func(a, b callRow) int {
		return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(loss(&b), loss(&a)), cmp.Compare(a.begin, b.begin))
	})
}

// callHead are the names of a row's fields, in order.
var callHead = []string{"file", "call", "time", "from", "to", "state", "sip_status", "talk_s", "audio", "loss_percent", "mos", "cause"}

// cells are the fields as CSV has them.
func (r *callRow) cells() []string {
	audio := ""
	if r.Audio != nil {
		audio = *r.Audio
	}
	return []string{r.File, strconv.Itoa(r.Call), r.Time, r.From, r.To, r.State, number(r.SIPStatus), decimal(r.Talk, 2), audio,
		decimal(r.Loss, 2), decimal(r.MOS, 2), r.Cause}
}

func number(n *int16) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func decimal(f *float64, digits int) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', digits, 64)
}
