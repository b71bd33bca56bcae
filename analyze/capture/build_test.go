package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// rec is one packet as a test writes it.
type rec struct {
	sec, frac uint32
	data      []byte
	size      int // on the wire; 0: len(data)
}

func (r rec) wire() uint32 {
	if r.size == 0 {
		return uint32(len(r.data))
	}
	return uint32(r.size)
}

// pcapBytes is a pcap of version 2.4.
func pcapBytes(order binary.AppendByteOrder, magic, snaplen, network uint32, recs ...rec) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, snaplen)
	b = order.AppendUint32(b, network)
	return appendRecords(b, order, nil, recs...)
}

// appendRecords adds records with extra behind the common record header.
func appendRecords(b []byte, order binary.AppendByteOrder, extra []byte, recs ...rec) []byte {
	for _, r := range recs {
		b = order.AppendUint32(b, r.sec)
		b = order.AppendUint32(b, r.frac)
		b = order.AppendUint32(b, uint32(len(r.data)))
		b = order.AppendUint32(b, r.wire())
		b = append(append(b, extra...), r.data...)
	}
	return b
}

// ng writes pcapng blocks.
type ng struct {
	order binary.AppendByteOrder
	b     []byte
}

func newNG(order binary.AppendByteOrder) *ng { return &ng{order: order} }

func (n *ng) block(kind uint32, body []byte) *ng {
	body = append(bytes.Clone(body), make([]byte, -len(body)&3)...)
	total := uint32(len(body) + 12)
	n.b = n.order.AppendUint32(n.b, kind)
	n.b = n.order.AppendUint32(n.b, total)
	n.b = append(n.b, body...)
	n.b = n.order.AppendUint32(n.b, total)
	return n
}

func (n *ng) raw(b ...byte) *ng {
	n.b = append(n.b, b...)
	return n
}

func (n *ng) option(code uint16, val []byte) []byte {
	b := n.order.AppendUint16(nil, code)
	b = n.order.AppendUint16(b, uint16(len(val)))
	b = append(b, val...)
	return append(b, make([]byte, -len(val)&3)...)
}

func (n *ng) u64(v uint64) []byte { return n.order.AppendUint64(nil, v) }

func (n *ng) section(opts ...[]byte) *ng {
	b := n.order.AppendUint32(nil, orderMagic)
	b = n.order.AppendUint16(b, 1)
	b = n.order.AppendUint16(b, 0)
	b = n.order.AppendUint64(b, 1<<64-1)
	return n.block(blockSection, append(b, bytes.Join(opts, nil)...))
}

func (n *ng) iface(link uint16, snaplen uint32, opts ...[]byte) *ng {
	b := n.order.AppendUint16(nil, link)
	b = n.order.AppendUint16(b, 0)
	b = n.order.AppendUint32(b, snaplen)
	return n.block(blockInterface, append(b, bytes.Join(opts, nil)...))
}

func (n *ng) enhanced(id uint32, t uint64, data []byte, size int, opts ...[]byte) *ng {
	b := n.order.AppendUint32(nil, id)
	b = n.order.AppendUint32(b, uint32(t>>32))
	b = n.order.AppendUint32(b, uint32(t))
	b = n.order.AppendUint32(b, uint32(len(data)))
	b = n.order.AppendUint32(b, uint32(size))
	b = append(b, data...)
	b = append(b, make([]byte, -len(data)&3)...)
	return n.block(blockEnhanced, append(b, bytes.Join(opts, nil)...))
}

func (n *ng) simple(data []byte, size uint32) *ng {
	return n.block(blockSimple, append(n.order.AppendUint32(nil, size), data...))
}

func (n *ng) packet(id, drops uint16, t uint64, data []byte) *ng {
	b := n.order.AppendUint16(nil, id)
	b = n.order.AppendUint16(b, drops)
	b = n.order.AppendUint32(b, uint32(t>>32))
	b = n.order.AppendUint32(b, uint32(t))
	b = n.order.AppendUint32(b, uint32(len(data)))
	b = n.order.AppendUint32(b, uint32(len(data)))
	return n.block(blockPacket, append(b, data...))
}

func (n *ng) stats(id uint32, opts ...[]byte) *ng {
	b := n.order.AppendUint32(nil, id)
	b = append(b, make([]byte, 8)...)
	return n.block(blockStats, append(b, bytes.Join(opts, nil)...))
}

// payload is n bytes that no two packets share.
func payload(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(seed*31 + i*7 + 1)
	}
	return b
}

// inMemory is an Input that holds data.
func inMemory(data []byte, opt Options) *Input {
	opt.setDefaults()
	return &Input{path: "test", size: int64(len(data)), set: &Set{opt: opt}, held: bytes.NewReader(data)}
}

// got is what reading an input gave.
type got struct {
	frames []Frame // with data of their own
	info   Info
	err    error
	header int // of a pcap's records, where the fuzzer asks
}

func (g got) codes() []string {
	var codes []string
	for _, w := range g.info.Warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

func (g got) warning(code string) Warning {
	for _, w := range g.info.Warnings {
		if w.Code == code {
			return w
		}
	}
	return Warning{}
}

// readInput reads one pass. The error is Open's.
func readInput(in *Input) (g got, err error) {
	f, err := in.Open()
	if err != nil {
		return got{}, err
	}
	defer f.Close()
	var b Batch
	for f.Next(&b) {
		for _, fr := range b.Frames {
			fr.Data = bytes.Clone(fr.Data)
			g.frames = append(g.frames, fr)
		}
	}
	g.info, g.err = f.Info(), f.Err()
	return g, nil
}

func read(t testing.TB, data []byte, opt Options) got {
	t.Helper()
	g, err := readInput(inMemory(data, opt))
	if err != nil {
		t.Fatal(err)
	}
	if g.err != nil {
		t.Fatal(g.err)
	}
	return g
}

// slow gives n bytes a Read.
type slow struct {
	r io.Reader
	n int
}

func (s slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }
