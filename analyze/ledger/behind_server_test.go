package ledger_test

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// What a server sends nothing of was stopped there, where the capture shows both its sides, and
// no stream behind it lacks anything. Where two points show one side each, it is not known whether
// the server ever got it.
func TestNothingBehindTheServer(t *testing.T) {
	const scene = `
host   phone  192.0.2.60
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=immediate
call   c1     gw -> phone via sbc
capture server at sbc
capture near at gw
capture far at phone
0.0  c1 invite
2.0  c1 stalls for gw
2.0  c1 200
2.05 c1 gw talks
2.05 c1 phone talks
12.0 c1 gw bye
`
	run := played(t, scene)
	for _, c := range []struct {
		name   string
		points []string
		state  ledger.State
		across bool // and what was lost is known
	}{
		{"at the server", []string{"server"}, ledger.Stopped, false},
		{"at both ends", []string{"near", "far"}, ledger.Vanished, true},
		{"at the talker's end", []string{"near"}, ledger.Sent, false},
	} {
		tr := seenAt(t, run, c.points...)
		found := false
		for _, r := range ledger.Of(tr).Rows(tr.Calls[0]) {
			for i := range r.Spans {
				x := &r.Spans[i]
				if r.From.Name != "caller" || x.Duration() < 5e9 {
					continue
				}
				found = true
				if x.State != c.state || x.Across() != c.across || (x.Lost != nil) != c.across || c.across && x.Confidence != ledger.Likely {
					t.Errorf("%s: %v, %v, across %v, of %v", c.name, x.State, x.Confidence, x.Across(), x.Lost)
				}
			}
		}
		if !found {
			t.Errorf("%s: no span of the caller's voice", c.name)
		}
	}
}
