package detect

import "github.com/latchscope/latchscope/analyze/ledger"

// ownerOf is whose part something is that a party does: its name, where it is
// one of the two that the report knows.
func ownerOf(p ledger.Party) string {
	if p.Name == "caller" || p.Name == "callee" {
		return p.Name
	}
	return "unknown"
}
