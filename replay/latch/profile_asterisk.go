package latch

import "time"

// asterisk is strict RTP with symmetric RTP, as its two channel drivers apply
// SDP to it.
func asterisk() []Profile {
	const doc = "A new source passes with a first packet and four that follow it in sequence and take at least 22 ms: four are lost, the fifth is heard. " +
		"A packet from SDP's address passes at once. Meanwhile the source before is still heard. Five seconds after learning began the source is locked for good: " +
		"no silence opens it, only SDP whose address differs from the locked one, which behind a NAT every re-INVITE's does. " +
		"rtp_symmetric = no is destination=sdp; strictrtp = seqno is lock_span=0s. The span is checked for audio only. "
	pjsip := Profile{
		Name:       "asterisk",
		Version:    "chan_pjsip",
		Title:      "Asterisk, strictrtp = yes and rtp_symmetric = yes",
		Engine:     "Asterisk",
		Release:    "master of August 2026 (f0c1c1a7b7)",
		Source:     "asterisk/asterisk res/res_rtp_asterisk.c ast_rtp_read, rtp_learning_rtp_seq_update, rtp_learning_start; res/res_pjsip_sdp_rtp.c apply_negotiated_sdp_stream",
		Confidence: Read,
		Agents:     []string{"Asterisk", "FPBX"},
		Doc: doc + "The five seconds begin when offer and answer are complete, for the caller too, however long it rings; packets from before that wait in the socket and are read all at once then. " +
			"The older chan_sip, gone since 21, is asterisk@chan_sip.",
		ConfigNames: []ConfigName{
			{"lock_packets", "probation in rtp.conf"},
			{"lock_span", "strictrtp = yes in rtp.conf: (probation - 1) x 9 ms - 5 ms"},
			{"locked_mismatch", "strictrtp = no in rtp.conf is lock_packets=1, while_learning=relay, locked_mismatch=follow"},
			{"destination", "rtp_symmetric in pjsip.conf, nat in sip.conf"},
		},
		Policy: Policy{
			LearnFrom:      LearnFromNegotiated,
			PreSDP:         PreSDPQueue,
			Counts:         CountsRTP,
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
		Remedies: []Remedy{{
			Sets: []Setting{
				{"lock_packets", "1"}, {"lock_in_sequence", "false"}, {"lock_span", "0s"}, {"while_learning", "relay"},
				{"hold_off", "0s"}, {"hold_off_rule", "follow"}, {"locked_mismatch", "follow"},
			},
			Why: "no strict RTP: follow every packet, anybody's too", File: "rtp.conf, section [general]", Before: "strictrtp = yes", After: "strictrtp = no",
		}},
		Variants: []Variant{
			{{"destination", []string{"sdp"}}},
			{{"lock_span", []string{"0s"}}},
		},
	}
	sip := pjsip
	sip.Version, sip.Release = "chan_sip", "20, chan_sip"
	sip.Source = "asterisk/asterisk res/res_rtp_asterisk.c; channels/chan_sip.c process_sdp of 20"
	sip.Doc = doc + "The five seconds begin with each party's own SDP, the caller's with its INVITE: a call that rings for longer has lost them when it is answered."
	sip.AgentBelow = 21
	sip.Policy.LearnFrom, sip.Policy.PreSDP = LearnFromOwnSDP, PreSDPDrop
	return []Profile{pjsip, sip}
}
