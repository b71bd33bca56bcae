package analyze_test

import "testing"

// answered is a call between a and s, whose media the numbers from 100 on are.
const answered = `
sip 50 a>s INVITE 1 a
sip 60 s>a 200 1 s:6000
sip 60 a>s ACK 1
a>s:6000 1: 100-199
s:6000>a 2: 100-199
`

// TestTies holds what an ICMP error is taken to be about: the quote may be
// whole or end anywhere, be of RTP, of RTCP or of something else, come twice,
// or after all is over.
func TestTies(t *testing.T) {
	for _, c := range []struct{ name, tape, want string }{
		// In a call.
		{"a whole packet", answered + "icmp 110 s>a 3/3 of a>s:6000 1", "stream 1 seq 110 to s:6000 in call media"},
		{"12 bytes of it", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=12", "stream 1 seq 110 to s:6000 in call media"},
		{"10 bytes: no number", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=10", "stream 1 to s:6000 in call media"},
		{"8 bytes: addresses alone", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8", "stream 1 to s:6000 in call media"},
		{"where the call listens, though it was never seen", answered + "icmp 110 s>a 3/3 of b>s:6000 9", "to s:6000 in call media"},
		{"the same, addresses alone", answered + "icmp 110 s>a 3/3 of b>s:6000 9 bytes=8", "to s:6000 in call media"},
		{"another SSRC between the same ends", answered + "icmp 110 s>a 3/3 of a>s:6000 9", "to s:6000 in call media"},
		{"another port", answered + "icmp 110 s>a 3/3 of a>s:7000 9", ""},
		{"RTCP", answered + "icmp 110 s>a 3/3 of a:4001>s:6001 1 as=rtcp", "to s:6000 in call media rtcp"},
		{"the head of RTCP", answered + "icmp 110 s>a 3/3 of a:4001>s:6001 1 as=rtcp bytes=12", "to s:6000 in call media rtcp"},
		{"one port above, addresses alone", answered + "icmp 110 s>a 3/3 of a:4001>s:6001 1 bytes=8", "to s:6000 in call media rtcp"},
		{"RTP one port above is somebody else's", answered + "icmp 110 s>a 3/3 of a:4001>s:6001 9", ""},
		{"RTCP between the ports of RTP", answered + "icmp 110 s>a 3/3 of a>s:6000 1 as=rtcp", "stream 1 to s:6000 in call media rtcp"},
		{"STUN", answered + "icmp 110 s>a 3/3 of a>s:6000 1 as=stun", ""},
		{"DTLS", answered + "icmp 110 s>a 3/3 of a>s:6000 1 as=dtls", ""},
		{"SIP", answered + "icmp 110 s>a 3/3 of a>s:6000 1 as=sip", ""},
		{"what nobody knows, to where the call listens", answered + "icmp 110 s>a 3/3 of b>s:6000 1 as=junk", ""},
		{"before the call announced anything", "sip 140 a>s INVITE 1 a\nsip 145 s>a 200 1 s:6000\nicmp 110 s>a 3/3 of b>s:6000 9", ""},
		{"0.4 s before it did", "sip 121 a>s INVITE 1 a\nsip 130 s>a 200 1 s:6000\nicmp 111 s>a 3/3 of b>s:6000 9", "to s:6000 in call media"},
		{"after the BYE", answered + "sip 200 a>s BYE 2\nsip 200 s>a 200 2\nicmp 201 s>a 3/3 of a>s:6000 1", "stream 1 seq 201 to s:6000 in call media unwanted"},
		{"just before it", answered + "sip 200 a>s BYE 2\nsip 200 s>a 200 2\nicmp 199 s>a 3/3 of a>s:6000 1", "stream 1 seq 199 to s:6000 in call media"},

		// Of media without signalling.
		{"media alone", "a>s 1: 100-299\nicmp 110 s>a 3/3 of a>s 1", "stream 1 seq 110 in call media"},
		{"in its last two seconds", "a>s 1: 100-299\nicmp 210 s>a 3/3 of a>s 1", "stream 1 seq 210 in call media unwanted"},
		{"RTCP beside it", "a>s 1: 100-299\nicmp 110 s>a 3/3 of a:4001>s:4001 1 as=rtcp", "in call media rtcp"},
		{"RTCP beside the way back", "s>a 1: 100-299\nicmp 110 s>a 3/3 of a:4001>s:4001 1 as=rtcp", "in call media rtcp"},
		{"RTCP beside nothing", "a>s 1: 100-299\nicmp 110 s>a 3/3 of a:4011>s:4011 1 as=rtcp", "rtcp"},
		{"half a second before the stream", "a>s 1: 200-299\nicmp 175 s>a 3/3 of a>s 1", "stream 1 seq 175 in call media"},
		{"two seconds before it", "a>s 1: 300-499\nicmp 199 s>a 3/3 of a>s 1", ""},
		{"4 s after it", "a>s 1: 100-199\nicmp 399 s>a 3/3 of a>s 1", "stream 1 seq 399 in call media unwanted"},
		{"6 s after it", "a>s 1: 100-199\nicmp 500 s>a 3/3 of a>s 1", ""},

		// Towards a source that the talker has left.
		{"to the old source", "a>s 1: 100-199\na:5000>s 1: 200-399\ns>a 2: 100-399\nicmp 210 a>s 3/3 of s>a 2", "stream 2 seq 210 in call media toward"},
		{"to the new source", "a>s 1: 100-199\na:5000>s 1: 200-399\ns>a:5000 2: 100-399\nicmp 210 a>s 3/3 of s>a:5000 2", "stream 2 seq 210 in call media"},

		// The same error again.
		{"recorded twice", answered + "icmp 110 s>a 3/3 of a>s:6000 1\nicmp 110 s>a 3/3 of a>s:6000 1", "stream 1 seq 110 to s:6000 in call media and 1 copies, 1 recorded twice"},
		{"of the next packet", answered + "icmp 110 s>a 3/3 of a>s:6000 1\nicmp 111 s>a 3/3 of a>s:6000 1", "stream 1 seq 110 to s:6000 in call media, stream 1 seq 111 to s:6000 in call media"},
		{"of another kind", answered + "icmp 110 s>a 3/3 of a>s:6000 1\nicmp 110 s>a 3/1 of a>s:6000 1", "stream 1 seq 110 to s:6000 in call media, stream 1 seq 110 to s:6000 in call media"},
		{"60 ms later it is another", answered + "icmp 110 s>a 3/3 of a>s:6000 1\nicmp 110 s>a 3/3 of a>s:6000 1 +62", "stream 1 seq 110 to s:6000 in call media, stream 1 seq 110 to s:6000 in call media"},
		{"8 bytes, an identification", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8 id\nicmp 110 s>a 3/3 of a>s:6000 1 bytes=8 id +3", "stream 1 to s:6000 in call media and 1 copies, 1 recorded twice"},
		{"8 bytes without one are a series", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8\nicmp 110 s>a 3/3 of a>s:6000 1 bytes=8 +3", "stream 1 to s:6000 in call media, stream 1 to s:6000 in call media"},
		{"8 bytes without one, from elsewhere", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8\nicmp 110 r>a 3/3 of a>s:6000 1 bytes=8 +3", "stream 1 to s:6000 in call media and 1 copies"},
		{"8 bytes without one, to elsewhere", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8\nicmp 110 s>r 3/3 of a>s:6000 1 bytes=8 +3", "stream 1 to s:6000 in call media and 1 copies"},
		{"8 bytes without one, another port", answered + "icmp 110 s>a 3/3 of a>s:6000 1 bytes=8\nicmp 110 r>a 3/3 of a>s:6001 1 bytes=8 +3", "stream 1 to s:6000 in call media, to s:6000 in call media rtcp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ties(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}
