package latch

// pjmedia is the media library of PJSIP, and pjsua what most that is built on it
// uses to drive it.
func pjmedia() []Profile {
	const doc = "The first packet moves it if SDP's address was not heard yet; from then on the tenth packet in a row that is not from the known source does, and the nine before are lost. " +
		"Packets from before offer and answer are complete wait in the socket and are read all at once then: the first of them latches. " +
		"With a=ssrc in SDP a foreign SSRC is treated more strictly, which is not expressed. "
	lib := Profile{
		Name:       "pjmedia",
		Title:      "PJMEDIA (PJSIP), UDP media transport",
		Engine:     "PJSIP",
		Release:    "2.17-dev (b7317ffca)",
		Source:     "pjsip/pjproject pjmedia/src/pjmedia/stream_imp_common.c on_rx_rtp, pjmedia/src/pjmedia/transport_udp.c on_rx_rtp and on_rx_rtcp",
		Confidence: Read,
		Agents:     []string{"PJSIP", "pjmedia"},
		Doc:        doc + "That the port is bound at the offer and that a change of SDP starts anew is believed.",
		ConfigNames: []ConfigName{
			{"relatch_packets", "PJMEDIA_RTP_NAT_PROBATION_CNT in config_site.h"},
			{"rtcp_packets", "PJMEDIA_RTCP_NAT_PROBATION_CNT in config_site.h"},
			{"destination", "PJMEDIA_TRANSPORT_SWITCH_REMOTE_ADDR in config_site.h, PJMEDIA_UDP_NO_SRC_ADDR_CHECKING"},
		},
		Remedies: []Remedy{{
			Sets: []Setting{{"relatch_packets", "1"}}, Why: "follow a new source from its first packet; so may anybody's",
			File: "config_site.h, and build anew", Before: "#define PJMEDIA_RTP_NAT_PROBATION_CNT 10", After: "#define PJMEDIA_RTP_NAT_PROBATION_CNT 1",
		}},
		Policy: Policy{
			LearnFrom:      LearnFromNegotiated,
			PreSDP:         PreSDPQueue,
			Counts:         CountsRTP,
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
	}
	app := lib
	app.Name, app.Title = "pjsua", "PJSUA (PJSIP), and applications built on it"
	app.Source += "; pjsip/src/pjsua-lib/pjsua_media.c is_media_changed"
	app.Agents = []string{"PJSUA"}
	app.Doc = doc + "A change of direction in SDP makes a new stream: a party that comes back from hold is learned anew."
	app.Policy.Reset |= ResetUnhold
	app.Policy.HoldSends = HoldSendsDirection
	return []Profile{lib, app}
}
