package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// why tells the chain of causes in numbered steps, each with its frames and how
// sure it is, and then weighs what is inferred between them.
func (w *writer) why(inc *detect.Incident, c *trace.Call) []Section {
	s := Section{Kind: SectionWhy, Title: "Why"}
	if len(w.callsOf(inc)) > 1 {
		s.Title = fmt.Sprintf("Why, as call %d shows it", c.ID)
	}
	var steps []Step
	n := w.namesIn(c)
	w.step = map[int][]Step{}
	told := map[string]int{}
	last, more := map[string]int{}, map[string][]*detect.Finding{} // of a code: where the last one told begins, and the findings that would be told alike
	count := map[string]int{}
	found := w.findingsOf(inc, c)
	for _, f := range found {
		count[f.Code]++
	}
	for _, f := range found {
		alike := 2 // findings of one code that are told in full
		if count[f.Code] > 3 {
			alike = 1
		}
		if refusedByStranger(f, found) || lostAtLatch(f, found) {
			continue // the silence tells it
		}
		if told[f.Code]++; told[f.Code] > alike {
			more[f.Code] = append(more[f.Code], f)
			continue
		}
		last[f.Code] = len(steps) + 1
		for _, t := range detect.Tell(f, n.Names) {
			text := w.text(t.Text)
			if i := slices.IndexFunc(steps, func(s Step) bool { return s.Text == text }); i >= 0 {
				w.step[f.ID] = append(w.step[f.ID], steps[i])
				continue // of another silence
			}
			steps = append(steps, Step{No: len(steps) + 1, Text: text, Frames: w.frameRuns(t.Frames), Sure: cmp.Or(sureWord(t.Sure), "not seen")})
			w.step[f.ID] = append(w.step[f.ID], steps[len(steps)-1])
			if t.Sound {
				w.sound = append(w.sound, w.stepOf(inc, len(steps)))
			}
		}
	}
	steps = append(steps, w.repeated(found, steps, last, more)...)
	if len(steps) > 0 {
		s.Blocks = append(s.Blocks, Block{Steps: steps})
	}
	s.Blocks = append(s.Blocks, w.hypotheses(w.weighed(inc, found), inc.Next.Where)...)
	return []Section{s}
}

// weighed is what is weighed of an incident: of several calls, in the one that is told, as
// who moved may be another party in each.
func (w *writer) weighed(inc *detect.Incident, found []*detect.Finding) []detect.Hypothesis {
	if len(w.callsOf(inc)) < 2 {
		return inc.Hypotheses
	}
	var out []detect.Hypothesis
	for _, f := range found {
		for _, h := range f.Hypotheses {
			if !slices.ContainsFunc(out, func(o detect.Hypothesis) bool { return o.Claim == h.Claim }) {
				out = append(out, h)
			}
		}
	}
	if len(out) == 0 {
		return inc.Hypotheses
	}
	return out
}

// stepOf names a step for who reads of it elsewhere.
func (w *writer) stepOf(inc *detect.Incident, no int) string {
	if len(w.incidents) > 1 && inc.ID > 0 {
		return fmt.Sprintf("step %d of incident %d", no, inc.ID)
	}
	return fmt.Sprintf("step %d", no)
}

// repeated says of what happened again and again how often, with the frames of the
// first few times, and how sure the least sure of them is.
func (w *writer) repeated(found []*detect.Finding, steps []Step, last map[string]int, more map[string][]*detect.Finding) []Step {
	var out []Step
	for _, f := range found {
		list := more[f.Code]
		if len(list) == 0 {
			continue
		}
		delete(more, f.Code)
		s := Step{No: len(steps) + len(out) + 1, Text: fmt.Sprintf("What step %d tells happened %s.", last[f.Code], plural(len(list), "more time", "more times"))}
		sure, runs := list[0].Confidence, []detect.Frames{}
		for i, o := range list {
			if sure = min(sure, o.Confidence); i < 3 {
				runs = append(runs, detect.Frames{First: o.Start.Ref, Last: o.Start.Ref})
			}
		}
		s.Sure, s.Frames = sureWord(sure), w.frameRuns(runs)
		out = append(out, s)
	}
	return out
}

// hypotheses weighs the inferred links: each that is likely with what speaks for
// and against it and what would settle it, its rivals beneath it. What a fact
// refutes is told in a line, too, as somebody will ask.
func (w *writer) hypotheses(list []detect.Hypothesis, next string) []Block {
	var out []Block
	list = slices.Clone(list)
	var lead detect.Hypothesis
	if len(list) > 0 {
		lead = list[0]
	}
	slices.SortStableFunc(list, func(a, b detect.Hypothesis) int { // the likely one of a question before its rivals
		if x, y := sameQuestion(&lead, &a), sameQuestion(&lead, &b); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Confidence, a.Confidence)
	})
	for i := range list {
		if ofRefusal(&list[i]) && list[i].Confidence != detect.Refuted {
			if b, ok := w.closedOrRule(list); ok {
				out = append(out, b)
				list = slices.DeleteFunc(list, func(h detect.Hypothesis) bool { return ofRefusal(&h) })
			}
			break
		}
	}
	for i := range list {
		h := &list[i]
		rival := i > 0 && (h.Confidence == detect.Possible || h.Confidence == detect.Refuted) && sameQuestion(&list[i-1], h)
		if !rival {
			most := 2
			if ofRefusal(h) && len(list) > 2 { // beside the question that matters more
				most = 1
			}
			out = append(out, w.hypothesis(h, most, next))
			continue
		}
		b := &out[len(out)-1]
		term := "or else"
		if h.Confidence == detect.Refuted {
			term = "excluded"
		}
		text := claimWords(h.Claim)
		reasons := h.For
		if h.Confidence == detect.Refuted {
			reasons = h.Against
		}
		if len(reasons) > 0 && (!ofRefusal(h) || len(list) < 3) && h.Claim != "cgnat-reallocated" { // which says it itself
			reason := w.reason(&reasons[0])
			if h.Confidence == detect.Refuted {
				reason = w.text(reasons[0].Text) // nobody need look for what is excluded
			}
			text += ": " + reason
			if h.Confidence != detect.Refuted && len(h.Against) > 0 {
				text += "; but " + w.reason(&h.Against[0])
			}
		}
		b.Pairs = append(b.Pairs, Pair{Term: term, Text: []string{text}, Sub: true})
	}
	return out
}

// closedOrRule weighs a closed port against a rule that rejects, where neither is
// excluded: the error alone is the same of both.
func (w *writer) closedOrRule(list []detect.Hypothesis) (Block, bool) {
	var closed, rule *detect.Hypothesis
	for i := range list {
		switch h := &list[i]; {
		case h.Confidence == detect.Refuted:
		case h.Claim == "port-closed":
			closed = h
		case h.Claim == "firewall-refused":
			rule = h
		}
	}
	if closed == nil || rule == nil {
		return Block{}, false
	}
	sure := confidenceOf(closed.Confidence) + " closed"
	if rule.Confidence > closed.Confidence {
		closed, rule, sure = rule, closed, confidenceOf(rule.Confidence)+" a rule"
	}
	b := Block{Title: "Was the port closed, or did a rule on that host reject? " + capital(sure) + "."}
	add := func(term, text string) { b.Pairs = append(b.Pairs, Pair{Term: term, Text: []string{text}, Sub: true}) }
	if n := len(closed.For); n > 0 {
		add("for", w.reason(&closed.For[n-1]))
	}
	if n := len(rule.For); n > 0 {
		add("against", w.reason(&rule.For[n-1]))
	}
	if len(list) > 2 { // beside the question that matters more it is told in short
		return b, true
	}
	add("would settle", w.text(closed.DecidedBy))
	return b, true
}

// sameQuestion reports whether two claims answer one question: why a port moved,
// or why a packet was refused.
func sameQuestion(a, b *detect.Hypothesis) bool {
	return ofRefusal(a) == ofRefusal(b)
}

// ofRefusal reports whether a claim is about why packets were refused.
func ofRefusal(h *detect.Hypothesis) bool {
	return h.Claim == "port-closed" || h.Claim == "firewall-refused"
}

// hypothesis is one inferred link, weighed.
func (w *writer) hypothesis(h *detect.Hypothesis, most int, next string) Block {
	question := claimQuestion(h.Claim)
	if h.OneDevice {
		question = "Did the device in between switch to another line or address?" // and no second one took over
	}
	b := Block{Title: question + " " + capital(confidenceOf(h.Confidence)) + "."}
	add := func(term string, list []detect.Reason) {
		for i := range list[:min(most, len(list))] {
			t := term
			if i > 0 {
				t = ""
			}
			b.Pairs = append(b.Pairs, Pair{Term: t, Text: []string{w.reason(&list[i])}, Sub: true})
		}
	}
	add("for", h.For)
	add("against", h.Against)
	if len(h.Against) == 0 && most > 1 {
		b.Pairs = append(b.Pairs, Pair{Term: "against", Text: []string{"nothing in this capture"}, Sub: true})
	}
	// Where a capture at the phone would, or a log that is asked for with one, that is the
	// next one, and told as such.
	told := next != "" && strings.HasPrefix(h.DecidedBy, "a capture at the phone") || strings.Contains(next, "its log") && strings.HasPrefix(h.DecidedBy, "the log")
	if settle := w.text(h.DecidedBy); settle != "" && most > 1 && h.Confidence != detect.Refuted && !told {
		b.Pairs = append(b.Pairs, Pair{Term: "would settle", Text: []string{settle}, Sub: true})
	}
	return b
}

// reason is a fact with its frames.
func (w *writer) reason(r *detect.Reason) string {
	text := w.text(r.Text)
	if frames := w.evidenceFrames(r.Evidence, 3); frames != "" && !strings.Contains(text, "frame") {
		text += " (" + frameWord(r.Evidence) + " " + frames + ")"
	}
	return text
}

func frameWord(list []detect.Evidence) string {
	if len(list) == 1 {
		return "frame"
	}
	return "frames"
}

// confidenceOf says how a hypothesis stands.
func confidenceOf(c detect.Confidence) string {
	if word := sureWord(c); word != "" {
		if c == detect.Confirmed {
			return "proven"
		}
		return word
	}
	return "refuted"
}

// claimQuestion is a claim of the contract as the question it answers.
func claimQuestion(claim string) string {
	if q, ok := map[string]string{
		"nat-dropped-mapping-on-icmp": "Did the ICMP refusals make a NAT move the port?",
		"nat-mapping-expired":         "Did a NAT's mapping expire in a pause?",
		"device-failover":             "Did the device in between switch over, or restart?",
		"cgnat-reallocated":           "Did a carrier's NAT give the port a new place?",
		"sip-alg":                     "Did a SIP ALG on the way move the port?",
		"phone-rebound":               "Did the phone itself open a new socket?",
		"two-uplinks":                 "Do two uplinks share the packets?",
		"port-closed":                 "Was the port closed?",
		"firewall-refused":            "Did a firewall refuse, rather than a closed port?",
	}[claim]; ok {
		return q
	}
	return capital(strings.ReplaceAll(claim, "-", " ")) + "?"
}

// claimWords is a claim as a statement.
func claimWords(claim string) string {
	if q, ok := map[string]string{
		"nat-dropped-mapping-on-icmp": "the ICMP refusals made a NAT move the port",
		"nat-mapping-expired":         "a NAT's mapping expired in a pause",
		"device-failover":             "the device in between was switched over or restarted",
		"cgnat-reallocated":           "a carrier's NAT gave the port another public address",
		"sip-alg":                     "a SIP ALG on the way moved the port",
		"phone-rebound":               "the phone itself opened a new socket",
		"two-uplinks":                 "two uplinks share the packets",
		"port-closed":                 "the port was closed",
		"firewall-refused":            "a firewall refused, not a closed port",
	}[claim]; ok {
		return q
	}
	return strings.ReplaceAll(claim, "-", " ")
}

// toDo lists what to change, by owner.
func (w *writer) toDo(inc *detect.Incident, c *trace.Call) (Section, bool) {
	s := Section{Kind: SectionToDo, Title: "Whose part, and what to do"}
	type whose struct {
		owner string
		side  bool
	}
	var owners []whose
	by := map[whose][]detect.Action{}
	for _, a := range inc.Actions {
		if w.ofLostAtLatch(inc, c, &a) {
			continue // what helps the latch helps them
		}
		o := whose{a.Owner, a.Side}
		if by[o] == nil {
			owners = append(owners, o)
		}
		by[o] = append(by[o], a)
	}
	no := 0
	for _, o := range owners {
		b := Block{Title: w.ownerName(o.owner, o.side, inc, c, by[o])}
		for i := range by[o] {
			no++
			a := by[o][i]
			for _, f := range w.findingsOf(inc, c) {
				if strings.TrimSuffix(a.Why, ".") == strings.TrimSuffix(f.Summary, ".") {
					a.Why = "" // it is told already
				}
			}
			b.Steps = append(b.Steps, w.action(no, &a, w.need(inc, c, &a)))
		}
		s.Blocks = append(s.Blocks, b)
	}
	if b, ok := w.blameless(inc, c); ok && no > 0 {
		s.Blocks = append(s.Blocks, b)
	}
	if b, ok := w.followed(inc, c); ok && no > 0 {
		s.Blocks = append(s.Blocks, b)
	}
	if no == 0 { // what the findings advise, each once
		var b Block
		said := map[string]bool{}
		for _, f := range w.findingsOf(inc, c) {
			if f.Advice != "" && !said[f.Advice] {
				said[f.Advice] = true
				b.Steps = append(b.Steps, Step{No: len(b.Steps) + 1, Text: sentenceOf(w.text(f.Advice))})
			}
		}
		if len(b.Steps) > 0 {
			s.Blocks = append(s.Blocks, b)
		}
	}
	if n := inc.Next; n.Where != "" {
		text := "Next capture: " + w.text(n.Where)
		if n.WouldShow != "" {
			text += "; it would show " + w.text(n.WouldShow)
		}
		s.text(sentenceOf(text))
	}
	return s, len(s.Blocks) > 0
}

// lostAtLatch reports whether a finding is of packets that a relay did not pass on
// while it held on to another source, which a silence among others tells.
func lostAtLatch(f *detect.Finding, found []*detect.Finding) bool {
	d, ok := f.Data.(detect.MediaLoss)
	return ok && d.Where == "relay" && slices.ContainsFunc(found, func(o *detect.Finding) bool {
		s, ok := o.Data.(detect.Silence)
		return ok && s.Latched != nil && o.Call == f.Call
	})
}

// ofLostAtLatch reports whether only such a finding asks for an action.
func (w *writer) ofLostAtLatch(inc *detect.Incident, c *trace.Call, a *detect.Action) bool {
	found := w.findingsOf(inc, c)
	asks := func(f *detect.Finding) bool {
		return slices.ContainsFunc(f.Actions, func(o detect.Action) bool { return o.Owner == a.Owner && o.What == a.What })
	}
	return slices.ContainsFunc(found, func(f *detect.Finding) bool { return asks(f) && lostAtLatch(f, found) }) &&
		!slices.ContainsFunc(found, func(f *detect.Finding) bool { return asks(f) && !lostAtLatch(f, found) })
}

// followed says of a server that it followed a source that had moved in a pause at once.
func (w *writer) followed(inc *detect.Incident, c *trace.Call) (Block, bool) {
	for _, f := range w.findingsOf(inc, c) {
		d, ok := f.Data.(detect.Flip)
		if !ok || d.InPause == nil || !w.namesIn(c).Has("media server") {
			continue
		}
		if after, ok := d.InPause.Followed(); ok && after < 1 {
			return Block{Pairs: []Pair{{Term: "media server", Text: []string{"Nothing: it followed the new port at once."}}}}, true
		}
	}
	return Block{}, false
}

// blameless says of who sent before its answer was seen that the offerer has to be
// ready for it, where nothing is asked of who sent: an answerer may send media once it
// has sent its answer, which media may overtake.
func (w *writer) blameless(inc *detect.Incident, c *trace.Call) (Block, bool) {
	for _, f := range w.findingsOf(inc, c) {
		if _, early := f.Data.(detect.EarlyRTP); !early || len(f.Streams) == 0 {
			continue
		}
		party := w.namesIn(c).Role(f.Streams[0].Src.IP())
		for _, a := range inc.Actions {
			if a.Owner == party {
				return Block{}, false
			}
		}
		if party == "caller" || party == "callee" {
			text := "Nothing: the offerer must expect early media (RFC 3264 section 5.1)."
			return Block{Pairs: []Pair{{Term: party, Text: []string{text}}}}, true
		}
	}
	return Block{}, false
}

// need says what shows that an action is needed, and how sure that is: the step of
// the finding that asks for it. Of several findings the last one told, as an effect
// shows the need better than what came before it.
func (w *writer) need(inc *detect.Incident, c *trace.Call, a *detect.Action) string {
	var shown Step
	var all []string // steps that show the need by themselves, one of each code
	code := ""
	proven := sureWord(detect.Confirmed)
	for _, f := range w.findingsOf(inc, c) {
		i := slices.IndexFunc(f.Actions, func(o detect.Action) bool { return o.Owner == a.Owner && o.What == a.What })
		if steps := w.step[f.ID]; i >= 0 && len(steps) > 0 {
			if at := min(f.Actions[i].Shown, len(steps)-1); f.Code != code {
				shown, code = steps[at], f.Code
				if no := fmt.Sprint(shown.No); shown.Sure == proven && a.Proof == detect.Confirmed && a.Inferred == "" && !slices.Contains(all, no) {
					all = append(all, no)
				}
			}
		}
	}
	where := fmt.Sprintf("step %d", shown.No)
	if len(all) > 1 {
		where = "steps " + joined(all)
	}
	switch {
	case shown.No == 0 && a.Proof == detect.Confirmed:
		return "Shown by this capture."
	case shown.No == 0:
		return fmt.Sprintf("Not proven, %s.", sureWord(a.Proof))
	case shown.Sure == proven && a.Inferred != "":
		return fmt.Sprintf("Shown by %s; %s is %s.", where, a.Inferred, sureWord(a.Proof))
	case shown.Sure == proven && a.Proof == detect.Confirmed:
		return "Shown by " + where + "."
	case shown.Sure == proven:
		return fmt.Sprintf("Not proven: %s, from what %s shows.", sureWord(a.Proof), where)
	case shown.Sure != "" && a.Proof == detect.Confirmed:
		return fmt.Sprintf("Not proven, %s by %s.", shown.Sure, where)
	}
	return fmt.Sprintf("Not proven, %s by %s.", sureWord(a.Proof), where)
}

// action is what to do, why, by which standard, and at what cost.
func (w *writer) action(no int, a *detect.Action, need string) Step {
	step := Step{No: no, Text: sentenceOf(w.text(a.What))}
	why := sentenceOf(w.text(a.Why))
	switch {
	case a.Standard == "" || strings.Contains(why, a.Standard):
	case why == "":
		why = sentenceOf(w.text(a.Standard))
	case a.Standard == "RFC 7362": // informational: it obliges nobody
		why = strings.TrimSuffix(why, ".") + " (described in RFC 7362)."
	default:
		why = strings.TrimSuffix(why, ".") + " (" + w.text(a.Standard) + ")."
	}
	if why != "" {
		why = "Why: " + uncapital(why)
	}
	if need != "" {
		why += " " + need
	}
	if a.Cost != "" {
		why += " Cost: " + uncapital(sentenceOf(w.text(a.Cost)))
	}
	if why = strings.TrimSpace(why); why != "" {
		step.More = append(step.More, why)
	}
	return step
}

// ownerName says whose an action is in the names of the call: of a party's whole side
// where it may be its device, its router or its line.
func (w *writer) ownerName(owner string, side bool, inc *detect.Incident, c *trace.Call, actions []detect.Action) string {
	switch owner {
	case "media-server":
		if !w.namesIn(c).Has("media server") {
			if party := w.standsFor(inc, c, actions); party != "" {
				if w.namesIn(c).Beyond(party) {
					party += "'s side: its own equipment, or a server in its place"
				}
				return party
			}
		}
		return "media server"
	case "nat":
		party := w.movedParty(inc, c)
		for _, o := range w.callsOf(inc) {
			if w.movedParty(inc, o) != party {
				return "NAT at " + w.movedFrom(inc, c) // the caller's in one call, the callee's in another
			}
		}
		if party != "" {
			return party + "'s NAT"
		}
		return "NAT"
	case "unknown":
		return "owner not known"
	}
	switch {
	case w.namesIn(c).Beyond(owner):
		return owner + "'s side: its own equipment, or a server in its place"
	case side:
		return owner + "'s side: its device, its router, or the line between"
	}
	return owner
}

// standsFor is the party that a server which no name in the call tells of may stand
// for: who refused, else who sent what was lost.
func (w *writer) standsFor(inc *detect.Incident, c *trace.Call, actions []detect.Action) string {
	for _, f := range w.findingsOf(inc, c) {
		d, ok := f.Data.(detect.Unreachable)
		if !ok || !slices.ContainsFunc(f.Actions, func(a detect.Action) bool { return slices.Contains(actions, a) }) {
			continue
		}
		if by, err := netip.ParseAddr(d.By); err == nil {
			return w.namesIn(c).Role(by)
		}
	}
	if lost := w.losses(c); len(lost) > 0 {
		return lost[0].row.From.Name
	}
	return ""
}

// movedFrom is the address that a call's moved source had.
func (w *writer) movedFrom(inc *detect.Incident, c *trace.Call) string {
	for _, f := range w.findingsOf(inc, c) {
		if d, ok := f.Data.(detect.Flip); ok && len(f.Streams) > 0 && d.From != "" {
			return w.as(Address, f.Streams[0].Src.IP().String())
		}
	}
	return "the moved address"
}

// movedParty is the party whose talker an incident's findings are about.
func (w *writer) movedParty(inc *detect.Incident, c *trace.Call) string {
	for _, f := range w.findingsOf(inc, c) {
		switch f.Data.(type) {
		case detect.Flip, *detect.Flip, detect.EarlyRTP, *detect.EarlyRTP:
			if len(f.Streams) > 0 {
				if name := w.namesIn(c).Role(f.Streams[0].Src.IP()); name == "caller" || name == "callee" {
					return name
				}
			}
		}
	}
	return ""
}
