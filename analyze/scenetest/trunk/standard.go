package trunk

import "time"

// Standard are the captures that speed is measured with, by name.
func Standard() map[string]Shape {
	trunk := Shape{Calls: 500, AtOnce: 200, Packets: 996, Flips: 5, Idle: 150}
	ng := trunk
	ng.NG = true
	calls := Shape{Calls: 20, AtOnce: 20, Packets: 900, Flips: 2}
	flood := func(kind Flood, rate int) Shape {
		s := calls
		s.Flood, s.Rate = kind, rate
		return s
	}
	return map[string]Shape{
		"trunk.pcap":   trunk,
		"trunk.pcapng": ng,
		// 100,000 streams, 50,000 dialogs, six million packets.
		"wide.pcap": {Calls: 25_000, AtOnce: 5000, Packets: 60, Pace: 60 * time.Millisecond, Payload: 60, PT: 18},
		// Three quarters of a million SIP messages, 100,000 dialogs.
		"sip.pcap": {Calls: 50_000, AtOnce: 5000, Packets: 1, Idle: 75_000},
		// The same as who records signalling alone has it.
		"sip-only.pcap": {Calls: 50_000, AtOnce: 5000, Packets: 1, Idle: 75_000, SIPOnly: true},

		"new-ssrc.pcap":     flood(NewSSRC, 1000),
		"new-call-id.pcap":  flood(NewCallID, 300),
		"new-flow.pcap":     flood(NewFlow, 1000),
		"new-error.pcap":    flood(NewError, 1000),
		"new-conn.pcap":     flood(NewConn, 1000),
		"new-fragment.pcap": flood(NewFragment, 300),
		"new-hosts.pcap":    flood(NewHosts, 50),
		"new-source.pcap":   flood(NewSource, 50),
	}
}

// Trunk is the capture of the first kind with a number of packets, for seeing
// how cost grows with it.
func Trunk(packets int) Shape {
	s := Standard()["trunk.pcap"]
	s.Packets = packets / 2008
	return s
}
