package analyze_test

import "testing"

// dialog is a call that was answered at number 60.
const dialog = `
sip 50 a>s INVITE 1 a
sip 60 s>a 200 1 s
sip 61 a>s ACK 1
`

// TestEpochs holds who listens where and from when to when, as offers and
// answers say it (RFC 3264; which messages carry them: RFC 6337 section 2.2).
func TestEpochs(t *testing.T) {
	for _, c := range []struct{ name, tape, want string }{
		{"offer and answer", dialog, "a 50-, s 60-"},
		{"the BYE ends both", dialog + "sip 90 s>a BYE 1\nsip 91 a>s 200 1", "a 50-90, s 60-90"},
		{"a delayed offer is answered in the ACK", "sip 50 a>s INVITE 1\nsip 60 s>a 200 1 s\nsip 70 a>s ACK 1 a", "s 60-, a 70-"},
		{"one whose offer the recording lost", "sip 50 a>s INVITE 1\nsip 52 s>a 180 1\nsip 70 a>s ACK 1 a", "a 70-"},
		{"SDP in the ACK of an INVITE that had its own", dialog + "sip 62 a>s INVITE 2 a\nsip 64 s>a 200 2 s\nsip 66 a>s ACK 2 a:4444", "a 50-, s 60-"},
		{"an answer in 183, repeated in 200", "sip 50 a>s INVITE 1 a\nsip 55 s>a 183 1 s\nsip 60 s>a 200 1 s\nsip 61 a>s ACK 1", "a 50-, s 55-"},
		{"another one in 200", "sip 50 a>s INVITE 1 a\nsip 55 s>a 183 1 s\nsip 60 s>a 200 1 s:6000\nsip 61 a>s ACK 1", "a 50-, s 55-60, s:6000 60- moved"},

		// A later offer holds beside what was agreed, until it is answered.
		{"a re-INVITE moves", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 75 s>a 200 2 s\nsip 76 a>s ACK 2", "a 50-75, s 60-, a:4444 70- moved"},
		{"not answered yet", dialog + "sip 70 a>s INVITE 2 a:4444", "a 50-, s 60-, a:4444 70- moved"},
		{"it is refused", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 75 s>a 488 2\nsip 76 a>s ACK 2", "a 50-, s 60-, a:4444 70-75 moved"},
		{"the callee's", dialog + "sip 70 s>a INVITE 1 s:6000\nsip 75 a>s 200 1 a\nsip 76 s>a ACK 1", "a 50-, s 60-75, s:6000 70- moved"},
		{"both move", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 75 s>a 200 2 s:6000\nsip 76 a>s ACK 2", "a 50-75, s 60-75, a:4444 70- moved, s:6000 75- moved"},
		{"by UPDATE", dialog + "sip 70 a>s UPDATE 2 a:4444\nsip 75 s>a 200 2 s", "a 50-75, s 60-, a:4444 70- moved"},
		{"an UPDATE refused", dialog + "sip 70 a>s UPDATE 2 a:4444\nsip 75 s>a 491 2", "a 50-, s 60-, a:4444 70-75 moved"},
		{"a refresh says nothing new", dialog + "sip 70 a>s INVITE 2 a\nsip 75 s>a 200 2 s\nsip 76 a>s ACK 2", "a 50-, s 60-"},
		{"a re-INVITE without SDP", dialog + "sip 70 a>s INVITE 2\nsip 75 s>a 200 2 s:6000\nsip 76 a>s ACK 2 a:4444", "a 50-76, s 60-76, s:6000 75- moved, a:4444 76- moved"},
		{"hold", dialog + "sip 70 a>s INVITE 2 a sendonly\nsip 75 s>a 200 2 s recvonly\nsip 76 a>s ACK 2", "a 50-75, s 60-75, a 70- sendonly, s 75- recvonly"},
		{"the recording lost the INVITE that ends it", dialog + "sip 70 a>s INVITE 2 a sendonly\nsip 75 s>a 200 2 s recvonly\nsip 76 a>s ACK 2\nsip 85 s>a 200 3 s of=INVITE\nsip 86 a>s ACK 3", "a 50-75, s 60-75, a 70-85 sendonly, s 75-85 recvonly, a 85-, s 85-"},
		{"the one that holds again", dialog + "sip 70 a>s INVITE 2 a sendonly\nsip 75 s>a 200 2 s recvonly\nsip 76 a>s ACK 2\nsip 85 s>a 200 3 s recvonly of=INVITE\nsip 86 a>s ACK 3", "a 50-75, s 60-75, a 70- sendonly, s 75- recvonly"},
		{"by whoever answers a hold as if it were none", dialog + "sip 70 a>s INVITE 2 a sendonly\nsip 75 s>a 200 2 s\nsip 76 a>s ACK 2\nsip 85 s>a 200 3 s of=INVITE\nsip 86 a>s ACK 3", "a 50-75, s 60-, a 70- sendonly"},

		// What is seen again says nothing new, but for what an ALG made of it.
		{"recorded twice", "sip 50 a>s INVITE 1 a\nsip 50 a>s INVITE 1 a\nsip 60 s>a 200 1 s\nsip 60 s>a 200 1 s", "a 50-, s 60-"},
		{"an old answer repeated", dialog + "sip 70 a>s INVITE 2 a\nsip 75 s>a 200 2 s:6000\nsip 76 a>s ACK 2\nsip 80 s>a INVITE 1 s:7000\nsip 81 a>s 200 1 a\nsip 110 s>a 200 2 s:6000", "a 50-, s 60-75, s:6000 75-81 moved, s:7000 80- moved"},
		{"an UPDATE's answer, of whose offer nothing was recorded", dialog + "sip 70 s>a 200 2 s:6000 of=UPDATE", "a 50-, s 60-70, s:6000 70- moved"},
		{"a 183 without a tag", "sip 50 a>s INVITE 1 a\nsip 55 s>a 183 1 s tag=-\nsip 60 s>a 200 1 s\nsip 61 a>s ACK 1", "a 50-, s 55-"},
		{"a 200 without a tag", "sip 50 a>s INVITE 1 a\nsip 55 s>a 183 1 s\nsip 60 s>a 200 1 s tag=-\nsip 61 a>s ACK 1", "a 50-, s 55-"},
		{"an old offer repeated", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 75 s>a 200 2 s\nsip 76 a>s ACK 2\nsip 80 a>s INVITE 3 a:5555\nsip 81 s>a 200 3 s\nsip 110 a>s INVITE 2 a:4444", "a 50-75, s 60-, a:4444 70-81 moved, a:5555 80- moved"},
		{"both sides of an ALG", "sip 50 p>s INVITE 1 p\nsip 50 r>s INVITE 1 r:5000 by=p\nsip 60 s>r 200 1 s by=p", "p 50-, r:5000 50- alias, s 60-"},
		{"both sides of a NAT that leaves SDP alone", "sip 50 p>s INVITE 1 p\nsip 50 r>s INVITE 1 p by=p\nsip 60 s>r 200 1 s by=p", "p 50-, s 60-"},
		{"a refusal with SDP is none", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 75 s>a 488 2 s:9999\nsip 76 a>s ACK 2", "a 50-, s 60-, a:4444 70-75 moved"},
		{"a refused INFO ends no offer", dialog + "sip 70 a>s INVITE 2 a:4444\nsip 72 a>s INFO 3\nsip 73 s>a 415 3\nsip 75 s>a 200 2 s", "a 50-75, s 60-, a:4444 70- moved"},

		// The call as a whole.
		{"refused", "sip 50 a>s INVITE 1 a\nsip 60 s>a 486 1\nsip 61 a>s ACK 1", "a 50-60"},
		{"asked for credentials, and tried again", "sip 50 a>s INVITE 1 a\nsip 60 s>a 407 1\nsip 61 a>s ACK 1\nsip 62 a>s INVITE 2 a tag=-\nsip 70 s>a 200 2 s\nsip 71 a>s ACK 2", "a 50-60, a 62-, s 70-"},
		{"of two that rang, the one that answered", "sip 50 a>s INVITE 1 a\nsip 55 s>a 183 1 s tag=x\nsip 56 s>a 183 1 s:6000 tag=y\nsip 60 s>a 200 1 s:6000 tag=y\nsip 61 a>s ACK 1 tag=y", "a 50-, s 55-60, s:6000 56-"},
		{"another dialog's offer in PRACK is answered there", "sip 50 a>s INVITE 1\nsip 55 s>a 183 1 s\nsip 56 a>s PRACK 2 a\nsip 57 s>a 200 2\nsip 60 s>a 200 1\nsip 61 a>s ACK 1", "s 55-, a 56-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := epochs(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}
