package packet

import (
	"bytes"

	"github.com/latchscope/latchscope/analyze/capture"
)

// pktapHeader is the least that Apple's header has; it tells its own length.
const pktapHeader = 108

// isPKTAP tells a PKTAP header from whatever else a link type for private use
// stands for: macOS writes captures of all interfaces as USER2.
func isPKTAP(b []byte) bool {
	return len(b) >= pktapHeader && le32(b) >= pktapHeader && le32(b) <= 1024 && le32(b[4:]) <= 1
}

// pktap decodes LINKTYPE_PKTAP, the captures of macOS' and iOS' "any" interface:
// the length of the header, whether a packet follows, its link type, the name of
// the interface in 24 bytes, flags. All of it is little-endian.
func (d *Decoder) pktap(s span, p place, tap Tap) {
	if !isPKTAP(s.b) {
		d.short(s, pktapHeader, p)
		return
	}
	tap.IfIndex = d.interfaceNamed(s.b[12:36])
	switch le32(s.b[36:]) & 3 {
	case 1:
		tap.Dir = DirIn
	case 2:
		tap.Dir = DirOut
	}
	p.tap = d.tap(tap, p.frame)
	body, ok := s.skip(int(le32(s.b)))
	if !ok {
		d.short(s, int(le32(s.b)), p)
		return
	}
	if le32(s.b[4:]) == 1 {
		d.link(capture.LinkType(le32(s.b[8:])), body, p)
	}
}

// interfaceNamed numbers the interfaces that a capture knows by name only, from
// 1; 0 stands for those that are too many.
func (d *Decoder) interfaceNamed(name []byte) int32 {
	name, _, _ = bytes.Cut(name, []byte{0})
	n, ok := d.names[string(name)]
	if !ok && len(d.names) < d.lim.Taps {
		if d.names == nil {
			d.names = map[string]int32{}
		}
		n = int32(len(d.names) + 1)
		d.names[string(name)] = n
	}
	return n
}
