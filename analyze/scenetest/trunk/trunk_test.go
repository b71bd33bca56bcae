package trunk

import (
	"bytes"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// TestCaptures reads what every kind of capture holds with another hand:
// packets whole, in order of time, as many as the totals say.
func TestCaptures(t *testing.T) {
	for _, s := range []Shape{
		{Calls: 12, AtOnce: 5, Packets: 20, Idle: 4},
		{Calls: 4, AtOnce: 4, Packets: 30, Flips: 2},
		{Calls: 4, AtOnce: 4, Packets: 30, Flips: 2, SIPOnly: true},
		{Flood: NewSSRC, Rate: 3, Steps: 10}, {Flood: NewCallID, Rate: 3, Steps: 10}, {Flood: NewFlow, Rate: 3, Steps: 10},
		{Flood: NewHosts, Rate: 3, Steps: 10}, {Flood: NewSource, Rate: 3, Steps: 10},
		{Flood: NewError, Rate: 3, Steps: 10}, {Flood: NewConn, Rate: 3, Steps: 10}, {Flood: NewFragment, Rate: 3, Steps: 10},
	} {
		var plain, ng bytes.Buffer
		want, err := s.Write(&plain)
		if err != nil {
			t.Fatal(err)
		}
		s.NG = true
		if again, _ := s.Write(&ng); again != want {
			t.Errorf("%+v: as pcapng %+v, as pcap %+v", s, again, want)
		}
		r, err := pcapgo.NewReader(&plain)
		if err != nil {
			t.Fatal(err)
		}
		n, err := pcapgo.NewNgReader(&ng, pcapgo.DefaultNgReaderOptions)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		var last int64
		for {
			data, info, err := r.ReadPacketData()
			other, otherInfo, otherErr := n.ReadPacketData()
			if err != nil || otherErr != nil {
				if (err == nil) != (otherErr == nil) {
					t.Errorf("%+v: the pcap ends with %v, the pcapng with %v", s, err, otherErr)
				}
				break
			}
			if !bytes.Equal(data, other) || !info.Timestamp.Equal(otherInfo.Timestamp) {
				t.Fatalf("%+v: packet %d differs between pcap and pcapng", s, got)
			}
			if at := info.Timestamp.UnixNano(); at < last {
				t.Errorf("%+v: packet %d goes back in time", s, got)
			} else {
				last = at
			}
			if p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default); p.ErrorLayer() != nil {
				t.Errorf("%+v: packet %d: %v", s, got, p.ErrorLayer().Error())
			}
			got++
		}
		if got != want.Packets || want.RTP+want.SIP+want.ICMP+want.Flood != got || s.SIPOnly && want.SIP != got {
			t.Errorf("%+v: %d packets, want %+v", s, got, want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	var n int
	for b.Loop() {
		t, err := Trunk(1_000_000).Write(nowhere{})
		if err != nil {
			b.Fatal(err)
		}
		n += t.Packets
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
