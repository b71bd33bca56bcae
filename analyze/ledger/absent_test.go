package ledger_test

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// A talker that begins three seconds after the answer sent nothing before: seen at its own
// line that is certain, seen at the server it is not known to be more than missing.
func TestLateTalker(t *testing.T) {
	const scene = `
nat    router 198.51.100.7 delay=20ms
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=immediate
call   c1     gw -> phone via sbc
capture here at phone
capture there at sbc
0.0  c1 invite
2.0  c1 200
2.05 c1 gw talks
5.0  c1 phone talks
12.0 c1 gw bye
`
	run := played(t, scene)
	for point, want := range map[string]ledger.Span{
		"here":  {State: ledger.Absent, Confidence: ledger.Confirmed},
		"there": {State: ledger.Missing, Confidence: ledger.Likely},
	} {
		tr := seenAt(t, run, point)
		found := false
		for _, r := range ledger.Of(tr).Rows(tr.Calls[0]) {
			for i := range r.Spans {
				x := &r.Spans[i]
				if r.From.Name != "callee" || !x.State.Silent() {
					continue
				}
				found = true
				if x.State != want.State || x.Confidence != want.Confidence || x.Duration() < 2.5e9 {
					t.Errorf("%s: %v, %v, for %d ms", point, x.State, x.Confidence, x.Duration()/1e6)
				}
			}
		}
		if !found {
			t.Errorf("%s: no silence of the phone's", point)
		}
	}
}
