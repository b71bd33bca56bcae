package latch

import "time"

// rtpproxy's latch as it is since 2.2.
func rtpproxy() []Profile {
	return []Profile{{
		Name:       "rtpproxy",
		Title:      "Sippy RTPproxy, 2.2 and later",
		Engine:     "rtpproxy",
		Version:    "3.2.0",
		Source:     "sippy/rtpproxy src/rtpp_stream.c rtpp_stream_rx, _rtpp_stream_latch, _rtpp_stream_check_latch_override, rtpp_stream_prefill_addr, rtpp_stream_guess_addr",
		Confidence: Read,
		Doc: "The first packet latches, even before SDP. The latch moves with one packet of the same SSRC whose sequence is at most 536 ahead, and for ten seconds after an update " +
			"(a second or later command for that stream) with a packet of anyone. Signalling never undoes it, and an address in new SDP is not believed once a packet came from elsewhere. " +
			"RTCP latches once. Differences: the engine notes the sequence once a second, so that the distance allowed is up to a second's packets less, and it keeps the first SSRC when another source takes over after an update.",
		ConfigNames: []ConfigName{
			{"match", "the modifier A (asymmetric) in a U or L command: only the address is compared"},
		},
		Policy: Policy{
			PreSDP:          PreSDPLearn,
			SDPHit:          SDPHitLock,
			LearnPackets:    1,
			LockedMismatch:  MismatchDrop,
			RelatchDistance: 536,
			AnySourceWithin: 10 * time.Second,
			Destination:     DestinationSource,
			RTCP:            RTCPOnce,
			RTCPPackets:     1,
			RTCPGuess:       true,
		},
	}}
}
