package scenetest

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// tap is a capture point at work: it writes each packet as it passes.
type tap struct {
	spec    captureSpec
	start   time.Time
	file    file
	dice    *rand.Rand
	faces   map[*iface]int // interface number in pcapng
	frames  int
	dropped int
	streams []Stream
	icmp    []ICMP
	known   map[streamKey]int
	errors  map[icmpKey]int
}

type streamKey struct {
	src, dst netip.AddrPort
	ssrc     uint32
}

type icmpKey struct {
	by, to netip.Addr
	about  netip.AddrPort
	code   uint8
}

// file is the part of pcapgo's two writers that is alike.
type file interface {
	WritePacket(gopacket.CaptureInfo, []byte) error
}

const (
	linkNull     = 0
	linkEthernet = 1
	linkRaw      = 101
	linkSLL      = 113
	linkSLL2     = 276
)

var linkTypes = map[string]uint32{"ethernet": linkEthernet, "null": linkNull, "raw": linkRaw, "sll": linkSLL, "sll2": linkSLL2}

// open begins the captures.
func (w *world) open(create func(name string) (io.Writer, error)) error {
	for _, spec := range w.scene.captures {
		out, err := create(spec.name)
		if err != nil {
			return err
		}
		t := &tap{spec: spec, start: w.scene.start, dice: w.dice(spec.name + "/capture"), faces: map[*iface]int{},
			known: map[streamKey]int{}, errors: map[icmpKey]int{}}
		n := w.nodes[spec.at]
		var faces []*iface
		if spec.only != "inner" {
			faces = append(faces, n.outer)
		}
		if n.inner != nil && spec.only != "outer" {
			faces = append(faces, n.inner)
		}
		if t.file, err = t.begin(out, faces); err != nil {
			return err
		}
		for _, f := range faces {
			f.taps = append(f.taps, t)
		}
		w.taps = append(w.taps, t)
	}
	return nil
}

func (t *tap) begin(out io.Writer, faces []*iface) (file, error) {
	link := linkTypes[t.spec.link]
	if t.spec.format == "pcapng" {
		var ng *pcapgo.NgWriter
		for i, f := range faces {
			face := pcapgo.NgInterface{Name: f.name, LinkType: layers.LinkType(link), SnapLength: uint32(t.spec.snaplen), TimestampResolution: 9}
			t.faces[f] = i
			var err error
			if ng == nil {
				ng, err = pcapgo.NewNgWriterInterface(out, face, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "scene"}})
			} else {
				_, err = ng.AddInterface(face)
			}
			if err != nil {
				return nil, err
			}
		}
		return ng, nil
	}
	// The header by hand: gopacket's LinkType has no room for SLL2.
	magic, w := uint32(0xa1b2c3d4), pcapgo.NewWriter(out)
	if t.spec.format == "pcap-ns" {
		magic, w = 0xa1b23c4d, pcapgo.NewWriterNanos(out)
	}
	h := binary.LittleEndian.AppendUint32(nil, magic)
	h = append(h, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	h = binary.LittleEndian.AppendUint32(h, uint32(t.spec.snaplen))
	h = binary.LittleEndian.AppendUint32(h, link)
	_, err := out.Write(h)
	return w, err
}

// close flushes what is buffered.
func (t *tap) close() error {
	if ng, ok := t.file.(*pcapgo.NgWriter); ok {
		return ng.Flush()
	}
	return nil
}

// record lets an interface's capture points see a packet.
func (w *world) record(face *iface, dir direction, p packet) {
	if len(face.taps) == 0 || p.hidden || w.err != nil {
		return
	}
	var datagrams [][]byte
	for _, t := range face.taps {
		if w.now < t.spec.from || w.now >= t.spec.to || !t.spec.shows(dir, &p) {
			continue
		}
		if chance(t.dice, t.spec.drops) {
			t.dropped++
			continue
		}
		if datagrams == nil {
			if datagrams, w.err = p.datagrams(); w.err != nil {
				return
			}
		}
		w.put(t, face, dir, &p, datagrams, false)
		if t.spec.dup {
			w.after(30*time.Microsecond, func() { w.put(t, face, dir, &p, datagrams, true) })
		}
	}
}

func (w *world) put(t *tap, face *iface, dir direction, p *packet, datagrams [][]byte, again bool) {
	for _, d := range datagrams {
		f := t.frame(face, dir, d, again)
		if len(f) < 60 && t.spec.link == "ethernet" && dir == in {
			f = append(f, make([]byte, 60-len(f))...) // the card's padding
		}
		kept := f[:min(len(f), t.spec.snaplen)]
		if err := t.file.WritePacket(gopacket.CaptureInfo{Timestamp: t.clock(w.now), Length: len(f), CaptureLength: len(kept), InterfaceIndex: t.faces[face]}, kept); err != nil {
			w.err = err
			return
		}
		t.frames++
	}
	t.note(p)
}

// clock is what the capture's own clock says.
func (t *tap) clock(now time.Duration) time.Time {
	return t.start.Add(now + t.spec.offset + t.spec.set(now) + time.Duration(float64(now)*t.spec.drift/1e6))
}

// frame puts the link's header in front of an IP datagram. A copy (again) was
// recorded on another interface of the same machine, or by the mirror in
// another VLAN.
func (t *tap) frame(face *iface, dir direction, d []byte, again bool) []byte {
	etherType := uint16(0x0800)
	if d[0]>>4 == 6 {
		etherType = 0x86dd
	}
	src, dst := face.gateway, face.mac
	kind, index := byte(0), face.index
	if dir == out {
		src, dst, kind = face.mac, face.gateway, 4
	}
	if again {
		index += 5
	}
	var b []byte
	switch t.spec.link {
	case "raw":
	case "null":
		family := uint32(2)
		if etherType == 0x86dd {
			family = 24
		}
		b = binary.LittleEndian.AppendUint32(b, family)
	case "sll":
		b = append(b, 0, kind, 0, 1, 0, 6)
		b = append(append(b, src...), 0, 0)
		b = binary.BigEndian.AppendUint16(b, etherType)
	case "sll2":
		b = binary.BigEndian.AppendUint16(b, etherType)
		b = append(b, 0, 0)
		b = binary.BigEndian.AppendUint32(b, index)
		b = append(b, 0, 1, kind, 6)
		b = append(append(b, src...), 0, 0)
	default:
		b = append(append(b, dst...), src...)
		vlan := t.spec.vlan
		if again && t.spec.dupVLAN != 0 {
			vlan = t.spec.dupVLAN
		}
		if vlan != 0 {
			b = binary.BigEndian.AppendUint16(b, 0x8100)
			b = binary.BigEndian.AppendUint16(b, vlan)
		}
		b = binary.BigEndian.AppendUint16(b, etherType)
	}
	return append(b, d...)
}

// note counts what the frame just written was.
func (t *tap) note(p *packet) {
	if p.rtp && p.proto == udp {
		k := streamKey{p.src, p.dst, binary.BigEndian.Uint32(p.payload[8:])}
		i, ok := t.known[k]
		if !ok {
			i = len(t.streams)
			t.known[k] = i
			t.streams = append(t.streams, Stream{Src: p.src, Dst: p.dst, SSRC: k.ssrc, First: t.frames})
		}
		t.streams[i].Packets++
		t.streams[i].Last = t.frames
		if m := p.media; m.talker != nil && !m.relayed {
			if f := m.talker.flip; f != nil && f.To == p.src && f.Frames[t.spec.name] == 0 {
				f.Frames[t.spec.name] = t.frames
			}
		}
	}
	if p.proto == icmp {
		k := icmpKey{p.src.Addr(), p.dst.Addr(), p.icmp.quote.dst, p.icmp.code}
		i, ok := t.errors[k]
		if !ok {
			i = len(t.icmp)
			t.errors[k] = i
			t.icmp = append(t.icmp, ICMP{By: k.by, To: k.to, About: k.about, Code: k.code, First: t.frames})
		}
		t.icmp[i].Packets++
	}
}

func (t *tap) point() Point {
	return Point{Name: t.spec.name, Frames: t.frames, Dropped: t.dropped, Streams: t.streams, ICMP: t.icmp}
}
