package latch

import "time"

// rtpproxy's latch as it is since 2.2.
func rtpproxy() []Profile {
	return []Profile{{
		Name:       "rtpproxy",
		Title:      "Sippy RTPproxy, 2.2 and later",
		Engine:     "rtpproxy",
		Release:    "3.2.0 of April 2026 (66bdfeab)",
		Source:     "sippy/rtpproxy src/rtpp_stream.c rtpp_stream_rx, _rtpp_stream_latch, _rtpp_stream_check_latch_override, rtpp_stream_prefill_addr, rtpp_stream_guess_addr; src/rtpp_proc.c process_rtp_only",
		Confidence: Read,
		Agents:     []string{"rtpproxy"},
		Doc: "Nothing is read before both commands have come. The first packet latches. The latch moves with one packet of the same SSRC whose sequence is at most 536 ahead of what was noted last, " +
			"once a second, and for ten seconds after an update (a second or later command for that stream) with a packet of anyone. " +
			"It can freeze: where the first packet from elsewhere comes within ten seconds of an update, as after a 183 and a 200 that both have SDP, no SSRC is noted, and no packet from another source ever moves it again, " +
			"until the latched source itself changes its SSRC. Signalling never undoes it, and an address in new SDP is not believed once a packet came from elsewhere. " +
			"0.0.0.0 changes nothing: it goes on sending. RTCP latches once.",
		ConfigNames: []ConfigName{
			{"lock_packets", "the modifier A (asymmetric) in a U or L command is lock_packets=0, match=ip, destination=sdp: SDP's address from any port, and nothing else"},
		},
		Remedies: []Remedy{{
			Sets: []Setting{
				{"lock_packets", "0"}, {"match", "ip"}, {"destination", "sdp"}, {"may_freeze", "false"}, {"relatch_distance", "0"}, {"any_source_within", "0s"},
			},
			Why:  "learn nothing: take from SDP's address, from any port of it, and send to SDP's; only for a party that no NAT hides",
			File: "the flags of rtpproxy_offer() and rtpproxy_answer() in kamailio.cfg (the modifier A of U and L)", Before: "(nothing)", After: "a",
		}},
		Policy: Policy{
			LearnFrom:       LearnFromNegotiated,
			PreSDP:          PreSDPDrop,
			Counts:          CountsAny,
			LearnPackets:    1,
			LockedMismatch:  MismatchDrop,
			RelatchDistance: 536,
			SequenceEvery:   time.Second,
			AnySourceWithin: 10 * time.Second,
			MayFreeze:       true,
			Destination:     DestinationSource,
			HoldSends:       HoldSendsIgnored,
			RTCP:            RTCPOnce,
			RTCPPackets:     1,
			RTCPGuess:       true,
		},
	}}
}
