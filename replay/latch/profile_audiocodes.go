package latch

import "time"

// audioCodes is the latch mode Dynamic of AudioCodes' gateways and SBCs.
func audioCodes() []Profile {
	return []Profile{{
		Name:       "audiocodes-dynamic",
		Title:      "AudioCodes Mediant, InboundMediaLatchMode = Dynamic",
		Engine:     "AudioCodes Mediant",
		Agents:     []string{"Audiocodes", "Mediant"},
		Release:    "7.2 to 7.4 manuals",
		Source:     "Mediant SBC User's Manual, Configuring RTP Latching: InboundMediaLatchMode, NewRtpStreamPackets, TimeoutToRelatchRTPMsec",
		Confidence: Documented,
		Doc: "The first packet latches; three packets in a row from elsewhere and 200 ms without the latched source move it; a packet of the first latched source always takes it back. " +
			"Dynamic-Strict wants the three of one source: relatch_counter=consecutive. Whether the answer goes to the source depends on NATMode: else destination=sdp. " +
			"When the port opens and what signalling resets is not documented. Not expressed: the longer timeout after silence suppression (payload types 13, 19).",
		ConfigNames: []ConfigName{
			{"relatch_packets", "NewRtpStreamPackets"},
			{"timeout", "TimeoutToRelatchRTPMsec"},
			{"relatch_counter", "InboundMediaLatchMode = 1 (Dynamic) or 2 (Dynamic-Strict)"},
			{"destination", "NATMode"},
		},
		Remedies: []Remedy{{
			Sets: []Setting{{"timeout", "20ms"}}, Why: "wait for one lost packet of the latched source only; three packets of a stranger in such a gap take the port",
			File: "the ini file, or Media Settings in the web interface", Before: "TimeoutToRelatchRTPMsec = 200", After: "TimeoutToRelatchRTPMsec = 20",
		}},
		Variants: []Variant{{{"relatch_counter", []string{"consecutive"}}}, {{"destination", []string{"sdp"}}}},
		Policy: Policy{
			LearnPackets:   1,
			LockedMismatch: MismatchDrop,
			RelatchPackets: 3,
			RelatchCounter: CountMismatches,
			RelatchSilence: 200 * time.Millisecond,
			SnapBack:       SnapBackFirst,
			Reset:          ResetSDPChanged,
			Destination:    DestinationSource,
		},
	}}
}
