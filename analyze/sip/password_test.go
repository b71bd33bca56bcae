package sip

import "testing"

func TestPasswordsAreLeftOut(t *testing.T) {
	for in, want := range map[string]string{
		"sip:alice:secret@example.net;x=y": "sip:alice@example.net;x=y",
		"sip:alice:se@cret@example.net":    "sip:alice@example.net",
		"sips:alice:@h":                    "sips:alice@h",
		"sip:alice@example.net:5060":       "sip:alice@example.net:5060",
		"sip:alice@[2001:db8::1]:5060":     "sip:alice@[2001:db8::1]:5060",
		"sip:[2001:db8::1]":                "sip:[2001:db8::1]",
		"tel:+15550100":                    "tel:+15550100",
		"alice@example.net":                "alice@example.net",
		"":                                 "",
	} {
		if got := WithoutPassword(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}
