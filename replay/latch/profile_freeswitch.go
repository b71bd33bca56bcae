package latch

// freeswitch is auto-adjust, on unless disable_rtp_auto_adjust is set.
func freeswitch() []Profile {
	return []Profile{{
		Name:       "freeswitch",
		Title:      "FreeSWITCH, RTP auto-adjust",
		Engine:     "FreeSWITCH",
		Release:    "1.11.3-dev (cc93a683ca)",
		Agents:     []string{"FreeSWITCH", "SignalWire"},
		Source:     "signalwire/freeswitch src/switch_rtp.c rtp_common_read, read_rtp_packet, read_rtcp_packet; src/switch_core_media.c switch_core_media_activate_rtp",
		Confidence: Read,
		Doc: "Ten packets from elsewhere, of whatever sources, move it; one from the current address closes the window. Afterwards other sources are dropped, " +
			"and nothing but signalling opens the window again. Comfort noise (13, 19) does not count; the engine does not play it either while the window is open, here it is relayed. The first packet after each opening counts, but is flushed unheard. " +
			"The callee's port opens only when its SDP comes, so early RTP meets a closed port. " +
			"Not expressed: the limit of packets per source in the window, and rtp_auto_adjustment_wait_for_advertised_ms.",
		Remedies: []Remedy{{
			Sets: []Setting{{"locked_mismatch", "relay"}}, Why: "take packets from anywhere once the window is closed; what is sent stays where it was",
			File: "the SIP profile, sip_profiles/*.xml", Before: "(nothing)", After: `<param name="manual-rtp-bugs" value="ACCEPT_ANY_PACKETS"/>`,
		}},
		Variants: []Variant{{{"locked_mismatch", []string{"relay"}}}},
		ConfigNames: []ConfigName{
			{"lock_packets", "rtp_auto_adjust_threshold"},
			{"lock_window", "twice rtp_auto_adjust_threshold"},
			{"locked_mismatch", "rtp-manual-rtp-bugs ACCEPT_ANY_PACKETS"},
		},
		Policy: Policy{
			Bind:           BindOwnSDP,
			Flush:          true,
			Counts:         CountsNegotiated,
			SDPHit:         SDPHitLock,
			LearnPackets:   10,
			LearnCounter:   CountAll,
			LearnWindow:    20,
			LockedMismatch: MismatchDrop,
			Reset:          ResetAnswer | ResetUnhold | ResetSDPChanged,
			AfterReset:     AfterResetKeep,
			Destination:    DestinationSource,
			RTCP:           RTCPOnce,
			RTCPPackets:    1,
			Ignored:        PayloadTypesOf(13, 19),
		},
	}}
}
