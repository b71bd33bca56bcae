package redact

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Who is called as our sentences call a party takes no word out of them; as a
// name it goes all the same.
func TestSentencesKeepTheirWords(t *testing.T) {
	leg := &trace.Leg{Dialog: &trace.Dialog{CallID: "phone-77121@callee.example.org"}}
	leg.Parties[trace.Caller].URI = "sip:callee@phone.example.org"
	leg.Parties[trace.Callee].URI = "sip:rosemarie@phone.example.org"
	s := names().Prose(&trace.Trace{Legs: []*trace.Leg{leg}})
	const said = "Nothing came back to the callee; ports are held while the phone rings."
	if got := s.Text(said); got != said {
		t.Errorf("%q became %q", said, got)
	}
	for _, named := range []string{"sip:callee@phone.example.org", `sip.Call-ID == "phone-77121@callee.example.org"`, "what rosemarie said"} {
		if got := s.Text(named); strings.Contains(got, "callee@") || strings.Contains(got, "@callee") || strings.Contains(got, "phone-") || strings.Contains(got, "rosemarie") {
			t.Errorf("%q became %q", named, got)
		}
	}
}
