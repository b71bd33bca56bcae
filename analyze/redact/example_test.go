package redact_test

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/redact"
)

// One key gives one name the same pseudonym everywhere: in headers, in SDP, in
// other captures.
func ExamplePseudonyms() {
	names := redact.NewPseudonyms([]byte("a secret of ours"))
	fmt.Println(names.URI("sip:alice@pbx.example.com;transport=tcp"))
	fmt.Println(names.Text(`"Alice" <sip:alice@pbx.example.com>;tag=77x`))
	fmt.Println(string(names.SDP([]byte("c=IN IP4 203.0.113.9"))))
	// Output:
	// sip:pszuw@gam.yugixps.tgw.invalid;transport=tcp
	// "Pszuw" <sip:pszuw@gam.yugixps.tgw.invalid>;tag=59k
	// c=IN IP4 198.18.128.117
}
