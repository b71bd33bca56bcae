package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// loss is a stretch in which a listener heard nothing although audio was due:
// spans of a row in silent states that follow one another.
type loss struct {
	row      *ledger.Row
	from, to trace.Moment
	silent   int64        // ns, pauses left out
	state    ledger.State // what most of it was
	sure     ledger.Confidence
	packets  int64
	held     string // what a latch held on to, where it went astray there: "port", "address", "stranger"
	parts    []loss // where it is two things, one after the other
	refused  string // ", and refused", where what went astray drew errors
	reported bool   // that it did not arrive, by the listener's receiver reports alone
}

// losses are those of the audio rows of a call, in order of the rows.
func (w *writer) losses(c *trace.Call) []loss {
	var out []loss
	rows := w.rows(c)
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" {
			continue
		}
		out = append(out, lossesOf(r)...)
	}
	for i := range out {
		if out[i].state == ledger.Misdirected {
			out[i].held = w.heldBy(c)
		}
		if out[i].atEar() {
			out[i].sure = ledger.Confirmed
		}
		out[i].parts = w.partsOf(c, &out[i])
	}
	return out
}

// lossesIn are the losses of a call that the findings of an incident explain: all
// of them where no finding of the call says which it does.
func (w *writer) lossesIn(inc *detect.Incident, c *trace.Call) []loss {
	all := w.losses(c)
	claims := false
	for _, i := range w.about[c] {
		claims = claims || len(w.result.Findings[i].Claims) > 0
	}
	if !claims {
		return all
	}
	return slices.DeleteFunc(all, func(l loss) bool {
		for _, f := range w.findingsOf(inc, c) {
			for _, claim := range f.Claims {
				if s := &claim.Row.Spans[claim.Span]; claim.Row.Direction() == l.row.Direction() && claim.Row.Line == l.row.Line &&
					s.From.Time < l.to.Time && s.To.Time > l.from.Time {
					return false
				}
			}
		}
		return true
	})
}

// lossesOf joins silent spans that touch, and those that only a short pause
// parts: the ledger counts both as one episode.
func lossesOf(r *ledger.Row) []loss {
	var out []loss
	share := map[ledger.State]int64{}
	open := false
	for i := range r.Spans {
		s := &r.Spans[i]
		if !s.State.Silent() {
			open = false
			continue
		}
		if !open {
			out = append(out, loss{row: r, from: s.From, sure: s.Confidence})
			clear(share)
		}
		open = true
		l := &out[len(out)-1]
		l.to = s.To
		l.reported = l.reported || s.State == ledger.Vanished && !s.Proof.IsZero()
		l.silent += s.Duration()
		l.packets += s.Packets
		l.sure = min(l.sure, s.Confidence)
		share[s.State] += s.Duration()
		l.state = mostOf(share)
	}
	return out
}

func mostOf(share map[ledger.State]int64) ledger.State {
	var best ledger.State
	for s := ledger.Unseen; s <= ledger.Sent; s++ {
		if share[s] > share[best] {
			best = s
		}
	}
	return best
}

// heldBy says what a latch held on to in a call, where a finding says that one
// did: then what went astray went there. "" where none did.
func (w *writer) heldBy(c *trace.Call) string {
	for _, i := range w.about[c] {
		d, ok := w.result.Findings[i].Data.(detect.Silence)
		switch {
		case !ok || d.Latched == nil:
		case w.strangers(c)[*d.Latched]:
			return "stranger"
		case d.Ignored != nil && host(*d.Latched) != host(*d.Ignored):
			return "address"
		default:
			return "port"
		}
	}
	return ""
}

// host is an endpoint without its port.
func host(endpoint string) string { return strings.TrimSuffix(endpoint, short(endpoint)) }

// fate says in words what became of the voice.
func (w *writer) fate(l *loss) string {
	switch l.state {
	case ledger.Stopped:
		return "arrived, not passed on"
	case ledger.Misdirected:
		switch l.held {
		case "":
			return "to a wrong address"
		case "stranger":
			return "to a stranger" + l.refused
		}
		return "to the old " + l.held + l.refused
	case ledger.Refused:
		return "sent, and refused by ICMP"
	case ledger.Vanished:
		if l.reported {
			return "did not arrive, say reports"
		}
		return "lost between points"
	case ledger.Absent:
		return "not sent by the " + l.row.From.Name
	case ledger.Unplayable:
		return "sent, but not playable"
	}
	if l.atEar() {
		return "none arrived"
	}
	return "missing at this point"
}

// atEar reports whether a silence is seen where its listener is, so that it is proven
// whatever made it.
func (l *loss) atEar() bool { return l.state == ledger.Missing && detect.AtEar(l.row) }

// sureWord is how a report says how sure something is.
func sureWord(c detect.Confidence) string {
	switch c {
	case detect.Confirmed:
		return "proven"
	case detect.Likely:
		return "likely"
	case detect.Possible:
		return "possible"
	}
	return ""
}

func ledgerSure(c ledger.Confidence) string { return sureWord(detect.Confidence(c)) }

// lossTable lists what the ears of one call lost.
func (w *writer) lossTable(list []loss) *Table {
	most := 4
	var parts []loss
	for i := range list {
		parts = append(parts, list[i].parts...)
	}
	list = parts
	if len(list) > most {
		most = 3
	}
	t := &Table{Columns: []Column{{Head: "listener"}, {Head: "whose voice, and what became of it"}, {Head: "from (" + w.zone() + ")"},
		{Head: "for", Kind: Figure}, {Head: "how sure"}}}
	for i := range list {
		l := &list[i]
		if i == most {
			t.More = fmt.Sprintf("and %s more, the last from %s", plural(len(list)-i, "silence", "silences"), w.clock(list[len(list)-1].from))
			break
		}
		t.Rows = append(t.Rows, []string{l.row.To.Name, l.row.From.Name + "'s: " + w.fate(l),
			w.clock(l.from), seconds(float64(l.silent) / 1e9), ledgerSure(l.sure)})
	}
	return t
}

// choppy says how much of the voices was lost beside silences, where a listener
// would hear it: all over (R under 70), or in the worst of it.
func (w *writer) choppy(c *trace.Call) string {
	var parts []string
	rows := w.rows(c)
	for i := range rows {
		r := &rows[i]
		q := &r.Quality
		if r.Media != "audio" || q.Lost == 0 {
			continue
		}
		if !(q.Rated && q.R < 70 || !q.Rated && q.Percent >= 5) {
			if q.Bad >= 2 && r.Silent() > 0 {
				parts = append(parts, "Beside that: "+uncapital(w.lossOfRow(r)))
			}
			continue
		}
		text := fmt.Sprintf("%s heard %s choppy: %s of the packets are missing, %s in the worst ten seconds", capital(the(r.To.Name)), the(r.From.Name), percent(q.Percent), percent(q.Worst))
		if x := &q.Window; x.To > 0 {
			text += fmt.Sprintf(" from %s %s on", Time{x.From, true}.In(w.loc).Format(time.TimeOnly), w.zone())
		}
		if q.Rated {
			text += fmt.Sprintf(" (R %.0f, where under 70 is poor; MOS %.1f of 5)", q.R, q.MOS)
		}
		parts = append(parts, text+".")
	}
	return strings.Join(parts, " ")
}

// summaryOf says in a sentence or two who heard nothing of whom, when and for
// how long.
func (w *writer) summaryOf(c *trace.Call, list []loss) string {
	if len(list) == 0 {
		return ""
	}
	lost := slices.Clone(list)
	slices.SortStableFunc(lost, func(a, b loss) int { return cmp.Compare(b.silent, a.silent) })
	main := &lost[0]
	var other *loss // the other ear, at the same time
	for i := range lost[1:] {
		o := &lost[1+i]
		if o.row.To.Name == main.row.From.Name && o.row.From.Name == main.row.To.Name && o.from.Time < main.to.Time && o.to.Time > main.from.Time {
			other = o
			break
		}
	}
	if text := w.again(list); text != "" {
		return text
	}
	when := w.when(c, main)
	var b strings.Builder
	switch {
	case other != nil && sameSpan(main, other):
		one, two := main, other // by who listens
		if two.row.To.Name == "caller" {
			one, two = two, one
		}
		if other.from.Time < main.from.Time {
			when = w.when(c, other) // of the two what began first
		}
		b.WriteString(when + " " + neither(one, two))
	case other != nil:
		since := ""
		if d := other.from.Time - main.from.Time; d > 5e8 || d < -5e8 {
			since = fmt.Sprintf("from %s on ", w.clock(other.from))
		}
		fmt.Fprintf(&b, "%s %s heard nothing of %s for %s, and %s%s nothing of %s for %s.", when, the(main.row.To.Name), the(main.row.From.Name), seconds(float64(main.silent)/1e9), since, the(other.row.To.Name), the(other.row.From.Name), seconds(float64(other.silent)/1e9))
		if p := pauseIn(other.row, main); p != nil {
			fmt.Fprintf(&b, " Before that %s itself sent nothing from %s on, for %s (mute, hold or silence suppression look alike).", the(main.row.To.Name), w.clock(p.From), seconds(float64(p.Duration())/1e9))
		}
		b.WriteString(sureOfBoth(main, other))
	default:
		fmt.Fprintf(&b, "%s %s heard nothing of %s for %s", when, the(main.row.To.Name), the(main.row.From.Name), seconds(float64(main.silent)/1e9))
		if main.sure < ledger.Confirmed {
			fmt.Fprintf(&b, " (%s)", ledgerSure(main.sure))
		}
		b.WriteString("." + w.otherEar(c, main))
	}
	if n := len(list) - 1; other == nil && n > 0 || n > 1 {
		if other != nil {
			n--
		}
		there := "are"
		if n == 1 {
			there = "is"
		}
		fmt.Fprintf(&b, " There %s %s in this call.", there, plural(n, "more silence", "more silences"))
	}
	return b.String()
}

// again says of one ear that lost audio many times how often, between when, and
// how much of it; "" where it did not, or both ears did.
func (w *writer) again(list []loss) string {
	if len(list) < 4 {
		return ""
	}
	first, last := &list[0], &list[0]
	var sum, longest int64
	sure := ledger.Confirmed
	for i := range list {
		l := &list[i]
		if l.row.To.Name != first.row.To.Name || l.row.From.Name != first.row.From.Name {
			return ""
		}
		if l.to.Time > last.to.Time {
			last = l
		}
		sum, longest, sure = sum+l.silent, max(longest, l.silent), min(sure, l.sure)
	}
	text := fmt.Sprintf("Between %s and %s %s %s lost %s's voice %d times, for %s in all; the longest lasted %s.", w.clock(first.from), w.clock(last.to), w.zone(), the(first.row.To.Name), the(first.row.From.Name), len(list), seconds(float64(sum)/1e9), seconds(float64(longest)/1e9))
	if sure < ledger.Confirmed {
		text += fmt.Sprintf(" Not all of it is proven: some is %s.", ledgerSure(sure))
	}
	return text
}

// neither says of two ears that were silent at the same time for how long each was, and
// how sure that is, in one number and one word where they are the same.
func neither(one, two *loss) string {
	a, b := seconds(float64(one.silent)/1e9), seconds(float64(two.silent)/1e9)
	first, second := the(one.row.To.Name), the(two.row.To.Name)
	if one.sure == two.sure && a == b {
		return fmt.Sprintf("neither %s nor %s heard the other for %s.", first, second, a) + sureOfBoth(one, two)
	}
	if one.sure != two.sure {
		a, b = a+", "+ledgerSure(one.sure), b+", "+ledgerSure(two.sure)
		return fmt.Sprintf("neither %s (%s) nor %s (%s) heard the other.", first, a, second, b)
	}
	return fmt.Sprintf("neither %s (%s) nor %s (%s) heard the other.", first, a, second, b) + sureOfBoth(one, two)
}

// sureOfBoth says how sure the silence of each ear is, unless both are proven.
func sureOfBoth(a, b *loss) string {
	if a.sure > b.sure {
		a, b = b, a
	}
	switch {
	case a.sure == ledger.Confirmed:
		return ""
	case a.sure == b.sure:
		return fmt.Sprintf(" Both are %s, not proven.", ledgerSure(a.sure))
	}
	return fmt.Sprintf(" That %s heard nothing is %s; for %s it is %s.", the(a.row.To.Name), ledgerSure(a.sure), the(b.row.To.Name), ledgerSure(b.sure))
}

// sameSpan reports whether two silences are one to a person who tells of them.
func sameSpan(a, b *loss) bool {
	d, e := a.from.Time-b.from.Time, a.silent-b.silent
	return d > -5e8 && d < 5e8 && e > -5e8 && e < 5e8
}

// when says the time of a loss as the people on the call would: from pick-up,
// or a while after it.
func (w *writer) when(c *trace.Call, l *loss) string {
	pickUp := l.row.Start
	if d := pickUp.Time - c.Answer.Time; c.Answered() && d > 0 && d < 1e9 {
		pickUp = c.Answer // the row begins when the answer has passed on to the other side
	}
	if !c.Answered() {
		return fmt.Sprintf("At %s %s", w.clock(l.from), w.zone())
	}
	after, toEnd := l.from.Time-pickUp.Time, ""
	if l.to.Time >= l.row.End.Time {
		toEnd = " to the end of the call"
	}
	switch {
	case l.from.Time-l.row.Start.Time < 5e6:
		return fmt.Sprintf("From pick-up at %s %s%s", w.clock(l.row.Start), w.zone(), toEnd)
	case after < 1e9:
		return fmt.Sprintf("From %s %s, right after pick-up,%s", w.clock(l.from), w.zone(), toEnd)
	case toEnd != "":
		return fmt.Sprintf("From %s %s, %s after pick-up,%s", w.clock(l.from), w.zone(), seconds(float64(after)/1e9), toEnd)
	}
	return fmt.Sprintf("From %s %s, %s after pick-up,", w.clock(l.from), w.zone(), seconds(float64(after)/1e9))
}

// otherEar says what the capture shows of the opposite direction meanwhile.
func (w *writer) otherEar(c *trace.Call, l *loss) string {
	rows := w.rows(c)
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" || r.To.Name != l.row.From.Name || r.From.Name != l.row.To.Name || r.Line != l.row.Line {
			continue
		}
		var seen, unseen, bad, rest int64
		for j := range r.Spans {
			s := &r.Spans[j]
			d := min(s.To.Time, l.to.Time) - max(s.From.Time, l.from.Time)
			switch {
			case d <= 0:
			case s.State == ledger.Unseen:
				unseen += d
			case s.State.Silent():
				bad += d
			case s.State == ledger.Paused || s.State == ledger.Agreed:
				rest += d
			default:
				seen += d
			}
		}
		if pause := pauseIn(r, l); pause != nil && bad == 0 && seen > unseen && seen > 0 {
			return fmt.Sprintf(" The %s itself sent nothing from %s to %s (%s: mute, hold or silence suppression look alike); from then on its voice left towards the %s.",
				r.From.Name, w.clock(pause.From), w.clock(pause.To), seconds(float64(pause.Duration())/1e9), r.To.Name)
		}
		switch {
		case bad > 0:
			return ""
		case rest > seen+unseen:
			return fmt.Sprintf(" Meanwhile %s sent %s nothing, as in a pause.", the(r.From.Name), the(r.To.Name))
		case unseen > seen:
			return fmt.Sprintf(" Whether %s heard %s meanwhile is not in view.", the(r.To.Name), the(r.From.Name))
		case seen > 0:
			if r.In(ledger.Sent) < 1e8 {
				return fmt.Sprintf(" Meanwhile %s's voice arrived at %s.", the(r.From.Name), the(r.To.Name))
			}
			if w.latchBehind(c, r) {
				return fmt.Sprintf(" Meanwhile %s's voice left towards %s; whether it was heard is not in view, as a server that held on to an old port would drop it.", the(r.From.Name), the(r.To.Name))
			}
			return fmt.Sprintf(" Meanwhile %s's voice left towards %s.", the(r.From.Name), the(r.To.Name))
		}
	}
	return ""
}

// latchBehind reports whether a latch that this capture does not show is suspected of
// holding on to where the talker of a row sent from before: it stops both directions.
func (w *writer) latchBehind(c *trace.Call, r *ledger.Row) bool {
	return slices.ContainsFunc(w.about[c], func(i int) bool {
		d, ok := w.result.Findings[i].Data.(detect.Silence)
		return ok && d.Latched == nil && slices.ContainsFunc(d.Directions, func(x detect.Direction) bool {
			return x.Evidence == "inbound-gap" && slices.ContainsFunc(r.Streams(), func(s *trace.Stream) bool { return s.Src.String() == x.To })
		})
	})
}

// clock is the time of day of a moment; of an edge of the ledger, which may lie
// between two frames, too.
func (w *writer) clock(m trace.Moment) string { return clock(Time{m.Time, m.Time != 0}, w.loc) }

func (w *writer) zone() string { return zone(w.Start, w.loc) }
