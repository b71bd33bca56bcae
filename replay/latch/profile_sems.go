package latch

// sems is SEMS and yeti's fork of it, which differ in two parameters.
func sems() []Profile {
	base := Policy{
		PreSDP:         PreSDPDrop,
		SDPHit:         SDPHitLock,
		LearnPackets:   1,
		LearnCounter:   CountMismatches,
		LockedMismatch: MismatchRelay,
		Reset:          ResetSignalling,
		Destination:    DestinationSource,
		RTCP:           RTCPOnce,
		RTCPPackets:    1,
	}
	yeti := base
	yeti.LearnPackets, yeti.RTCPPackets = 2, 2
	yeti.LearnCounter = CountAll
	yeti.LockedMismatch = MismatchDrop
	direct := []Remedy{{
		Sets: []Setting{{"lock_packets", "0"}}, Why: "learn nothing: send to SDP's address; only towards a party that no NAT hides",
		File: "sems.conf", Before: "force_symmetric_rtp=yes", After: "force_symmetric_rtp=no",
	}}
	return []Profile{
		{
			Name: "sems", Title: "SEMS, symmetric RTP", Engine: "SEMS", Release: "2.1.0", Agents: []string{"sems", "SEMS"},
			Source:     "sems-server/sems core/AmRtpStream.cpp handleSymmetricRtp, init, bufferPacket",
			Confidence: Read,
			Doc: "In passive mode the first packet decides, and the mode is left for good: later sources are heard but not sent to. " +
				"Every negotiation sets SDP's address and passive mode again; that this happens at each offer and answer is believed.",
			ConfigNames: []ConfigName{{"lock_packets", "a=direction:active in SDP, or force_symmetric_rtp"}},
			Remedies:    direct,
			Policy:      base,
		},
		{
			Name: "yeti", Title: "yeti-switch SEMS, symmetric RTP by packets", Engine: "yeti-switch SEMS", Release: "1.201.2", Agents: []string{"YETI", "yeti"},
			Source:     "yeti-switch/sems core/media/AmRtpConnection.cpp process_packet and handleSymmetricRtp; core/AmLcConfig.cpp",
			Confidence: Read,
			Doc: "One packet from elsewhere is counted, the second decides; afterwards other sources are dropped. A packet from SDP's address ends passive mode at once. " +
				"Not expressed: symmetric_rtp_mode = delay, and endless mode. That each offer and answer starts anew is believed.",
			ConfigNames: []ConfigName{{"lock_packets", "symmetric_rtp_packets (default 1), plus one; with force_symmetric_rtp"}},
			Remedies:    direct,
			Policy:      yeti,
		},
	}
}
