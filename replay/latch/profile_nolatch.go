package latch

// noLatch is an engine that believes SDP, as a connected socket does.
func noLatch() []Profile {
	return []Profile{{
		Name:       "no-latch",
		Title:      "Takes from and sends to the address in SDP only",
		Source:     "meetecho/janus-gateway's SIP plugin connects its sockets so; also the baseline for every other profile",
		Confidence: Defined,
		Doc:        "Nothing is learned. A packet from elsewhere never reaches a connected socket; the kernel would answer it with an ICMP error, here it counts as dropped.",
		Policy: Policy{
			PreSDP:         PreSDPDrop,
			LockedMismatch: MismatchDrop,
		},
	}}
}
