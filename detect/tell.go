package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
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
	Sound  bool // it shows that the recording itself lost nothing of this
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
	return []Step{ownStep(f)}
}

// ownStep is a finding's summary as a step.
func ownStep(f *Finding) Step {
	return Step{Text: sentence(strings.TrimSuffix(f.Summary, ".")), Clause: clauseOf(f.Summary), Frames: someFrames(f.Evidence, 2), Sure: f.Confidence}
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

// wholeCall is all of a call: what says that something is not in it was looked for there.
func wholeCall(c *trace.Call) []Frames {
	if c == nil {
		return nil
	}
	first, last := c.Start(), c.Start()
	for _, l := range c.Legs {
		for _, m := range l.Messages.All() {
			if last.Before(m.Moment) {
				last = m.Moment
			}
		}
	}
	for _, s := range c.Streams {
		if s.Start().Before(first) {
			first = s.Start()
		}
		if last.Before(s.End()) {
			last = s.End()
		}
	}
	return runOf(first.Ref, last.Ref)
}

// runOf is a run of frames; of several files, its first and its last.
func runOf(first, last trace.Ref) []Frames {
	if first.File != last.File {
		return []Frames{{first, first}, {last, last}}
	}
	return []Frames{{first, last}}
}

// Steps of early-rtp.
func (d EarlyRTP) Steps(f *Finding, n *Names) []Step {
	who := "the answering party"
	if len(f.Streams) > 0 {
		who = The(n.Host(f.Streams[0].Src.IP()))
	}
	s := Step{
		Text:   fmt.Sprintf("%s sent audio %s before its SDP passed this capture point, in any 18x or its 200 OK (%s).", capital(who), seconds(d.Lead), plural(d.Packets, "packet")),
		Clause: who + " sent audio before its answer arrived",
		Frames: someFrames(f.Evidence, 1), Sure: f.Confidence,
	}
	if len(f.Streams) > 0 && private(f.Streams[0].Src.IP()) && f.Streams[0].Place.Own != nil { // seen inside its NAT
		s.Text = fmt.Sprintf("%s sent audio %s before it sent its SDP, in any 18x or its 200 OK (%s).", capital(who), seconds(d.Lead), plural(d.Packets, "packet"))
		s.Clause = who + " sent audio before it sent its answer"
	}
	if n := len(f.Evidence); n > 1 { // the last is its SDP
		s.Frames = append(s.Frames, Frames{f.Evidence[n-1].Ref, f.Evidence[n-1].Ref})
	}
	return []Step{s}
}

// Steps of icmp-unreachable.
func (d Unreachable) Steps(f *Finding, n *Names) []Step {
	by, about := n.Acting(addr(d.By)), n.Acting(addr(d.About))
	what, port := "audio", "its port"
	if d.Component == "rtcp" {
		what, port = "RTCP", "its RTCP port"
	}
	packets, whose := plural(d.Count, what+" packet"), what
	if len(f.Streams) > 0 {
		from := The(n.Host(f.Streams[0].Src.IP()))
		packets += " of " + from
		whose = from + "'s " + what
		if len(f.CausedBy) > 0 {
			whose = "it" // the cause, which is told first, says what
			if len(f.Streams) == 1 && d.Component != "rtcp" {
				packets = fmt.Sprintf("%d of these", d.Count)
			}
		}
	}
	s := Step{Sure: f.Confidence, Frames: runOf(f.Start.Ref, f.End.Ref)}
	switch {
	case n.At(d.About) == "stranger":
		s.Text = fmt.Sprintf("The stranger answered %s with ICMP unreachable: it had no port open for them, or a rule refused.", packets)
	case addr(d.By) == addr(d.About) || by == about:
		s.Text = fmt.Sprintf("%s answered %s with ICMP port unreachable: %s was not open, or a rule refused.", capital(The(by)), packets, port)
		if d.ICMPCode != 3 && d.ICMPCode != 4 {
			s.Text = fmt.Sprintf("%s answered %s with an ICMP error (code %d).", capital(The(by)), packets, d.ICMPCode)
		}
		s.Clause = fmt.Sprintf("%s refused %s of it with ICMP", The(by), plural(d.Count, "packet"))
		if len(f.CausedBy) == 0 || len(f.Streams) == 0 {
			s.Clause = fmt.Sprintf("%s refused %s of %s with ICMP", The(by), plural(d.Count, "packet"), whose)
		}
	default:
		s.Text = fmt.Sprintf("%s, which is not the address of %s, answered %s with ICMP unreachable (code %d): a firewall or router on the way refused.", capital(by), The(about), packets, d.ICMPCode)
		s.Clause = fmt.Sprintf("%s refused %s on the way", by, whose)
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
	s.Text = fmt.Sprintf("%s's %s in mid-stream: SSRC and sequence went on, no SDP or ICE check announced it.", capital(who), what)
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
		s.Text += " Others moved in that second."
	case "idle":
		s.Text += " It had paused before."
		if e := f.Evidence; len(e) > 1 { // the last packet from the old source, and the first from the new one
			pause := seconds(e[0].Seconds(e[1].Moment))
			s.Text = strings.TrimSuffix(s.Text, " before.") + fmt.Sprintf(" for %s before.", pause)
			if nothingMissing(f) {
				s.Text = strings.TrimSuffix(s.Text, " before.") + " before, in which no number is missing."
			}
			s.Clause += " after a pause of " + pause
			s.Frames = append([]Frames{{e[0].Ref, e[0].Ref}}, s.Frames...)
		}
	}
	if in := d.inside; in != nil {
		s.Text += fmt.Sprintf(" Before the NAT the same packets come from %s throughout.", in.Src)
		s.Frames = append(s.Frames[:min(2, len(s.Frames))], Frames{in.Start().Ref, in.Start().Ref})
	}
	switch {
	case len(f.Claims) == 0 && d.InPause != nil:
		return append([]Step{s}, d.InPause.steps(port(from))...)
	case len(f.Claims) == 0:
		return []Step{s}
	}
	_, _, silent, _ := extent(f.Claims)
	refused := Step{
		Text: fmt.Sprintf("What was sent to %s's port %s was refused with ICMP%s, for %s: until %s spoke again there was no other port that anybody could have known of.",
			who, port(from), refusedBy(f.Call, from), seconds(inSeconds(silent)), who),
		Clause: fmt.Sprintf("what came for %s in a pause was refused", who),
		Frames: someFrames(f.Evidence, 2), Sure: sure(f.Claims),
	}
	forgot := Step{
		Text:   fmt.Sprintf("%s's NAT no longer had the mapping, as nothing had been sent from there for a while.", capital(who)),
		Clause: fmt.Sprintf("%s's NAT most likely had forgotten its mapping", who),
		Frames: someFrames(f.Evidence, 1), Sure: Likely,
	}
	if g := d.gone; g != nil {
		refused.Text = fmt.Sprintf("What was sent to %s's port %s was refused for %s (%s). Until %s spoke again there was no other port that anybody could have known of.",
			who, port(from), seconds(inSeconds(silent)), codeName(g.refused)+" from "+g.refused.By.IP().String(), who)
		refused.Frames = []Frames{{g.refused.Ref, g.refused.Ref}}
		forgot.Text = fmt.Sprintf("%s's NAT no longer had the mapping of port %s %s after the last packet from it: the refusal is %s.",
			capital(who), port(from), seconds(g.last.Seconds(g.refused.Moment)), refuserWords(g.refused, g.stream, who))
		forgot.Frames = []Frames{{g.last.Ref, g.last.Ref}, {g.refused.Ref, g.refused.Ref}}
	}
	return []Step{refused, forgot, s}
}

// refusedBy says who refused what was sent to a source, and with what.
func refusedBy(c *trace.Call, source string) string {
	if c == nil {
		return ""
	}
	for _, e := range c.Errors {
		if e.Unreachable() && e.Quote.Dst.String() == source {
			return fmt.Sprintf(" %s by %s", codeName(e), e.By.IP())
		}
	}
	return ""
}

// Steps of latch-silence.
func (d Silence) Steps(f *Finding, n *Names) []Step {
	s := Step{Sure: f.Confidence, Frames: someFrames(f.Evidence, 3)}
	receiver := "the media server"
	for _, dir := range d.Directions {
		if dir.Direction == "uplink" && dir.To != "" {
			receiver = The(n.Acting(addr(dir.To)))
		}
	}
	right, wrong := "the new one", "the old one"
	stranger := d.Latched != nil && n.At(*d.Latched) == "stranger"
	if stranger && d.Ignored != nil {
		right, wrong = The(n.At(*d.Ignored)), "the stranger"
	}
	var did []string
	var less []Step // what the receiver did that is surer than its reason, or less sure
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
			what := "passed on none of the " + count + " from " + right
			if how := sureOf(f.Claims, ledger.Stopped); how > s.Sure || how < s.Sure && len(d.Directions) > 1 {
				less = append(less, Step{Text: capital(receiver) + " " + what + ".", Sure: how, Frames: claimedFrames(f.Claims, ledger.Stopped)})
				continue
			}
			did = append(did, what)
		case dir.Evidence == "misdirected":
			if dir.astray > 0 { // what was due and held back is silence, too, but went nowhere
				count = plural(dir.astray, "packet")
			}
			did = append(did, "sent "+count+" to "+wrong)
		case dir.Evidence == "withheld":
			did = append(did, "sent nothing back for "+seconds(*dir.Silence))
		case dir.Evidence == "inbound-gap":
			s.Text = fmt.Sprintf("No audio came back to %s for %s although it kept sending, from its port %s throughout.", The(n.At(dir.Endpoint)), seconds(*dir.Silence), port(dir.Endpoint))
			if atEar(f.Claims) {
				s.Sure = Confirmed // that nothing came is seen where it listens
			}
		}
	}
	if len(did) == 0 && len(less) > 0 && less[0].Sure < s.Sure { // both are less sure: one step tells them
		did, s.Sure, less = []string{uncapital(strings.TrimSuffix(strings.TrimPrefix(less[0].Text, capital(receiver)+" "), "."))}, less[0].Sure, nil
	}
	if d.Latched == nil || len(did)+len(less) == 0 {
		if s.Text == "" {
			return nil
		}
		s.Clause = fmt.Sprintf("no audio came back for %s", seconds(d.Silence))
		return []Step{s, d.inferred(f)}
	}
	if stranger {
		s.Text = fmt.Sprintf("%s took a stranger, %s, for %s (it latches on the source that it hears, RFC 7362), and stayed with it: it %s.", capital(receiver), *d.Latched, right, strings.Join(did, " and "))
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.Note, "ICMP") { // what came back from it
				s.Text = strings.TrimSuffix(s.Text, ".") + ", which answered them with ICMP: no socket is open at the port that it sends from, or a rule refused, as with a forged source."
				s.Frames = append(s.Frames, Frames{e.Ref, e.Ref})
				break
			}
		}
		switch n := len(f.Claims); {
		case d.hold > softSilence && n > 0 && f.Claims[n-1].span().To.Time >= f.Claims[n-1].Row.End.Time:
			s.Text += fmt.Sprintf(" It kept to the stranger to the end of the call, %s after its last packet.", seconds(d.hold))
		case d.hold > softSilence:
			s.Text += fmt.Sprintf(" It kept to the stranger for %s after the last packet from there.", seconds(d.hold))
		}
		s.Clause = fmt.Sprintf("%s took the stranger for %s", receiver, right)
		return append([]Step{s}, less...)
	}
	old := "port " + port(*d.Latched)
	if d.Ignored != nil && addr(*d.Ignored) != addr(*d.Latched) {
		old = *d.Latched
	}
	s.Text = fmt.Sprintf("%s had latched on %s (it trusts the source that it hears, RFC 7362) and stayed with it", capital(receiver), old)
	if len(did) > 0 {
		s.Text += ": it " + strings.Join(did, " and ")
	}
	s.Clause = receiver + " held on to the old source"
	if d.Timeout != nil {
		s.Text += fmt.Sprintf(", until that had been silent for %s", seconds(*d.Timeout))
		if d.late > softSilence { // or the silence is longer than what explains it
			s.Text += fmt.Sprintf(" since a late packet of it, which it passed on %s after the change", seconds(d.late))
			for _, e := range f.Evidence {
				if e.Note == lateNote {
					s.Frames = append(s.Frames, Frames{e.Ref, e.Ref})
				}
			}
		}
		s.Clause += fmt.Sprintf(" until that had been silent for %s", seconds(*d.Timeout))
	}
	s.Text += "."
	steps := append([]Step{s}, append(less, d.notReached(f, n, old)...)...)
	// What the engine's own control protocol says, where it was recorded.
	for _, e := range f.Evidence {
		if strings.HasPrefix(e.Note, toldEngine) || strings.HasPrefix(e.Note, askedEngine) {
			steps = append(steps, Step{Sure: Confirmed, Text: capital(e.Note) + ".", Frames: []Frames{{e.Ref, e.Ref}}})
		}
	}
	return steps
}

// atEar reports whether the capture stands where the listener of some silences does.
func atEar(claims []Claim) bool {
	seen := false
	for _, c := range claims {
		if c.span().State != ledger.Missing {
			continue // of the other direction
		}
		if seen = true; !AtEar(c.Row) {
			return false
		}
	}
	return seen
}

// AtEar reports whether a row is seen where its listener is: what is missing there did
// not reach it, whoever lost it.
func AtEar(r *ledger.Row) bool {
	return len(r.Hops) > 0 && r.In(ledger.Delivered) > 0 && r.In(ledger.Sent) == 0
}

// sureOf is how sure what is claimed in one state is; Confirmed where nothing is.
func sureOf(claims []Claim, state ledger.State) Confidence {
	out := Confirmed
	for _, c := range claims {
		if s := c.span(); s.State == state {
			out = min(out, s.Confidence)
		}
	}
	return out
}

// claimedFrames is from where to where what is claimed in one state goes.
func claimedFrames(claims []Claim, state ledger.State) []Frames {
	var some []Claim
	for _, c := range claims {
		if c.span().State == state {
			some = append(some, c)
		}
	}
	if len(some) == 0 {
		return nil
	}
	from, to, _, _ := extent(some)
	return runOf(from.Ref, to.Ref)
}

// inferred is the likely reason of a silence that is seen from the phone's side only,
// what else would look the same from there, and what would settle it.
func (d Silence) inferred(f *Finding) Step {
	s := Step{Sure: Likely, Frames: someFrames(f.Evidence, 1),
		Text: "The likely reason: a NAT gave this port another public port at the errors, and the far side held on to the old one (a latch, RFC 7362). Or else that side sent nothing, or the way here lost it: the same from here."}
	if n := len(f.Claims); n > 0 && f.Claims[n-1].span().To.Time < f.Claims[n-1].Row.End.Time {
		s.Text = strings.Replace(s.Text, "The likely reason:", "The likely reason, as audio came by itself in the end, as after a timer:", 1)
	}
	if f.Next.Where != "" {
		s.Text = strings.TrimSuffix(s.Text, ": the same from here.") + "; the capture named below settles it."
	}
	return s
}

// notReached says that what a latch sent to the old source did not reach the party,
// where only the sending is proven.
func (d Silence) notReached(f *Finding, n *Names, old string) []Step {
	for _, c := range f.Claims {
		s := c.span()
		if s.State != ledger.Misdirected || s.Confidence >= Confirmed || s.Lost == nil {
			continue
		}
		return []Step{{Sure: s.Confidence, Frames: runOf(s.From.Ref, s.To.Ref),
			Text: fmt.Sprintf("What went to %s did not reach %s. Or else the old mapping still passed it on: no ICMP error and no RTCP report tells.", old, The(c.Row.To.Name))}}
	}
	return nil
}

// Steps of competing-source.
func (d Competing) Steps(f *Finding, n *Names) []Step {
	s := Step{
		Text:   fmt.Sprintf("A stranger, %s, which neither signals here nor stands in SDP, sent %s%s in %s to port %s of %s while it was in use.", d.Source, plural(d.Packets, "RTP packet"), ssrcWords(f.Streams), seconds(f.Start.Seconds(f.End)), port(d.Target), The(n.At(d.Target))),
		Clause: fmt.Sprintf("a stranger (%s) sent packets to a media port in use", d.Source),
		Frames: []Frames{{f.Start.Ref, f.Start.Ref}, {f.End.Ref, f.End.Ref}}, Sure: f.Confidence,
	}
	s.Text += besideOwn(f, n)
	effect := Step{Sure: f.Confidence, Frames: passedOnFrames(f)}
	var back int64
	if len(f.Streams) > 0 {
		back = sentTo(f.Call, f.Streams[0].Src)
	}
	switch {
	case d.PassedOn == nil:
		effect.Sure, effect.Text = Possible, "Whether any of them was passed on to somebody's ear is not in view."
	case *d.PassedOn == 0:
		effect.Text = "None of them was passed on: nobody heard them."
		if back > 0 {
			effect.Text = "None of them was passed on: nobody heard the stranger."
		}
		if out := ownPassedOn(f); out != nil {
			effect.Text = strings.TrimSuffix(effect.Text, ".") + fmt.Sprintf(". What left for %s meanwhile is all %s's own.", The(n.Host(out.Dst.IP())), The(n.Host(out.RelayOf.Src.IP())))
			effect.Frames = append(effect.Frames, runOf(f.Start.Ref, f.End.Ref)...)
		}
		if back == 0 {
			effect.Text += " Nothing was sent to the stranger."
		}
		s.Clause += ", and none of them was passed on"
	default:
		effect.Text, effect.Frames = d.heardText(f, n), d.heardFrames()
		if d.told {
			back = 0
		}
	}
	if back > 0 {
		effect.Text += fmt.Sprintf(" In the other direction %s meant for the party went to the stranger.", plural(back, "packet"))
	}
	return []Step{s, effect}
}

// besideOwn says when a stranger's first packet came, beside the party's own first one
// to that port: who comes first wins many a latch. "" where the party sent none.
func besideOwn(f *Finding, n *Names) string {
	if f.Call == nil || len(f.Streams) == 0 {
		return ""
	}
	own := ownArriving(f.Call, f.Streams)
	if own == nil {
		return ""
	}
	who := The(n.Host(own.Src.IP()))
	switch d := own.Start().Seconds(f.Start); {
	case d < 0:
		return fmt.Sprintf(" Its first came %s before %s's first (frame %d).", seconds(-d), who, own.Start().Frame)
	default:
		return fmt.Sprintf(" Its first came %s after %s's first (frame %d).", seconds(d), who, own.Start().Frame)
	}
}

// ownPassedOn is the only stream that a server sends on of what comes to the port that a
// stranger sends to, where it is of another than the stranger; nil where several are.
func ownPassedOn(f *Finding) *trace.Stream {
	if f.Call == nil || len(f.Streams) == 0 {
		return nil
	}
	var own *trace.Stream
	for _, s := range f.Call.Streams {
		if s.CopyOf != nil || s.RelayOf == nil || s.RelayOf.Dst != f.Streams[0].Dst {
			continue
		}
		if own != nil || slices.Contains(f.Streams, s.RelayOf) {
			return nil
		}
		own = s
	}
	return own
}

// passedOnFrames are the first and the last packet of a stranger's that a server
// sent on, and of those that it sent the stranger.
func passedOnFrames(f *Finding) []Frames {
	var out []Frames
	if f.Call == nil || len(f.Streams) == 0 {
		return nil
	}
	for _, s := range f.Call.Streams {
		if s.CopyOf == nil && (slices.Contains(f.Streams, s.RelayOf) || s.Dst == f.Streams[0].Src) && len(out) < 2 {
			out = append(out, Frames{s.Start().Ref, s.End().Ref})
		}
	}
	return out
}

// Steps of wrong-target.
func (d WrongTarget) Steps(f *Finding, n *Names) []Step {
	if len(f.Streams) == 0 || len(f.Claims) == 0 {
		return nil
	}
	party, sender := "the "+f.Claims[0].Row.To.Name, The(n.Acting(f.Streams[0].Src.IP()))
	from := "sends nothing that this capture shows"
	if d.HeardFrom != "" {
		from = "sends from " + d.HeardFrom
	}
	named := map[string]string{
		"sdp-unlatched": fmt.Sprintf("%s's SDP names %s, but it %s.", capital(party), d.Target, from),
		"stale-sdp":     fmt.Sprintf("%s had replaced %s by newer SDP, which was answered; it %s.", capital(party), d.Target, from),
		"latch-lost":    fmt.Sprintf("%s was reached before; then its packets went to %s, while it %s.", capital(party), d.Target, from),
		"early":         fmt.Sprintf("%s belongs to an early dialog of %s that was not the one answered; it %s.", d.Target, party, from),
	}[d.Why]
	if a := addr(d.Target); d.Why == "sdp-unlatched" && private(a) {
		named = fmt.Sprintf("%s's SDP names %s, a private address, which is not routed outside its own network (RFC 1918); it %s.", capital(party), d.Target, from)
	}
	packets := astray(f.Claims)
	went := Step{
		Text:   fmt.Sprintf("%s sent %s to %s, where %s is not: it did not learn from where its packets come (latching, RFC 7362).", capital(sender), plural(packets, "packet"), d.Target, party),
		Clause: fmt.Sprintf("%s sent what was meant for %s to %s, and not to where %s sends from", sender, party, d.Target, party),
		Frames: someFrames(f.Evidence, 3), Sure: f.Confidence,
	}
	if d.Why != "sdp-unlatched" {
		went.Text = fmt.Sprintf("%s sent %s to %s, where %s is not.", capital(sender), plural(packets, "packet"), d.Target, party)
	}
	c := f.Claims[0].Row.Call
	steps := []Step{{Text: named, Sure: Confirmed, Frames: append(namedAt(c, d.Target), heardAt(c, d.HeardFrom)...)}, went}
	if f.Confidence < Confirmed { // that it was sent there is proven, that nothing arrived is not
		steps[1].Text, steps[1].Sure = strings.Replace(steps[1].Text, ", where "+party+" is not", "", 1), Confirmed
		lost := Step{Text: fmt.Sprintf("What was sent there did not reach %s.", party), Sure: f.Confidence, Frames: runOf(f.Start.Ref, f.End.Ref)}
		if d.HeardFrom != "" {
			lost.Text = fmt.Sprintf("What was sent there did not reach %s, whose own audio comes from %s.", party, addr(d.HeardFrom))
		}
		lost.Text += " Or else a tunnel leads to that address: no ICMP error came back, and no RTCP of the listener's tells."
		steps = append(steps, lost)
	}
	return steps
}

// heardAt is the first packet that came from an address.
func heardAt(c *trace.Call, source string) []Frames {
	if s := firstFrom(c, source); s != nil {
		return []Frames{{s.Start().Ref, s.Start().Ref}}
	}
	return nil
}

// firstFrom is the first stream of a call from an address, nil where there is none.
func firstFrom(c *trace.Call, source string) *trace.Stream {
	for _, s := range c.Streams {
		if s.CopyOf == nil && s.Src.String() == source {
			return s
		}
	}
	return nil
}

// namedAt is the message whose SDP named an address.
func namedAt(c *trace.Call, target string) []Frames {
	for _, l := range c.Legs {
		for _, p := range l.Ports {
			if p.Addr.String() == target && p.Said != 0 {
				return []Frames{{p.From().Ref, p.From().Ref}}
			}
		}
	}
	return nil
}

// Steps of not-relayed.
func (d NotRelayed) Steps(f *Finding, n *Names) []Step {
	if len(f.Claims) == 0 {
		return nil
	}
	r, seen := f.Claims[0].Row, f.Claims[0].span().Seen
	_, _, _, packets := extent(f.Claims)
	whose, relay := "the "+r.From.Name+"'s", The(n.Host(seen.Dst.IP()))
	if len(d.Directions) > 1 {
		whose = "both parties'"
	}
	s := Step{
		Text:   fmt.Sprintf("%s audio went on to arrive at %s, %s in %s, and none of it was passed on.", capital(whose), relay, plural(packets, "packet"), seconds(d.Silence)),
		Clause: fmt.Sprintf("%s audio arrived at %s and was not passed on", whose, relay),
		Frames: someFrames(f.Evidence, 3), Sure: f.Confidence,
	}
	not := Step{Frames: wholeCall(r.Call), Sure: Confirmed}
	switch d.Since {
	case "reinvite", "update":
		not.Sure = Likely
		not.Text = "It began with " + map[string]string{"reinvite": "a re-INVITE", "update": "an UPDATE"}[d.Since] + "."
		not.Frames = signalledBefore(r.Call, map[string]string{"reinvite": "INVITE", "update": "UPDATE"}[d.Since], f.Start)
	case "start":
		not.Text, not.Sure = "It was so from the answer on.", Confirmed
	default:
		not.Text = "No SDP, re-INVITE or UPDATE stands beside it"
		if c := r.Call; len(c.Errors) == 0 && !slices.ContainsFunc(c.Talkers, func(k *trace.Talker) bool { return len(k.Moves) > 0 }) {
			not.Text += ", no source changed in this call, and nothing refused its media"
		}
		not.Text += ": nothing in this capture says what made the server stop."
	}
	steps := []Step{s, not}
	from, to, _, _ := extent(f.Claims)
	if between := runOf(from.Ref, to.Ref); len(d.Directions) == 1 && wholeMeanwhile(r.Call, seen, from.Time, to.Time) {
		steps = append(steps, Step{Sure: Confirmed, Frames: between, Text: fmt.Sprintf("The recording went on: of what %s sent the other way meanwhile it lacks nothing. A mirror that dropped one direction alone would look the same.", relay)})
	}
	if len(d.Directions) > 1 && wholeArriving(f.Claims) {
		steps = append(steps, Step{Sure: Confirmed, Sound: true, Frames: runOf(from.Ref, to.Ref), Text: fmt.Sprintf("The recording went on: of what arrived at %s meanwhile, from both sides, it lacks nothing. Only a tap that lost just what left, on both sides, and just then, would look the same.", relay)})
	}
	return steps
}

// wholeArriving reports whether no number is missing of what arrived while it was not
// passed on.
func wholeArriving(claims []Claim) bool {
	for _, c := range claims {
		s := c.span()
		if s.Seen == nil || s.Seen.GapsDropped() > 0 {
			return false
		}
		for _, g := range s.Seen.Gaps() {
			if g.Missing() > 0 && g.Before.Moment().Time < s.To.Time && g.After.Moment().Time > s.From.Time {
				return false
			}
		}
	}
	return len(claims) > 0
}

// signalledBefore is the last request of a method in a call before a moment.
func signalledBefore(c *trace.Call, method string, at trace.Moment) []Frames {
	var last trace.Moment
	for _, l := range c.Legs {
		for _, m := range l.Messages.All() {
			if m.Request() && m.Method == method && !m.Copy && m.Time <= at.Time && (last.IsZero() || last.Time < m.Time) {
				last = m.Moment
			}
		}
	}
	if last.IsZero() {
		return nil
	}
	return []Frames{{last.Ref, last.Ref}}
}

// Steps of one-way-audio.
func (d OneWay) Steps(f *Finding, n *Names) []Step {
	if len(f.Claims) == 0 || len(f.Streams) == 0 {
		return nil
	}
	r := f.Claims[0].Row
	_, _, silent, _ := extent(f.Claims)
	return []Step{{
		Text: fmt.Sprintf("%s of the %s's audio left for the %s in this call; of the %s's own nothing reached this capture point in %s, though it would have been seen here.",
			plural(int64(f.Streams[0].Stats.Packets), "packet"), r.To.Name, r.From.Name, r.From.Name, seconds(inSeconds(silent))),
		Clause: fmt.Sprintf("nothing of the %s's audio reached this capture point", r.From.Name),
		Frames: someFrames(f.Evidence, 3), Sure: f.Confidence,
	}}
}

// clauseOf is a summary without how long it took, which a report says by itself.
func clauseOf(summary string) string {
	for _, length := range []string{" of silence: ", " without video: "} {
		if _, what, ok := strings.Cut(summary, length); ok {
			summary = what
		}
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
