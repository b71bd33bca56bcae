package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// why tells the chain of causes in numbered steps, each with its frames and how
// sure it is, and then weighs what is inferred between them.
func (w *writer) why(inc *detect.Incident, c *trace.Call) []Section {
	s := Section{Kind: SectionWhy, Title: "Why"}
	var steps []Step
	n := w.namesIn(c)
	for _, f := range w.findingsOf(inc, c) {
		for _, t := range detect.Tell(f, n.Names) {
			steps = append(steps, Step{No: len(steps) + 1, Text: w.text(t.Text), Frames: w.frameRuns(t.Frames), Sure: sureWord(t.Sure)})
		}
	}
	if len(steps) > 0 {
		s.Blocks = append(s.Blocks, Block{Steps: steps})
	}
	for _, h := range inc.Hypotheses {
		s.Blocks = append(s.Blocks, w.hypothesis(&h))
	}
	return []Section{s}
}

// hypothesis is one inferred link, weighed.
func (w *writer) hypothesis(h *detect.Hypothesis) Block {
	b := Block{Title: claimQuestion(h.Claim) + "  " + confidenceOf(h.Confidence)}
	reasons := func(term string, list []detect.Reason) {
		for i, r := range list {
			if i == 4 {
				break
			}
			t := term
			if i > 0 {
				t = ""
			}
			text := w.text(r.Text)
			if frames := w.evidenceFrames(r.Evidence, 3); frames != "" && !strings.Contains(text, "frame") {
				text += " (" + frameWord(r.Evidence) + " " + frames + ")"
			}
			b.Pairs = append(b.Pairs, Pair{Term: t, Text: []string{text}, Sub: true})
		}
	}
	reasons("for", h.For)
	reasons("against", h.Against)
	if len(h.Against) == 0 {
		b.Pairs = append(b.Pairs, Pair{Term: "against", Text: []string{"nothing in this capture"}, Sub: true})
	}
	if h.DecidedBy != "" {
		b.Pairs = append(b.Pairs, Pair{Term: "would settle", Text: []string{w.text(h.DecidedBy)}, Sub: true})
	}
	return b
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
		"device-failover":             "Was the device in between switched over or restarted?",
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

// toDo lists what to change, by owner.
func (w *writer) toDo(inc *detect.Incident, c *trace.Call) (Section, bool) {
	s := Section{Kind: SectionToDo, Title: "Whose part, and what to do"}
	var owners []string
	by := map[string][]detect.Action{}
	for _, a := range inc.Actions {
		if by[a.Owner] == nil {
			owners = append(owners, a.Owner)
		}
		by[a.Owner] = append(by[a.Owner], a)
	}
	no := 0
	var pairs []Pair
	for _, o := range owners {
		for i, a := range by[o] {
			no++
			p := Pair{Sure: sureWord(a.Proof)}
			if i == 0 {
				p.Term = w.ownerName(o, inc, c)
			}
			p.Text = append(p.Text, fmt.Sprintf("%d. %s", no, sentenceOf(w.text(a.What))))
			if a.Why != "" {
				why := sentenceOf(w.text(a.Why))
				if a.Standard != "" && !strings.Contains(why, a.Standard) {
					why = strings.TrimSuffix(why, ".") + " (" + w.text(a.Standard) + ")."
				}
				p.Text = append(p.Text, why)
			} else if a.Standard != "" {
				p.Text = append(p.Text, "Standard: "+sentenceOf(w.text(a.Standard)))
			}
			if a.Cost != "" {
				p.Text = append(p.Text, "Cost: "+sentenceOf(w.text(a.Cost)))
			}
			pairs = append(pairs, p)
		}
	}
	if len(pairs) > 0 {
		s.Blocks = append(s.Blocks, Block{Pairs: pairs})
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

// ownerName says whose an action is in the names of the call.
func (w *writer) ownerName(owner string, inc *detect.Incident, c *trace.Call) string {
	switch owner {
	case "media-server":
		return "media server"
	case "nat":
		if party := w.movedParty(inc, c); party != "" {
			return party + "'s NAT"
		}
		return "NAT"
	case "unknown":
		return "not known whose"
	}
	return owner
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
