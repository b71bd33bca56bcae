package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Bounds of the contract: silence below soft is no finding, from hard on the
// users heard it.
const (
	softSilence = 0.1
	hardSilence = 0.5
)

var latchSilence = Detector{
	Code:  "latch-silence",
	Title: "silence because an old port was held on to",
	Doc: `Media is lost because a receiver held on to the source that a talker had before it
moved (hosted NAT traversal, "latching": RFC 7362). Judged apart for both directions
around the media server:

uplink    from the moved endpoint through the server. Seen only where the capture has
          the server's other side too: packets that arrived and were not passed on
          (relay-gap). Otherwise "unseen".
downlink  from the server to the moved endpoint: packets sent to the old source after
          the move (misdirected), or not sent at all (withheld). Alone this is
          "likely": the old mapping may still deliver. ICMP coming back from the old
          address confirms it, and so do receiver reports that stand still; reports
          that go on refute it.

From the phone's side only an inbound gap is visible (inbound-gap): the phone's early
RTP was refused, the call was answered, the phone sends, and nothing comes back. That is
"likely" at best.

Silence runs from the last packet that reached its target, else from the first that was
due after the answer, to the next that did, else to the BYE or the end of the capture.
Hold, silence suppression and the time before the answer do not count. From 0.1 s it is
a "warning", from 0.5 s "critical".

How many packets the engine needed to lock and after how long it let go are estimates
from what it accepted; they are absent where the capture cannot tell.`,
	Rank: 40,
	Causes: []Cause{{
		Code:       competingSource.Code,
		Anywhere:   true,
		Confidence: Confirmed,
		Did: func(stranger, f *Finding) bool {
			d := f.Data.(Silence)
			return d.Latched != nil && *d.Latched == stranger.Data.(Competing).Source
		},
	}, {
		Code:       icmpUnreachable.Code,
		Confidence: Likely,
		Note:       movedByICMP,
		// From the phone's side the move itself is not to be seen.
		Did: func(icmp, f *Finding) bool { return f.Data.(Silence).Latched == nil && sharesTalker(icmp, f) },
	}, {
		Code:       natPortFlip.Code,
		Confidence: Confirmed,
		Did:        func(flip, f *Finding) bool { return sharesTalker(flip, f) && !f.Data.(Silence).stranger },
	}},
	Link: func(f *Finding) string {
		if d := f.Data.(Silence); d.Latched != nil {
			return "the latch held " + *d.Latched
		}
		return "nothing came back"
	},
	Explains: []ledger.State{ledger.Stopped, ledger.Misdirected},
	Run:      findLatchSilence,
	Visible:  audioJudged,
	Quiet:    quietLatch,
}

// mostMoves is how many moves of one talker are looked at for silence. Two
// uplinks used in turns move it with every packet.
const mostMoves = 64

func findLatchSilence(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for _, k := range movedTalkers(t) {
		if l.Audio(k.Call) == ledger.Clear {
			continue
		}
		w := waysOf(l, k)
		if len(w.up)+len(w.down) == 0 {
			continue
		}
		for _, m := range holding(k, w) {
			s := sidesOf(t, w, k, m)
			if f, ok := s.latched(); ok && !s.uncertain(f.Data.(Silence).Silence) {
				out = append(out, f)
			}
		}
	}
	for _, c := range t.Calls {
		if a := l.Audio(c); a == ledger.Lost || a == ledger.Impaired {
			out = append(out, strangers(t, l, c)...)
			out = append(out, inboundGap(t, l, c)...)
		}
	}
	return out
}

// uncertain reports whether a talker moved so often that its moves are not all known,
// and this one does not stand out: the counts of each source tell more then.
func (s *sides) uncertain(silence float64) bool {
	if !manyGaps(s.k) {
		return false
	}
	for _, r := range s.rows.up {
		if inTurns(r) == s.k {
			return silence < hardSilence || s.move.From.Src.String() != keptSource(r)
		}
	}
	return false
}

// holding are the moves of a talker that a silent span goes back to, in their order.
func holding(k *trace.Talker, w ways) []*trace.Move {
	if len(k.Moves) <= mostMoves {
		out := make([]*trace.Move, len(k.Moves))
		for i := range k.Moves {
			out[i] = &k.Moves[i]
		}
		return out
	}
	var out []*trace.Move
	look := func(rows []*ledger.Row, up bool) {
		for _, r := range rows {
			for i := range r.Spans {
				if s := &r.Spans[i]; s.State.Silent() && len(out) < mostMoves {
					if m := heldBy(k, r, s, up); m != nil && !slices.Contains(out, m) {
						out = append(out, m)
					}
				}
			}
		}
	}
	look(w.up, true)
	look(w.down, false)
	slices.SortFunc(out, func(a, b *trace.Move) int { return a.After.Compare(b.After) })
	return out
}

// sides are the two directions around a talker, as far as one of its moves
// explains their silence.
type sides struct {
	t        *trace.Trace
	k        *trace.Talker
	w        trace.Ways
	rows     ways
	move     *trace.Move
	up, down gap
	end      trace.Moment
}

func sidesOf(t *trace.Trace, w ways, k *trace.Talker, m *trace.Move) *sides {
	s := &sides{t: t, k: k, rows: w, move: m, end: endOf(t, k), up: upGap(t, w, k, m), down: downGap(t, w, k, m)}
	if len(s.up.claims)+len(s.down.claims) > 0 {
		s.w = t.WaysOf(k)
	}
	return s
}

// lateNote is what a packet of the old source shows that starts the lock's timer anew.
const lateNote = "a late packet of the old source, passed on: the lock's timer starts anew"

// lateBy is how long after the move that packet came by, in seconds.
func lateBy(m *trace.Move, est Estimated) float64 {
	if est.late.IsZero() {
		return 0
	}
	return m.After.Seconds(est.late)
}

// latched is the finding about a talker that moved and was not followed.
func (s *sides) latched() (Finding, bool) {
	k, up, down := s.k, s.up, s.down
	if len(up.claims)+len(down.claims) == 0 {
		return Finding{}, false
	}
	longest := max(value(up.Silence), value(down.Silence))
	est := s.estimate()
	f := Finding{
		Severity: severityOf(longest), Call: k.Call, Leg: k.Place().Leg,
		Data: Silence{
			Silence: longest, Directions: []Direction{up.Direction, down.Direction},
			Latched: pointer(s.move.From.Src.String()), Ignored: pointer(s.move.To.Src.String()),
			LockPackets: est.LockPackets, Timeout: est.Timeout, late: lateBy(s.move, est),
		},
		Streams: appendOnce(nil, append(append(append([]*trace.Stream{}, k.Streams...), s.w.Out...), s.w.Back...)...),
		Party:   s.move.From.Src.IP().String(), Actions: latchActions(est),
		Claims: append(append([]Claim{}, up.claims...), down.claims...),
	}
	worst := up
	if value(down.Silence) > value(up.Silence) {
		worst = down
	}
	f.Start, f.End = worst.start, worst.end
	for _, g := range []gap{up, down} {
		f.Confidence = max(f.Confidence, g.confidence)
		f.Evidence = append(f.Evidence, g.evidence...)
	}
	f.Evidence = append([]Evidence{{s.move.After, "first packet from the new source"}}, f.Evidence...)
	if !est.late.IsZero() {
		f.Evidence = append(f.Evidence, Evidence{est.late, lateNote})
	}
	if k.Call.State == trace.MediaOnly {
		f.Call, f.Leg, f.Confidence = nil, nil, min(f.Confidence, Likely)
	}
	f.Summary = s.summary(up, down)
	f.Detail = s.detail(up, down, est)
	if x, said := s.told(); x != nil {
		f.Evidence = append(f.Evidence, Evidence{x.Moment, toldEngine + said})
	}
	if x, p := s.believed(); x != nil {
		f.Evidence = append(f.Evidence, Evidence{x.Reply, fmt.Sprintf(askedEngine+"of its port %d that it sends to %s", p.Local.Port, p.Peer)})
		f.Detail += fmt.Sprintf(" The engine itself, asked in frame %d, took the old source for the party.", x.Frame)
	}
	f.Filter = relayFilter(k.Receiver(), s.w.Out)
	return f, true
}

// How evidence from the engine's control protocol begins.
const (
	toldEngine  = "the engine was told: "
	askedEngine = "the engine itself says "
)

// latchSettings are the flags of rtpengine's control protocol that say how a latch
// behaves.
var latchSettings = []string{"asymmetric", "strict-source", "strict source", "media-handover", "media handover", "port-latching", "port latching", "endpoint-learning"}

// told is the command with which the engine was told how to latch, where its control
// protocol was recorded, and what it was told.
func (s *sides) told() (*trace.Control, string) {
	for _, x := range s.k.Call.Controls {
		var said []string
		for _, w := range x.Settings {
			key, _, _ := strings.Cut(w, "=")
			if slices.Contains(latchSettings, key) {
				said = append(said, w)
			}
		}
		if len(said) > 0 && x.Time < s.move.After.Time {
			return x, strings.Join(said, ", ")
		}
	}
	return nil, ""
}

// believed is the engine's own word, where its control protocol was recorded, that
// it took the old source for the party after the move.
func (s *sides) believed() (*trace.Control, *trace.Belief) {
	for _, x := range s.k.Call.Controls {
		if x.Reply.Time <= s.move.After.Time {
			continue
		}
		for i := range x.Belief {
			if b := &x.Belief[i]; b.Local == s.k.Receiver() && b.Peer == s.move.From.Src {
				return x, b
			}
		}
	}
	return nil, nil
}

// latchActions are what the owner of a latch that is seen to hold on can do: one rule,
// whatever the silence. Letting go by time alone would let strangers in with every pause.
func latchActions(est Estimated) []Action {
	a := followConfirmed
	a.Why, a.Proof = "It held on to the old source while the party sent from a new one.", Confirmed
	if est.Timeout != nil {
		a.Why = fmt.Sprintf("It held on to a source that had fallen silent for %s.", seconds(*est.Timeout))
	}
	return []Action{a}
}

// followConfirmed is the rule for a latch that finds a moved party and no stranger.
var followConfirmed = Action{
	Owner: "media-server", What: "Let the latch follow a source that is confirmed (same SSRC, next sequence numbers) at once, and no other.",
	Cost:     "A check of a few packets; letting go by time alone would let strangers in with every pause.",
	Standard: "RFC 7362",
}

// severityOf a silence, in seconds.
func severityOf(silence float64) Severity {
	if silence >= hardSilence {
		return Critical
	}
	return Warn
}

// endOf is when the call around a talker ended: the BYE, else the last packet
// of the capture.
func endOf(t *trace.Trace, k *trace.Talker) trace.Moment {
	if k.Call != nil && !k.Call.End.IsZero() {
		return k.Call.End
	}
	if k.Place().Known() && !k.Place().Leg.End.IsZero() {
		return k.Place().Leg.End
	}
	return t.Last
}

func value(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func (s *sides) summary(up, down gap) string {
	who, other := partyOf(s.k), otherThan(s.k)
	a, b := value(up.Silence), value(down.Silence)
	switch {
	case a >= softSilence && b >= softSilence:
		return fmt.Sprintf("%s of silence in both directions: %s's old port was held on to", seconds(max(a, b)), who)
	case a >= softSilence && down.State == unseen:
		return fmt.Sprintf("%s of silence of %s, whose port had changed: the new one was not accepted", seconds(a), who)
	case a >= softSilence:
		return fmt.Sprintf("%s of silence of %s, whose port had changed: the new one was not accepted; the way back is alive", seconds(a), who)
	case up.State == unseen:
		return fmt.Sprintf("%s of silence towards %s, whose port had changed: the audio of %s went on to the old one", seconds(b), who, other)
	}
	return fmt.Sprintf("%s of silence towards %s, whose port had changed: the audio of %s went on to the old one; its own passed", seconds(b), who, other)
}

func (s *sides) detail(up, down gap, est Estimated) string {
	who, other := partyOf(s.k), otherThan(s.k)
	text := fmt.Sprintf("The source of %s changed from %s to %s (frame %d).", who, s.move.From.Src, s.move.To.Src, s.move.After.Frame)
	own, back := capital(who)+"'s audio", capital(other)+"'s audio"
	switch {
	case value(up.Silence) >= softSilence:
		text += fmt.Sprintf(" %s: %s arrived and %s not passed on, for %s.", own, plural(lost(up), "packet"), wasWere(lost(up)), seconds(*up.Silence))
	case up.State == unseen:
		text += fmt.Sprintf(" %s: whether it was passed on is not to be seen from here; a capture on the server's other side would show it.", own)
	default:
		text += fmt.Sprintf(" %s was passed on.", own)
	}
	switch {
	case value(down.Silence) >= softSilence && down.Evidence == misdirected:
		text += fmt.Sprintf(" %s: %s went to the old source, for %s.", back, plural(lost(down), "packet"), seconds(*down.Silence))
		text += upper(down.proof)
	case value(down.Silence) >= softSilence:
		text += fmt.Sprintf(" %s: nothing was sent back for %s.", back, seconds(*down.Silence))
	case down.State == unseen:
		text += fmt.Sprintf(" %s is not in this capture.", back)
	default:
		text += fmt.Sprintf(" %s went to the new source.", back)
		if down.proof != "" {
			text += upper(down.proof)
		}
	}
	if est.LockPackets != nil {
		text += fmt.Sprintf(" The server had locked after %s at most.", plural(int64(*est.LockPackets), "packet"))
	}
	if est.Timeout != nil {
		text += fmt.Sprintf(" It let go %s after the last packet of the old source.", seconds(*est.Timeout))
	}
	return text
}

func lost(g gap) int64 {
	if g.PacketsLost == nil {
		return 0
	}
	return *g.PacketsLost
}

func wasWere(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
