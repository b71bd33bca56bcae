package latch

// diago is the SIP library of emiago for Go.
func diago() []Profile {
	return []Profile{{
		Name:       "diago",
		Title:      "diago, RTPNAT = 1 (symmetric)",
		Engine:     "emiago/diago",
		Release:    "v0.42.1, and main of August 2026 (8538163)",
		Source:     "emiago/diago media/media_session.go ReadRTP, WriteRTPRaw, Fork",
		Confidence: Read,
		Agents:     []string{"diago"},
		Doc: "The first packet that is not from SDP's address is the source, once; whatever comes later, from anywhere, is heard and changes nothing. " +
			"A re-INVITE makes a new session of that leg, which learns anew. Packets from before the answer wait in the socket. RTPNAT = 0, the default, is lock_packets=0.",
		ConfigNames: []ConfigName{
			{"lock_packets", "RTPNAT in AnswerOptions, InviteOptions or MediaSession: 0 is lock_packets=0"},
		},
		Remedies: []Remedy{{
			Sets: []Setting{{"lock_packets", "0"}}, Why: "learn nothing: send to SDP's address; only towards a party that no NAT hides",
			File: "the application, in AnswerOptions or InviteOptions", Before: "RTPNAT: 1", After: "RTPNAT: 0",
		}},
		Policy: Policy{
			LearnFrom:    LearnFromNegotiated,
			PreSDP:       PreSDPQueue,
			Counts:       CountsRTP,
			SDPHit:       SDPHitIgnore,
			LearnPackets: 1,
			Reset:        ResetOwnReOffer,
			Destination:  DestinationSource,
			HoldSends:    HoldSendsLearned,
			RTCP:         RTCPOnce,
			RTCPPackets:  1,
			RTCPGuess:    true,
		},
		Variants: []Variant{{{"lock_packets", []string{"0"}}}},
	}}
}
