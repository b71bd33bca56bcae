package oracle

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v3"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
)

func build(t testing.TB, setters ...stun.Setter) []byte {
	t.Helper()
	m, err := stun.Build(setters...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// attribute is any attribute, whatever its value.
type attribute struct {
	t stun.AttrType
	v []byte
}

func (a attribute) AddTo(m *stun.Message) error {
	m.Add(a.t, a.v)
	return nil
}

func FuzzSTUN(f *testing.F) {
	id := stun.NewTransactionIDSetter([12]byte{1})
	f.Add(build(f, id, stun.BindingRequest, stun.NewUsername("abc:de"), attribute{stun.AttrUseCandidate, nil}))
	f.Add(build(f, id, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP{203, 0, 113, 9}, Port: 9}))
	f.Add(build(f, id, stun.BindingError, stun.CodeRoleConflict, &stun.MappedAddress{IP: net.ParseIP("2001:db8::1"), Port: 9}))
	f.Add([]byte("\x01\x01\x00\x0c\x99\x99\x99\x99\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x00\x01\x00\x08\x00\x01\x80\x55\xcb\x00\x71\x09"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s rtp.STUNMessage
		ok := rtp.ParseSTUN(b, &s)
		oracle := &stun.Message{Raw: b}
		if err := oracle.Decode(); err != nil {
			return
		}
		if size := int(oracle.Length); size&3 != 0 || b[0] > 3 {
			return // pion does not mind
		}
		if !ok {
			t.Fatal("refused what pion reads")
		}
		if uint16(oracle.Type.Method) != s.Method || uint8(oracle.Type.Class) != uint8(s.Class) || oracle.TransactionID != s.TransactionID || s.Classic {
			t.Fatalf("%+v, pion %v", s, oracle)
		}
		if oracle.Contains(stun.AttrUseCandidate) != s.UseCandidate || oracle.Contains(stun.AttrUsername) != s.Username ||
			oracle.Contains(stun.AttrICEControlling) != s.Controlling || oracle.Contains(stun.AttrICEControlled) != s.Controlled {
			t.Fatalf("%+v, pion %v", s, oracle)
		}
		compareMapped(t, &s, oracle)
	})
}

// compareMapped wants pion's address, where only one is given and pion, which
// pads and cuts addresses, has the full length to read.
func compareMapped(t *testing.T, s *rtp.STUNMessage, oracle *stun.Message) {
	t.Helper()
	n := 0
	var value []byte
	for _, a := range oracle.Attributes {
		switch a.Type {
		case 0x0001, 0x0020, 0x8020: // MAPPED-ADDRESS, XOR-MAPPED-ADDRESS, and what the latter was before RFC 5389
			n++
			value = a.Value
		}
	}
	var x stun.XORMappedAddress
	if n != 1 || !oracle.Contains(stun.AttrXORMappedAddress) || x.GetFrom(oracle) != nil {
		return
	}
	if full := map[byte]int{1: 8, 2: 20}[value[1]]; len(value) != full {
		return
	}
	addr, _ := netip.AddrFromSlice(x.IP)
	if s.Mapped.Addr().Unmap() != addr.Unmap() || int(s.Mapped.Port()) != x.Port {
		t.Fatalf("%v, pion %v", s.Mapped, x)
	}
}

// TestTURN reads what pion writes: a Send indication whose data is RTP.
func TestTURN(t *testing.T) {
	media := append([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0x35, 0xbf, 0x99, 0x2d}, bytes.Repeat([]byte{0xd5}, 160)...)
	for _, ip := range []string{"198.51.100.7", "2001:db8::7"} {
		m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication))
		if err != nil {
			t.Fatal(err)
		}
		peer := stun.XORMappedAddress{IP: net.ParseIP(ip), Port: 20002}
		if err := peer.AddToAs(m, stun.AttrXORPeerAddress); err != nil {
			t.Fatal(err)
		}
		m.Add(stun.AttrData, media)
		m.Encode()
		size := len(m.Raw) + 28
		data := []byte{0x45, 0, byte(size >> 8), byte(size), 0, 7, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 203, 0, 113, 20,
			0xc3, 0x50, 0x0d, 0x96, byte((size - 20) >> 8), byte(size - 20), 0, 0} // from port 50000 to 3478
		frame := capture.Frame{Link: capture.Raw, No: 1, Len: uint32(size), Data: append(data, m.Raw...)}
		d := packet.NewDecoder(packet.Options{})
		got := d.Flush(d.Decode(&frame, nil))
		want := netip.AddrPortFrom(netip.MustParseAddr(ip), 20002)
		if len(got) != 1 || got[0].Dst.String() != want.String() || got[0].Len != uint32(len(media)) {
			t.Errorf("%s: %+v", ip, got)
		}
	}
}
