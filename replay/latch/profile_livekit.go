package latch

// livekit is the SIP bridge of LiveKit.
func livekit() []Profile {
	return []Profile{{
		Name:       "livekit",
		Title:      "LiveKit SIP",
		Engine:     "livekit/sip",
		Release:    "1.9.0 and main of August 2026 (be5d3f5)",
		Source:     "livekit/sip pkg/sip/media_port.go udpConn.Read, udpConn.SetDst, MediaPort.UpdateRemote",
		Confidence: Read,
		Agents:     []string{"LiveKit"},
		Doc: "It takes packets from anybody and sends to SDP's address. With symmetric_rtp it sends to wherever the last datagram came from, be it a keepalive or a stranger's; " +
			"SDP in a re-INVITE puts it back until the next one comes. 0.0.0.0 changes nothing. It also turns symmetric where SDP has a private address and the option to ignore such is set.",
		ConfigNames: []ConfigName{
			{"symmetric_rtp", "symmetric_rtp in the configuration of livekit-sip"},
		},
		Policy: Policy{
			Counts:    CountsAny,
			Reset:     ResetOwnReOffer,
			HoldSends: HoldSendsIgnored,
		},
		Variants: []Variant{{{"symmetric_rtp", []string{"true"}}}},
		Remedies: []Remedy{{
			Sets: []Setting{{"symmetric_rtp", "true"}}, Why: "send to wherever packets come from; so may anybody's",
			File: "the configuration of livekit-sip", Before: "symmetric_rtp: false", After: "symmetric_rtp: true",
		}},
	}}
}
