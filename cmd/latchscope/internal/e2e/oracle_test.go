package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

// tsharkSaysOtherwise lists where tshark and we differ, and why we are right:
// the capture, and how the difference begins. One that is not here fails the
// test, and so does one that is here and differs no more.
var tsharkSaysOtherwise = []struct{ capture, difference, reason string }{
	{"keepalives.server", "stream 198.51.100.7:4000 203.0.113.10:30002 0xc8f31c6e: tshark only, 3",
		"RTP without payload keeps a mapping open (RFC 6263 section 4.4); nobody is talking"},
	{"sequence-restart.server", "stream 198.51.100.7:4000 203.0.113.10:30002 0x11111111: 0 lost, tshark has -",
		"the numbers begin again at another place: no packet is missing, and none came too often"},
	{"sequence-restart.server", "stream 203.0.113.10:30000 192.0.2.50:20500 0x11111111: 0 lost, tshark has -", "the same, passed on"},
	{"srtp-replay.server", "stream 198.51.100.7:4000 203.0.113.10:30002 0xe8f2a7f7: 0 lost, tshark has -",
		"packets are sent again, seconds later: what comes twice makes no negative loss"},
	{"srtp-replay.server", "stream 203.0.113.10:30000 192.0.2.50:20500 0xe8f2a7f7: 0 lost, tshark has -", "the same, passed on"},
	{"fragments-lost.server", "call 305fabdf0896747a@192.168.1.50: ours only",
		"the second fragment of each INVITE is lost: the Call-ID stands in the first, which tshark does not take apart"},
	{"stray-dns.server", "stream 198.18.0.66:40000 203.0.113.10:30002 0x00000000: 12 packets, tshark has 3",
		"a name server's questions to a media port: nobody's voice, and which of them begin like RTP is guessed differently"},
	{"spray.server", "stream 198.18.0.66:40000 203.0.113.10:300",
		"one source goes through all ports: at each of them ten packets with most numbers missing, which no SDP names and nobody awaits"},
}

// TestTshark compares what is counted with Wireshark's counts: the calls by
// their Call-IDs, every stream with its packets and its loss, ICMP errors. It
// takes a part of the scenes and of the laboratory's captures; all of them, and
// those of a directory, if LATCHSCOPE_ORACLE names one ("all" for none).
func TestTshark(t *testing.T) {
	wireshark := sharkd.Start(t, sharkd.Settings{Heuristics: []string{"rtp_udp"}})
	if wireshark == nil {
		t.Skip("short, or SHARKD, WHICH COMES WITH TSHARK, IS NOT INSTALLED: the counts are not compared with Wireshark's")
	}
	dir := t.TempDir()
	more := os.Getenv("LATCHSCOPE_ORACLE")
	met := map[int]bool{}
	compare := func(name, path string) {
		for _, d := range differences(t, wireshark, path) {
			i := slices.IndexFunc(tsharkSaysOtherwise, func(k struct{ capture, difference, reason string }) bool {
				return k.capture == name && strings.HasPrefix(d, k.difference)
			})
			if i < 0 {
				t.Errorf("%s: %s", name, d)
				continue
			}
			met[i] = true
		}
	}
	tried := map[string]bool{}
	some := seeds(t)
	if more == "" {
		some = sample.Every(t, 4, everyNth(some, 6))
	}
	for _, s := range some {
		tried[s.name] = true
		compare(s.name, file(t, dir, "a.cap", s.data))
	}
	if more != "" && more != "all" {
		list, err := filepath.Glob(filepath.Join(more, "*.*cap*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			compare(filepath.Base(path), path)
		}
	}
	for i, k := range tsharkSaysOtherwise {
		if tried[k.capture] && !met[i] {
			t.Errorf("%s: tshark agrees by now: %s", k.capture, k.difference)
		}
	}
}

// differences between the two, a line each.
func differences(t *testing.T, wireshark *sharkd.Daemon, path string) (out []string) {
	t.Helper()
	r, err := analysis(t, analyze.Options{}, path)
	if err != nil {
		return nil // what is no capture is another test's business
	}
	theirs, err := askWireshark(wireshark, path)
	if err != nil {
		return []string{err.Error()}
	}
	ours := counted(r)
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	for id := range theirs.calls {
		if !ours.calls[id] {
			say("call %s: tshark only", id)
		}
	}
	for id := range ours.calls {
		if !theirs.calls[id] {
			say("call %s: ours only", id)
		}
	}
	for k, s := range theirs.streams {
		o, ok := ours.streams[k]
		switch {
		case !ok:
			say("stream %s: tshark only, %d packets", k, s.packets)
		case o.packets != s.packets:
			say("stream %s: %d packets, tshark has %d", k, o.packets, s.packets)
		case o.lost != s.lost:
			say("stream %s: %d lost, tshark has %d", k, o.lost, s.lost)
		}
	}
	for k, o := range ours.streams {
		if _, ok := theirs.streams[k]; !ok {
			say("stream %s: ours only, %d packets", k, o.packets)
		}
	}
	if ours.errors != theirs.errors {
		say("icmp: %d, tshark has %d", ours.errors, theirs.errors)
	}
	slices.Sort(out)
	return out
}

// counts is what two programs can agree on.
type counts struct {
	calls   map[string]bool
	streams map[string]heard
	errors  int64 // ICMP unreachable that quotes UDP
}

type heard struct{ packets, lost int64 }

func counted(r run) counts {
	c := counts{calls: map[string]bool{}, streams: map[string]heard{}}
	for _, l := range r.trace.Legs {
		for _, m := range l.Messages.All() {
			if m.Method == "INVITE" {
				c.calls[l.CallID] = true
			}
		}
	}
	for _, s := range r.trace.Streams {
		// What was recorded twice, or at several interfaces, is one stream to
		// tshark, whose duplicates make up for what is lost.
		k := fmt.Sprintf("%s %s 0x%08x", s.Src, s.Dst, s.SSRC)
		h := c.streams[k]
		n := int64(s.Stats.Packets) + int64(s.Duplicates)
		h.packets += n
		h.lost = int64(s.Stats.Expected()) - h.packets
		c.streams[k] = h
	}
	for _, e := range r.trace.Errors {
		if e.Unreachable() || e.Quote.Code == 4 && !e.Quote.V6 && e.Quote.Type == 3 {
			c.errors += 1 + int64(e.Copies)
		}
	}
	return c
}

func askWireshark(wireshark *sharkd.Daemon, path string) (counts, error) {
	c := counts{calls: map[string]bool{}, streams: map[string]heard{}}
	answer, err := wireshark.Ask(path, sharkd.Question{
		Filter:  `sip.CSeq.method == "INVITE" or icmp.type == 3 or icmpv6.type == 1`,
		Fields:  []string{"sip.Call-ID", "icmp.type", "icmpv6.type", "udp.srcport"},
		Streams: true,
	})
	if err != nil {
		return c, err
	}
	for _, f := range answer.Frames {
		callID, _, _ := strings.Cut(f[0], ",")
		switch quoted := f[1] != "" || f[2] != ""; {
		case quoted && f[3] != "":
			c.errors++ // and what it quotes may be SIP
		case !quoted && callID != "":
			c.calls[callID] = true
		}
	}
	for _, s := range answer.Streams {
		k := fmt.Sprintf("%s %s 0x%08x", s.Src, s.Dst, s.SSRC)
		h := c.streams[k]
		c.streams[k] = heard{h.packets + int64(s.Packets), h.lost + int64(s.Lost)}
	}
	return c, nil
}
