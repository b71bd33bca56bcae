package packet

import "github.com/latchscope/latchscope/analyze/capture"

// wireless decodes a captured 802.11 frame behind the header that its link type
// has in front of it: radiotap (https://www.radiotap.org), Prism, AVS or none.
func (d *Decoder) wireless(link capture.LinkType, s span, p place) {
	var pad bool // 802.11 headers are padded to four bytes
	n := 0
	switch link {
	case capture.WiFiRadiotap:
		if len(s.b) < 8 {
			d.short(s, 8, p)
			return
		}
		n = max(int(le16(s.b[2:])), 8) // its own first eight bytes are there
		flags := radiotapFlags(s.b[:min(n, len(s.b))])
		if flags&0x40 != 0 {
			d.warn.add(warnWiFiDamaged, p.frame)
			return
		}
		pad = flags&0x20 != 0
	case capture.WiFiPrism, capture.WiFiAVS:
		if len(s.b) < 8 {
			d.short(s, 8, p)
			return
		}
		if n = int(be32(s.b[4:])); be32(s.b)&0xfffff000 != 0x80211000 {
			n = 144 // Prism's, in the byte order of whoever wrote it
		}
	}
	frame, ok := s.skip(max(n, 0))
	if !ok || n < 0 {
		d.short(s, n, p)
		return
	}
	d.dot11(frame, pad, p)
}

// radiotapFlags is the Flags field of a radiotap header, 0 if there is none. In
// front of it may stand further bitmaps and the 64-bit TSFT.
func radiotapFlags(b []byte) byte {
	if len(b) < 8 {
		return 0
	}
	at, present := 8, le32(b[4:])
	for more := present; more&0x80000000 != 0; at += 4 {
		if len(b) < at+4 {
			return 0
		}
		more = le32(b[at:])
	}
	if present&1 != 0 {
		at = (at+7)&^7 + 8
	}
	if present&2 == 0 || at >= len(b) {
		return 0
	}
	return b[at]
}

// ppi decodes the Per-Packet Information header, which names the link type of
// the frame behind it.
func (d *Decoder) ppi(s span, p place) {
	if len(s.b) < 8 {
		d.short(s, 8, p)
		return
	}
	body, ok := s.skip(max(int(le16(s.b[2:])), 8))
	if !ok {
		d.short(s, int(le16(s.b[2:])), p)
		return
	}
	d.link(capture.LinkType(le32(s.b[4:])), body, p)
}

// dot11 decodes a data frame (IEEE 802.11-2020 section 9.3.2). What is
// encrypted over the air is counted.
func (d *Decoder) dot11(s span, pad bool, p place) {
	const (
		data                         = 2
		null, qos                    = 0x4, 0x8
		toDS, fromDS, protect, order = 0x01, 0x02, 0x40, 0x80
	)
	if !d.deeper(&p) {
		return
	}
	if len(s.b) < 2 {
		d.short(s, 2, p)
		return
	}
	kind, subtype, flags := s.b[0]>>2&3, s.b[0]>>4, s.b[1]
	if kind != data || subtype&null != 0 || s.b[0]&3 != 0 {
		return
	}
	n := 24
	if flags&toDS != 0 && flags&fromDS != 0 {
		n += 6
	}
	control := n
	if subtype&qos != 0 {
		n += 2
		if flags&order != 0 {
			n += 4
		}
	}
	aggregate := subtype&qos != 0 && len(s.b) > control && s.b[control]&0x80 != 0
	if pad {
		n = (n + 3) &^ 3
	}
	body, ok := s.skip(n)
	switch {
	case !ok:
		d.short(s, n, p)
	case flags&protect != 0:
		d.warn.add(warnWiFi, p.frame)
	case le16(s.b[22:])&0xf != 0:
		d.warn.add(warnWiFiFragment, p.frame)
	case aggregate:
		d.amsdu(body, p)
	default:
		d.logicalLink(body, p)
	}
}

// amsdu decodes several packets in one frame (section 9.3.2.2): two addresses, a
// length, LLC, padding to four bytes.
func (d *Decoder) amsdu(s span, p place) {
	for len(s.b) >= 14 {
		length := int(be16(s.b[12:14]))
		body, _ := s.skip(14)
		if length == 0 || length > body.wire {
			return
		}
		d.logicalLink(body.limit(length), p)
		var ok bool
		if s, ok = s.skip((14 + length + 3) &^ 3); !ok {
			return
		}
	}
}
