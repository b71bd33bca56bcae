package latch

import "time"

// rtpengine's four endpoint-learning modes. They share everything but how they
// learn, so each literal starts from the same policy.
func rtpengine() []Profile {
	const (
		source  = "sipwise/rtpengine daemon/media_socket.c media_packet_address_check, daemon/call.c __fill_stream and __monologue_unconfirm"
		version = "10.5.3.5 (Debian 12) measured; 10.5 and mr26.3 read"
		flags   = "Flags are per side: those in the offer concern the packets of the offerer. " +
			"Without strict_source and media_handover packets from elsewhere are relayed while the destination stays. " +
			"Any offer or answer un-confirms both sides. "
	)
	base := Policy{
		LearnPackets: 1,
		Reset:        ResetSignalling,
		AfterReset:   AfterResetKeep,
		Destination:  DestinationSource,
	}
	off, delayed, heuristic := base, base, base
	off.LearnPackets = 0
	delayed.HoldOff, delayed.WholeSeconds = 3*time.Second, true
	heuristic.HoldOff, heuristic.WholeSeconds, heuristic.HoldOffRule = 3*time.Second, true, HoldOffRanked

	words := func(mode string) []ConfigName {
		return []ConfigName{
			{"endpoint_learning", "endpoint-learning = " + mode + "; in offer and answer the flag endpoint-learning-" + mode},
			{"strict_source", "the flag strict-source in offer and answer"},
			{"media_handover", "the flag media-handover in offer and answer"},
		}
	}
	variants := []Variant{
		{{"strict_source", []string{"true"}}},
		{{"media_handover", []string{"true"}}},
	}
	remedies := []Remedy{
		{[]Setting{{"endpoint_learning", "delayed"}}, "learn for three seconds instead of from the first packet"},
		{[]Setting{{"media_handover", "true"}}, "follow a new source at once; so may anybody's packet"},
	}
	list := []Profile{
		{
			Name: "rtpengine-off", Title: "rtpengine, endpoint-learning = off", Engine: "rtpengine",
			Version: version, Source: source, Confidence: Measured,
			Doc:         flags + "Nothing is learned: SDP is sent to, whatever arrives.",
			ConfigNames: words("off"),
			Policy:      off,
		},
		{
			Name: "rtpengine-immediate", Title: "rtpengine, endpoint-learning = immediate", Engine: "rtpengine",
			Version: version, Source: source, Confidence: Measured,
			Doc:         flags + "The first packet after signalling locks.",
			ConfigNames: words("immediate"),
			Policy:      base,
		},
		{
			Name: "rtpengine-delayed", Title: "rtpengine, endpoint-learning = delayed (default to 13.4)", Engine: "rtpengine",
			Version: version, Source: source, Confidence: Measured,
			Doc: flags + "For three seconds after signalling the destination follows every new source; the first packet after that locks. " +
				"Before 13.4 whole seconds are compared, so that three are three to four; later ones are exact: whole_seconds=false.",
			ConfigNames: words("delayed"),
			Policy:      delayed,
		},
		{
			Name: "rtpengine-heuristic", Title: "rtpengine, endpoint-learning = heuristic (default from 13.5.1.1)", Engine: "rtpengine",
			Version: version, Source: source, Confidence: Measured,
			Doc: flags + "For three seconds the source that resembles SDP most is used (ip:port, ip, port, other), and then locks. " +
				"Behind a NAT that preserves ports the dead source outranks the new one. " +
				"This is the mode with the repair of CVE-2025-53399, as Debian 12 has it; without it (before 10.5.8.5 and 13.4) the ranks were forgotten at nearly every packet, and the mode behaves as delayed does. " +
				"From 13.4 the three seconds are exact and strict source drops what is outranked already while learning: whole_seconds=false, ranked_drop=true; " +
				"from 13.5 a packet from SDP's address locks at once: sdp_hit=lock.",
			ConfigNames: words("heuristic"),
			Policy:      heuristic,
		},
	}
	for i := range list {
		list[i].Variants, list[i].Remedies = variants, remedies
	}
	return list
}
