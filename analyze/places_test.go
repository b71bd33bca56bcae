package analyze_test

import (
	"strings"
	"testing"
)

// moving is a call whose caller moves from port 4000 to 5000 at number 600, ten
// seconds after its media began.
const moving = `
sip 50 a>s INVITE 1 a
sip 60 s>a 200 1 s
sip 61 a>s ACK 1
a>s 1: 100-599
a:5000>s 1: 600-999
`

// TestAnnounced holds what makes a move lawful: SDP of the party itself, near
// the move or naming the new source (RFC 3264 section 8.3), or a connectivity
// check that nominated it (RFC 8445 section 8).
func TestAnnounced(t *testing.T) {
	const lawful, flip = "talker 1 2, 1>2 by sdp", "talker 1 2, 1>2"
	const byICE = "talker 1 2, 1>2 by ice"
	for _, c := range []struct{ name, tape, want string }{
		{"without a word", moving, flip},
		{"by a re-INVITE just before", moving + "sip 590 a>s INVITE 2 a:5000\nsip 592 s>a 200 2 s", lawful},
		{"by an UPDATE", moving + "sip 590 a>s UPDATE 2 a:5000\nsip 592 s>a 200 2 s", lawful},
		{"1.9 s after the move", moving + "sip 695 a>s INVITE 2 a:5000\nsip 697 s>a 200 2 s", lawful},
		{"2.1 s after it", moving + "sip 705 a>s INVITE 2 a:5000\nsip 707 s>a 200 2 s", flip},
		{"4.9 s before it, behind a NAT", moving + "sip 356 a>s INVITE 2 a:7000\nsip 358 s>a 200 2 s", lawful},
		{"5.1 s before it, behind a NAT", moving + "sip 343 a>s INVITE 2 a:7000\nsip 345 s>a 200 2 s", flip},
		{"8 s before it, by name", moving + "sip 200 a>s INVITE 2 a:5000\nsip 202 s>a 200 2 s", lawful},
		{"with a new version alone", moving + "sip 590 a>s INVITE 2 a\nsip 592 s>a 200 2 s", flip},
		{"only the other party moved", moving + "sip 590 s>a INVITE 1 s:7000\nsip 592 a>s 200 1 a", flip},
		{"an answer says so", moving + "sip 590 s>a INVITE 1 s\nsip 592 a>s 200 1 a:5000", lawful},
		{"by one re-INVITE behind a NAT, there and there again", dialog + "a>s 1: 100-599,650-749\nr:5000>s 1: 600-649,750-899\nsip 590 a>s INVITE 2 a:7000\nsip 592 s>a 200 2 s", "talker 1 2, 1>2 by sdp, 2>1 back by sdp, 1>2 back by sdp"},
		{"then to where it led nobody", dialog + "a>s 1: 100-599,650-749\nr:5000>s 1: 600-649\nr:6000>s 1: 750-899\nsip 590 a>s INVITE 2 a:7000\nsip 592 s>a 200 2 s", "talker 1 2 3, 1>2 by sdp, 2>1 back by sdp, 1>3"},
		{"a check nominated it", moving + "stun 595 a:5000>s nominates", byICE},
		{"the other side's did", moving + "stun 595 s>a:5000 nominates", byICE},
		{"2.1 s too late", moving + "stun 705 a:5000>s nominates", flip},
		{"of another path", moving + "stun 595 a:6000>s nominates", flip},
		{"checks without a nomination, and SDP without ICE", moving + "stun 594 a:5000>s asks\nstun 595 s>a:5000 answers", flip},
		{"the same where no SDP speaks", "a>s 1: 100-599\na:5000>s 1: 600-999\nstun 594 a:5000>s asks\nstun 595 s>a:5000 answers", byICE},
		{"checks in one direction", "a>s 1: 100-599\na:5000>s 1: 600-999\nstun 594 a:5000>s asks", flip},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}

// unnamed is a call through a server of which the recording lost the 200 that tells the
// caller where to send, and relayed its media: the caller stands behind a NAT, and moves.
const unnamed = `
sip 50 a>s INVITE 1 p
sip 51 s>b INVITE 1 s:6000 call=2
sip 52 s>a 180 1
sip 58 b>s 200 1 b call=2
sip 59 s>b ACK 1 call=2
sip 61 a>s ACK 1
`
const relayed = `
a>s:8000 1: 100-149
a:5000>s:8000 1: 150-199
s:6000>b 1: 100-149,180-199 +1
b>s:6000 2: 100-199
s:8000>a 2: 100-199 +1
`

// follows is the media where the server numbers anew what it sends, and follows the caller,
// a moment before the end.
const follows = `
a>s:8000 1: 100-149
a:5000>s:8000 1: 150-199
s:6000>b 1: 100-199 +1
b>s:6000 2: 100-199
s:8000>a 7: 500-584 as 2:100 +1
s:8000>a:5000 7: 585-599 as 2:185 +1
`

// asked is a call through a server of which the recording lost the INVITE to the callee,
// who stands behind a NAT.
const asked = `
sip 50 a>s INVITE 1 a
sip 51 b>s 100 1 call=2 of=INVITE tag=-
sip 58 b>s 200 1 p call=2 of=INVITE
sip 59 s>b ACK 1 call=2
sip 60 s>a 200 1 s:6000
sip 61 a>s ACK 1
`

// TestLostINVITE holds when legs of one call are found to be one though the recording lost
// the INVITE of one of them: the 100 tells when that was.
func TestLostINVITE(t *testing.T) {
	const caller = "sip 51 s>a 100 1 of=INVITE tag=-\nsip 52 s>b INVITE 1 s:8000 call=2\nsip 58 b>s 200 1 b call=2\nsip 59 s>b ACK 1 call=2\nsip 60 s>a 200 1 s:6000 of=INVITE\nsip 61 a>s ACK 1"
	for _, c := range []struct {
		name, tape string
		calls      int
	}{
		{"the callee's", asked, 1},
		{"and 180 is the first answer: it may have rung for long", strings.Replace(asked, "100 1", "180 1", 1), 2},
		{"the 100 is of a re-INVITE", strings.Replace(asked, " tag=-", "", 1), 2},
		{"the 100 came 2.1 s after the caller's", strings.Replace(asked, "sip 50", "sip -54", 1), 2},
		{"the caller's", caller, 1},
		{"its 100 came after what it set off", strings.Replace(caller, "sip 51", "sip 53", 1), 2},
	} {
		if got := len(tape(t, c.tape).Calls); got != c.calls {
			t.Errorf("%s: %d calls, not %d", c.name, got, c.calls)
		}
	}
}

// hidden is a call through a server that announces another address than its packets bear,
// once: the recording lost the 200 that does so for the caller. The callee stands behind a NAT.
const hidden = `
sip 50 a>s INVITE 1 a
sip 51 s>b INVITE 1 u:8000 call=2
sip 52 s>a 180 1
sip 58 b>s 200 1 p call=2
sip 59 s>b ACK 1 call=2
sip 61 a>s ACK 1
a>s:6000 1: 100-199
s:8000>b:5000 1: 100-199 +1
b:5000>s:8000 2: 100-199
s:6000>a 2: 100-199 +1
`

// TestPlaces holds whose media a stream is taken for, by the SDP of its time and
// a little before and after.
func TestPlaces(t *testing.T) {
	const ended = dialog + "a>s 1: 100-199\nsip 200 a>s BYE 2\nsip 200 s>a 200 2\n"
	for _, c := range []struct{ name, tape, want string }{
		{"both ends announced", dialog + "a>s 1: 100-199", "1 of leg 1's caller from a to s"},
		{"from behind a NAT", dialog + "r>s 1: 100-199", "1 of leg 1's caller to s"},
		{"to behind a NAT, which talks", dialog + "r>s 1: 100-199\ns>r 2: 100-199", "1 of leg 1's caller to s, 2 of leg 1's callee from s"},
		{"from another port to behind a NAT, which talks", dialog + "r>s 1: 100-199\ns:7000>r 2: 100-199", "1 of leg 1's caller to s, 2 of leg 1's callee"},
		{"from a stranger there", dialog + "r>s 1: 100-199\nx:7000>r 2: 100-199", "1 of leg 1's caller to s, 2 nobody's"},
		{"from there, 1.9 s after it fell silent", dialog + "r>s 1: 100-199\ns:7000>r 2: 294-350", "1 of leg 1's caller to s, 2 of leg 1's callee"},
		{"2.1 s after", dialog + "r>s 1: 100-199\ns:7000>r 2: 305-350", "1 of leg 1's caller to s, 2 nobody's"},
		{"both behind a NAT, the server's seen from outside, too", dialog + "r>s 1: 100-199\nr>t 1: 100-199 +5", "1 of leg 1's caller to s, 2 of leg 1's caller"},
		{"and then from there alone", dialog + "r>s 1: 100-199\nr>t 1: 200-299", "1 of leg 1's caller to s, 2 of leg 1's caller"},
		{"between others", dialog + "x>y 1: 100-199", "1 nobody's"},
		{"0.4 s before the SDP", "sip 220 a>s INVITE 1 a\nsip 230 s>a 200 1 s\ns:9000>a 1: 190-199", "1 of leg 1's callee to a"},
		{"0.6 s before", "sip 230 a>s INVITE 1 a\nsip 240 s>a 200 1 s\ns:9000>a 1: 190-199", "1 nobody's"},
		{"1.9 s after the BYE", ended + "r>s 2: 295-320", "1 of leg 1's caller from a to s, 2 of leg 1's caller to s"},
		{"2.1 s after", ended + "r>s 2: 305-320", "1 of leg 1's caller from a to s, 2 nobody's"},
		{"on a port used again", ended + "sip 240 b>s INVITE 1 b call=2\nsip 250 s>b 200 1 s call=2\nb>s 2: 260-299", "1 of leg 1's caller from a to s, 2 of leg 2's caller from b to s"},
		{"to a port that a re-INVITE gave up 1.9 s ago", dialog + "sip 100 s>a INVITE 1 s:6000\nsip 101 a>s 200 1 a\nr>s 1: 195-230", "1 of leg 1's caller to s"},
		{"2.1 s ago", dialog + "sip 100 s>a INVITE 1 s:6000\nsip 101 a>s 200 1 a\nr>s 1: 207-230", "1 nobody's"},
		{"what a server passes on, where the recording lost the 200 of its leg", unnamed + relayed, "1 of leg 1's caller, 2 of leg 2's callee from b to s:6000, 3 of leg 2's caller from s:6000 to b, 4 of leg 1's callee, 5 of leg 1's caller"},
		{"from and to somebody else", unnamed + strings.NewReplacer("a>s", "x>s", "a:", "x:", ">a", ">x").Replace(relayed), "1 nobody's, 2 of leg 2's callee from b to s:6000, 3 of leg 2's caller from s:6000 to b, 4 nobody's, 5 nobody's"},
		{"where it lost the INVITE of the other leg, which a 100 tells", asked + "a>s:6000 1: 100-199\ns:8000>b:5000 1: 100-199 +1\nb:5000>s:8000 2: 100-199\ns:6000>a 2: 100-199 +1", "1 of leg 1's caller from a to s:6000, 2 of leg 2's callee, 3 of leg 2's caller, 4 of leg 1's callee from s:6000 to a"},
		{"where it announced the port at a host that no media shows", hidden, "1 of leg 1's caller from a, 2 of leg 2's callee, 3 of leg 2's caller, 4 of leg 1's callee to a"},
		{"another port there", strings.Replace(hidden, "u:8000", "u:8002", 1), "1 of leg 1's caller from a, 2 nobody's, 3 nobody's, 4 of leg 1's callee to a"},
		{"which the callee announced", strings.NewReplacer("u:8000", "u:8002", "1 p ", "1 p:8000 ").Replace(hidden), "1 of leg 1's caller from a, 2 nobody's, 3 nobody's, 4 of leg 1's callee to a"},
		{"at a host that has media of its own", hidden + "x>u:7000 9: 100-199", "1 of leg 1's caller from a, 2 nobody's, 3 nobody's, 4 nobody's, 5 of leg 1's callee to a"},
		{"from and to somebody else than the callee", strings.NewReplacer("b:5000", "x:5000").Replace(hidden), "1 of leg 1's caller from a, 2 nobody's, 3 nobody's, 4 of leg 1's callee to a"},
		{"and numbers anew, to where the caller has moved, in too few packets to be known by", unnamed + follows,
			"1 of leg 1's caller, 2 of leg 2's callee from b to s:6000, 3 of leg 2's caller from s:6000 to b, 4 of leg 1's callee, 5 of leg 1's caller, 6 of leg 1's callee"},
		{"a leg that nobody answered", strings.ReplaceAll(unnamed, "sip 61 a>s ACK 1\n", "") + relayed, "1 nobody's, 2 of leg 2's callee from b to s:6000, 3 of leg 2's caller from s:6000 to b, 4 nobody's, 5 nobody's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := places(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
	if got, want := said(tape(t, unnamed+follows)), "4 relays 2, 6 relays 2"; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want %s at the end", got, want)
	}
}
