package rtp

import (
	"net/netip"
	"testing"
)

func TestParseSTUN(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("203.0.113.9:32853"), netip.MustParseAddrPort("[2001:db8::9]:32853")
	for _, tt := range []struct {
		name string
		in   []byte
		want STUNMessage
	}{
		{"request", unhex(t, "00010000 2112a442 0102030405060708090a0b0c"), STUNMessage{Method: STUNBinding}},
		{"indication", unhex(t, "00110000 2112a442 0102030405060708090a0b0c"), STUNMessage{Method: STUNBinding, Class: STUNIndication}},
		{"nomination", unhex(t, "00010020 2112a442 0102030405060708090a0b0c 00060003 613a6200 00250000 00240004 6e0001ff 802a0008 0000000000000000"),
			STUNMessage{Method: STUNBinding, Username: true, UseCandidate: true, Controlling: true, Priority: 0x6e0001ff}},
		{"check by the controlled side", unhex(t, "00010014 2112a442 0102030405060708090a0b0c 00060003 613a6200 80290008 0000000000000000"),
			STUNMessage{Method: STUNBinding, Username: true, Controlled: true}},
		{"success", unhex(t, "0101000c 2112a442 0102030405060708090a0b0c 00200008 0001a147ea12d54b"), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"success, IPv6", unhex(t, "01010018 2112a442 0102030405060708090a0b0c 00200014 0002a1470113a9fa0102030405060708090a0b05"), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v6}},
		{"mapped address in the clear", unhex(t, "01010018 2112a442 0102030405060708090a0b0c 00010014 0002805520010db8000000000000000000000009"), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v6}},
		{"XORed before the clear", unhex(t, "01010024 2112a442 0102030405060708090a0b0c 00200008 0001a147ea12d54b 00010014 0002805520010db8000000000000000000000009"), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"XORed behind the clear", unhex(t, "01010024 2112a442 0102030405060708090a0b0c 00010014 0002805520010db8000000000000000000000009 00200008 0001a147ea12d54b"), STUNMessage{Method: STUNBinding, Class: STUNSuccess, Mapped: v4}},
		{"error", unhex(t, "01110018 2112a442 0102030405060708090a0b0c 00090011 00000457526f6c6520436f6e666c696374000000"), STUNMessage{Method: STUNBinding, Class: STUNError, ErrorCode: 487}},
		{"TURN allocation", unhex(t, "00030000 2112a442 0102030405060708090a0b0c"), STUNMessage{Method: 3}},
		{"integrity and fingerprint behind", unhex(t, "0001002c 2112a442 0102030405060708090a0b0c 00060005 6162636465000000 00080014 35249173aeebd62a36fd14de8663d001492fbe3d 80280004 ce37c31c"),
			STUNMessage{Method: STUNBinding, Username: true}},
		{"cut", unhex(t, "0001000c 2112a442 0102030405060708090a0b0c 00060004 61626364 00250000")[:28], STUNMessage{Method: STUNBinding, Username: true, Cut: true}},
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

// FuzzSTUN must not panic, whatever it gets; what it says is held against
// another reader by the oracles.
func FuzzSTUN(f *testing.F) {
	f.Add(unhex(f, "0001 0008 2112a442 0102030405060708090a0b0c 0006 0009 61626364"))
	f.Add(unhex(f, "0101 000c 99999999 0102030405060708090a0b0c 0001 0008 0001 8055 cb007109"))
	f.Add(unhex(f, "0101 000c 2112a442 0102030405060708090a0b0c 0020 0008 0001 8055 cb007109"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s STUNMessage
		if ParseSTUN(b, &s) && len(b) < 20 {
			t.Fatalf("%+v of %d bytes", s, len(b))
		}
	})
}

// What begins with more than 3 is no STUN (RFC 7983 section 7), whatever follows it; nor is what
// is shorter than a header.
func TestParseSTUNRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"short":          "00010000 2112a442 0102030405060708090a0b",
		"ZRTP":           "10010000 2112a442 0102030405060708090a0b0c",
		"another method": "04010000 2112a442 0102030405060708090a0b0c",
		"DTLS":           "16010000 2112a442 0102030405060708090a0b0c",
		"RTP":            "80000000 2112a442 0102030405060708090a0b0c",
		"nothing":        "",
	} {
		var s STUNMessage
		if ParseSTUN(unhex(t, in), &s) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	var s STUNMessage
	if !ParseSTUN(unhex(t, "03010000 2112a442 0102030405060708090a0b0c"), &s) {
		t.Error("the last that may be one is none")
	}
}
