package latch

// ortp is the RTP library of Linphone, whose address learning changed at the end
// of 2023.
func ortp() []Profile {
	const doc = "Set up as Linphone sets it up: packets of every SSRC are heard, from wherever they come. Packets from before the answer wait in the socket and are learned from. "
	now := Profile{
		Name:       "ortp",
		Version:    "5.3",
		Title:      "oRTP (Linphone, mediastreamer2), symmetric RTP",
		Engine:     "oRTP",
		Release:    "5.3.0 to 5.4.23 and master of June 2025 (921abef1)",
		Source:     "BelledonneCommunications/ortp src/rtpsession_inet.c rtp_session_update_remote_sock_addr, _rtp_session_set_remote_addr_full; src/rtpparse.c rtp_session_rtp_parse; mediastreamer2 create_duplex_rtpsession",
		Confidence: Read,
		Agents:     []string{"Linphone", "LinphoneAndroid", "LinphoneiOS"},
		Doc: doc + "The first packet that is not from SDP's address is sent to, once. Further SDP ends that, unless it repeats the first address while nothing can be learned any more: then the next packet from elsewhere is learned, " +
			"and until then it is sent to as before. Another application that leaves ssrc_changed_threshold alone has new_ssrc_packets=50.",
		ConfigNames: []ConfigName{
			{"lock_packets", "rtp_session_set_symmetric_rtp; symmetric_rtp in section [rtp] of linphonerc: 0 is lock_packets=0"},
			{"new_ssrc_packets", "rtp_session_set_ssrc_changed_threshold"},
		},
		Remedies: []Remedy{{
			Sets: []Setting{{"lock_packets", "0"}}, Why: "learn nothing: send to SDP's address; only towards a party that no NAT hides",
			File: "linphonerc, section [rtp]", Before: "symmetric_rtp=1", After: "symmetric_rtp=0",
		}},
		Policy: Policy{
			LearnFrom:    LearnFromNegotiated,
			PreSDP:       PreSDPQueue,
			Counts:       CountsRTP,
			SDPHit:       SDPHitIgnore,
			LearnPackets: 1,
			Disarm:       DisarmSDPChanged,
			Destination:  DestinationSource,
		},
		Variants: []Variant{{{"lock_packets", []string{"0"}}}},
	}
	old := now
	old.Version, old.Release, old.Confidence = "5.1", "5.1.64 (Debian 12)", Measured
	old.Doc = doc + "The first packet of an SSRC is where it sends to: with every change of the SSRC it learns anew, a stranger's too. After any further SDP, even an equal one, SDP's address is sent to until the SSRC changes. " +
		"Another application that leaves ssrc_changed_threshold alone has new_ssrc_packets=50, new_ssrc_at_once=false."
	old.Policy.SDPHit, old.Policy.Disarm, old.Policy.NewSSRCAtOnce = SDPHitNone, DisarmSDP, true
	return []Profile{now, old}
}
