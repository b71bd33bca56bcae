package correlate

import (
	"bytes"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/parts"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// signalled is what the messages of the captures come to.
type signalled struct {
	legs     []*trace.Leg            // in order of their first message; ID is the index plus one
	hops     [][2]*trace.Leg         // legs of one Call-ID that belong to one call, the earlier one first
	asked    []asked                 // of each leg, in their order
	ids      arena.Numbers[string]   // of the Call-IDs
	first    []*trace.Leg            // of each Call-ID by its number; nil where it has none
	aliases  map[*trace.Leg][]string // see otherIdentities
	overfull map[*trace.Leg]int64    // legs that announced more ports than are followed, and how many more
	seed     maphash.Seed            // of names
}

// asked is what is kept of the first INVITE of a leg until its call is known.
type asked struct {
	target name          // the user in its Request-URI
	head   *tracked.Head // nil where it names no other dialog and no call
}

// buildLegs sorts messages into legs, and says of each who listened where, and
// how it ended as far as the capture goes, which is up to last. Messages must be
// in time order.
func buildLegs(messages trace.Messages, last trace.Moment) signalled {
	ids, seed := byCallID(messages), maphash.MakeSeed()
	built := parts.Of(ids.len(), func(from, to int) signalled { return legsOf(ids, from, to, last, seed) })
	out := signalled{ids: ids.Numbers, aliases: map[*trace.Leg][]string{}, overfull: map[*trace.Leg]int64{}, seed: seed}
	var of []asked
	for _, p := range built {
		out.legs, out.hops, of = joined(out.legs, p.legs), joined(out.hops, p.hops), joined(of, p.asked)
		out.first = joined(out.first, p.first)
		maps.Copy(out.aliases, p.aliases)
		maps.Copy(out.overfull, p.overfull)
	}
	was := slices.Clone(out.legs)
	sortMoments(out.legs, func(l *trace.Leg) trace.Moment { return l.Messages.Record(0).Moment }, nil)
	for i, l := range out.legs {
		l.ID = i + 1
	}
	out.asked = make([]asked, len(of))
	for i, l := range was {
		out.asked[l.ID-1] = of[i]
	}
	return out
}

// named is the first leg with a Call-ID; nil if there is none.
func (s *signalled) named(id string) *trace.Leg {
	n, ok := s.ids.Of(id)
	if !ok {
		return nil
	}
	return s.first[n]
}

// joined is a list with what another one holds behind it, which is taken over.
func joined[T any](list, more []T) []T {
	if list == nil {
		return more
	}
	return append(list, more...)
}

// legsOf are the legs of some Call-IDs, one Call-ID after the other.
func legsOf(ids callIDs, from, to int, last trace.Moment, seed maphash.Seed) signalled {
	out := signalled{
		legs: make([]*trace.Leg, 0, to-from), asked: make([]asked, 0, to-from), first: make([]*trace.Leg, 0, to-from),
		aliases: map[*trace.Leg][]string{},
	}
	work := callID{last: last}
	for n := from; n < to; n++ {
		before, list := len(out.legs), ids.messages(n)
		work.list = list
		for _, m := range list.All() {
			work.add(&m)
		}
		out.legs = work.finish(out.legs)
		out.hops = appendHops(out.hops, out.legs[before:])
		if of := out.legs[before:]; len(of) > 0 { // in order of their first messages
			out.first = append(out.first, of[0])
		} else {
			out.first = append(out.first, nil)
		}
		for _, l := range out.legs[before:] {
			out.asked = append(out.asked, askedBy(l, seed))
			if more := otherIdentities(l); more != nil {
				out.aliases[l] = more
			}
		}
		forgetHeads(list)
	}
	out.overfull = work.overfull
	return out
}

// appendHops appends the pairs of neighbours among the legs of one Call-ID that
// are one call: not a later call that uses the same Call-ID again.
func appendHops(hops [][2]*trace.Leg, legs []*trace.Leg) [][2]*trace.Leg {
	for i := 1; i < len(legs); i++ {
		if !startedAfter(legs[i], legs[i-1]) || triedNext(legs[i-1], legs[i]) {
			hops = append(hops, [2]*trace.Leg{legs[i-1], legs[i]})
		}
	}
	return hops
}

// triedNext reports whether a leg is the next try of an INVITE that was redirected
// or refused: a caller keeps its tag for it (RFC 3261 section 8.1.3.4), and a proxy
// that asks one branch after the other keeps the caller's (section 16.7), while a
// new call has a new one.
func triedNext(refused, l *trace.Leg) bool {
	return refused.Answer.IsZero() && refused.Status >= 300 && refused.FromTag != "" && refused.FromTag == l.FromTag &&
		l.Messages.Record(0).Time-refused.End.Time < transactionTime
}

// transactionTime is for how long an INVITE is asked again (64*T1, RFC 3261 section
// 17.1.1.2): who is told to try elsewhere does so within it.
const transactionTime = 32 * second

// callIDs are the messages of each Call-ID together, in order of the first.
type callIDs struct {
	arena.Numbers[string]
	list  trace.Messages
	until []int32 // where those of each end in list; they begin where those of the one before end
}

func (c callIDs) len() int { return len(c.until) }

// messages are those of the n-th Call-ID.
func (c callIDs) messages(n int) trace.Messages {
	from := int32(0)
	if n > 0 {
		from = c.until[n-1]
	}
	return trace.Messages{Store: c.list.Store, Numbers: c.list.Numbers[from:c.until[n]:c.until[n]]}
}

// fewMessages is what a Call-ID mostly has at least, where it has more than a question.
const fewMessages = 6

func byCallID(messages trace.Messages) (c callIDs) {
	count := messages.Len()
	c.Numbers = arena.NumbersFor[string](count / fewMessages)
	c.until = make([]int32, 0, count/fewMessages)
	var known []int32 // of each of the Dialogs, the number of its Call-ID plus one
	if count > 0 {
		known = make([]int32, messages.Dialogs.Len()+1)
	}
	for i := range count {
		dialog := messages.Record(i).Dialog
		n := known[dialog] - 1
		if n < 0 {
			n = c.Add(messages.Dialogs.At(dialog).CallID)
			if int(n) == len(c.until) {
				c.until = append(c.until, 0)
			}
			known[dialog] = n + 1
		}
		c.until[n]++
	}
	sum := int32(0)
	for n, count := range c.until {
		c.until[n] = sum // where the next one is put
		sum += count
	}
	c.list = trace.Messages{Store: messages.Store, Numbers: make([]uint32, count)}
	for i, m := range messages.Numbers {
		n := known[messages.Record(i).Dialog] - 1
		c.list.Numbers[c.until[n]] = m
		c.until[n]++
	}
	return c
}

// callID gathers the messages of one Call-ID and tells its hops apart. It serves
// one after the other: nearly all have a dozen messages.
type callID struct {
	list     trace.Messages
	of       []*draft // the leg of each so far
	next     []int32  // the next message of the same ident
	numbers  []uint32 // of the messages, while their list is put in another order
	seen     smallMap[ident, sightings]
	hops     smallMap[hop, []*draft]
	branches smallMap[transaction, *draft]
	drafts   []*draft
	spare    []*draft // of Call-IDs before

	last     trace.Moment // of the captures
	overfull map[*trace.Leg]int64
	ports    []*trace.Port // room for those of a leg
	pending  []offer       // room for those of a negotiation
	legs     arena.Arena[trace.Leg]
	hosts    arena.Arena[endpoint.Endpoint]
	port     arena.Arena[trace.Port]
	lists    arena.Arena[*trace.Port]
}

// sightings are the messages of one ident, at most maxAtOnce: a chain of indexes.
type sightings struct{ first, last, n int32 }

// draft is a leg that is being built.
type draft struct {
	*trace.Leg
	first    trace.Message
	messages int
	rang     bool
	cseq     uint32       // of the last initial INVITE
	cancel   trace.Moment // first CANCEL
	ack      struct {     // the first that can only be of a 2xx
		at  trace.Moment
		tag string
	}
	rung []string // To-tags of provisional responses, at most maxAtOnce
}

// finish hands over the legs of a Call-ID, whose messages they share.
func (c *callID) finish(legs []*trace.Leg) []*trace.Leg {
	if len(c.drafts) == 1 {
		c.drafts[0].Messages = c.list
	} else {
		c.numbers = append(c.numbers[:0], c.list.Numbers...)
		at := 0
		for _, d := range c.drafts {
			d.Messages = trace.Messages{Store: c.list.Store, Numbers: c.list.Numbers[at : at : at+d.messages]}
			at += d.messages
		}
		for i, m := range c.numbers {
			to := &c.of[i].Messages
			to.Numbers = append(to.Numbers, m)
		}
	}
	for _, d := range c.drafts {
		c.followOffers(d)
		d.conclude(c.last)
		legs = append(legs, d.Leg)
	}
	for _, d := range c.drafts[:min(len(c.drafts), maxAtOnce)] {
		rung := d.rung
		clear(rung)
		*d = draft{rung: rung[:0]}
		c.spare = append(c.spare, d)
	}
	clear(c.of)
	clear(c.drafts)
	c.of, c.next, c.drafts = c.of[:0], c.next[:0], c.drafts[:0]
	c.seen.reset()
	c.hops.reset()
	c.branches.reset()
	return legs
}

// ident is what a message keeps when a NAT or another tap shows it again, and
// what a proxy changes (it adds or takes off the topmost Via).
type ident struct {
	method, from, to string
	branch           trace.Branch
	cseq             uint32
	status           int16
}

type transaction struct {
	branch trace.Branch
	method string
}

// hop is an unordered pair of neighbours: of addresses, or of endpoints where
// both run on one host.
type hop struct{ a, b endpoint.Endpoint }

func hopOf(m *trace.Passage) hop {
	a, b := m.Src, m.Dst
	if a.Addr != b.Addr {
		a.Port, b.Port = 0, 0
	}
	if d := bytes.Compare(a.Addr[:], b.Addr[:]); d > 0 || d == 0 && a.Port > b.Port {
		a, b = b, a
	}
	return hop{a, b}
}

func (c *callID) add(m *trace.Message) {
	s := c.seen.at(ident{m.Method, m.FromTag, m.ToTag, m.Branch, m.CSeq, m.Status})
	var leg *draft
	for i, n := s.first, s.n; n > 0; i, n = c.next[i], n-1 {
		if e, by := c.passed(i); by.Src == m.Src && by.Dst == m.Dst {
			leg = c.of[i]
			if e.File != m.File || by.Tap != m.Tap || m.Time-e.Time < 50*millisecond {
				m.Copy, m.Twice = true, e.File == m.File
			} else {
				m.Repeat = true
			}
			break
		}
	}
	if leg == nil && m.Branch != 0 {
		other := c.otherHop(m, s)
		for i, n := s.first, s.n; n > 0; i, n = c.next[i], n-1 {
			e, by := c.passed(i)
			if other != nil && c.of[i] == other || nextHop(by, m.Passage) || nextHop(m.Passage, by) {
				continue // whoever got the one sent the other: no view of the same hop
			}
			unique := m.Branch.Unique() && m.Time-e.Time < 2*second
			if by.Src.Addr == m.Src.Addr || by.Dst.Addr == m.Dst.Addr || e.File != m.File || unique {
				// Same transaction, another address: seen on both sides of a NAT.
				leg, m.Copy = c.of[i], true
				break
			}
		}
	}
	at := int32(len(c.of))
	switch {
	case s.n == 0:
		*s = sightings{at, at, 1}
	case s.n < maxAtOnce:
		c.next[s.last] = at
		s.last, s.n = at, s.n+1
	}
	h := hopOf(m.Passage)
	if leg == nil {
		leg = c.legFor(m, h)
	}
	c.of, c.next = append(c.of, leg), append(c.next, 0)
	r := c.list.Record(int(at))
	r.Copy, r.Twice, r.Repeat = m.Copy, m.Twice, m.Repeat
	*c.branches.at(transaction{m.Branch, m.Method}) = leg
	if legs := c.hops.at(h); !slices.Contains(newest(*legs), leg) {
		*legs = append(*legs, leg)
	}
	c.take(leg, m)
}

// passed is the i-th message, and where it came by.
func (c *callID) passed(i int32) (*trace.Record, *trace.Passage) {
	r := c.list.Record(int(i))
	return r, c.list.Passages.At(r.Passage)
}

// otherHop is the leg that a message is of the next hop of, nil if there is none:
// whoever got a message there sends this one. Where a NAT changes the addresses of
// who stands between the two, only some views of that leg show it.
func (c *callID) otherHop(m *trace.Message, s *sightings) *draft {
	for i, n := s.first, s.n; n > 0; i, n = c.next[i], n-1 {
		if _, by := c.passed(i); nextHop(by, m.Passage) || nextHop(m.Passage, by) {
			return c.of[i]
		}
	}
	return nil
}

// newest are the legs of a hop among which a message is looked for. Nobody has
// so many of them under one Call-ID who means well.
func newest(legs []*draft) []*draft { return legs[max(0, len(legs)-maxAtOnce):] }

// byBranch is the leg of the last message of a transaction, nil if there is none.
func (c *callID) byBranch(branch trace.Branch, method string) *draft {
	if d := c.branches.find(transaction{branch, method}); d != nil {
		return *d
	}
	return nil
}

// legFor finds the leg of a message seen for the first time, or begins one.
func (c *callID) legFor(m *trace.Message, h hop) *draft {
	var legs []*draft
	if at := c.hops.find(h); at != nil {
		legs = newest(*at)
	}
	if !m.Request() {
		if l := c.onHop(c.byBranch(m.Branch, m.Method), legs, m); l != nil {
			return l
		}
	}
	if m.Request() && m.Method == "INVITE" && m.ToTag == "" {
		for _, l := range slices.Backward(legs) {
			if l.first.Src.Addr != m.Src.Addr && !hasAddress(&l.Parties[trace.Caller], m.Src) {
				continue // it comes back: the same Call-ID in the other direction is another leg
			}
			if l.Answer.IsZero() && (l.FromTag == m.FromTag || l.Status == 401 || l.Status == 407) {
				return l // a retry: with credentials, another timer, another target
			}
		}
		return c.begin(m)
	}
	if m.Method == "CANCEL" || m.Method == "ACK" {
		if l := c.onHop(c.byBranch(m.Branch, "INVITE"), legs, m); l != nil {
			return l
		}
	}
	for _, l := range slices.Backward(legs) {
		if knows(l.Leg, m) {
			return l
		}
	}
	if len(legs) > 0 {
		return legs[len(legs)-1]
	}
	if l := c.pastProxy(m); l != nil {
		return l
	}
	return c.begin(m)
}

// pastProxy is the leg of a request within a dialog that goes past the proxies
// that set it up, since they did not ask to stay in the path (RFC 3261 section
// 16.6, step 4): the first that was answered with its tags.
func (c *callID) pastProxy(m *trace.Message) *draft {
	if m.FromTag == "" || m.ToTag == "" {
		return nil
	}
	for _, l := range c.drafts[:min(len(c.drafts), maxAtOnce)] {
		if l.inDialog(m) {
			return l
		}
	}
	return nil
}

// inDialog reports whether a message has the tags of the dialog that the leg was
// answered with.
func (l *draft) inDialog(m *trace.Message) bool {
	return l.Tag != "" && (m.FromTag == l.FromTag && m.ToTag == l.Tag || m.FromTag == l.Tag && m.ToTag == l.FromTag)
}

// nextHop reports whether what received one message sends the other to a third
// host.
func nextHop(a, b *trace.Passage) bool {
	return b.Src.Addr == a.Dst.Addr && b.Dst.Addr != a.Src.Addr && b.Dst.Addr != a.Dst.Addr
}

// onHop is the leg that a branch names, unless its hop has another leg of the
// dialog: half of all B2BUAs send on what they got without a Via of their own, so
// that the transactions on their two sides are told apart by the hop only.
func (c *callID) onHop(named *draft, hop []*draft, m *trace.Message) *draft {
	if named == nil || slices.Contains(hop, named) {
		return named
	}
	for _, l := range slices.Backward(hop) {
		if knows(l.Leg, m) && l.first.Branch == named.first.Branch {
			return l
		}
	}
	return named
}

func (c *callID) begin(m *trace.Message) *draft {
	d := c.draft()
	d.Leg, d.first = c.legs.One(), *m
	d.Dialog = m.Dialog
	c.drafts = append(c.drafts, d)
	return d
}

// draft is an empty one.
func (c *callID) draft() *draft {
	n := len(c.spare)
	if n == 0 {
		return new(draft)
	}
	d := c.spare[n-1]
	c.spare = c.spare[:n-1]
	return d
}

// knows reports whether a message carries the tags of the leg's dialog.
func knows(l *trace.Leg, m *trace.Message) bool {
	return m.FromTag == l.FromTag || m.ToTag == l.FromTag
}

func hasAddress(p *trace.Party, ep endpoint.Endpoint) bool {
	for _, h := range p.Hosts {
		if h.Addr == ep.Addr {
			return true
		}
	}
	return false
}

// take notes what a message says about the course of the leg; what it says
// about media is for the ports (see followOffers).
func (c *callID) take(l *draft, m *trace.Message) {
	l.messages++
	from := l.Sender(m)
	c.meet(&l.Parties[from], m.Src)
	c.meet(&l.Parties[1-from], m.Dst)
	if m.Copy || m.Repeat {
		return
	}
	if h := m.Tracked; h != nil {
		learn(l.Leg, m, from, h)
	}
	initial := m.Method == "INVITE" && l.initial(m)
	switch {
	case m.Request():
		l.takeRequest(m, initial)
		if l.ack.at.IsZero() && c.acceptsAnswer(l, m) {
			l.ack.at, l.ack.tag = m.Moment, m.ToTag
		}
		if m.Method == "BYE" && !l.passes(m) {
			c.endDialog(m)
		}
	case initial:
		l.takeFinal(m)
	case m.Status >= 200 && m.Status < 300 && (m.Method == "INVITE" || m.Method == "UPDATE"):
		l.Refresh = append(l.Refresh, m.Moment)
	}
}

// acceptsAnswer reports whether a message is the ACK of a 2xx to the INVITE that set the
// leg up: it is a transaction of its own, while one of a refusal is the INVITE's (RFC 3261
// section 17.1.1.3).
func (c *callID) acceptsAnswer(l *draft, m *trace.Message) bool {
	return m.Method == "ACK" && l.Answer.IsZero() && m.ToTag != "" && m.CSeq == l.cseq && !l.Invite.IsZero() && l.Status < 300 &&
		l.Sender(m) == trace.Caller && m.Branch != 0 && c.byBranch(m.Branch, "INVITE") == nil
}

// passes reports whether a message goes between the hosts that set the leg up.
func (l *draft) passes(m *trace.Message) bool {
	a, b := l.first.Src.Addr, l.first.Dst.Addr
	return m.Src.Addr == a && m.Dst.Addr == b || m.Src.Addr == b && m.Dst.Addr == a
}

// endDialog ends all hops of a dialog with a BYE that passes none of them: there
// will be no other.
func (c *callID) endDialog(bye *trace.Message) {
	for _, l := range c.drafts[:min(len(c.drafts), maxAtOnce)] {
		if l.End.IsZero() && l.inDialog(bye) {
			l.End = bye.Moment
		}
	}
}

// initial reports whether an INVITE transaction sets the leg up, not a later one.
func (l *draft) initial(m *trace.Message) bool {
	if m.Request() {
		return m.ToTag == ""
	}
	if l.Invite.IsZero() {
		// Only what the callee says was recorded. A 18x answers no re-INVITE, nor does
		// what repeats a To without a tag (RFC 3261 section 8.2.6.2).
		f := &l.first
		setsUp := f.Status > 100 || f.ToTag == ""
		return !f.Request() && f.Method == "INVITE" && f.Status < 200 && setsUp && f.CSeq == m.CSeq && f.Src.Addr == m.Src.Addr
	}
	return m.CSeq <= l.cseq && l.Sender(m) == trace.Callee
}

func (l *draft) takeRequest(m *trace.Message, initial bool) {
	switch m.Method {
	case "INVITE":
		if initial {
			if l.Invite.IsZero() {
				l.Invite = m.Moment
			}
			l.cseq = max(l.cseq, m.CSeq)
			l.Status, l.End = 0, trace.Moment{}
			l.Dialog = m.Dialog
		}
	case "CANCEL":
		if l.cancel.IsZero() {
			l.cancel = m.Moment
		}
	case "BYE":
		if l.End.IsZero() && (l.Answer.IsZero() || l.Tag == "" || m.FromTag == l.Tag || m.ToTag == l.Tag) {
			l.End = m.Moment
		}
	}
}

func (l *draft) takeFinal(m *trace.Message) {
	switch {
	case m.Status < 200:
		l.rang = l.rang || m.Status >= 180
		if m.ToTag != "" && len(l.rung) < maxAtOnce && !slices.Contains(l.rung, m.ToTag) {
			l.rung = append(l.rung, m.ToTag)
			l.Forked = len(l.rung) > 1
		}
	case m.Status < 300:
		if l.Answer.IsZero() {
			l.Answer, l.Tag, l.Status = m.Moment, m.ToTag, m.Status
		}
	default:
		if l.Answer.IsZero() {
			l.Status, l.End = m.Status, m.Moment
		}
	}
}

func learn(l *trace.Leg, m *trace.Message, from trace.Side, h *tracked.Head) {
	requester := from
	if !m.Request() {
		requester = 1 - from
	}
	put := func(dst *string, s string) {
		if *dst == "" {
			*dst = s
		}
	}
	caller, callee := &l.Parties[requester], &l.Parties[1-requester]
	if caller.URI == "" {
		caller.URI = sip.WithoutPassword(h.FromURI)
	}
	if callee.URI == "" {
		callee.URI = sip.WithoutPassword(h.ToURI)
	}
	put(&caller.Display, h.FromName)
	put(&callee.Display, h.ToName)
	put(&l.Parties[from].Agent, h.Agent)
}

// maxHosts is how many sources of one party are told apart.
const maxHosts = 16

func (c *callID) meet(p *trace.Party, ep endpoint.Endpoint) {
	switch {
	case len(p.Hosts) == 0:
		p.Hosts = c.hosts.List(ep)
	case !slices.Contains(p.Hosts, ep) && len(p.Hosts) < maxHosts:
		p.Hosts = append(p.Hosts, ep)
	}
}

// conclude says how the leg ended, as far as the capture goes.
func (l *draft) conclude(last trace.Moment) {
	if !l.signalled() {
		l.Status = 0 // nobody saw one
	}
	oneSided := l.oneSided()
	if l.Answer.IsZero() && !l.ack.at.IsZero() && l.Status == 0 && !oneSided {
		l.Answer, l.Tag = l.ack.at, l.ack.tag // the recording lost the 2xx
	}
	switch {
	case oneSided:
		l.State = trace.OneSided
	case l.Invite.IsZero():
		l.State = trace.Partial
	case !l.Answer.IsZero():
		l.State = trace.Established
		if !l.End.IsZero() {
			l.State = trace.Completed
		}
	case l.Status == 487 || l.Status == 0 && !l.cancel.IsZero():
		l.State = trace.Cancelled
		if l.End.IsZero() {
			l.End = l.cancel
		}
	case l.Status == 408 || l.Status >= 500 && l.Status < 600:
		l.State = trace.Failed
	case l.Status >= 300:
		l.State = trace.Rejected
	case !l.rang && len(l.rung) == 0 && l.Messages.At(0).Transport != trace.NG && last.Time-l.Invite.Time > 32*second:
		l.State = trace.TimedOut // timer B (RFC 3261 section 17.1.1.2) ran out unanswered
	default:
		l.State = trace.Ringing
	}
}

// signalled reports whether SIP says anything of the leg.
func (l *draft) signalled() bool {
	for _, m := range l.Messages.All() {
		if m.Transport != trace.NG {
			return true
		}
	}
	return false
}

// oneSided reports whether only what one side said was recorded, although it
// shows that the other one answered: it acknowledges, or goes on within the
// dialog.
func (l *draft) oneSided() bool {
	answered := false
	first := l.Messages.At(0)
	for _, m := range l.Messages.All() {
		if l.Sender(&m) != l.Sender(&first) || m.Src.Addr != first.Src.Addr {
			return false
		}
		answered = answered || m.Request() && m.ToTag != "" || !m.Request() && m.Method == "INVITE" && m.Status >= 200
	}
	return answered && l.Messages.Len() > 1
}
