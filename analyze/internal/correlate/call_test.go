package correlate

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A ladder writes signalling as text, one message a line:
//
//	0.000 a>s INVITE id=1 from=alice to=bob sdp=a:4000 X=value
//	0.010 S>b INVITE id=2 to=bob uri=1002                     the Request-URI asks for another user, - for none
//	0.100 s>a 200 id=1 sdp=s:6000
//
// Hosts are letters; "s" and "S" are the two addresses of one server.
func ladder(t *testing.T, text string) signalled {
	t.Helper()
	var list []trace.Message
	var frame int64
	hosts := map[string]string{"a": "192.0.2.1", "b": "192.0.2.2", "c": "192.0.2.3", "d": "192.0.2.4", "s": "203.0.113.1", "S": "203.0.113.2", "l": "127.0.0.1"}
	ep := func(s string) endpoint.Endpoint {
		name, port, ok := strings.Cut(s, ":")
		if !ok {
			port = "5060"
		}
		return endpoint.From(netip.MustParseAddrPort(hosts[name] + ":" + port))
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(line)
		frame++
		var sec float64
		if _, err := fmt.Sscan(f[0], &sec); err != nil {
			t.Fatal(line)
		}
		src, dst, _ := strings.Cut(f[1], ">")
		m := trace.Message{Moment: trace.Moment{Ref: trace.FrameOf(0, frame), Time: int64(sec * 1e9)}, Passage: &trace.Passage{Src: ep(src), Dst: ep(dst)},
			Dialog: &trace.Dialog{}, Kind: &trace.Kind{Method: f[2]}, CSeq: 1}
		opt := map[string]string{"from": "alice", "to": "bob"}
		for _, o := range f[3:] {
			k, v, _ := strings.Cut(o, "=")
			opt[k] = v
		}
		branch := "z9hG4bK" + opt["id"] + opt["hop"]
		m.CallID, m.FromTag = "call-"+opt["id"], "f"+opt["id"]
		if m.Method[0] >= '1' && m.Method[0] <= '6' {
			var status int
			fmt.Sscan(f[2], &status)
			m.Status, m.Method, m.ToTag = int16(status), "INVITE", "t"+opt["id"]
		}
		if m.Method == "BYE" || m.Method == "ACK" || opt["again"] != "" {
			m.ToTag, m.CSeq = "t"+opt["id"], 2
			branch += f[2] + opt["again"]
		}
		m.Branch = trace.BranchOf([]byte(branch))
		if opt["callee"] != "" {
			m.FromTag, m.ToTag = m.ToTag, m.FromTag
		}
		m.Tracked = &tracked.Head{FromURI: "sip:" + opt["from"] + "@x", ToURI: "sip:" + opt["to"] + "@x", RequestURI: "sip:" + opt["to"] + "@y"}
		if opt["to"] == "-" {
			m.Tracked.ToURI, m.Tracked.RequestURI = "sip:x", "sip:y"
		}
		switch opt["uri"] {
		case "":
		case "-":
			m.Tracked.RequestURI = "sip:y"
		default:
			m.Tracked.RequestURI = "sip:" + opt["uri"] + "@y"
		}
		if v := opt["X"]; v != "" {
			m.Tracked.Related = []string{v}
		}
		if v := opt["key"]; v != "" {
			m.Tracked.Keys = []string{v}
		}
		if v := opt["sdp"]; v != "" {
			m.SDP = &trace.SDP{Media: []trace.Media{{Addr: ep(v), Terms: &trace.Terms{Kind: "audio"}}}}
		}
		list = append(list, m)
	}
	return buildLegs(trace.MessagesOf(list...), trace.Moment{Time: 100 * second})
}

// TestCalls says which legs are one call.
func TestCalls(t *testing.T) {
	tests := []struct {
		name, text string
		want       []trace.State
	}{
		{"one leg", `
			0.0 a>s INVITE id=1 sdp=a:4000
			1.0 s>a 200    id=1 sdp=s:6000
			9.0 a>s BYE    id=1`, []trace.State{trace.Completed}},
		{"a proxy keeps the Call-ID", `
			0.00 a>s INVITE id=1 hop=1
			0.01 s>b INVITE id=1 hop=2
			1.00 b>s 200    id=1 hop=2
			1.01 s>a 200    id=1 hop=1`, []trace.State{trace.Established}},
		{"a B2BUA of two addresses: the users tell", `
			0.00 a>s INVITE id=1
			0.01 S>b INVITE id=2
			1.00 b>S 200    id=2
			1.01 s>a 200    id=1`, []trace.State{trace.Established}},
		{"the Request-URI alone tells", `
			0.00 a>s INVITE id=1 to=100 uri=bob
			0.01 S>b INVITE id=2 to=200 uri=bob
			1.00 b>S 200    id=2
			1.01 s>a 200    id=1`, []trace.State{trace.Established}},
		{"one caller calls two", `
			0.00 a>s INVITE id=1 to=100
			0.01 S>b INVITE id=2 to=200
			1.00 b>S 200    id=2
			1.01 s>a 200    id=1`, []trace.State{trace.Established, trace.Established}},
		{"Request-URIs that name nobody tell nothing", `
			0.00 a>s INVITE id=1 to=100 uri=-
			0.01 S>b INVITE id=2 to=200 uri=-
			1.00 b>S 200    id=2
			1.01 s>a 200    id=1`, []trace.State{trace.Established, trace.Established}},
		{"nor does a To without a user", `
			0.00 a>s INVITE id=1 to=- uri=100
			0.01 S>b INVITE id=2 to=- uri=200
			1.00 b>S 200    id=2
			1.01 s>a 200    id=1`, []trace.State{trace.Established, trace.Established}},
		{"a B2BUA that renames everybody: the course tells", `
			0.00 a>s INVITE id=1 from=alice to=100
			0.01 s>b INVITE id=2 from=trunk to=bob
			1.00 b>s 200    id=2
			1.01 s>a 200    id=1
			9.00 a>s BYE    id=1
			9.01 s>b BYE    id=2`, []trace.State{trace.Completed}},
		{"two calls through one server at a time: nothing tells", `
			0.00 a>s INVITE id=1 from=alice to=100
			0.01 c>s INVITE id=2 from=carol to=200
			0.02 s>b INVITE id=3 from=trunk to=bob
			1.00 b>s 200    id=3
			1.01 s>a 200    id=1
			1.02 s>c 200    id=2`, []trace.State{trace.Established, trace.Established, trace.Established}},
		{"a load generator: same machines, users and port", `
			0.000 a>s INVITE id=1 sdp=a:6000
			0.001 s>a 200    id=1 sdp=s:7000
			0.010 a>s INVITE id=2 sdp=a:6000
			0.011 s>a 200    id=2 sdp=s:7000`, []trace.State{trace.Established, trace.Established}},
		{"the same on loopback", `
			0.000 l:5061>l:5060 INVITE id=1 sdp=l:6000
			0.001 l:5060>l:5061 200    id=1 sdp=l:7000
			0.010 l:5061>l:5060 INVITE id=2 sdp=l:6000
			0.011 l:5060>l:5061 200    id=2 sdp=l:7000`, []trace.State{trace.Established, trace.Established}},
		{"a header names the other Call-ID", `
			0.00 a>s INVITE id=1 from=alice to=100
			30.0 S>b INVITE id=2 from=queue to=bob X=call-1`, []trace.State{trace.TimedOut}},
		{"a constant header names nobody", `
			0.00 a>s INVITE id=1 from=alice to=100 X=carrier-one
			0.50 c>S INVITE id=2 from=carol to=200 X=carrier-one`, []trace.State{trace.TimedOut, trace.TimedOut}},
		{"a header names a call that is over", `
			0.0 a>s INVITE id=1 to=100
			1.0 s>a 200    id=1
			2.0 a>s BYE    id=1
			9.0 c>S INVITE id=2 from=carol to=200 X=call-1`, []trace.State{trace.Completed, trace.TimedOut}},
		{"of two calls of one Call-ID a header names the first", `
			0.0 a>s INVITE id=1 hop=1 to=100
			1.0 s>a 200    id=1 hop=1
			2.0 S>b INVITE id=2 from=queue to=bob X=call-1
			3.0 b>S 200    id=2
			4.0 S>b BYE    id=2
			4.1 a>s BYE    id=1
			9.0 a>s INVITE id=1 hop=2 to=100`, []trace.State{trace.Completed, trace.TimedOut}},
		{"a Call-ID with a suffix", `
			0.00 a>s INVITE id=1 from=alice to=100
			30.0 S>b INVITE id=1_b2b-1 from=queue to=bob`, []trace.State{trace.TimedOut}},
		{"a suffix of a Call-ID that was not recorded", `
			0.00 a>s INVITE id=1 from=alice to=100
			0.50 S>b INVITE id=2_b2b-1 from=queue to=bob`, []trace.State{trace.TimedOut, trace.TimedOut}},
		{"a session identifier of a call that is over", `
			0.0 a>s INVITE id=1 to=100 key=ab30317f1a784dc48ff824d0d3715d86
			1.0 s>a 200    id=1
			2.0 a>s BYE    id=1
			9.0 c>S INVITE id=2 from=carol to=200 key=ab30317f1a784dc48ff824d0d3715d86`, []trace.State{trace.Completed, trace.TimedOut}},
		{"a session identifier", `
			0.00 a>s INVITE id=1 from=alice to=100 key=ab30317f1a784dc48ff824d0d3715d86
			0.50 S>b INVITE id=2 from=queue to=bob key=ab30317f1a784dc48ff824d0d3715d86`, []trace.State{trace.TimedOut}},
		{"direct media names one party to the other", `
			0.00 a>s INVITE id=1 from=alice to=100 sdp=a:4000
			5.00 s>b INVITE id=2 from=queue to=bob sdp=s:6002
			6.00 b>s 200    id=2 sdp=b:4002
			0.10 s>a 200    id=1 sdp=s:6000
			7.00 s>a INVITE id=1 again=1 callee=1 sdp=b:4002`, []trace.State{trace.Established}},
		{"the Call-ID of a call that is over", `
			0.0 a>s INVITE id=1 hop=1
			1.0 s>a 200    id=1 hop=1
			2.0 a>s BYE    id=1
			9.0 a>s INVITE id=1 hop=2`, []trace.State{trace.Completed, trace.TimedOut}},
		{"refused", `
			0.0 a>s INVITE id=1
			1.0 s>a 486    id=1`, []trace.State{trace.Rejected}},
		{"refused behind a hop whose answers go another way", `
			0.0 a>s INVITE id=1 hop=1
			0.1 s>b INVITE id=1 hop=2
			1.0 b>s 486    id=1 hop=2`, []trace.State{trace.Rejected}},
		{"no answer from anybody", `
			0.0 a>s INVITE id=1`, []trace.State{trace.TimedOut}},
		{"began before the capture", `
			0.0 a>s BYE id=1`, []trace.State{trace.Partial}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []trace.State
			for _, c := range callsOf(ladder(t, tt.text)) {
				got = append(got, c.State)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func callsOf(s signalled) []*trace.Call {
	return (&correlation{&trace.Trace{Legs: s.legs}}).buildCalls(joinBySignalling(s), indexPorts(s.legs, nil), nil)
}
