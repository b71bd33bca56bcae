package measure

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/replay/latch"
)

// leastShare is how much of what an engine does its profile must get right.
const leastShare = 99.9

// races are the differences that are known, by trace, with what made them.
var races = map[string]string{
	"rtpengine-10.5.3.5-deb12u1 rtpengine-immediate handover 20000": "the daemon took a packet of A more than 8 ms after it was sent, and one of B before it",
}

func traces(t *testing.T) []*Trace {
	t.Helper()
	list, err := Load(os.DirFS("../../testdata"), "engine-traces")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every profile plays every trace of its engine.
func TestTraces(t *testing.T) {
	rows, err := Table(traces(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 22 {
		t.Errorf("only %d engines and settings", len(rows))
	}
	found := map[string]latch.Measurement{} // by profile
	for _, r := range rows {
		t.Logf("%-28s %-44s %7d packets, %4d differ, %5d races: %.3f %%", r.Build, r.Config, r.Packets, len(r.Differ), r.Races, r.Share())
		if r.Share() < leastShare {
			t.Errorf("%s, %s: %.3f %%", r.Build, r.Config, r.Share())
		}
		if r.Races*10 > r.Packets {
			t.Errorf("%s, %s: %d races of %d packets leave too little to compare", r.Build, r.Config, r.Races, r.Packets)
		}
		for i, d := range r.Differ {
			tr := r.Of[i]
			name := fmt.Sprintf("%s %s %s %d", tr.Build, tr.Engine, tr.Flags, tr.Seed)
			if races[name] == "" {
				t.Errorf("%s: %s, the policy: %s, %s", name, tr.Events[d.Event], d.Policy, d.Decision.Reason)
			}
		}
		name := r.Config.Profile.Name + "@" + r.Config.Profile.Version
		m := found[name]
		m.Against, m.Packets, m.Differ = r.Build, m.Packets+r.Packets, m.Differ+len(r.Differ)
		found[name] = m
	}
	for _, p := range latch.Versions() {
		got := found[p.Name+"@"+p.Version]
		if p.Measured.Against != got.Against || p.Measured.Packets != got.Packets || p.Measured.Differ != got.Differ {
			t.Errorf("%s@%s says %+v of itself, the traces %+v", p.Name, p.Version, p.Measured, got)
		}
		if (got.Packets > 0) != (p.Confidence == latch.Measured) {
			t.Errorf("%s@%s: %s", p.Name, p.Version, p.Confidence)
		}
	}
}

// The traces are played, not the policies loosened: a profile of another engine
// differs in more packets than the bar allows.
func TestTracesTellEnginesApart(t *testing.T) {
	other := map[string]string{
		"rtpproxy": "pjmedia", "pjmedia": "freeswitch", "asterisk": "pjmedia", "freeswitch": "rtpproxy",
		"rtpengine-immediate": "rtpengine-delayed@10.5", "rtpengine-heuristic": "rtpengine-immediate@10.5",
	}
	packets, differ := map[string]int{}, map[string]int{}
	for _, tr := range traces(t) {
		name, ok := other[tr.Engine]
		if !ok {
			continue
		}
		p, ok := latch.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		c, err := Compare(tr, p.Policy)
		if err != nil {
			t.Fatal(err)
		}
		packets[tr.Engine] += c.Packets
		differ[tr.Engine] += len(c.Differ)
	}
	for name := range other {
		if packets[name] == 0 || differ[name]*1000 < packets[name] {
			t.Errorf("%s: as %s it would differ in %d of %d packets only", name, other[name], differ[name], packets[name])
		}
	}
}

// What is written is read back as the same.
func TestFormat(t *testing.T) {
	list := traces(t)
	list = append(list, &Trace{Engine: "own", Flags: "lock_packets=3", Seed: 7, Build: "own-1", Notes: []string{"A starts"}, Events: []Event{
		{What: Offer, Place: SDP}, {At: 1e6, What: Early, Side: latch.SideB, Place: None, Hold: true},
		{At: 2e6, What: RTP, Side: latch.SideB, Place: NAT1, SSRC: 0xfeed, Seq: 65535, PT: 96, To: Elsewhere},
		{At: 3e6, What: Empty, Place: Port}, {At: 4e6, What: CRLF, Place: Addr}, {At: 5e6, What: STUN, Place: Stranger},
		{At: 6e6, What: NoMedia, Place: SDP2, SSRC: 1, Seq: 2, To: NAT2},
	}})
	for _, tr := range list {
		var b bytes.Buffer
		if _, err := tr.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%.300s", err, b.String())
		}
		if got.Engine != tr.Engine || got.Flags != tr.Flags || got.Seed != tr.Seed || got.Build != tr.Build || !got.Began.Equal(tr.Began) ||
			!slices.Equal(got.Notes, tr.Notes) || !slices.Equal(got.Events, tr.Events) {
			t.Errorf("%s %s %d is read back as another", tr.Engine, tr.Flags, tr.Seed)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const head = "# x seed 1\n"
	for _, tt := range []struct{ text, want string }{
		{"", "which engine"},
		{"1 rtp A sdp 1 1 => -", "which engine"},
		{"# x seed y\n", "not a seed"},
		{head + "# began yesterday", "no time"},
		{head + "x rtp A sdp 1 1 => -", "no milliseconds"},
		{head + "-1 rtp A sdp 1 1 => -", "no milliseconds"},
		{head + "NaN rtp A sdp 1 1 => -", "no milliseconds"},
		{head + "1e300 rtp A sdp 1 1 => -", "no milliseconds"},
		{head + "1 bye A sdp", "no event"},
		{head + "1 rtp C sdp 1 1 => -", "no side"},
		{head + "1 rtp A home 1 1 => -", "no place"},
		{head + "1 rtp A sdp 1 1", "what became"},
		{head + "1 rtp A sdp => -", "SSRC"},
		{head + "1 rtp A sdp x 1 => -", "SSRC"},
		{head + "1 rtp A sdp 1 65536 => -", "SSRC"},
		{head + "1 rtp A sdp 1 1 pt=128 => -", "payload type"},
		{head + "1 rtp A sdp 1 1 pt=0 more => -", "does not belong"},
		{head + "1 offer A sdp held", "says nothing"},
		{head + "2 offer A sdp\n1 answer B sdp", "backwards"},
	} {
		if _, err := Read(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("# rtpengine-delayed strict seed 1\n# began 12 ns\n0 offer A sdp hold=false\n1.5 rtp B nat1 ff 3 pt=8 => sdp\n")
	f.Fuzz(func(t *testing.T, text string) {
		tr, err := Read(strings.NewReader(text))
		if err != nil || len(tr.Events) > 5000 {
			return
		}
		if _, err := Compare(tr, latch.Policy{}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := tr.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&b); err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
	})
}
