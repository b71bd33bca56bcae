package latch

// noLatch are engines that believe SDP: as such, and as Janus does it.
func noLatch() []Profile {
	connected := Policy{
		PreSDP:         PreSDPDrop,
		LockedMismatch: MismatchDrop,
	}
	janus := connected
	janus.ErrorsEnd = 100
	return []Profile{
		{
			Name:       "no-latch",
			Title:      "Takes from and sends to the address in SDP only",
			Source:     "what a connected socket does; also the baseline for every other profile",
			Confidence: Defined,
			Doc:        "Nothing is learned. A packet from elsewhere never reaches a connected socket; the kernel would answer it with an ICMP error, here it counts as dropped.",
			Policy:     connected,
		},
		{
			Name:       "janus-sip",
			Title:      "Janus, SIP plugin",
			Engine:     "Janus",
			Release:    "1.4.2 of April 2026 (94408ffc)",
			Source:     "meetecho/janus-gateway src/plugins/janus_sip.c janus_sip_connect_sockets, janus_sip_relay_thread",
			Confidence: Read,
			Agents:     []string{"Janus"},
			Doc: "Its sockets are connected to SDP's address: there is no latch, a packet from elsewhere draws an ICMP error of Janus's own kernel. " +
				"A hundred ICMP errors about what it sends, with no packet in between, end the media of the call.",
			ConfigNames: []ConfigName{{"lock_packets", "none: it cannot be made to learn; a relay in front of it can"}},
			Policy:      janus,
		},
	}
}
