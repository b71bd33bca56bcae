package latch

// pjmedia is the media library of PJSIP and what is built on it.
func pjmedia() []Profile {
	return []Profile{{
		Name:       "pjmedia",
		Title:      "PJMEDIA (PJSIP), UDP media transport",
		Engine:     "PJSIP",
		Version:    "2.17",
		Source:     "pjsip/pjproject pjmedia/src/pjmedia/stream_imp_common.c on_rx_rtp, pjmedia/src/pjmedia/transport_udp.c on_rx_rtp and on_rx_rtcp",
		Confidence: Read,
		Doc: "The first packet moves it if SDP's address was not heard yet; from then on the tenth packet in a row that is not from the known source does, and the nine before are lost. " +
			"That the port is bound at the offer and that a change of SDP starts anew is believed. With a=ssrc in SDP a foreign SSRC is treated more strictly, which is not expressed.",
		ConfigNames: []ConfigName{
			{"relatch_packets", "PJMEDIA_RTP_NAT_PROBATION_CNT"},
			{"rtcp_packets", "PJMEDIA_RTCP_NAT_PROBATION_CNT"},
			{"destination", "PJMEDIA_TRANSPORT_SWITCH_REMOTE_ADDR, PJMEDIA_UDP_NO_SRC_ADDR_CHECKING"},
		},
		Policy: Policy{
			PreSDP:         PreSDPDrop,
			SDPHit:         SDPHitLock,
			LearnPackets:   1,
			LockedMismatch: MismatchDrop,
			RelatchPackets: 10,
			RelatchCounter: CountMismatches,
			Reset:          ResetSDPChanged,
			Destination:    DestinationSource,
			RTCP:           RTCPFollows,
			RTCPPackets:    3,
			RTCPGuess:      true,
		},
	}}
}
