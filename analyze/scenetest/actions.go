package scenetest

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// action reads what follows a time.
func (p *parser) action(st *statement, at time.Duration) {
	a := action{line: st.line, at: at, until: -1, words: map[string]bool{}}
	name := st.next("who or what")
	switch p.kinds[name] {
	case "call":
		a.call = name
		p.callAction(st, &a)
	case "host", "nat", "server":
		a.node = name
		p.nodeAction(st, &a)
	default:
		st.fail("nothing is called %q", name)
	}
	p.scene.actions = append(p.scene.actions, a)
}

func (st *statement) until(a *action) {
	if text, ok := st.after("until"); ok && text != "end" {
		a.until = st.time(text)
	}
}

func (st *statement) flags(a *action, words ...string) {
	for _, w := range words {
		if st.flag(w) {
			a.words[w] = true
		}
	}
}

func (p *parser) callAction(st *statement, a *action) {
	spec := &p.scene.calls[p.index[a.call]]
	a.verb = st.next("what happens")
	if status, err := strconv.Atoi(a.verb); err == nil {
		if reasons[status] == "" || status == 100 {
			st.fail("a callee cannot answer %d", status)
		}
		a.verb, a.status, a.sdp, a.fork = "answer", status, st.flag("sdp"), int(st.number("fork", 0, 9))
		st.flags(a, "reliable")
		return
	}
	switch a.verb {
	case "invite":
		st.flags(a, "nosdp", "auth")
		a.pad, a.wait = int(st.number("pad", 0, 8000)), st.duration("ack-after", 0)
		a.expires = int(st.number("expires", 0, 86400))
		return
	case "cancel":
		return
	case "stalls":
		if spec.via == "" {
			st.fail("%s has no server that could stall", a.call)
		}
		st.until(a)
		a.node, _ = st.after("for")
		if a.node != "" && a.node != spec.from && a.node != spec.to {
			st.fail("%q is no party of %s", a.node, a.call)
		}
		return
	case "direct":
		if spec.via == "" {
			st.fail("%s has no server to leave out", a.call)
		}
		return
	}
	a.node = a.verb
	if a.node != spec.from && a.node != spec.to {
		st.fail("%q is neither a verb nor a party of %s", a.node, a.call)
		return
	}
	a.verb = st.next("what " + a.node + " does")
	switch a.verb {
	case "bye":
	case "talks":
		st.until(a)
		p.talk(st, a)
	case "reinvite", "update":
		st.flags(a, "hold", "music", "inactive", "zero", "resume", "version", "refresh", "t38", "rekey")
		if text := st.option("port", ""); text != "" {
			a.port = st.port(text)
		}
		if a.toNode = st.option("to", ""); a.toNode != "" {
			p.want(st, a.toNode, "host")
		}
	case "moves":
		a.port = st.port(st.option("port", "missing"))
	case "protects":
		p.protects(st, a)
	case "falls-back":
		a.n = int(st.number("by", 0, 60000))
	case "sends":
		p.sends(st, a)
	default:
		st.fail("%q is nothing that %s can do", a.verb, a.node)
	}
}

func (p *parser) talk(st *statement, a *action) {
	t := &a.talk
	t.ssrc, t.seq, t.ts = uint32(st.number("ssrc", 0, 1<<32-1)), uint16(st.number("seq", 0, 65535)), uint32(st.number("ts", 0, 1<<32-1))
	t.ptime = st.duration("ptime", 20*time.Millisecond)
	if t.ptime < 10*time.Millisecond || t.ptime > 200*time.Millisecond {
		st.fail("ptime is from 10 to 200 ms")
	}
	t.kind = "speech"
	for _, kind := range [...]string{"speech", "tone", "silence", "hush"} {
		if st.flag(kind) {
			t.kind = kind
		}
	}
	t.pt = int(st.number("pt", 128, 128))
	if t.pt == 128 {
		t.pt = -1
	}
	t.bye = st.flag("rtcp-bye")
	t.cn, t.rtcp, t.fork = st.flag("cn"), st.flag("rtcp"), int(st.number("fork", 0, 9))
	if text := st.option("pause", ""); text != "" {
		for _, each := range strings.Split(text, ",") {
			from, until, ok := strings.Cut(each, "-")
			if !ok {
				st.fail("pause=%s: want FROM-UNTIL", each)
			}
			t.pauses = append(t.pauses, span{st.time(from), st.time(until)})
		}
	}
}

// protects reads with WHAT [counter=N].
func (p *parser) protects(st *statement, a *action) {
	if !p.scene.calls[p.index[a.call]].srtp {
		st.fail("%s has no SRTP", a.call)
	}
	manner, _ := st.after("with")
	known := false
	for _, m := range protectManners {
		known = known || m == manner
	}
	if !known {
		st.fail("protects with %q: want %s", manner, strings.Join(protectManners[:], ", "))
	}
	a.guards = protection{manner, uint32(st.number("counter", 0, 1<<32-1))}
}

// datagramKinds are what a host can send apart from a talker's RTP.
var datagramKinds = [...]string{"rtp", "empty", "zero4", "stun", "pt20", "dns", "sip", "udptl"}

func (p *parser) sends(st *statement, a *action) {
	a.kind = st.next("what is sent")
	known := false
	for _, k := range datagramKinds {
		known = known || k == a.kind
	}
	if !known {
		st.fail("%q cannot be sent: want %s", a.kind, strings.Join(datagramKinds[:], ", "))
	}
	a.n, a.every = int(st.number("count", 1, 100000)), st.duration("every", 20*time.Millisecond)
	a.ssrc = uint32(st.number("ssrc", 0, 1<<32-1))
	a.fork = int(st.number("ports", 1, 1000))
}

func (p *parser) nodeAction(st *statement, a *action) {
	kind := p.kinds[a.node]
	a.verb = st.next("what " + a.node + " does")
	switch {
	case a.verb == "loses" || a.verb == "blocks" || a.verb == "delays":
		p.weather(st, a)
	case a.verb == "sends" && kind != "nat":
		p.sends(st, a)
		a.port = st.port(st.option("from", "40000"))
		to, _ := st.after("to")
		if c, party, is := strings.Cut(to, "/"); is {
			p.want(st, c, "call")
			a.toCall, a.toNode = c, party
			if st.err == nil {
				if spec := &p.scene.calls[p.index[c]]; spec.from != party && spec.to != party {
					st.fail("%q is no party of %s", party, c)
				}
			}
			return
		}
		var err error
		if a.target, err = netip.ParseAddrPort(to); err != nil {
			st.fail("want to ADDRESS:PORT or to CALL/PARTY")
		}
	case a.verb == "registers" && kind == "host":
		to, _ := st.after("with")
		p.want(st, to, "server")
		a.toNode = to
	case a.verb == "takes" && kind == "nat":
		a.port = st.port(st.next("a port"))
	case a.verb == "forgets" && kind == "nat":
		if a.toNode = st.next("a host, or all"); a.toNode != "all" {
			p.want(st, a.toNode, "host")
		}
		st.flags(a, "keep-old", "idle")
	case a.verb == "fails-over" && kind == "nat":
		a.addr = st.addr(st.next("an address"))
		if !a.addr.Is4() {
			st.fail("a NAT translates IPv4 only")
		}
	default:
		st.fail("%q is nothing that the %s %s can do", a.verb, kind, a.node)
	}
}

// weather reads loses 40% in|out, blocks in|out, delays 150ms in|out.
func (p *parser) weather(st *statement, a *action) {
	r := rule{span: span{from: a.at, until: longest}, what: "all", loss: 1}
	var err error
	switch a.verb {
	case "loses":
		r.loss, err = share(st.next("a percentage"))
	case "delays":
		r.loss = 0
		r.extra, err = duration(st.next("a delay"))
	}
	if err != nil {
		st.fail("%w", err)
	}
	switch dir := st.next("in or out"); dir {
	case "in":
		r.dir = in
	case "out":
		r.dir = out
	default:
		st.fail("want in or out, not %q", dir)
	}
	for _, what := range [...]string{"rtp", "sip", "fragments"} {
		if st.flag(what) {
			r.what = what
		}
	}
	st.until(a)
	if a.until >= 0 {
		r.until = a.until
	}
	if r.reject = uint8(st.number("reject", 0, 13)); r.reject != 0 {
		if _, ok := codes6[r.reject]; !ok {
			st.fail("reject=%d: want 1, 3, 10 or 13", r.reject)
		}
		r.by = st.addr(st.option("by", "missing"))
	}
	a.rule = r
	a.until = -1
}
