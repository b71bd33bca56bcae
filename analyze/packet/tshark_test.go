package packet

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
)

// writePcapng writes frames with microseconds, those of each link type at an
// interface of their own.
func writePcapng(t testing.TB, path string, fs []*capture.Frame) {
	t.Helper()
	le := binary.LittleEndian
	var file []byte
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		file = le.AppendUint32(file, kind)
		file = le.AppendUint32(file, uint32(12+len(body)))
		file = le.AppendUint32(append(file, body...), uint32(12+len(body)))
	}
	block(0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	interfaces := map[capture.LinkType]uint32{}
	for _, f := range fs {
		if _, ok := interfaces[f.Link]; !ok {
			interfaces[f.Link] = uint32(len(interfaces))
			block(1, le.AppendUint32(le.AppendUint32(nil, uint32(f.Link)), 262144))
		}
		micro := uint64(f.Time / 1e3)
		b := le.AppendUint32(nil, interfaces[f.Link])
		b = le.AppendUint32(b, uint32(micro>>32))
		b = le.AppendUint32(b, uint32(micro))
		b = le.AppendUint32(b, uint32(len(f.Data)))
		b = le.AppendUint32(b, f.Len)
		block(6, append(b, f.Data...))
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// tshark lists what tshark finds in a capture, in the words of brief: the
// innermost datagram of each frame, or what an ICMP error quotes.
func tshark(t testing.TB, path string) map[int64]string {
	t.Helper()
	bin, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	fields := []string{"frame.number", "_ws.col.Source", "_ws.col.Destination", "udp.srcport", "udp.dstport", "udp.length",
		"icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code", "tcp.srcport", "tcp.dstport", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "sctp.srcport", "sctp.dstport"}
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "separator=|", "-o", "tcp.desegment_tcp_streams:FALSE",
		"-o", "esp.enable_null_encryption_decode_heuristic:TRUE", "-d", "udp.port==8472,vxlan"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var errs strings.Builder
	cmd := exec.Command(bin, args...)
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, errs.String())
	}
	found := make(map[int64]string)
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		col := strings.Split(line, "|")
		if len(col) != len(fields) {
			continue
		}
		last := func(i int) string { return col[i][strings.LastIndexByte(col[i], ',')+1:] }
		no, _ := strconv.ParseInt(col[0], 10, 64)
		switch {
		case col[6] != "" || col[8] != "":
			typ, code, src, dst := last(6), last(7), last(12), last(13)
			if col[8] != "" {
				typ, code, src, dst = last(8), last(9), last(14), last(15)
			}
			switch {
			case col[3] != "":
				found[no] = fmt.Sprintf("icmp %s/%s %s>%s about %s %s>%s %s", typ, code, col[1], col[2], src, last(3), dst, last(4))
			case col[10] != "":
				found[no] = fmt.Sprintf("icmp %s/%s %s>%s about %s %s>%s %s", typ, code, col[1], col[2], src, last(10), dst, last(11))
			case col[16] != "":
				found[no] = fmt.Sprintf("icmp %s/%s %s>%s about %s %s>%s %s", typ, code, col[1], col[2], src, last(16), dst, last(17))
			}
		case col[3] != "":
			n, _ := strconv.Atoi(last(5))
			found[no] = fmt.Sprintf("udp %s %s>%s %s len=%d", col[1], last(3), col[2], last(4), n-8)
		}
	}
	return found
}

// brief is a datagram in the words of the function above.
func brief(g Datagram) string {
	switch g.Kind {
	case UDP:
		return fmt.Sprintf("udp %v %d>%v %d len=%d", g.Src.IP(), g.Src.Port, g.Dst.IP(), g.Dst.Port, g.Len)
	case ICMP:
		q := g.Quote
		return fmt.Sprintf("icmp %d/%d %v>%v about %v %d>%v %d", q.Type, q.Code, g.Src.IP(), g.Dst.IP(),
			q.Src.IP(), q.Src.Port, q.Dst.IP(), q.Dst.Port)
	}
	return ""
}

// compareTshark decodes frames, those of each link type by themselves, and has tshark
// do the same: all at once, for it takes long to start.
func compareTshark(t *testing.T, names []string, fs []*capture.Frame) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	decoders := map[capture.LinkType]*Decoder{}
	ours := make(map[int64]string)
	for i, f := range fs {
		g := *f
		g.No, g.Time, g.Len = int64(i+1), 1e18+int64(i)*1e6, max(g.Len, uint32(len(g.Data)))
		fs[i] = &g
		if decoders[g.Link] == nil {
			decoders[g.Link] = NewDecoder(Options{})
		}
		for _, d := range decoders[g.Link].Decode(&g, nil) {
			ours[d.Frame] = brief(d)
		}
	}
	writePcapng(t, path, fs)
	theirs := tshark(t, path)
	for i, name := range names {
		no := int64(i + 1)
		if ours[no] != theirs[no] && otherThanTshark[name] == "" {
			t.Errorf("%v %s (frame %d):\nours   %q\ntshark %q", fs[i].Link, name, no, ours[no], theirs[no])
		}
	}
}

// otherThanTshark are the samples that are read otherwise on purpose. tshark
// believes a tunnel's port, where we want to see the tunnel: RTP may use it.
var otherThanTshark = map[string]string{
	"ethernet/mpls pseudowire":           "tshark does not guess",
	"ethernet/mpls pseudowire cut to 64": "tshark does not guess",
	"vxlan cut to 41":                    "too little left to know a tunnel",
	"vxlan/group policy cut to 61":       "too little left to know a tunnel",
	"vxlan/arp":                          "a tunnel, but nothing of ours inside",
	"vxlan/rtp":                          "not a tunnel",
	"geneve cut to 41":                   "too little left to know a tunnel",
	"gtp-u/wrong length":                 "not a tunnel",
	"gtp-u/wrong length cut to 78":       "not a tunnel",
	"gre in vxlan cut to 65":             "too little left to know a tunnel",
	"nflog cut to 44":                    "tshark drops an attribute that is cut",
	"null/linux":                         "tshark does not know this AF_INET6",
	"null/linux cut to 52":               "tshark does not know this AF_INET6",
	"null/windows":                       "tshark does not know this AF_INET6",
	"null/windows cut to 52":             "tshark does not know this AF_INET6",
	"vxlan/8472 cut to 41":               "too little left to know a tunnel",
	"tzsp cut to 38":                     "too little left to know a tunnel",
	"tzsp/tags cut to 65":                "too little left to know a tunnel",
	"tzsp/802.11 cut to 56":              "too little left to know a tunnel",
	"l2tpv3":                             "tshark must be told the cookie's length",
	"l2tpv3 cut to 88":                   "tshark must be told the cookie's length",
	"l2tpv3/udp":                         "tshark must be told the cookie's length",
	"l2tpv3/udp cut to 96":               "tshark must be told the cookie's length",
	"hep3":                               "tshark shows the outer datagram",
	"hep3 cut to 123":                    "tshark shows the outer datagram",
	"hep3 cut to 72":                     "tshark shows the outer datagram",
	"hep3/tcp":                           "tshark shows the outer datagram",
	"hep3/tcp cut to 123":                "tshark shows the outer datagram",
	"hep3/tcp cut to 72":                 "tshark shows the outer datagram",
	"hep3/keepalive":                     "tshark shows the outer datagram",
	"turn/send":                          "tshark shows the outer datagram",
	"turn/data ipv6":                     "tshark shows the outer datagram",
	"turn/data ipv6 cut to 39":           "cut inside the header",
	"juniper/services":                   "tshark does not look behind the cookie",
	"juniper/services cut to 40":         "tshark does not look behind the cookie",
	"juniper/vp":                         "tshark does not look behind the cookie",
	"juniper/vp cut to 58":               "tshark does not look behind the cookie",
}

func TestTsharkLinks(t *testing.T) {
	var names []string
	var frames []*capture.Frame
	for _, s := range samples(t) {
		names, frames = append(names, s.name), append(frames, s.f)
		for _, cut := range []int{9, 60} { // as a short snap length leaves them
			f := *s.f
			f.Data = f.Data[:max(1, len(f.Data)-163-cut)]
			names, frames = append(names, fmt.Sprintf("%s cut to %d", s.name, len(f.Data))), append(frames, &f)
		}
	}
	compareTshark(t, names, frames)
}
