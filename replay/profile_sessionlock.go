package replay

import "time"

// sessionLock is the lock of a provider's media server in the story that this
// program was written for, with the parameters that its operators can turn.
func sessionLock() []Profile {
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
	}}
}
