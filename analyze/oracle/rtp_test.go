package oracle

import (
	"testing"

	pion "github.com/pion/rtp"

	"github.com/latchscope/latchscope/analyze/rtp"
)

// FuzzRTP holds a header that pion reads against ours.
func FuzzRTP(f *testing.F) {
	f.Add([]byte{0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3})
	f.Add([]byte{0xb2, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 5, 5, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h rtp.Header
		if !rtp.Parse(b, &h) {
			return
		}
		var oracle pion.Header
		n, err := oracle.Unmarshal(b)
		if err != nil {
			return
		}
		if h.Cut {
			t.Fatalf("cut, but pion reads %d bytes of header", n)
		}
		if n != h.PayloadOffset || oracle.PayloadType != h.PT || oracle.Marker != h.Marker ||
			oracle.SequenceNumber != h.Seq || oracle.Timestamp != h.TS || oracle.SSRC != h.SSRC ||
			len(oracle.CSRC) != int(h.CSRCs) || oracle.Extension != h.Extension || oracle.Padding != h.Padding {
			t.Fatalf("have %+v\npion %+v, %d bytes", h, oracle, n)
		}
	})
}
