package measure

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// A trace names its engine, its build the version; an engine that nobody knows, and a flag that
// it does not have, are errors.
func TestConfigOfATrace(t *testing.T) {
	for _, c := range []struct{ engine, build, flags, want string }{
		{"rtpengine-delayed", "", "", "rtpengine-delayed"},
		{"rtpengine-delayed", "rtpengine-10.5.3.5-deb12u1", "none", "rtpengine-delayed@10.5"},
		{"rtpengine-delayed", "rtpengine-10.5.3.5-deb12u1", "strict", "rtpengine-delayed@10.5 strict_source=true"},
		{"nobody", "nobody-1", "", ""},
		{"rtpengine-delayed", "", "whatever", ""},
	} {
		cfg, err := (&Trace{Engine: c.engine, Build: c.build, Flags: c.flags}).Config()
		if (err != nil) != (c.want == "") {
			t.Errorf("%s %s: %v", c.engine, c.flags, err)
			continue
		}
		if err == nil {
			if name, _, _ := strings.Cut(c.want, " "); cfg.Profile.String() != name || !strings.Contains(cfg.String(), strings.TrimSpace(strings.TrimPrefix(c.want, name))) {
				t.Errorf("%s %s %s: %s", c.engine, c.build, c.flags, cfg)
			}
		}
	}
}

// Each build of an engine, and each setting, has a row of its own.
func TestTable(t *testing.T) {
	list := []*Trace{
		{Engine: "rtpproxy", Build: "rtpproxy-2"}, {Engine: "rtpproxy", Build: "rtpproxy-1"}, {Engine: "rtpproxy", Build: "rtpproxy-2"},
		{Engine: "rtpengine-immediate", Build: "b", Flags: "strict"}, {Engine: "rtpengine-immediate", Build: "b"},
	}
	rows, err := Table(list)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var traces []int
	for _, r := range rows {
		got, traces = append(got, r.Build), append(traces, r.Traces)
	}
	if !slices.Equal(got, []string{"b", "b", "rtpproxy-1", "rtpproxy-2"}) || !slices.Equal(traces, []int{1, 1, 1, 2}) {
		t.Errorf("%v, of %v traces", got, traces)
	}
	if _, err := Table(append(list, &Trace{Engine: "nobody"})); err == nil {
		t.Error("an engine that nobody knows has a row")
	}
}

// What goes on in a call bears the tags of both parties; what begins it, the caller's alone.
func TestCaptureHasTags(t *testing.T) {
	tr := &Trace{Events: []Event{
		{At: 0, What: Offer, Side: latch.SideA}, {At: time.Second, What: Early, Side: latch.SideB}, {At: 2 * time.Second, What: Answer, Side: latch.SideB},
		{At: 5 * time.Second, What: Offer, Side: latch.SideB}, {At: 6 * time.Second, What: Answer, Side: latch.SideA}, {At: 7 * time.Second, What: Offer, Side: latch.SideA},
	}}
	var b bytes.Buffer
	if err := tr.WriteCapture(&b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range strings.Split(b.String(), "INVITE sip:")[1:] {
		_, to, _ := strings.Cut(m, "\nTo: ")
		to, _, _ = strings.Cut(to, "\r\n")
		got = append(got, to)
	}
	want := []string{"<sip:B@example.com>", "<sip:B@example.com>", "<sip:A@example.com>;tag=a", "<sip:A@example.com>;tag=a", "<sip:B@example.com>;tag=b", "<sip:B@example.com>;tag=b"}
	if !slices.Equal(got, want) {
		t.Errorf("INVITEs are to %q, want %q", got, want)
	}
}

// Whoever reads for a party ends when it is closed.
func TestReadersEnd(t *testing.T) {
	p, err := newPlayers(&Trace{})
	if err != nil {
		t.Fatal(err)
	}
	p.close()
	p.wait.Wait()
}
