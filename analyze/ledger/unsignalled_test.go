package ledger_test

import (
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// Where no signalling was recorded, what the server hears from a party tells where that party
// is: what the server sends to a port that the party left is misdirected.
func TestUnsignalledMove(t *testing.T) {
	const scene = `
nat    router 198.51.100.7 delay=20ms icmp=off
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=immediate
call   c1     gw -> phone via sbc hidden
capture server at sbc
0.0  c1 invite
2.0  c1 200
2.1  c1 gw talks
2.1  c1 phone talks
8.0  router forgets phone
12.0 c1 gw bye
`
	tr := seenAt(t, played(t, scene), "server")
	var got string
	for _, c := range tr.Calls {
		for _, r := range ledger.Of(tr).Rows(c) {
			got += fmt.Sprintf("%s to %s:", r.From.Name, r.To.Name)
			for _, x := range r.Spans {
				got += fmt.Sprintf(" %v %.1f", x.State, float64(x.Duration())/1e9)
			}
			got += "; "
		}
	}
	if want := "party1 to party2: sent 5.9 misdirected 4.0; party2 to party1: sent 9.9; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
