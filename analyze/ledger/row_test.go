package ledger

import "testing"

// Names that are kept at hand are those that would be put together.
func TestJoined(t *testing.T) {
	names := []string{"caller", "callee", "server", "server 2", "the phone", ""}
	for _, from := range names {
		for _, between := range []string{"-to-", " to ", ""} {
			for _, to := range names {
				if got, want := joined(from, between, to), from+between+to; got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		}
	}
}
