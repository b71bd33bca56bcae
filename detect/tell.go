package detect

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A report tells a chain of causes in steps. What a finding contributes is its
// own business: data that implements Teller says it in the names of the call's
// parties, any other finding is told by its summary.

// Teller is data of a finding that can be told in steps.
type Teller interface {
	Steps(f *Finding, n *Names) []Step
}

// Step is one sentence of the story of an incident.
type Step struct {
	Text   string   // a sentence
	Clause string   // the same in a few words, for a summary; "" where it adds nothing there
	Frames []Frames // that show it
	Sure   Confidence
}

// Frames is a run of frames of one file, or one frame.
type Frames struct{ First, Last trace.Ref }

// Tell returns the steps of a finding.
func Tell(f *Finding, n *Names) []Step {
	if t, ok := f.Data.(Teller); ok {
		if steps := t.Steps(f, n); len(steps) > 0 {
			return steps
		}
	}
	return []Step{{Text: sentence(strings.TrimSuffix(f.Summary, ".")), Clause: clauseOf(f.Summary), Frames: someFrames(f.Evidence, 3), Sure: f.Confidence}}
}

// someFrames are those of the first few pieces of evidence.
func someFrames(list []Evidence, most int) []Frames {
	var out []Frames
	for _, e := range list {
		if len(out) < most {
			out = append(out, Frames{e.Ref, e.Ref})
		}
	}
	return out
}

// Steps of early-rtp.
func (d EarlyRTP) Steps(f *Finding, n *Names) []Step {
	who := "the answering phone"
	if len(f.Streams) > 0 {
		who = The(n.Host(f.Streams[0].Src.IP()))
	}
	s := Step{
		Text:   fmt.Sprintf("%s sent audio %s before its answer passed this capture point (%s).", capital(who), seconds(d.Lead), plural(d.Packets, "packet")),
		Clause: who + " sent audio before its answer arrived",
		Frames: someFrames(f.Evidence, 1), Sure: f.Confidence,
	}
	return []Step{s}
}

// Steps of icmp-unreachable.
func (d Unreachable) Steps(f *Finding, n *Names) []Step {
	by, about := n.Host(addr(d.By)), n.At(d.About)
	what, port := "audio", "its port"
	if d.Component == "rtcp" {
		what, port = "RTCP", "its RTCP port"
	}
	packets := plural(d.Count, what+" packet")
	if len(f.Streams) > 0 {
		packets += " of " + The(n.Host(f.Streams[0].Src.IP()))
	}
	s := Step{Sure: f.Confidence, Frames: []Frames{{f.Start.Ref, f.End.Ref}}}
	if f.Start.File != f.End.File {
		s.Frames = []Frames{{f.Start.Ref, f.Start.Ref}, {f.End.Ref, f.End.Ref}}
	}
	if addr(d.By) == addr(d.About) || by == about {
		s.Text = fmt.Sprintf("%s answered %s with ICMP port unreachable: %s was not open, or a rule on that host refused.", capital(The(by)), packets, port)
		if d.ICMPCode != 3 && d.ICMPCode != 4 {
			s.Text = fmt.Sprintf("%s answered %s with an ICMP error (code %d).", capital(The(by)), packets, d.ICMPCode)
		}
		s.Clause = fmt.Sprintf("%s refused that with ICMP", The(by))
	} else {
		s.Text = fmt.Sprintf("%s, which is not the address of %s, answered %s with ICMP unreachable (code %d): a firewall or router on the way refused.", capital(by), The(about), packets, d.ICMPCode)
		s.Clause = fmt.Sprintf("%s refused that on the way", by)
	}
	return []Step{s}
}

// Steps of nat-port-flip.
func (d Flip) Steps(f *Finding, n *Names) []Step {
	who := The(n.At(d.To))
	if len(f.Streams) > 0 {
		who = The(n.Host(f.Streams[0].Src.IP()))
	}
	from, to := d.From, d.To
	if len(d.Moves) > 0 {
		from, to = d.Moves[0].From, d.Moves[0].To
	}
	kind := "source"
	if !addr(to).IsPrivate() {
		kind = "public"
	}
	what := fmt.Sprintf("%s port changed from %s to %s", kind, port(from), port(to))
	if addr(from) != addr(to) {
		what = fmt.Sprintf("%s address changed from %s to %s", kind, from, to)
	}
	s := Step{Sure: f.Confidence, Clause: fmt.Sprintf("%s's %s", who, strings.Split(what, " from ")[0])}
	s.Text = fmt.Sprintf("%s's %s in mid-stream: the same SSRC and sequence went on, and no SDP or ICE check had announced it.", capital(who), what)
	if f.Confidence < Confirmed {
		s.Text = fmt.Sprintf("%s's %s in mid-stream; no SDP or ICE check had announced it.", capital(who), what)
	}
	if more := len(d.Moves) - 1; more > 0 {
		s.Text += fmt.Sprintf(" It changed %s more, the last time to %s.", times(more), d.To)
	}
	for _, m := range d.Moves {
		if len(s.Frames) < 3 {
			r := trace.Ref{File: m.File, Frame: m.Frame}
			s.Frames = append(s.Frames, Frames{r, r})
		}
	}
	switch d.Trigger {
	case "failover":
		s.Text += " Other calls of that address moved within the same second."
	case "idle":
		s.Text += " It had paused before."
	}
	return []Step{s}
}

// Steps of latch-silence.
func (d Silence) Steps(f *Finding, n *Names) []Step {
	s := Step{Sure: f.Confidence, Frames: someFrames(f.Evidence, 3)}
	receiver := "the media server"
	for _, dir := range d.Directions {
		if dir.Direction == "uplink" && dir.To != "" {
			receiver = The(n.At(dir.To))
		}
	}
	var did []string
	for _, dir := range d.Directions {
		if value(dir.Silence) < softSilence {
			continue
		}
		count := "packets"
		if dir.PacketsLost != nil {
			count = plural(*dir.PacketsLost, "packet")
		}
		switch {
		case dir.Evidence == "relay-gap":
			did = append(did, "passed on none of the "+count+" from the new one")
		case dir.Evidence == "misdirected":
			did = append(did, "sent "+count+" to the old one")
		case dir.Evidence == "withheld":
			did = append(did, "sent nothing back for "+seconds(*dir.Silence))
		case dir.Evidence == "inbound-gap":
			s.Text = fmt.Sprintf("Nothing came back to %s for %s although it kept sending.", The(n.At(dir.Endpoint)), seconds(*dir.Silence))
		}
	}
	if d.Latched == nil || len(did) == 0 {
		if s.Text == "" {
			return nil
		}
		s.Clause = "nothing came back"
		return []Step{s}
	}
	old := "port " + port(*d.Latched)
	if d.Ignored != nil && addr(*d.Ignored) != addr(*d.Latched) {
		old = *d.Latched
	}
	s.Text = fmt.Sprintf("%s had latched on %s (it trusts the source that it hears, RFC 7362) and stayed with it: it %s", capital(receiver), old, strings.Join(did, " and "))
	s.Clause = receiver + " held on to the old source"
	if d.Timeout != nil {
		s.Text += fmt.Sprintf(", until %.1f s after the last packet from there", *d.Timeout)
		s.Clause += " until its timer ran out"
	}
	s.Text += "."
	return []Step{s}
}

// Steps of competing-source.
func (d Competing) Steps(f *Finding, n *Names) []Step {
	return []Step{{
		Text:   fmt.Sprintf("%s, which takes no part in the call, sent %s to port %s of %s while it was in use.", d.Source, plural(d.Packets, "packet"), port(d.Target), The(n.At(d.Target))),
		Clause: fmt.Sprintf("a stranger (%s) sent packets to a media port in use", d.Source),
		Frames: someFrames(f.Evidence, 3), Sure: f.Confidence,
	}}
}

// clauseOf is a summary without how long it took, which a report says by itself.
func clauseOf(summary string) string {
	if _, what, ok := strings.Cut(summary, " of silence: "); ok {
		summary = what
	}
	return uncapital(summary)
}

// uncapital is s for the middle of a sentence.
func uncapital(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// addr is the address in "192.0.2.1:4000" or "192.0.2.1".
func addr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr()
	}
	ip, _ := netip.ParseAddr(s)
	return ip
}

// port is the port in "192.0.2.1:4000".
func port(s string) string { return s[strings.LastIndexByte(s, ':')+1:] }

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
