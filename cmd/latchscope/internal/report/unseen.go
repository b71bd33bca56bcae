package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// unseenIn says what of one call's audio the capture does not show.
func (w *writer) unseenIn(c *trace.Call, several bool) []string {
	var out []string
	in := ""
	if several {
		in = fmt.Sprintf("Call %d: ", c.ID)
	}
	var unproven []string // ears towards which audio left without a proof of arrival
	rows := w.rows(c)
	server := false
	var open []string // what nothing here shows, each as "whether ..."
	var tail int64    // how long the end of a voice is of which no report tells, at the longest
	tails := 0        // of how many voices it is only that
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" {
			continue
		}
		if ns := r.In(ledger.Unseen); ns > 1e8 {
			out = append(out, fmt.Sprintf("%s%s's voice towards %s, for %s of %s: %s", in, capital(the(r.From.Name)), the(r.To.Name),
				seconds(float64(ns)/1e9), seconds(float64(r.Due())/1e9), w.whyUnseen(r)))
		}
		if ns := r.In(ledger.Replaced); ns > 1e8 {
			out = append(out, fmt.Sprintf("%sWhat the server sent %s in place of %s's voice, for %s, was not listened to", in, the(r.To.Name), the(r.From.Name), seconds(float64(ns)/1e9)))
		}
		open = append(open, w.doubted(c, r)...)
		if sent := r.In(ledger.Sent); sent > 1e8 {
			ear := the(r.To.Name)
			if r.In(ledger.Delivered) > 0 {
				last := ""
				if lastOf(r, ledger.Sent) == sent {
					last, tail, tails = "the last ", max(tail, sent), tails+1
				}
				ear += " (" + last + seconds(float64(sent)/1e9) + " of it)"
			}
			if !slices.Contains(unproven, ear) {
				unproven = append(unproven, ear)
			}
			server = server || w.leftServer(c, r)
		}
	}
	if len(unproven) == 2 && tails == 2 {
		open = append(open, fmt.Sprintf("whether the last %s of what left arrived at its listeners", seconds(float64(tail)/1e9)))
	} else if len(unproven) > 0 {
		from := "passed this capture point"
		if server {
			from = "left the media server"
		}
		open = append(open, fmt.Sprintf("whether what %s arrived at %s", from, strings.Join(unproven, " and at ")))
	}
	if len(open) > 0 {
		shown := "no RTCP report shows it; a capture there would"
		if len(open) > 1 {
			shown = "no RTCP report and no ICMP error shows it; a capture there would"
			if slices.ContainsFunc(c.Errors, func(e *trace.ICMPError) bool { return e.Media && !e.Dropped }) {
				shown = "no RTCP report shows it; a capture there would"
			}
		}
		out = append(out, fmt.Sprintf("%s%s: %s", in, capital(strings.Join(open, ", and ")), shown))
	}
	for _, i := range w.about[c] {
		if d, ok := w.result.Findings[i].Data.(detect.Competing); ok && len(d.Heard()) > 0 && !slices.ContainsFunc(rows, func(r ledger.Row) bool { return r.In(ledger.Replaced) > 1e8 }) {
			out = append(out, fmt.Sprintf("%sHow the stranger's packets sounded was not decoded (Wireshark plays their SSRC); whether somebody recorded what went to the stranger, no packet tells", in))
			break
		}
	}
	if w.earlyMedia(c) {
		out = append(out, in+"Audio before the answer (ringback, announcements) is in no account: nothing is due then")
	}
	return out
}

// lastOf is how long the last stretch of a row is in a state, in nanoseconds, if that
// is what the row ends with but for its closing.
func lastOf(r *ledger.Row, state ledger.State) int64 {
	for i := range r.Spans {
		s := &r.Spans[len(r.Spans)-1-i]
		if s.State == state {
			return s.Duration()
		}
		if s.State != ledger.Closing {
			break
		}
	}
	return 0
}

// mostTargets is how many places are named that a voice went to in vain.
const mostTargets = 3

// doubted says of a voice that is taken for lost what of that is not proven: that
// it went where the listener is not, or was not sent at all.
func (w *writer) doubted(c *trace.Call, r *ledger.Row) []string {
	var out []string
	var missing int64
	type place struct {
		at      endpoint.Endpoint
		packets int64
	}
	var astray []place // in their order
	for i := range r.Spans {
		s := &r.Spans[i]
		switch {
		case s.State == ledger.Misdirected && s.Confidence < ledger.Confirmed && s.Lost != nil:
			at := s.Lost.Dst
			i := slices.IndexFunc(astray, func(p place) bool { return p.at == at })
			if i < 0 {
				i, astray = len(astray), append(astray, place{at: at})
			}
			astray[i].packets += s.Astray
		case s.State == ledger.Missing && s.Duration() > 5e8:
			missing += s.Duration()
		}
	}
	var went []string
	for i, p := range astray {
		switch {
		case p.packets == 0 || w.strangers(c)[p.at.String()]:
		case i >= mostTargets:
			went = append(went, fmt.Sprintf("those to %d more places", len(astray)-i))
		default:
			went = append(went, fmt.Sprintf("the %s to %s", plural(int(p.packets), "packet", "packets"), w.endpoint(p.at)))
		}
		if i >= mostTargets {
			break
		}
	}
	if len(went) > 0 && !w.toldAstray(c, r) {
		out = append(out, fmt.Sprintf("whether %s reached %s all the same", strings.Join(went, " and "), the(r.To.Name)))
	}
	if missing > 0 {
		out = append(out, fmt.Sprintf("whether %s sent what %s lacks for %s", the(r.From.Name), the(r.To.Name), seconds(float64(missing)/1e9)))
	}
	return out
}

// toldAstray reports whether a step says of a row that what went astray did not arrive,
// and how sure that is.
func (w *writer) toldAstray(c *trace.Call, r *ledger.Row) bool {
	return slices.ContainsFunc(w.about[c], func(i int) bool {
		f := &w.result.Findings[i]
		switch f.Data.(type) {
		case detect.Silence, detect.WrongTarget:
			return f.Severity >= detect.Warn && slices.ContainsFunc(f.Claims, func(x detect.Claim) bool {
				return x.Row.Direction() == r.Direction() && x.Row.Line == r.Line && x.Row.Spans[x.Span].State == ledger.Misdirected
			})
		}
		return false
	})
}

// unproven says of calls that are well what a capture of them leaves open.
func (w *writer) unproven() string {
	for i, c := range w.g.healthy {
		if i == mostListed {
			break
		}
		rows := w.rows(c)
		for j := range rows {
			if rows[j].In(ledger.Sent) > 1e8 {
				return "Whether what passed this capture point arrived at the listeners: that is seen only in a capture there, or in their receiver reports"
			}
		}
	}
	return ""
}

// whyUnseen says which hop is missing.
func (w *writer) whyUnseen(r *ledger.Row) string {
	if pastServers(r) {
		return fmt.Sprintf("SDP has them send to each other, past every server; a capture at %s or at %s would show it", the(r.From.Name), the(r.To.Name))
	}
	for i := range r.Hops {
		h := &r.Hops[i]
		if !h.InView {
			return fmt.Sprintf("the hop %s is not in this capture; a capture there would show it", h.Name)
		}
	}
	if n := len(r.Hops); n > 0 && !r.Hops[n-1].Assumed {
		return "only one side of the media server is in this capture; its other side would show it"
	}
	return "no packet in this capture tells"
}

// pastServers reports whether what was not in view of a row went, by SDP, from the one
// party to the other directly: what the talker was told is the listener's own address.
func pastServers(r *ledger.Row) bool {
	a, b := r.From.Leg, r.To.Leg
	if a == nil || b == nil || len(r.Call.Legs) < 2 {
		return false
	}
	for i := range r.Spans {
		s := &r.Spans[i]
		if s.State != ledger.Unseen || s.Duration() < 1e9 {
			continue
		}
		at := s.From.Time + s.Duration()/2
		for _, told := range a.PortsAt(1-r.From.Side, at) {
			for _, own := range b.PortsAt(r.To.Side, at) {
				if told.Addr == own.Addr && (a != b || r.From.Side != r.To.Side) && told.Media.Kind == r.Media {
					return true
				}
			}
		}
	}
	return false
}

// earlyMedia reports whether audio flowed before the answer, other than what a
// finding tells of.
func (w *writer) earlyMedia(c *trace.Call) bool {
	if !c.Answered() {
		return false
	}
	told := map[*trace.Stream]bool{}
	for _, i := range w.about[c] {
		if f := &w.result.Findings[i]; len(f.Streams) > 0 {
			if _, early := f.Data.(detect.EarlyRTP); early {
				told[f.Streams[0]] = true
			}
		}
	}
	for _, s := range c.Streams {
		if s.CopyOf == nil && !told[s] && (s.RelayOf == nil || !told[s.RelayOf]) && s.Stats.Packets > 10 && c.Answer.Time-s.First.Time > 1e9 {
			return true
		}
	}
	return false
}
