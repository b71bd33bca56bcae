package report

import (
	"net/netip"
	"time"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// The traces of these tests are made by hand, so that they hold whatever the
// analysis and the detectors come to say.

const day = int64(1790000000) * 1e9 // 2026-09-21 14:13:20 UTC

func ep(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

func at(seconds float64, frame int64) trace.Moment {
	return trace.Moment{Ref: trace.FrameOf(0, frame), Time: day + int64(seconds*1e9+0.5)}
}

// hole is a run of packets that a stream lacks; lost tells whether their
// sequence numbers are missing, too.
type hole struct {
	from, to float64
	lost     bool
}

// streamOf makes a stream of 20 ms packets from one time to another.
func streamOf(id int32, src, dst string, n uint32, from, to float64, frame int64, holes ...hole) *trace.Stream {
	s := &trace.Stream{ID: id, Src: ep(src), Dst: ep(dst), SSRC: n, Clock: 8000}
	seq, ts := uint16(1000), uint32(160)
	var last trace.Mark
	for t := from; t <= to+1e-9; t += 0.02 {
		inside := false
		for _, h := range holes {
			if t > h.from && t < h.to {
				inside = true
				if h.lost {
					seq++
				}
			}
		}
		ts += 160
		if inside {
			continue
		}
		seq++
		mark := trace.Mark{Time: day + int64(t*1e9), Frame: uint32(frame), TS: int64(ts)}
		step := s.Stats.Update(mark.Time, rtp.Stamp{Seq: seq, TS: ts}, 8000)
		mark.Seq = step.Ext
		if s.Stats.Packets == 1 {
			s.First = mark
		} else if mark.Time-last.Time > 80e6 {
			s.Break(trace.Gap{Before: last, After: mark})
		}
		last, s.Last = mark, mark
		frame += 3
	}
	return s
}

// story is the call of the report's example: two legs through a server, early
// RTP, a refusal, a moved source and a latch that held on.
func sampleTrace() (*trace.Trace, detect.Result) {
	const phone, moved, server, inner, gateway = "198.51.100.7:36716", "198.51.100.7:36717", "203.0.113.20:34662", "203.0.113.20:34660", "192.0.2.50:20550"
	call := &trace.Call{
		ID: 1, State: trace.Completed, From: "sip:+15550100@example.net", To: "sip:2001@example.net",
		Invite: at(0, 1), Answer: at(3.35, 117), End: at(46.4, 8230),
	}
	a := &trace.Leg{ID: 0, Call: call, Dialog: &trace.Dialog{CallID: "leg1-795b@gw.example.net"}, State: trace.Completed, Status: 200,
		Invite: at(0, 1), Answer: at(3.351, 118), End: at(46.4, 8230)}
	b := &trace.Leg{ID: 1, Call: call, Dialog: &trace.Dialog{CallID: "leg2-795b@p.example.net"}, State: trace.Completed, Status: 200,
		Invite: at(0.02, 3), Answer: at(3.35, 117), End: at(46.41, 8232)}
	call.Legs = []*trace.Leg{a, b}
	a.Parties = [2]trace.Party{
		{URI: call.From, Display: "Alice", Agent: "Gateway 1.0", Hosts: []endpoint.Endpoint{ep("192.0.2.50:5060")}},
		{URI: call.To, Hosts: []endpoint.Endpoint{ep("203.0.113.10:5060")}},
	}
	b.Parties = [2]trace.Party{
		{URI: call.From, Hosts: []endpoint.Endpoint{ep("203.0.113.10:5060")}},
		{URI: call.To, Display: "Bob", Agent: "Softphone 3.2", Hosts: []endpoint.Endpoint{ep("198.51.100.7:1540")}},
	}
	sdp := func(addr string) *trace.SDP {
		return &trace.SDP{Media: []trace.Media{{Addr: ep(addr), Terms: &trace.Terms{Kind: "audio", Formats: []trace.Format{{Name: "PCMU", Clock: 8000}}}}}}
	}
	say := func(l *trace.Leg, from trace.Side, m trace.Moment, method string, status int16, cseq uint32, media string) {
		msg := trace.Message{Moment: m, CSeq: cseq, Dialog: l.Dialog, Kind: &trace.Kind{Status: status, Method: method},
			Passage: &trace.Passage{Src: l.Parties[from].Hosts[0], Dst: l.Parties[1-from].Hosts[0], Transport: trace.UDP}}
		if media != "" {
			msg.SDP = sdp(media)
		}
		number := l.Messages.Appender().Add(msg)
		if media != "" {
			l.Ports = append(l.Ports, &trace.Port{Leg: l, Side: from, Media: &msg.SDP.Media[0], Said: number, Offer: status == 0})
		}
	}
	say(a, trace.Caller, at(0, 1), "INVITE", 0, 1, gateway)
	say(a, trace.Callee, at(0.001, 2), "INVITE", 100, 1, "")
	say(b, trace.Caller, at(0.02, 3), "INVITE", 0, 7, server)
	say(b, trace.Callee, at(0.11, 4), "INVITE", 180, 7, "")
	say(a, trace.Callee, at(0.1, 5), "INVITE", 180, 1, "")
	say(b, trace.Callee, at(3.35, 117), "INVITE", 200, 7, "192.168.1.50:4000")
	say(a, trace.Callee, at(3.351, 118), "INVITE", 200, 1, inner)
	say(a, trace.Caller, at(46.4, 8230), "BYE", 0, 2, "")
	say(b, trace.Caller, at(46.41, 8232), "BYE", 0, 8, "")

	early := streamOf(1, phone, server, 0x35bf992d, 2.271, 3.411, 7)
	late := streamOf(2, moved, server, 0x35bf992d, 3.431, 46.4, 129)
	late.Prev, early.Next = early, late
	up := streamOf(3, inner, gateway, 0x1111aaaa, 3.36, 46.4, 120, hole{3.42, 13.45, true})
	up.RelayOf = early
	in := streamOf(4, gateway, inner, 0x2222bbbb, 3.36, 46.4, 121)
	down := streamOf(5, server, phone, 0x3333cccc, 3.362, 13.44, 122)
	down2 := streamOf(6, server, moved, 0x3333cccc, 13.452, 46.4, 1641)
	down2.Prev, down.Next = down, down2
	down.RelayOf, down2.RelayOf = in, in
	streams := []*trace.Stream{early, late, up, in, down, down2}
	for _, s := range streams {
		s.Call = call
	}
	place := func(l *trace.Leg, from trace.Side, ss ...*trace.Stream) {
		for _, s := range ss {
			s.Place = trace.Place{Leg: l, From: from}
		}
	}
	place(b, trace.Callee, early, late)
	place(b, trace.Caller, down, down2)
	place(a, trace.Caller, in)
	place(a, trace.Callee, up)
	call.Streams = streams
	talker := func(id int, ss ...*trace.Stream) *trace.Talker {
		k := &trace.Talker{ID: id, Call: call, Streams: ss, Travels: &trace.Travels{}}
		for i := 1; i < len(ss); i++ {
			k.Moves = append(k.Moves, trace.Move{From: ss[i-1], To: ss[i], Before: ss[i-1].End(), After: ss[i].Start()})
		}
		return k
	}
	call.Talkers = []*trace.Talker{talker(0, early, late), talker(1, up), talker(2, in), talker(3, down), talker(4, down2)}
	for i := range 55 {
		call.Errors = append(call.Errors, &trace.ICMPError{
			Moment: at(2.272+float64(i)*0.02, 8+2*int64(i)), By: ep("203.0.113.20:0"), To: ep("198.51.100.7:0"), Call: call, Leg: b, Media: true,
			Quote: packet.Quote{Type: 3, Code: 3, Proto: 17, Src: ep(phone), Dst: ep(server)},
		})
	}
	t := &trace.Trace{
		Captures: []trace.Capture{{Info: capture.Info{
			Path: "story.pcap", Format: "pcap", LinkTypes: []capture.LinkType{capture.Ethernet}, Packets: 8236, LastFrame: 8236, Bytes: 1583096,
			SHA256: "1f0c77aa00000000000000000000000000000000000000000000000000009ab2", First: day, Last: day + 46512e6,
			Interfaces: []capture.Interface{{Link: capture.Ethernet, Snaplen: 262144}},
		}}},
		Calls: []*trace.Call{call}, Streams: streams, Talkers: call.Talkers, Errors: call.Errors,
		First: at(0, 1), Last: at(46.512, 8236), Messages: 14,
	}
	str := func(s string) *string { return &s }
	num := func(f float64) *float64 { return &f }
	lost, lock := int64(501), 3
	result := detect.Result{
		Findings: []detect.Finding{
			{ID: 1, Code: "early-rtp", Severity: detect.Warn, Confidence: detect.Confirmed, Call: call, Leg: b, Start: at(2.271, 7), End: at(3.35, 117),
				Summary: "The callee sent RTP 1.08 s before its answer", Detail: "55 packets, all refused.", Advice: "Open the media port when the offer is sent (RFC 3264 section 5.1).",
				Streams: []*trace.Stream{early}, Data: detect.EarlyRTP{Packets: 55, Lead: 1.0790000001, Rejected: 55},
				Evidence: []detect.Evidence{{Moment: at(2.271, 7), Note: "first packet, 1.08 s before the answer"}}, Filter: "frame.number == 7", Fingerprint: "f1"},
			{ID: 2, Code: "icmp-unreachable", Severity: detect.Warn, Confidence: detect.Confirmed, Call: call, Leg: b, Start: at(2.272, 8), End: at(3.35, 116),
				Summary: "203.0.113.20:34662 refused 55 packets", Advice: "Silence only port unreachable, only from the media range.", CausedBy: []int{1},
				Streams: []*trace.Stream{early}, Data: detect.Unreachable{Count: 55, By: "203.0.113.20", About: server, ICMPCode: 3, Component: "rtp"},
				Filter: "icmp.type == 3 && icmp.code == 3 && ip.src == 203.0.113.20 && ip.dst == 198.51.100.7", Fingerprint: "f2"},
			{ID: 3, Code: "nat-port-flip", Severity: detect.Warn, Confidence: detect.Likely, Call: call, Leg: b, Start: at(3.431, 129), End: at(3.431, 129),
				Summary: "The callee's source moved from :36716 to :36717", CausedBy: []int{2}, Streams: []*trace.Stream{early, late},
				Data:     detect.Flip{From: phone, To: moved, Trigger: "icmp", Moves: []detect.FlipMove{{From: phone, To: moved, Frame: 129, Time: "2026-09-21T14:13:23.431000000Z"}}},
				Evidence: []detect.Evidence{{Moment: at(3.431, 129), Note: "first packet from the new port"}},
				Filter:   "rtp.ssrc == 0x35bf992d && udp.dstport == 34662", Fingerprint: "f3"},
			{ID: 4, Code: "latch-silence", Severity: detect.Critical, Confidence: detect.Confirmed, Call: call, Leg: b, Start: at(3.411, 126), End: at(13.47, 1641),
				Summary: "10.06 s of silence, both directions, right after the answer", Detail: "The server held on to :36716.", Advice: "Lower the latch timeout.",
				CausedBy: []int{3}, Streams: []*trace.Stream{late, up, down},
				Data: detect.Silence{Silence: 10.06, Latched: str(phone), Ignored: str(moved), LockPackets: &lock, Timeout: num(10), Directions: []detect.Direction{
					{Direction: "uplink", Endpoint: "callee", From: moved, To: server, State: "dead", Silence: num(10.06), StartS: num(3.411), EndS: num(13.471), PacketsLost: &lost, Evidence: "relay-gap"},
					{Direction: "downlink", Endpoint: "callee", From: server, To: phone, State: "dead", Silence: num(10.03), StartS: num(3.422), EndS: num(13.452), PacketsLost: &lost, Evidence: "misdirected"},
				}},
				Evidence: []detect.Evidence{{Moment: at(13.452, 1641), Note: "released after 10 s; latched to :36717"}}, Filter: "frame.number in {126, 1641}", Fingerprint: "f4"},
		},
		Verdicts: []detect.Verdict{{Call: call, RootCause: "early-rtp", Chain: []int{1, 2, 3, 4}, Confidence: detect.Likely,
			Text: "Ten seconds were lost because the server held on to a port that the NAT had given up."}},
		Incidents: []detect.Incident{{ID: 1, Title: "the callee's port changed after ICMP refused its early audio", Severity: detect.Critical, RootCause: "early-rtp", Fingerprint: "i1",
			Start: at(2.271, 7), End: at(13.47, 1641), Calls: []*trace.Call{call}, Findings: []int{1, 2, 3, 4},
			Hypotheses: []detect.Hypothesis{
				{Claim: "nat-dropped-mapping-on-icmp", Confidence: detect.Likely, DecidedBy: "a capture at the phone",
					For:     []detect.Reason{{Text: "it moved 80 ms after the last error", Evidence: []detect.Evidence{{Moment: at(3.431, 129)}}}},
					Against: []detect.Reason{{Text: "54 errors before it moved nothing"}}},
				{Claim: "sip-alg", Confidence: detect.Possible, For: []detect.Reason{{Text: "an ACK passed the NAT just before"}}},
			},
			Actions: []detect.Action{
				{Owner: "media-server", What: "Open the port when the offer goes out.", Why: "It refused what the offerer has to be ready for.", Cost: "Ports are held while the phone rings.", Standard: "RFC 3264 section 5.1", Proof: detect.Confirmed},
				{Owner: "nat", What: "Keep a mapping when an ICMP error arrives.", Cost: "A firmware change.", Standard: "RFC 4787 REQ-12", Proof: detect.Likely},
			},
			Next: detect.NextCapture{Where: "at the phone", WouldShow: "whether its port is unchanged there"},
		}},
		Coverage: detect.Coverage{Calls: 1, Judged: 1, Limits: []string{"What the NAT would have done without the ICMP is inferred: it is not in this capture."},
			Vantage:   "Seen from the media server (both sides of 203.0.113.20)",
			Recording: detect.Recording{Notes: []string{"not truncated", "no drop counter in it"}, Verdict: "loss by the recording is not excluded"}},
	}
	return t, result
}

func sampleDocs() []detect.Detector {
	return []detect.Detector{
		{Code: "early-rtp", Title: "early RTP", Doc: "RTP before the answer."},
		{Code: "icmp-unreachable", Title: "ICMP port unreachable", Doc: "A refusal."},
		{Code: "nat-port-flip", Title: "source moved", Doc: "A port flip."},
		{Code: "latch-silence", Title: "latch held the dead port", Doc: "Silence."},
	}
}

var berlin, _ = time.LoadLocation("Europe/Berlin")
