package rtp

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pion/rtcp"
)

// marshal is a compound as pion writes it.
func marshal(t testing.TB, packets ...rtcp.Packet) []byte {
	t.Helper()
	b, err := rtcp.Marshal(packets)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func walk(b []byte) (packets []RTCPPacket, complete bool) {
	complete = WalkRTCP(b, func(p RTCPPacket) bool {
		packets = append(packets, p)
		return true
	})
	return packets, complete
}

var (
	receptionReports = []rtcp.ReceptionReport{
		{SSRC: 7, FractionLost: 64, TotalLost: 12, LastSequenceNumber: 0x0002_0011, Jitter: 33, LastSenderReport: 0x11223344, Delay: 65536},
		{SSRC: 8, FractionLost: 0, TotalLost: 0xfffffe, LastSequenceNumber: 5, Jitter: 1},
	}
	senderReport = &rtcp.SenderReport{SSRC: 1, NTPTime: 0xdeadbeef_01020304, RTPTime: 160, PacketCount: 50, OctetCount: 8000, Reports: receptionReports}
	sdes         = &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{
		{Type: rtcp.SDESTool, Text: "test"}, {Type: rtcp.SDESCNAME, Text: "alice@192.0.2.1"}}}, {Source: 2}}}
	goodbye = &rtcp.Goodbye{Sources: []uint32{1, 2}, Reason: "teardown"}
)

func TestWalkRTCP(t *testing.T) {
	b := marshal(t, senderReport, sdes, &rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 7}, goodbye)
	packets, complete := walk(b)
	if len(packets) != 4 || !complete {
		t.Fatalf("%d packets, complete %v", len(packets), complete)
	}
	sr, names, fb, bye := packets[0], packets[1], packets[2], packets[3]
	if sr.Type != SenderReport || sr.SSRC != 1 || !sr.HasSender || sr.NTP != senderReport.NTPTime ||
		sr.RTPTime != 160 || sr.PacketCount != 50 || sr.OctetCount != 8000 {
		t.Errorf("sender report %+v", sr)
	}
	want := []Report{
		{SSRC: 7, FractionLost: 64, TotalLost: 12, HighestSeq: 0x0002_0011, Jitter: 33, LSR: 0x11223344, DLSR: 65536},
		{SSRC: 8, TotalLost: -2, HighestSeq: 5, Jitter: 1},
	}
	if got := slices.Collect(sr.Reports()); !slices.Equal(got, want) {
		t.Errorf("reports %+v, want %+v", got, want)
	}
	if names.Type != SourceDescription || names.SSRC != 1 || string(names.CNAME) != "alice@192.0.2.1" {
		t.Errorf("SDES %+v", names)
	}
	if fb.Type != PayloadFeedback || fb.Count != 1 || fb.SSRC != 1 || fb.NumReports() != 0 {
		t.Errorf("feedback %+v", fb)
	}
	if bye.Type != Goodbye || bye.Count != 2 || bye.SSRC != 1 {
		t.Errorf("goodbye %+v", bye)
	}
}

func TestWalkRTCPDamaged(t *testing.T) {
	report := marshal(t, senderReport)
	compound := marshal(t, senderReport, sdes)
	padded := bytes.Clone(marshal(t, &rtcp.ReceiverReport{SSRC: 9}))
	padded = append(padded, 0, 0, 0, 4)
	padded[0] |= 0x20
	padded[3]++
	for _, tt := range []struct {
		name              string
		in                []byte
		packets, reports  int // reports: of the first packet
		complete, hasInfo bool
	}{
		{"whole", report, 1, 2, true, true},
		{"cut in the second report", report[:len(report)-1], 1, 1, false, true},
		{"cut in the first report", report[:40], 1, 0, false, true},
		{"cut in the sender information", report[:20], 1, 0, false, false},
		{"cut in the SSRC", report[:7], 1, 0, false, false},
		{"cut in the header", report[:3], 0, 0, false, false},
		{"second packet cut", compound[:len(compound)-3], 2, 2, false, true},
		{"second packet's header cut", compound[:len(report)+2], 1, 2, false, true},
		{"garbage behind", append(bytes.Clone(report), 1, 2, 3, 4), 1, 2, false, true},
		{"SRTCP's trailer behind", append(bytes.Clone(report), 0x80, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9), 1, 2, false, true},
		{"more reports claimed than there are", append([]byte{0x85}, report[1:]...), 1, 2, false, true},
		{"padding", padded, 1, 0, true, false},
		{"nothing", nil, 0, 0, true, false},
		{"BYE of nobody", []byte{0x80, Goodbye, 0, 0}, 1, 0, true, false},
		{"BYE without its source", []byte{0x81, Goodbye, 0, 0}, 1, 0, false, false},
		{"RR without its sender", []byte{0x80, ReceiverReport, 0, 0}, 1, 0, false, false},
		{"SDES item too long", []byte{0x81, SourceDescription, 0, 2, 0, 0, 0, 1, 1, 9, 'a', 'b'}, 1, 0, false, false},
		{"RTP", []byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}, 0, 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packets, complete := walk(tt.in)
			if len(packets) != tt.packets || complete != tt.complete {
				t.Fatalf("%d packets, complete %v; want %d, %v", len(packets), complete, tt.packets, tt.complete)
			}
			if len(packets) > 0 && (packets[0].NumReports() != tt.reports || packets[0].HasSender != tt.hasInfo) {
				t.Errorf("%d reports, sender information %v; want %d, %v", packets[0].NumReports(), packets[0].HasSender, tt.reports, tt.hasInfo)
			}
		})
	}
}

func TestWalkRTCPStops(t *testing.T) {
	n := 0
	if WalkRTCP(marshal(t, senderReport, sdes), func(RTCPPacket) bool { n++; return false }) || n != 1 {
		t.Errorf("walked on to %d packets", n)
	}
}

func TestWalkRTCPAllocates(t *testing.T) {
	b := marshal(t, senderReport, sdes, goodbye)
	var highest uint32
	if n := testing.AllocsPerRun(100, func() {
		WalkRTCP(b, func(p RTCPPacket) bool {
			for r := range p.Reports() {
				highest = max(highest, r.HighestSeq)
			}
			return true
		})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRTCP(f *testing.F) {
	f.Add(marshal(f, senderReport, sdes))
	f.Add(marshal(f, &rtcp.ReceiverReport{SSRC: 9, Reports: receptionReports[:1]}, goodbye))
	f.Add(marshal(f, &rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 7}, &rtcp.ExtendedReport{SenderSSRC: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		packets, complete := walk(b)
		for _, p := range packets {
			if p.NumReports() > int(p.Count) {
				t.Fatalf("%d reports of %d", p.NumReports(), p.Count)
			}
		}
		oracle, err := rtcp.Unmarshal(b)
		if err != nil || !complete {
			return // pion refuses, or reads on where a length contradicts the contents
		}
		if len(oracle) != len(packets) {
			t.Fatalf("%d packets, pion %d", len(packets), len(oracle))
		}
		for i, o := range oracle {
			compareRTCP(t, packets[i], o)
		}
	})
}

func compareRTCP(t *testing.T, p RTCPPacket, oracle rtcp.Packet) {
	t.Helper()
	reports := slices.Collect(p.Reports())
	var want []rtcp.ReceptionReport
	switch o := oracle.(type) {
	case *rtcp.SenderReport:
		want = o.Reports
		if p.SSRC != o.SSRC || p.NTP != o.NTPTime || p.RTPTime != o.RTPTime || p.PacketCount != o.PacketCount || p.OctetCount != o.OctetCount {
			t.Fatalf("%+v, pion %+v", p, o)
		}
	case *rtcp.ReceiverReport:
		want = o.Reports
		if p.SSRC != o.SSRC {
			t.Fatalf("%+v, pion %+v", p, o)
		}
	case *rtcp.Goodbye:
		if len(o.Sources) != int(p.Count) || len(o.Sources) > 0 && o.Sources[0] != p.SSRC {
			t.Fatalf("%+v, pion %+v", p, o)
		}
	case *rtcp.SourceDescription:
		if len(o.Chunks) > 0 && o.Chunks[0].Source != p.SSRC {
			t.Fatalf("%+v, pion %+v", p, o)
		}
	}
	if len(reports) != len(want) {
		t.Fatalf("%d reports, pion %d", len(reports), len(want))
	}
	for i, w := range want {
		lost := int32(w.TotalLost<<8) >> 8
		if got := (Report{w.SSRC, w.FractionLost, lost, w.LastSequenceNumber, w.Jitter, w.LastSenderReport, w.Delay}); reports[i] != got {
			t.Fatalf("%+v, pion %+v", reports[i], w)
		}
	}
}
