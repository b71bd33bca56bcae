package scenetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

// checkReadable holds a file against pcapgo's readers: as many frames as the
// truth counts, in order of time unless
// the clock was set back.
func checkReadable(t *testing.T, c Capture, point Point, stepped bool) {
	frames, err := countFrames(c.Bytes, stepped)
	if err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	if frames == 0 || frames != point.Frames {
		t.Errorf("%s: %d frames, the truth counts %d", c.Name, frames, point.Frames)
	}
}

func countFrames(b []byte, stepped bool) (n int, err error) {
	var read func() ([]byte, gopacket.CaptureInfo, error)
	if bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
		if err != nil {
			return 0, err
		}
		read = r.ReadPacketData
	} else {
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			return 0, err
		}
		read = r.ReadPacketData
	}
	var last gopacket.CaptureInfo
	for {
		data, info, err := read()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if len(data) != info.CaptureLength || info.CaptureLength > info.Length {
			return n, fmt.Errorf("frame %d has odd lengths", n+1)
		}
		if info.Timestamp.Before(last.Timestamp) && !stepped {
			return n, fmt.Errorf("frame %d is older than the one before", n+1)
		}
		last = info
		n++
	}
}

// checkWireshark asks Wireshark: nothing malformed, no wrong checksum, and the RTP
// streams that the truth counts.
func checkWireshark(t *testing.T, wireshark *sharkd.Daemon, c Capture, point Point) {
	file := filepath.Join(t.TempDir(), c.Name+".pcap")
	if err := os.WriteFile(file, c.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	const bad = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || " +
		"icmpv6.checksum.status == 0 || sdp.invalid || tcp.analysis.lost_segment || tcp.analysis.retransmission"
	answer, err := wireshark.Ask(file, sharkd.Question{Filter: bad, Fields: []string{"frame.protocols"}, Streams: true})
	if err != nil {
		t.Fatal(err)
	}
	for no, is := range answer.Frames {
		t.Errorf("%s: Wireshark objects to frame %d: %q", c.Name, no, is)
	}
	want, got := map[streamKey]int{}, map[streamKey]int{}
	for _, x := range point.Streams {
		want[streamKey{x.Src, x.Dst, x.SSRC}] = x.Packets
	}
	for _, x := range answer.Streams {
		got[streamKey{x.Src, x.Dst, x.SSRC}] += x.Packets
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %s > %s %#x: Wireshark counts %d packets, the truth %d", c.Name, k.src, k.dst, k.ssrc, got[k], n)
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			t.Errorf("%s: %s > %s %#x: Wireshark sees %d packets that the truth does not", c.Name, k.src, k.dst, k.ssrc, n)
		}
	}
}

// TestQuotesAreTheRefusedPackets looks into the ICMP errors of the story: each
// must quote, byte for byte, a packet that stands before it in the capture.
func TestQuotesAreTheRefusedPackets(t *testing.T) {
	for _, name := range []string{"story.scene", "story-phone.scene"} {
		s, err := Load(scenes, name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		reader, err := pcapgo.NewReader(bytes.NewReader(r.Captures[0].Bytes))
		if err != nil {
			t.Fatal(err)
		}
		seen, quotes := map[string]bool{}, 0
		for {
			data, _, err := reader.ReadPacketData()
			if err != nil {
				break
			}
			p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
			if i, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
				quotes++
				// TTL and IP checksum differ where hops lie between.
				if q := i.Payload; !seen[string(q[12:])] {
					t.Errorf("%s: an error quotes a packet that is not in the capture", name)
				}
			}
			seen[string(data[14+12:])] = true
		}
		if quotes != 54 {
			t.Errorf("%s: %d quotes", name, quotes)
		}
	}
}
