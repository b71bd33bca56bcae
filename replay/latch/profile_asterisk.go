package latch

import "time"

// asterisk is strict RTP with symmetric RTP.
func asterisk() []Profile {
	return []Profile{{
		Name:       "asterisk",
		Title:      "Asterisk, strictrtp = yes and rtp_symmetric = yes",
		Engine:     "Asterisk",
		Version:    "master of August 2026",
		Source:     "asterisk/asterisk res/res_rtp_asterisk.c ast_rtp_read, rtp_learning_rtp_seq_update, ast_rtp_remote_address_set",
		Confidence: Read,
		Doc: "A new source passes with a first packet and four that follow it in sequence and take at least 22 ms: four are lost, the fifth is heard. " +
			"A packet from SDP's address passes at once. Meanwhile the source before is still heard. Five seconds after learning began the source is locked for good: " +
			"no silence opens it, only SDP whose address differs from the locked one, which behind a NAT every re-INVITE's does. " +
			"rtp_symmetric = no is destination=sdp; strictrtp = seqno is lock_span=0s. The span is checked for audio only.",
		ConfigNames: []ConfigName{
			{"lock_packets", "probation in rtp.conf"},
			{"lock_span", "strictrtp = yes in rtp.conf: (probation - 1) x 9 ms - 5 ms"},
			{"destination", "rtp_symmetric in pjsip.conf, nat in sip.conf"},
		},
		Policy: Policy{
			PreSDP:         PreSDPDrop,
			SDPHit:         SDPHitSwitch,
			LearnPackets:   4,
			LearnCounter:   CountConsecutive,
			LearnInSeq:     true,
			LearnSpan:      22 * time.Millisecond,
			WhileLearning:  Drop,
			HoldOff:        5 * time.Second,
			HoldOffRule:    HoldOffSwitchable,
			LockedMismatch: MismatchDrop,
			Reset:          ResetSDPDiffers,
			AfterReset:     AfterResetAccept,
			Destination:    DestinationSource,
			RTCP:           RTCPFollows,
			RTCPPackets:    1,
			RTCPGuess:      true,
		},
	}}
}
