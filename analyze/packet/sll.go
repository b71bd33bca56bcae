package packet

// Linux cooked captures (tcpdump -i any). Version 1:
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html; version 2, which
// also names the interface: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html.
const (
	sllHeader  = 16
	sll2Header = 20
)

// cookedDirection reads the packet type: 0 to us, 1 broadcast, 2 multicast, 3
// to somebody else, 4 sent by us. What is neither for nor from this machine
// (a mirror port) has no direction here.
func cookedDirection(packetType uint16) Direction {
	switch packetType {
	case 0, 1, 2:
		return DirIn
	case 4:
		return DirOut
	}
	return DirUnknown
}

// sll decodes version 1. gopacket's decoder panics on address lengths that
// tshark reads, and the six fields are soon read.
func (d *Decoder) sll(s span, p place, tap Tap) {
	body, ok := s.skip(sllHeader)
	if !ok {
		d.short(s, sllHeader, p)
		return
	}
	tap.Dir = cookedDirection(be16(s.b[0:2]))
	p.tap = d.tap(tap, p.frame)
	d.cooked(be16(s.b[14:16]), body, p)
}

func (d *Decoder) sll2(s span, p place, tap Tap) {
	body, ok := s.skip(sll2Header)
	if !ok {
		d.short(s, sll2Header, p)
		return
	}
	tap.IfIndex = int32(be32(s.b[4:8]))
	tap.Dir = cookedDirection(uint16(s.b[10]))
	p.tap = d.tap(tap, p.frame)
	d.cooked(be16(s.b[0:2]), body, p)
}

// cooked dispatches by the protocol field, which holds an EtherType or, below
// 0x0600, one of Linux's own numbers: 4 is 802.2.
func (d *Decoder) cooked(protocol uint16, s span, p place) {
	if protocol == 4 {
		d.logicalLink(s, p)
		return
	}
	d.etherType(protocol, s, p)
}
