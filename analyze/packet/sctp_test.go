package packet

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/google/gopacket"

	"github.com/latchscope/latchscope/analyze/capture"
)

// chunk is a DATA chunk, padded.
func chunk(flags byte, tsn uint32, stream uint16, data string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, flags}, uint16(16+len(data)))
	b = binary.BigEndian.AppendUint32(b, tsn)
	b = binary.BigEndian.AppendUint16(b, stream)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = append(b, data...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// sctpFrame is an SCTP packet from 5060 to 5061.
func sctpFrame(t testing.TB, chunks ...[]byte) *capture.Frame {
	return frame(capture.Raw, build(t, ipv4(132), gopacket.Payload(raw("13c4 13c5 00000001 00000000", chunks...))))
}

func TestSCTP(t *testing.T) {
	sack := raw("0300 0010 00000001 00010000 00000000")
	cut := sctpFrame(t, chunk(3, 1, 0, "INVITE sip:bob"))
	cut.Data = cut.Data[:len(cut.Data)-8]
	for _, c := range []struct {
		name string
		in   []*capture.Frame
		want []string
		warn []string
	}{
		{"whole", []*capture.Frame{sctpFrame(t, chunk(3, 1, 0, "INVITE"))}, []string{"1 INVITE 6"}, nil},
		{"two behind a sack", []*capture.Frame{sctpFrame(t, sack, chunk(3, 1, 0, "INVITE"), chunk(7, 2, 0, "BYE"))}, []string{"1 INVITE 6", "1 BYE 3"}, nil},
		{"in three", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(0, 2, 0, "VI")), sctpFrame(t, chunk(1, 3, 0, "TE"))}, []string{"3 INVITE 6"}, nil},
		{"in one packet", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN"), chunk(1, 2, 0, "VITE"))}, []string{"1 INVITE 6"}, nil},
		{"retransmitted", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(0, 2, 0, "VI")), sctpFrame(t, chunk(0, 2, 0, "VI")), sctpFrame(t, chunk(1, 3, 0, "TE"))}, []string{"5 INVITE 6"}, nil},
		{"two streams", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(2, 11, 1, "B")), sctpFrame(t, chunk(1, 2, 0, "VITE")), sctpFrame(t, chunk(1, 12, 1, "YE"))}, []string{"3 INVITE 6", "4 BYE 3"}, nil},
		{"lost", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(1, 3, 0, "TE"))}, nil, []string{"sctp-incomplete@1*1"}},
		{"the end is missing", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN"))}, nil, []string{"sctp-incomplete@1*1"}},
		{"begun twice", []*capture.Frame{sctpFrame(t, chunk(2, 1, 0, "IN")), sctpFrame(t, chunk(2, 5, 0, "B")), sctpFrame(t, chunk(1, 6, 0, "YE"))}, []string{"3 BYE 3"}, []string{"sctp-incomplete@1*1"}},
		{"cut", []*capture.Frame{cut}, []string{"1 INVITE s 14 truncated"}, []string{"snaplen-payload@1*1"}},
		{"no chunk length", []*capture.Frame{sctpFrame(t, raw("0003 0000"), chunk(3, 1, 0, "INVITE"))}, nil, []string{"frame-malformed@1*1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, d := run(Options{}, c.in...)
			var got []string
			for _, g := range out {
				got = append(got, fmt.Sprintf("%d %s %d%s", g.Frame, g.Payload, g.Len, flagStr(g.Flags)))
				if g.Kind != SCTP || g.Src.Port != 5060 || g.Dst.Port != 5061 {
					t.Errorf("%v", str(g))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if w := codes(d); !slices.Equal(w, c.warn) {
				t.Errorf("warnings %q, want %q", w, c.warn)
			}
		})
	}
}

func TestSCTPBounded(t *testing.T) {
	d := NewDecoder(Options{Limits: Limits{SCTPMessages: 10, SCTPBytes: 5000}})
	for i := range 1000 {
		f := sctpFrame(t, chunk(2, uint32(i), uint16(i), string(noise(100))), chunk(0, uint32(i+1), uint16(i), string(noise(1000))))
		d.Decode(f, nil)
		if len(d.sctp.open) > 10 || d.sctp.bytes > 5000 {
			t.Fatalf("%d messages, %d bytes", len(d.sctp.open), d.sctp.bytes)
		}
	}
	d.Flush(nil)
	if d.sctp.bytes != 0 || len(d.sctp.open) != 0 {
		t.Errorf("%d messages, %d bytes left", len(d.sctp.open), d.sctp.bytes)
	}
}
