package latch

// rtpengine's four endpoint-learning modes in each of the versions that differ.
func rtpengine() []Profile {
	var list []Profile
	for _, v := range rtpengineVersions() {
		list = append(list, v.modes()...)
	}
	return list
}

// rtpengineVersion is what tells the versions apart, and what is known of each.
type rtpengineVersion struct {
	version, release, source string
	since                    string // what is different from here on
	policy                   Policy // of the mode off
}

func rtpengineVersions() []rtpengineVersion {
	base := Policy{
		Counts:      CountsAny,
		Reset:       ResetSignalling,
		AfterReset:  AfterResetKeep,
		Destination: DestinationSource,
		HoldSends:   HoldSendsChanges,
	}
	v13x5 := base
	v13x5.LearnFrom, v13x5.RankedDrop, v13x5.RankedLock = LearnFromNegotiated, true, true
	v13x4 := v13x5
	v13x4.RankedLock = false
	v10x5 := base
	v10x5.WholeSeconds, v10x5.AfterReset = true, AfterResetRemember
	return []rtpengineVersion{
		{
			version: "13.5", release: "mr13.5.1.1; mr26.3 as read does the same",
			source: "sipwise/rtpengine mr13.5.1.1 daemon/media_socket.c media_packet_address_check, daemon/call.c __fill_stream, dialogue_unconfirm",
			since: "Times are exact, the caller is learned from only once the answer has come, and an address that changes in SDP is learned anew. " +
				"In heuristic mode a packet from SDP's address confirms at once, and strict source drops what ranks behind the best already while learning. ",
			policy: v13x5,
		},
		{
			version: "13.4", release: "mr13.4.1.1",
			source: "sipwise/rtpengine mr13.4.1.1 daemon/media_socket.c media_packet_address_check, daemon/call.c __fill_stream",
			since:  "As 13.5, but that in heuristic mode a packet from SDP's address does not confirm before the time is over. ",
			policy: v13x4,
		},
		{
			version: "10.5", release: "10.5.3.5-1+deb12u1 (Debian 12)",
			source: "sipwise/rtpengine mr10.5.3.5 daemon/media_socket.c media_packet_address_check, daemon/call.c __fill_stream, with Debian's patch for CVE-2025-53399",
			since: "To 13.3 three seconds are compared as whole seconds of the clock, which makes them three to four, and what was learned outlives a change of SDP's address: " +
				"after a re-INVITE with another address, or a hold with 0.0.0.0, media goes to SDP although packets come from where they came from before, in immediate mode for good, in delayed and heuristic until the time is over. " +
				"Releases without the repair of CVE-2025-53399 (before 10.5.8.5, 13.3 too) forget heuristic's ranks with every packet: ranks_kept=one-packet. ",
			policy: v10x5,
		},
	}
}

// modes are the profiles of one version.
func (v rtpengineVersion) modes() []Profile {
	const flags = "Flags are per side: those in the offer concern the packets of the offerer. " +
		"Without strict_source and media_handover packets from elsewhere are relayed while the destination stays. " +
		"Any offer or answer un-confirms both sides; so does media handover, when it follows. Keepalives are learned from as well. "
	var list []Profile
	for _, m := range []struct{ mode, title, doc string }{
		{"off", "endpoint-learning = off", "Nothing is learned: SDP is sent to, whatever arrives."},
		{"immediate", "endpoint-learning = immediate", "The first packet after signalling locks."},
		{"delayed", "endpoint-learning = delayed (default to 13.4)", "For three seconds after signalling the destination follows every new source; the first packet after that locks."},
		{"heuristic", "endpoint-learning = heuristic (default from 13.5.1.1)", "For three seconds the source that resembles SDP most is used (ip:port, ip, port, other), and then locks. " +
			"Behind a NAT that preserves ports the dead source outranks the new one."},
	} {
		p := Profile{
			Name: "rtpengine-" + m.mode, Version: v.version, Title: "rtpengine, " + m.title, Engine: "rtpengine",
			Release: v.release, Source: v.source, Confidence: Read,
			Doc: flags + v.since + m.doc,
			ConfigNames: []ConfigName{
				{"endpoint_learning", "endpoint-learning = " + m.mode + " in rtpengine.conf; in offer and answer the flag endpoint-learning-" + m.mode},
				{"strict_source", "the flag strict-source in offer and answer"},
				{"media_handover", "the flag media-handover in offer and answer"},
			},
			Agents:   []string{"rtpengine"},
			Policy:   v.policy,
			Variants: []Variant{{{"strict_source", []string{"true"}}}, {{"media_handover", []string{"true"}}}},
			Remedies: rtpengineRemedies(m.mode),
		}
		if err := setEndpointLearning(&p.Policy, m.mode); err != nil {
			panic(err) // a mode of the table above
		}
		list = append(list, p)
	}
	return list
}

// rtpengineRemedies are what its configuration can change about a mode.
func rtpengineRemedies(mode string) (list []Remedy) {
	if mode != "delayed" {
		list = append(list, Remedy{
			Sets: []Setting{{"endpoint_learning", "delayed"}}, Why: "learn for three seconds instead of from the first packet",
			File: "rtpengine.conf", Before: "endpoint-learning = " + mode, After: "endpoint-learning = delayed",
		})
	}
	return append(list, Remedy{
		Sets: []Setting{{"media_handover", "true"}}, Why: "follow a new source at once; so may anybody's packet",
		File: "the flags of offer and answer, such as rtpengine_manage() in kamailio.cfg", Before: "(nothing)", After: "media-handover",
	})
}
