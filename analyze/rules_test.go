package analyze_test

import (
	"fmt"
	"strings"
	"testing"
)

// withoutEveryThird are the numbers of a run that breaks off at every third.
func withoutEveryThird(lo, hi int) string {
	var out []string
	for ; lo < hi; lo += 3 {
		out = append(out, fmt.Sprintf("%d-%d", lo, lo+1))
	}
	return strings.Join(out, ",")
}

// TestRules holds what makes streams of one SSRC one talker that moved, several
// sightings of the same packets, two sides of a relay, or none of these: each
// rule from both of its sides. No signalling speaks here.
func TestRules(t *testing.T) {
	for _, c := range []struct{ name, tape, want string }{
		// A talker's source moves.
		{"carries on from another port", "a>s 1: 100-199\na:5000>s 1: 200-299", "talker 1 2, 1>2"},
		{"and some packets are lost", "a>s 1: 100-199\na:5000>s 1: 203-299", "talker 1 2, 1>2 lost 3"},
		{"moves and returns", "a>s 1: 100-199,300-399\na:5000>s 1: 200-299", "talker 1 2, 1>2, 2>1 back"},
		{"another SSRC is another talker", "a>s 1: 100-199\na:5000>s 2: 200-299", "talker 1, talker 2"},
		{"another receiver is another talker", "a>s 1: 100-199\na>s:5000 1: 200-299", "talker 1, talker 2"},
		{"both ends differ", "a>s 1: 100-199\nb>c 1: 200-299", "talker 1, talker 2"},

		// Stragglers: at most three packets of the old source among those of the new one.
		{"three stragglers", "a>s 1: 100-199,210-212\na:5000>s 1: 200-209,213-299", "talker 1 2, 1>2"},
		{"four are no stragglers", "a>s 1: 100-199,210-213\na:5000>s 1: 200-209,214-299", "talker 1 2, 1>2, 2>1 back, 1>2 back"},
		{"three between two other sources are a move", "a>s 1: 100-199\na:5000>s 1: 200-202,300-399\na:6000>s 1: 203-299", "talker 1 2 3, 1>2, 2>3, 3>2 back"},
		{"what comes after stragglers counts as theirs who came before", "a>s 1: 100-199,210-212\na:5000>s 1: 200-209,213-299\na:6000>s 1: 300-399", "talker 1 2 3, 1>2, 2>3"},
		{"five packets at the end are a move", "a>s 1: 100-199\na:5000>s 1: 200-204", "talker 1 2, 1>2"},
		{"four are no stream where nothing announced one", "a>s 1: 100-199\na:5000>s 1: 200-203", "talker 1"},

		// A sequence that goes on after a pause: up to two minutes, and no more
		// packets missing than 250 or than three seconds hold.
		{"after a pause of 119 s", "a>s 1: 100-199\na:5000>s 1: 200-299 at 120", "talker 1 2, 1>2"},
		{"after 121 s it may be anybody", "a>s 1: 100-199\na:5000>s 1: 200-299 at 123", "talker 1, talker 2"},
		{"numbers run ahead of the time by 2.9 s", "a>s 1: 100-199\na:5000>s 1: 345-399 at 2", "talker 1 2, 1>2 lost 145"},
		{"by 3.1 s", "a>s 1: 100-199\na:5000>s 1: 356-399 at 2", "talker 1, talker 2"},
		{"240 numbers missing", "a>s 1: 100-199\na:5000>s 1: 440-499", "talker 1 2, 1>2 lost 240"},
		{"260 numbers missing", "a>s 1: 100-199\na:5000>s 1: 460-499", "talker 1, talker 2"},
		{"numbers that step back", "a>s 1: 500-599 at 0\na:5000>s 1: 100-199 at 3", "talker 1, talker 2"},

		// The same packets, seen again: within 150 ms.
		{"both sides of a NAT", "p>s 1: 100-199\nr>s 1: 100-199 +5", "talker 1, talker 2, 2 copies 1"},
		{"each lacks packets of its own", "p>s 1: 100-119,121-199\nr>s 1: 100-149,151-199 +5", "talker 1, talker 2, 2 copies 1"},
		{"one lacks every third, too many gaps to keep", "p>s 1: 100-120,122-150,152-399\nr>s 1: " + withoutEveryThird(100, 399) + " +5", "talker 1, talker 2, 2 copies 1"},
		{"140 ms apart", "p>s 1: 100-199\nr>s 1: 100-199 +140", "talker 1, talker 2, 2 copies 1"},
		{"the receiver behind a NAT", "p>s 1: 100-199\np>t 1: 100-199 +5", "talker 1, talker 2, 2 copies 1"},
		{"one that moves outside", "p>s 1: 100-299\nr>s 1: 100-199 +5\nr:5000>s 1: 200-299 +5", "talker 1, talker 2 3, 2>3, 2 copies 1, 3 copies 1"},
		{"who has more packets is the original", "p>s 1: 100-149\nr>s 1: 100-199 +5", "talker 1, talker 2, 1 copies 2"},

		// A relay: both ends differ.
		{"through a relay", "p>s 1: 100-199\ns:6000>q 1: 100-199 +5", "talker 1, talker 2, 2 relays 1"},
		{"that encrypts anew and holds them for 140 ms", "p>s 1: 100-199\ns:6000>q 1: 100-199 as 9:100 +140", "talker 1, talker 2, 2 relays 1"},
		{"for 160 ms", "p>s 1: 100-199\ns:6000>q 1: 100-199 as 9:100 +160", "talker 1, talker 2"},
		{"recorded in the wrong order", "p>s 1: 100-199 +5\ns:6000>q 1: 100-199", "talker 1, talker 2, 1 relays 2"},
		{"a relay of one that moves", "p>s 1: 100-199\np:5000>s 1: 200-299\ns:6000>q 1: 100-299 +5", "talker 1 3, 1>3, talker 2, 2 relays 1"},

		// Another SSRC: the payload tells, four fifths of it, within a second.
		{"a relay that rewrites", "p>s 1: 100-199\ns:6000>q 7: 500-599 as 1:100 +5", "talker 1, talker 2, 2 relays 1"},
		{"half the payload is its own", "p>s 1: 100-199\ns:6000>q 7: 500-549 as 1:100 +5\ns:6000>q 7: 550-599 as 9:150 +5", "talker 1, talker 2"},
		{"the same payload 0.9 s after the other ended", "p>s 1: 100-199\ns:6000>q 7: 500-599 as 1:100 +2880", "talker 1, talker 2, 2 relays 1"},
		{"1.1 s after", "p>s 1: 100-199\ns:6000>q 7: 500-599 as 1:100 +3120", "talker 1, talker 2"},
		{"19 payloads are too few", "p>s 1: 100-118\ns:6000>q 7: 500-518 as 1:100 +5", "talker 1, talker 2"},
		{"an announcement to two", "s:6000>p 1: 100-199\ns:6002>q 7: 500-599 as 1:100 +5", "talker 1, talker 2"},
		{"two play the same to one", "p>s 1: 100-199\nq>s:6000 7: 500-599 as 1:100 +5", "talker 1, talker 2"},
		{"an echo", "p>s 1: 100-199\ns>p 7: 500-599 as 1:100 +5", "talker 1, talker 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(tape(t, c.tape)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}
