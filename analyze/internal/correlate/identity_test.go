package correlate

import (
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestIdentities: a leg is known by its parties and by whoever else its requests name,
// each user once.
func TestIdentities(t *testing.T) {
	l := &trace.Leg{Messages: trace.MessagesOf(
		trace.Message{Tracked: &tracked.Head{RequestURI: "sip:2001@203.0.113.10", Asserted: "sip:+15550100@example.net"}},
		trace.Message{},
		trace.Message{Tracked: &tracked.Head{RequestURI: "sip:4711@198.51.100.7", Asserted: "sip:+15550100@192.0.2.1"}},
	)}
	l.Parties[trace.Caller].URI, l.Parties[trace.Callee].URI = "sip:1001@192.0.2.1", "sip:2001@192.0.2.1"
	c := &correlation{&trace.Trace{}}
	c.Aliases = map[*trace.Leg][]string{l: otherIdentities(l)}
	want := []string{"sip:1001@192.0.2.1", "sip:2001@192.0.2.1", "sip:+15550100@example.net", "sip:4711@198.51.100.7"}
	if got := c.Identities(l); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	other := &trace.Leg{Parties: l.Parties, Messages: trace.Messages{Store: l.Messages.Store, Numbers: l.Messages.Numbers[1:2]}}
	c.Aliases[other] = otherIdentities(other)
	if got := c.Identities(other); !slices.Equal(got, want[:2]) {
		t.Errorf("of a leg whose requests name nobody else: %q", got)
	}
}

// TestAddCloseup: a second look that left packets out is said, and one that did not is not.
func TestAddCloseup(t *testing.T) {
	for _, c := range []struct {
		name string
		look trace.Closeup
		want string
	}{
		{"whole", trace.Closeup{Full: true}, ""},
		{"bounded", trace.Closeup{}, "limit-closeup"},
		{"travelled", trace.Closeup{Full: true, Away: true}, "harvest-packets"},
	} {
		var tr trace.Trace
		AddCloseup(&tr, &c.look)
		got := ""
		for _, w := range tr.Warnings {
			got += w.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestSameHead: what one Call-ID's parties were told by is let go of; another's is left, and
// be it the same.
func TestSameHead(t *testing.T) {
	h := &tracked.Head{FromURI: "sip:1001@192.0.2.1", ToURI: "sip:2001@192.0.2.1"}
	var list []trace.Message
	for i, id := range []string{"one", "two", "one", "three"} {
		list = append(list, trace.Message{
			Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(i + 1)}, Time: int64(i) * second}, Tracked: h, CSeq: 1, Branch: trace.Branch(2 * i),
			Passage: &trace.Passage{Transport: trace.UDP}, Dialog: &trace.Dialog{CallID: id, FromTag: id}, Kind: &trace.Kind{Method: "INVITE"},
		})
	}
	messages := trace.MessagesOf(list...)
	for _, l := range buildLegs(messages, list[len(list)-1].Moment).legs {
		if got := l.Parties[trace.Callee].URI; got != h.ToURI {
			t.Errorf("leg of Call-ID %s calls %q", l.CallID, got)
		}
	}
	for _, m := range messages.All() {
		if m.Tracked != nil {
			t.Errorf("the head of message %d is kept", m.Number)
		}
	}
}
