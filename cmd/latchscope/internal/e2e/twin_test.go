package e2e

import "github.com/latchscope/latchscope/analyze/capture"

// pcapOf writes frames of one link type as a pcap with nanoseconds; ok is false
// where a pcap cannot hold them.
func pcapOf(list []capture.Frame) (b []byte, ok bool) {
	b = pcapHeader(nil)
	for i, f := range list {
		if i == 0 {
			le.PutUint32(b[20:], uint32(f.Link))
		}
		if f.Link != list[0].Link || f.Iface != list[0].Iface || f.Time < 0 || f.Time >= 1e9<<32 {
			return nil, false
		}
		b = pcapRecord(b, f.Time, f.Len, f.Data)
	}
	return b, true
}

// pcapngOf writes the same frames as a pcapng of one section and interface.
func pcapngOf(list []capture.Frame) []byte { return pcapngNamed(list, "") }

// pcapngNamed has a name in every text that a pcapng may hold.
func pcapngNamed(list []capture.Frame, name string) []byte {
	text := func(b []byte, codes ...uint16) []byte {
		if name == "" {
			return b
		}
		for _, c := range codes {
			b = le.AppendUint16(b, c)
			b = le.AppendUint16(b, uint16(len(name)))
			b = append(append(b, name...), make([]byte, -len(name)&3)...)
		}
		return b
	}
	block := func(b []byte, kind uint32, body []byte) []byte {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		b = le.AppendUint32(b, kind)
		b = le.AppendUint32(b, uint32(len(body)+12))
		b = append(b, body...)
		return le.AppendUint32(b, uint32(len(body)+12))
	}
	section := le.AppendUint32(nil, 0x1a2b3c4d)
	section = append(section, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	section = text(section, 1, 2, 3, 4) // comment, hardware, system, program
	out := block(nil, 0x0a0d0d0a, section)
	link := capture.Ethernet
	if len(list) > 0 {
		link = list[0].Link
	}
	iface := le.AppendUint16(nil, uint16(link))
	iface = append(iface, 0, 0)
	iface = le.AppendUint32(iface, 16<<20)
	iface = text(iface, 1, 2, 3, 12)                          // comment, name, description, system
	iface = append(iface, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0) // if_tsresol: nanoseconds
	out = block(out, 1, iface)
	for _, f := range list {
		p := le.AppendUint32(nil, 0)
		p = le.AppendUint32(p, uint32(uint64(f.Time)>>32))
		p = le.AppendUint32(p, uint32(f.Time))
		p = le.AppendUint32(p, uint32(len(f.Data)))
		p = le.AppendUint32(p, f.Len)
		p = append(append(p, f.Data...), make([]byte, -len(f.Data)&3)...)
		out = block(out, 6, text(p, 1))
	}
	return out
}
