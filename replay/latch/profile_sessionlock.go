package latch

import "time"

// sessionLock is the lock of a provider's media server in the story that this
// program was written for, with the parameters that its operators can turn.
func sessionLock() []Profile {
	lockPackets := Choice{"lock_packets", []string{"3", "1", "2", "4", "5", "6", "8", "10"}}
	timeouts := Choice{"timeout", []string{"10s", "0s", "500ms", "1s", "2s", "3s", "5s", "8s", "15s", "20s", "30s", "1m0s"}}
	return []Profile{{
		Name:       "session-lock",
		Title:      "Locks on three packets; nobody else until ten seconds of silence",
		Source:     "P. Lavin, A tale of VoIP, NAT and some confused engineers, APNIC blog, 29 Sep 2020",
		Confidence: Defined,
		Doc: "After lock_packets packets of one source it takes no other until that source has been silent for timeout; " +
			"then it learns anew, and sends nothing to that party meanwhile. The port opens at the answer, so early RTP meets a closed port. " +
			"A fix that is often advised, ports open at the offer and early packets discarded without an ICMP error, is bind=offer with pre_sdp=drop; " +
			"with pre_sdp=learn early packets feed the lock. A side that is not behind a NAT may be given destination=source, so that it is sent to before it is locked.",
		Policy: Policy{
			Bind:           BindAnswer,
			PreSDP:         PreSDPLearn,
			LearnPackets:   3,
			LearnCounter:   CountConsecutive,
			LockedMismatch: MismatchDrop,
			RelatchSilence: 10 * time.Second,
			Reset:          ResetReOffer,
			Destination:    DestinationSourceOnly,
		},
		Variants: []Variant{
			{lockPackets, timeouts},
			{lockPackets, timeouts, {"while_learning", []string{"drop"}}},
		},
		Remedies: genericRemedies(),
	}}
}

// genericRemedies are changes that any lock could be given, be it by its
// developers.
func genericRemedies() []Remedy {
	return []Remedy{
		{Sets: []Setting{{"relatch_distance", "536"}}, Why: "follow the locked stream, by SSRC and sequence, to its new source"},
		{Sets: []Setting{{"relatch_packets", "3"}}, Why: "follow a source after three packets in a row; so may anybody's"},
	}
}
