package rtp

import (
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v3"
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

func TestParseSTUN(t *testing.T) {
	id := stun.NewTransactionIDSetter([12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	v4, v6 := netip.MustParseAddrPort("203.0.113.9:32853"), netip.MustParseAddrPort("[2001:db8::9]:32853")
	xor := func(ap netip.AddrPort) stun.Setter {
		return &stun.XORMappedAddress{IP: net.IP(ap.Addr().AsSlice()), Port: int(ap.Port())}
	}
	plain := func(ap netip.AddrPort) stun.Setter {
		return &stun.MappedAddress{IP: net.IP(ap.Addr().AsSlice()), Port: int(ap.Port())}
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want STUNMessage
	}{
		{"request", build(t, id, stun.BindingRequest), STUNMessage{Method: STUNBinding}},
		{"indication", build(t, id, stun.NewType(stun.MethodBinding, stun.ClassIndication)), STUNMessage{Method: STUNBinding, Class: STUNIndication}},
		{"nomination", build(t, id, stun.BindingRequest, stun.NewUsername("a:b"), attribute{stun.AttrUseCandidate, nil},
			attribute{stun.AttrPriority, []byte{0x6e, 0, 1, 0xff}}, attribute{stun.AttrICEControlling, make([]byte, 8)}),
			STUNMessage{Method: STUNBinding, Username: true, UseCandidate: true, Controlling: true, Priority: 0x6e0001ff}},
		{"check by the controlled side", build(t, id, stun.BindingRequest, stun.NewUsername("a:b"), attribute{stun.AttrICEControlled, make([]byte, 8)}),
			STUNMessage{Method: STUNBinding, Username: true, Controlled: true}},
		{"success", build(t, id, stun.BindingSuccess, xor(v4)), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"success, IPv6", build(t, id, stun.BindingSuccess, xor(v6)), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v6}},
		{"mapped address in the clear", build(t, id, stun.BindingSuccess, plain(v6)), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v6}},
		{"XORed before the clear", build(t, id, stun.BindingSuccess, xor(v4), plain(v6)), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"XORed behind the clear", build(t, id, stun.BindingSuccess, plain(v6), xor(v4)), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"error", build(t, id, stun.BindingError, stun.CodeRoleConflict), STUNMessage{Method: STUNBinding, Class: STUNError, ErrorCode: 487}},
		{"TURN allocation", build(t, id, stun.NewType(stun.MethodAllocate, stun.ClassRequest)), STUNMessage{Method: 3}},
		{"integrity and fingerprint behind", build(t, id, stun.BindingRequest, stun.NewUsername("abcde"), stun.NewShortTermIntegrity("x"), stun.Fingerprint),
			STUNMessage{Method: STUNBinding, Username: true}},
		{"cut", build(t, id, stun.BindingRequest, stun.NewUsername("abcd"), attribute{stun.AttrUseCandidate, nil})[:28], STUNMessage{Method: STUNBinding, Username: true, Cut: true}},
		{"attribute too long", unhex(t, "0001 0008 2112a442 0102030405060708090a0b0c 0006 0009 61626364"), STUNMessage{Method: STUNBinding, Cut: true}},
		{"classic", unhex(t, "0101 000c 99999999 0102030405060708090a0b0c 0001 0008 0001 8055 cb007109"),
			STUNMessage{Method: STUNBinding, Class: STUNSuccess, Classic: true, Mapped: v4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.TransactionID = [12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
			got := STUNMessage{Priority: 9, Username: true} // rests of another message
			if !ParseSTUN(tt.in, &got) {
				t.Fatal("refused")
			}
			if got != tt.want {
				t.Errorf("have %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func FuzzSTUN(f *testing.F) {
	id := stun.NewTransactionIDSetter([12]byte{1})
	f.Add(build(f, id, stun.BindingRequest, stun.NewUsername("abc:de"), attribute{stun.AttrUseCandidate, nil}))
	f.Add(build(f, id, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IP{203, 0, 113, 9}, Port: 9}))
	f.Add(build(f, id, stun.BindingError, stun.CodeRoleConflict, &stun.MappedAddress{IP: net.ParseIP("2001:db8::1"), Port: 9}))
	f.Add(unhex(f, "0101 000c 99999999 0102030405060708090a0b0c 0001 0008 0001 8055 cb007109"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s STUNMessage
		ok := ParseSTUN(b, &s)
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
func compareMapped(t *testing.T, s *STUNMessage, oracle *stun.Message) {
	t.Helper()
	n := 0
	var value []byte
	for _, a := range oracle.Attributes {
		switch a.Type {
		case attrMapped, attrXORMapped, attrXORMappedOld:
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
