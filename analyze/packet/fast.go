package packet

import (
	"encoding/binary"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
)

// Plain is the road of nearly all packets: RTP in one UDP datagram over IPv4
// without options or IPv6 without extension headers, on Ethernet (tagged or
// not) or Linux cooked. It decodes in place, allocates nothing, and declines
// whatever has anything unusual about it before it has done anything. The slow
// road would give the same datagram; a test holds the two together. The
// datagram is the caller's until the next call.
func (d *Decoder) Plain(f *capture.Frame) (*Datagram, bool) {
	if d.slowOnly {
		return nil, false
	}
	b := f.Data
	var ifIndex int32 // of the tap, and its direction: see tapTable.isLast
	var dir Direction
	var ether, vlan uint16
	var off int
	switch f.Link {
	case capture.Ethernet:
		if len(b) < 14 {
			return nil, false
		}
		ether, off = be16(b[12:14]), 14
	case capture.LinuxSLL:
		if len(b) < sllHeader {
			return nil, false
		}
		ether, off = be16(b[14:16]), sllHeader
		dir = cookedDirection(be16(b[0:2]))
	case capture.LinuxSLL2:
		if len(b) < sll2Header {
			return nil, false
		}
		ether, off = be16(b[0:2]), sll2Header
		ifIndex = int32(be32(b[4:8]))
		dir = cookedDirection(uint16(b[10]))
	default:
		return nil, false
	}
	for range 2 { // 802.1Q, or two of them
		if ether != etherVLAN && ether != etherQinQ && ether != etherQinQOld {
			break
		}
		if len(b) < off+4 {
			return nil, false
		}
		vlan, ether = be16(b[off:off+2])&0xfff, be16(b[off+2:off+4])
		off += 4
	}
	b = b[off:]
	wire := max(int(f.Len), len(f.Data)) - off

	var ip, udp int // lengths: of the headers before UDP, and UDP's own field
	switch ether {
	case etherIPv4:
		if len(b) < 28 || b[0] != 0x45 || b[9] != protoUDP || be16(b[6:8])&0x3fff != 0 {
			return nil, false
		}
		total := int(be16(b[2:4]))
		ip, udp = 20, int(be16(b[24:26]))
		if total > wire || udp < 8 || ip+udp > total {
			return nil, false
		}
	case etherIPv6:
		if len(b) < 48 || b[0]>>4 != 6 || b[6] != protoUDP {
			return nil, false
		}
		length := int(be16(b[4:6]))
		ip, udp = 40, int(be16(b[44:46]))
		if 40+length > wire || udp < 8 || udp > length {
			return nil, false
		}
	default:
		return nil, false
	}
	u := b[ip : ip+8]
	src, dst := be16(u[0:2]), be16(u[2:4])
	if min(src, dst) < portsOfMedia && tunnelPort(src, dst) {
		return nil, false
	}
	if rest := b[ip+8:]; (len(rest) == 0 || rest[0]>>6 != 2) && mayWrap(src, dst, rest[:min(len(rest), udp-8)]) {
		return nil, false
	}

	no := d.taps.lastNo
	if !d.taps.isLast(f.Iface, ifIndex, dir) {
		var full bool
		if no, full = d.taps.number(Tap{Iface: f.Iface, IfIndex: ifIndex, Dir: dir}); full {
			d.warn.add(warnTaps, f.No)
		}
	}
	// Written field by field: building the value and copying it in costs three
	// times as much. Quote and Kind are what they always are.
	dg := &d.plain
	dg.Time, dg.Frame, dg.Len, dg.Tap = f.Time, f.No, uint32(udp-8), no
	if end := ip + udp; end <= len(b) {
		dg.Payload, dg.Flags = b[ip+8:end:end], 0
	} else {
		dg.Payload, dg.Flags = slices.Clip(b[ip+8:]), Truncated
		d.warn.add(warnCutPayload, f.No)
	}
	dg.VLAN = vlan
	if ip == 20 {
		dg.TTL = b[8]
		dg.IPID = uint32(be16(b[4:6]))
		setMapped(&dg.Src.Addr, b[12:16])
		setMapped(&dg.Dst.Addr, b[16:20])
	} else {
		dg.TTL = b[7]
		dg.IPID = 0
		dg.Src.Addr = [16]byte(b[8:24])
		dg.Dst.Addr = [16]byte(b[24:40])
	}
	dg.Src.Port = src
	dg.Dst.Port = dst
	return dg, true
}

// setMapped writes an IPv4 address in its IPv4-mapped form (RFC 4291 section
// 2.5.5.2), in two stores.
func setMapped(to *[16]byte, a []byte) {
	binary.LittleEndian.PutUint64(to[0:8], 0)
	binary.LittleEndian.PutUint64(to[8:16], 0xffff_0000|uint64(binary.LittleEndian.Uint32(a))<<32)
}

// mapped is the same as a value.
func mapped(a []byte) (to [16]byte) {
	setMapped(&to, a)
	return to
}
