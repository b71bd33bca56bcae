package report

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

func TestValues(t *testing.T) {
	at := func(s string) Endpoint { return Endpoint{At: endpoint.From(netip.MustParseAddrPort(s))} }
	plain := &Report{}
	redacted := &Report{rewrite: func(k Kind, s string) string { return `"` + s + `"` }}
	for _, c := range []struct {
		of   any
		want string
	}{
		{Endpoint{}, `null`},
		{at("203.0.113.20:30002"), `"203.0.113.20:30002"`},
		{at("[2001:db8::1]:30002"), `"[2001:db8::1]:30002"`},
		{at("203.0.113.20:0"), `"203.0.113.20"`}, // its port is not known
		{plain.written(at("203.0.113.20:30002").At), `"203.0.113.20:30002"`},
		{plain.written(endpoint.Endpoint{}), `null`},
		{redacted.written(at("203.0.113.20:30002").At), `"\"203.0.113.20:30002\""`},
		{redacted.written(endpoint.Endpoint{}), `null`},
		{StreamEnd{}, `""`},
		{StreamEnd{at("203.0.113.20:30002")}, `"203.0.113.20:30002"`},
		{StreamEnd{redacted.written(at("203.0.113.20:30002").At)}, `"\"203.0.113.20:30002\""`},
		{Word(""), `null`},
		{Word("heard"), `"heard"`},
		{Number(0), `null`},
		{Number(-12), `-12`},
		{SSRC(0), `"0x00000000"`},
		{SSRC(0xbadcafe), `"0x0badcafe"`},
	} {
		got, err := json.Marshal(c.of)
		if err != nil || string(got) != c.want {
			t.Errorf("%#v is %s (%v), want %s", c.of, got, err, c.want)
		}
	}
	for _, e := range []Endpoint{{}, at("203.0.113.20:30002"), at("[2001:db8::1]:30002"), at("203.0.113.20:0"), {As: "caller's address"}} {
		var text *string
		b, _ := e.MarshalJSON()
		if err := json.Unmarshal(b, &text); err != nil {
			t.Fatal(err)
		}
		if text == nil && e.String() != "" || text != nil && *text != e.String() {
			t.Errorf("%s as text is %q", b, e.String())
		}
	}
}
