package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// account says in the summary what a capture without incidents shows, so that
// the report of a healthy call proves something.
func (w *writer) account(s *Section) {
	calls := slices.Concat(w.g.healthy, w.g.noted, w.g.fair)
	n := len(calls)
	if n == 0 {
		return
	}
	var packets, lost, due int64
	worst := 0.0
	worstCall := 0
	for _, c := range calls {
		for _, e := range w.ears(c) {
			packets += e.due - e.lost
			lost += e.lost
			due += e.due
			if e.percent > worst {
				worst, worstCall = e.percent, c.ID
			}
		}
	}
	if due == 0 {
		return
	}
	text := fmt.Sprintf("Checked: %s, second by second %s: ", strings.TrimSuffix(w.directions(calls), " of the call"), w.throughout(calls))
	if n == 1 {
		text += w.perEar(calls[0])
	} else {
		text += fmt.Sprintf("%s audio packets, each counted once, %s lost", thousands(packets), thousands(lost))
	}
	if worst > 0 && n > 1 {
		text += fmt.Sprintf("; most in call %d, %s in one direction", worstCall, percent(worst))
	}
	text += "."
	if g := &w.g; g.clear == w.count()-len(g.unanswered) && w.lossOfAll(g.noted) == "" {
		text += " Nothing to change."
	}
	s.text(text)
	if n > 1 {
		s.text("In each direction: " + w.whatIsChecked(calls))
		if w.Vantage != "" {
			s.text(sentenceOf(w.Vantage))
		}
	}
}

// directions says of how many directions of audio something is in view.
func (w *writer) directions(calls []*trace.Call) string {
	all, seen, part := 0, 0, false
	for _, c := range calls {
		for _, e := range w.ears(c) {
			all++
			if e.verdict != ledger.Unjudged && e.verdict != ledger.NoVerdict {
				seen++
			}
			part = part || e.unseen
		}
	}
	what := plural(len(calls), "call", "calls")
	if len(calls) == 1 {
		what = "the call"
	}
	if w.mediaOnly(calls) {
		what = plural(len(calls), "conversation", "conversations")
	}
	text := "both directions of " + what
	switch {
	case seen < all:
		text = fmt.Sprintf("%s of the %s of %s", thousands(int64(seen)), plural(all, "direction", "directions"), what)
	case all != 2*len(calls):
		text = fmt.Sprintf("%s of %s", plural(all, "direction", "directions"), what)
	}
	if part {
		text += ", as far as in view"
	}
	return text
}

// throughout says from when to when calls were looked at.
func (w *writer) throughout(calls []*trace.Call) string {
	if w.mediaOnly(calls) {
		return "for as long as there is media"
	}
	return "from the answer to the end"
}

// mediaOnly reports whether no signalling of some calls is known.
func (w *writer) mediaOnly(calls []*trace.Call) bool {
	return !slices.ContainsFunc(calls, func(c *trace.Call) bool { return len(c.Legs) > 0 })
}

// whatIsChecked is what "nothing wrong" rests on, in these calls.
func (w *writer) whatIsChecked(calls []*trace.Call) string {
	relayed := slices.ContainsFunc(calls, func(c *trace.Call) bool {
		return slices.ContainsFunc(w.ears(c), func(e ear) bool { return e.passed })
	})
	text := "packets left towards the listener"
	if relayed {
		text += " and were passed on"
	}
	text += "; sequence gaps, pauses, changes of source, ICMP refusals"
	if w.mediaOnly(calls) {
		return text + "."
	}
	return text + ", strangers, codec against SDP."
}

// jitterOf is the interarrival jitter where a voice first comes into view.
func jitterOf(hops []ledger.Hop) string {
	for i := range hops {
		for _, s := range hops[i].Streams {
			if s.CopyOf == nil {
				return fmt.Sprintf("%.1f ms", s.Stats.MeanJitter())
			}
		}
	}
	return "-"
}

// headline is the report in one line.
func (w *writer) headline() string {
	g, n := w.g, w.count()
	calls := plural(n, "call", "calls")
	warned := len(g.troubled) - g.lost - g.impaired
	var parts []string
	switch {
	case n == 0 && len(w.about[nil]) > 0:
		return "No calls in this capture; there is media without signalling."
	case n == 0 && g.clear+g.partly+g.unjudged > 0:
		return w.withoutSignalling()
	case n == 0:
		return "No calls in this capture."
	case n == 1 && g.lost+g.impaired+warned == 1:
		return w.only()
	case g.lost > 0:
		parts = append(parts, fmt.Sprintf("%d of %s lost audio", g.lost, calls))
		if g.impaired > 0 {
			parts = append(parts, fmt.Sprintf("%d more had impaired audio", g.impaired))
		}
		if warned > 0 {
			parts = append(parts, fmt.Sprintf("%d more have warnings", warned))
		}
	case g.impaired > 0:
		parts = append(parts, fmt.Sprintf("%d of %s had impaired audio", g.impaired, calls))
		if warned > 0 {
			parts = append(parts, fmt.Sprintf("%d more have warnings", warned))
		}
	case warned > 0:
		parts = append(parts, fmt.Sprintf("%d of %s with warnings; no silence found", warned, calls))
	case n == 1:
		return w.lonely()
	case len(g.unanswered) == n:
		return fmt.Sprintf("None of %s was answered: there is no audio to judge.", calls)
	case g.clear == n && w.lossOfAll(g.noted) != "":
		return fmt.Sprintf("No silence in any of %s, but packets were lost in some. %s", calls, w.lossOfAll(g.noted))
	case g.clear == n:
		return fmt.Sprintf("Nothing wrong with any of %s%s", calls, w.upTo(slices.Concat(g.healthy, g.noted)))
	case g.clear+g.partly == 0:
		parts = append(parts, fmt.Sprintf("Of none of %s can the audio be judged", calls))
	case g.clear+g.partly+len(g.unanswered) == n && g.partly == 0:
		were := "were"
		if len(g.unanswered) == 1 {
			were = "was"
		}
		return fmt.Sprintf("%s of %s were answered. Nothing wrong with any of them%s %d %s not answered.", thousands(int64(g.clear)), calls, w.upTo(slices.Concat(g.healthy, g.noted)), len(g.unanswered), were)
	case g.clear+g.partly < n:
		parts = append(parts, fmt.Sprintf("Nothing wrong found in the %s of %s whose audio is in view", thousands(int64(g.clear+g.partly)), calls))
	default:
		parts = append(parts, fmt.Sprintf("Nothing wrong found in %s", calls))
	}
	var rest []string
	for _, p := range []struct {
		n    int
		what string
	}{{g.clear, "clear"}, {g.partly, "clear as far as in view"}, {g.unjudged, "not to be judged"}, {len(g.unanswered), "not answered"}} {
		if p.n > 0 {
			rest = append(rest, fmt.Sprintf("%s %s", thousands(int64(p.n)), p.what))
		}
	}
	text := strings.Join(parts, "; ")
	if len(rest) > 0 && n > 1 {
		text += ". Of the others: " + strings.Join(rest, ", ")
		if g.lost+g.impaired+warned == 0 {
			text = parts[0] + ": " + strings.Join(rest, ", ")
		}
	}
	return text + "."
}

// only is the headline of the only call, which has trouble.
func (w *writer) only() string {
	switch w.audio(w.g.troubled[0]) {
	case ledger.Lost:
		return "The call lost audio."
	case ledger.Impaired:
		return "The call's audio was impaired."
	case ledger.Clear:
		if text := w.lossWords(w.g.troubled[0]); text != "" {
			return "No silence in this call, but packets were lost. " + text
		}
		if doubt := w.inPauseWords(w.g.troubled[0]); doubt != "" {
			return doubt + "Else no audio was lost from the answer on" + w.asFarAs(w.g.troubled[0]) + "."
		}
		return "No audio was lost in this call from its answer on" + w.asFarAs(w.g.troubled[0]) + "."
	}
	return "No silence was found in this call, as far as it is in view."
}

// inPauseWords says of a call in which nothing is known to be lost what of it may be: what
// went to a port in a pause whose mapping was gone at the end of it.
func (w *writer) inPauseWords(c *trace.Call) string {
	p := w.inPause(c)
	if p == nil {
		return ""
	}
	return fmt.Sprintf("Whether %s heard %s between %s and %s %s is not in view: meanwhile it sent nothing itself (%s: mute, hold or silence suppression look alike), and what was sent to it, %s of voice, went to a port that its NAT likely gave up on the way. ",
		the(p.Ear), the(p.Voice), w.clock(p.From), w.clock(p.To), w.zone(), seconds(p.From.Seconds(p.To)), seconds(float64(p.Sent)/1e9))
}

// inPause is what a call's moves leave open of what went to an old port in a pause, nil
// where nothing is.
func (w *writer) inPause(c *trace.Call) *detect.InPause {
	for _, i := range w.about[c] {
		if d, ok := w.result.Findings[i].Data.(detect.Flip); ok && d.InPause != nil {
			return d.InPause
		}
	}
	return nil
}

// lonely is the headline of the only call, which has no trouble.
func (w *writer) lonely() string {
	g := w.g
	switch {
	case g.clear > 0 && w.lossOfAll(g.noted) != "":
		return "No silence in the call, but packets were lost. " + w.lossOfAll(g.noted)
	case g.clear > 0:
		return "Nothing wrong with the call" + w.upTo(slices.Concat(g.healthy, g.noted))
	case g.partly > 0:
		return "Nothing wrong found in the part of the call's audio that is in view: " + w.partOf(slices.Concat(g.fair, g.noted))
	case g.unjudged > 0:
		return "The call's audio cannot be judged from this capture."
	}
	if len(w.g.unanswered) > 0 {
		c := w.g.unanswered[0]
		if why := answerUnseen(c); why != "" {
			return "Whether the call was answered cannot be told: " + why + "."
		}
		return sentenceOf("The call was not answered: " + w.outcome(c))
	}
	return "The call's audio cannot be judged from this capture."
}

// answerUnseen is why a capture does not show whether a call was answered, "" where it
// was not.
func answerUnseen(c *trace.Call) string {
	switch c.State {
	case trace.OneSided:
		return "one direction of its signalling is not in this capture"
	case trace.Partial:
		return "it began before this capture"
	case trace.Established:
		return "its answer is not in this capture"
	}
	return ""
}

// withoutSignalling is the headline of a capture that shows media only.
func (w *writer) withoutSignalling() string {
	g := w.g
	n := g.clear + g.partly + g.unjudged
	text := fmt.Sprintf("No signalling of a call could be read: %s known by media alone.", plural(n, "conversation is", "conversations are"))
	switch {
	case g.clear == n:
		return text + " Nothing is missing in what is in view."
	case g.unjudged == n:
		if n > 1 {
			return text + " None of their audio can be judged."
		}
		return text + " Its audio cannot be judged."
	}
	return text + fmt.Sprintf(" Nothing is missing in what is in view: %d whole, %d in part, %d not to be judged.", g.clear, g.partly, g.unjudged)
}

// upTo says of calls that are well how far their audio is seen to come: to the
// listeners, or to the last place that the capture shows.
func (w *writer) upTo(calls []*trace.Call) string {
	var arrived, left []string
	server := false
	for _, c := range calls {
		for _, e := range w.ears(c) {
			switch {
			case e.sent:
				left = append(left, e.name)
				server = server || w.leavesServer(c)
			case e.arrived:
				arrived = append(arrived, e.name)
			}
		}
	}
	where, passed := "this capture point", "passed it on its way to"
	if server {
		where, passed = "the media server", "left it for"
	}
	to := ears(left)
	if len(calls) > 1 {
		to = "the listeners"
	}
	switch {
	case len(left) == 0:
		return ": all of its audio is accounted for, as far as the listeners."
	case len(arrived) == 0:
		if arrived := w.reportedToo(calls); arrived != "" {
			return fmt.Sprintf(" up to %s: all audio that was due %s %s%s.", where, passed, strings.ReplaceAll(to, "the ", ""), arrived)
		}
		return fmt.Sprintf(" up to %s: all audio that was due %s %s.", where, passed, to)
	case len(calls) > 1:
		return ": all audio that was due arrived, or went on its way to its listener."
	case server:
		return fmt.Sprintf(": all audio that was due arrived at %s, and left the media server for %s.", ears(arrived), to)
	}
	return fmt.Sprintf(": all audio that was due arrived at %s, and passed this capture point on its way to %s.", ears(arrived), to)
}

// leavesServer reports whether audio of a call was last seen where it left a server.
func (w *writer) leavesServer(c *trace.Call) bool {
	rows := w.rows(c)
	for i := range rows {
		if r := &rows[i]; r.Media == "audio" && r.In(ledger.Sent) > 1e8 && w.leftServer(c, r) {
			return true
		}
	}
	return false
}

// reportedToo says of the only call of which all audio left a server that both listeners
// reported by RTCP what came to them, and how much of the end no report covers; "" where
// they did not.
func (w *writer) reportedToo(calls []*trace.Call) string {
	if len(calls) != 1 {
		return ""
	}
	var open int64
	rows := w.rows(calls[0])
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Media != "audio":
		case r.In(ledger.Delivered) == 0 || !w.leftServer(calls[0], r):
			return ""
		default:
			open = max(open, r.In(ledger.Sent))
		}
	}
	return fmt.Sprintf("; RTCP confirms arrival but for the last %s, which no report covers", seconds(float64(open)/1e9))
}

// asFarAs says where a call's audio was last seen, if not at its listeners.
func (w *writer) asFarAs(c *trace.Call) string {
	where := ""
	rows := w.rows(c)
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Media != "audio" || r.In(ledger.Sent) <= 1e8:
		case w.leftServer(c, r):
			return ", up to the media server"
		default:
			where = ", up to this capture point"
		}
	}
	return where
}

// ears are the listeners as a sentence names them: the caller and the callee.
func ears(names []string) string {
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Or(place(a)-place(b), strings.Compare(a, b)) })
	names = slices.Compact(names)
	for i := range names {
		names[i] = the(names[i])
	}
	return joined(names)
}

// the is a party's name with its article: "the caller", but "party3".
func the(name string) string {
	if n := strings.TrimPrefix(name, "party"); n != name && n != "" {
		return name
	}
	return "the " + name
}

// partOf says how much of each voice is in view.
func (w *writer) partOf(calls []*trace.Call) string {
	var parts []string
	for _, c := range calls {
		if len(parts) == 4 {
			break
		}
		rows := w.rows(c)
		for i := range rows {
			r := &rows[i]
			if r.Media != "audio" || len(parts) == 4 {
				continue
			}
			due, unseen := r.Due(), r.In(ledger.Unseen)
			text := fmt.Sprintf("%s of %s", seconds(float64(due-unseen)/1e9), seconds(float64(due)/1e9))
			switch {
			case unseen >= due:
				text = "nothing"
			case unseen == 0:
				text = "all " + seconds(float64(due)/1e9)
			}
			parts = append(parts, fmt.Sprintf("of %s's voice to %s %s", the(r.From.Name), the(r.To.Name), text))
		}
	}
	return strings.Join(parts, ", ") + "."
}

// joined are words as a sentence lists them.
func joined(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
