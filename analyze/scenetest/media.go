package scenetest

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// talker sends one stream of RTP for a party.
type talker struct {
	talkSpec
	call   *call
	party  *party
	until  time.Duration // -1: the call's end
	dice   *rand.Rand
	noise  *rand.Rand
	base   time.Duration
	step   uint32 // timestamp units a packet
	k      int    // packet times since base
	mark   bool
	roc    uint32 // how often its sequence numbers began anew
	sent   uint32
	octets uint32
	lastTS uint32
	lastAt time.Duration

	fates  []fate
	source netip.AddrPort // as the internet sees it
	from   netip.AddrPort // as the host sends it
	flip   *Flip
	flips  []*Flip
}

// mediaTag says which packet of which talker this is.
type mediaTag struct {
	talker  *talker
	i       int
	from    netip.AddrPort // the host's own endpoint
	relayed bool
}

// fate is what became of one packet.
type fate struct {
	at  time.Duration // when the relay heard it; without a relay, when it arrived
	end outcome
}

type outcome uint8

const (
	lostBefore   outcome = iota // never reached the relay
	refusedThere                // met a closed port
	held                        // came before the relay could pass it on
	dropped                     // by the latch
	withheld                    // the relay knew no address to send to
	lostAfter                   // lost behind the relay
	misdirected                 // sent where the party no longer is
	delivered
)

func (m mediaTag) fate(o outcome) {
	if m.talker != nil {
		m.talker.fates[m.i].end = o
	}
}

// refused notes that a machine had no port open for the packet: the listener's own, or
// one where the listener is not.
func (m mediaTag) refused(by *node) {
	if m.talker != nil && m.relayed && m.talker.call.parties[1-m.talker.party.i].machine != by {
		m.fate(misdirected)
		return
	}
	m.fate(refusedThere)
}

// reached notes that the relay's machine saw the packet.
func (m mediaTag) reached(now time.Duration, from netip.AddrPort) {
	if m.talker == nil || m.relayed {
		return
	}
	m.talker.fates[m.i].at = now
	if f := m.talker.flip; f != nil && f.To == from && f.Time == 0 {
		f.Time = now
	}
}

// noticeSource tells a flip: the same talker seen from elsewhere although its
// host sends from where it always did, or moved without a word.
func (w *world) noticeSource(p *packet) {
	t := p.media.talker
	if t == nil || p.media.relayed || p.src == t.source {
		return
	}
	before := t.source
	t.source = p.src
	inside := p.media.from
	announced := t.from != inside && t.port != inside.Port()
	t.from = inside
	if !before.IsValid() || announced {
		return
	}
	f := &Flip{Call: t.call.name, Party: t.party.node.name, SSRC: t.ssrc, From: before, To: p.src, Trigger: "unknown", Frames: map[string]int{}}
	if n := t.party.machine.behind; n != nil {
		if why := n.nat.gone[natKey{udp, inside, p.src.Addr()}]; why != "" {
			f.Trigger = why
		}
	}
	t.flip = f
	t.flips = append(t.flips, f)
}

// talk starts a talker.
func (w *world) talk(c *call, p *party, a action) {
	t := &talker{talkSpec: a.talk, call: c, party: p, until: a.until, base: w.now, mark: true}
	name := c.name + "/" + p.node.name
	t.dice = w.dice(name + a.at.String())
	if t.ssrc == 0 {
		t.ssrc = t.dice.Uint32()
	}
	if t.seq == 0 {
		t.seq = uint16(t.dice.Uint32N(30000))
	}
	if t.ts == 0 {
		t.ts = t.dice.Uint32()
	}
	t.noise = w.dice(name + "/noise")
	t.step = uint32(t.ptime.Milliseconds()) * c.codec.clock / 1000
	c.talkers = append(c.talkers, t)
	p.sending = t
	w.tick(t)
	if t.rtcp {
		w.after(2500*time.Millisecond, func() { w.report(t) })
	}
}

// tick sends the packet that is due, or does not, and plans the next.
func (w *world) tick(t *talker) {
	due := t.base + time.Duration(t.k)*t.ptime
	if t.party.over || t.until >= 0 && due >= t.until || t.party.sending != t && t.fork == t.party.sending.fork {
		return
	}
	to := t.party.remote
	quiet := false
	for _, s := range t.pauses {
		quiet = quiet || due >= s.from && due < s.until
	}
	switch {
	case !to.IsValid() || t.party.mute():
		t.mark = true
	case quiet:
		if t.cn && t.k%10 == 0 {
			w.frame(t, to, 13, []byte{60, 12, 7, 3}) // RFC 3389: a level and three coefficients
		}
		t.mark = true
	default:
		pt := t.call.codec.pt
		if t.pt >= 0 {
			pt = uint8(t.pt)
		}
		w.frame(t, to, pt, t.payload())
		t.mark = false
	}
	t.k++
	t.ts += t.step
	w.at(due+t.ptime+upTo(t.dice, 150*time.Microsecond), func() { w.tick(t) })
}

func (w *world) frame(t *talker, to netip.AddrPort, pt uint8, payload []byte) {
	b := rtpHeader(pt, t.mark, t.seq, t.ts, t.ssrc)
	b = append(b, payload...)
	if t.call.srtp {
		b = t.party.protected(b, t.roc)
	}
	if t.seq++; t.seq == 0 {
		t.roc++
	}
	t.sent++
	t.octets += uint32(len(payload))
	t.lastTS, t.lastAt = t.ts, w.now
	from := t.party.mediaAddr(t.fork)
	if t.port != 0 {
		from = netip.AddrPortFrom(from.Addr(), t.port)
	}
	t.fates = append(t.fates, fate{at: w.now})
	w.send(t.party.machine, packet{src: from, dst: to, proto: udp, tos: 0xb8, payload: b, rtp: true,
		media: mediaTag{talker: t, i: len(t.fates) - 1, from: from}})
}

func rtpHeader(pt uint8, mark bool, seq uint16, ts, ssrc uint32) []byte {
	b := make([]byte, 12, 200)
	b[0], b[1] = 0x80, pt
	if mark {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b
}

// payload is 20 ms or so of what the talker says. Speech never repeats, so
// that legs can be paired by it; a tone and silence do nothing but repeat; hush is
// a microphone in a room where nobody speaks.
func (t *talker) payload() []byte {
	b := make([]byte, t.call.codec.bytes*int(t.ptime.Milliseconds())/20)
	switch t.kind {
	case "tone":
		for i := range b {
			b[i] = [...]byte{0xff, 0x92, 0x8a, 0x92, 0xff, 0x12, 0x0a, 0x12}[i%8]
		}
	case "silence":
		for i := range b {
			b[i] = 0xff ^ t.call.codec.pt&8>>3*0x2a // 0xff in μ-law, 0xd5 in A-law
		}
	case "hush":
		for i := range b { // one or two of the smallest steps up and down
			b[i] = 0xff ^ t.call.codec.pt&8>>3*0x2a ^ byte(t.noise.Uint32())&0x81
		}
	default:
		loud := byte(0x0f + 0x10*t.noise.IntN(7))
		for i := range b {
			b[i] = byte(t.noise.Uint32()) | ^loud&0x70
		}
	}
	return b
}

// reception is what a party knows for its receiver reports.
type reception struct {
	ssrc     uint32
	first    uint32
	highest  uint32 // extended
	received uint32
	lost     uint32 // at the last report
	expected uint32
	transit  int64
	jitter   float64
	lastSR   uint32
	lastSRAt time.Duration
}

// heardRTP is a media packet at its journey's end.
func (w *world) heardRTP(p *party, pkt packet) {
	if len(pkt.payload) > 1 && pkt.payload[1] >= 192 && pkt.payload[1] < 224 {
		w.heardRTCP(p, pkt) // on the port of RTP
		return
	}
	pkt.media.fate(delivered)
	if m := pkt.media; m.talker != nil && !m.relayed {
		m.talker.fates[m.i].at = w.now
	}
	if len(pkt.payload) < 12 || pkt.payload[0]>>6 != 2 {
		return
	}
	rx := &p.rx
	seq, ts := binary.BigEndian.Uint16(pkt.payload[2:]), binary.BigEndian.Uint32(pkt.payload[4:])
	if ssrc := binary.BigEndian.Uint32(pkt.payload[8:]); ssrc != rx.ssrc || rx.received == 0 {
		*rx = reception{ssrc: ssrc, first: uint32(seq), highest: uint32(seq)}
	}
	rx.received++
	if d := int16(seq - uint16(rx.highest)); d > 0 {
		rx.highest += uint32(d)
	}
	transit := int64(w.now)*int64(p.call.codec.clock)/1e9 - int64(ts)
	if d := transit - rx.transit; rx.transit != 0 && d > -1e6 && d < 1e6 {
		rx.jitter += (float64(max(d, -d)) - rx.jitter) / 16
	}
	rx.transit = transit
}

// report sends a sender report about t and a receiver report about what the
// party hears, every five seconds (RFC 3550 section 6).
func (w *world) report(t *talker) {
	p := t.party
	if p.over || p.sending != t {
		return
	}
	if t.sent > 0 && p.remote.IsValid() {
		sr := &rtcp.SenderReport{SSRC: t.ssrc, NTPTime: w.ntp(), RTPTime: t.lastTS + uint32(int64(w.now-t.lastAt)*int64(t.call.codec.clock)/1e9),
			PacketCount: t.sent, OctetCount: t.octets}
		if p.rx.received > 0 {
			sr.Reports = []rtcp.ReceptionReport{w.block(&p.rx)}
		}
		b, err := rtcp.Marshal([]rtcp.Packet{sr, rtcp.NewCNAMESourceDescription(t.ssrc, p.node.name+"@"+p.addr.String())})
		if err != nil {
			w.err = err
			return
		}
		w.send(p.machine, packet{src: p.call.control(p.mediaAddr(t.fork)), dst: p.call.control(p.remote), proto: udp, tos: 0xb8, payload: b})
	}
	w.after(5*time.Second, func() { w.report(t) })
}

func (w *world) block(rx *reception) rtcp.ReceptionReport {
	expected := rx.highest - rx.first + 1
	lost := uint32(0)
	if expected > rx.received {
		lost = expected - rx.received
	}
	r := rtcp.ReceptionReport{SSRC: rx.ssrc, TotalLost: lost & 0x7fffff, LastSequenceNumber: rx.highest, Jitter: uint32(rx.jitter), LastSenderReport: rx.lastSR}
	if span := expected - rx.expected; span > 0 && lost > rx.lost {
		r.FractionLost = uint8(min(255, 256*(lost-rx.lost)/span))
	}
	rx.expected, rx.lost = expected, lost
	if rx.lastSR != 0 {
		r.Delay = uint32((w.now - rx.lastSRAt) * 65536 / time.Second)
	}
	return r
}

// heardRTCP remembers the sender report's time for the next report's LSR.
func (w *world) heardRTCP(p *party, pkt packet) {
	var sr rtcp.SenderReport
	if err := sr.Unmarshal(firstOf(pkt.payload)); err == nil {
		p.rx.lastSR, p.rx.lastSRAt = uint32(sr.NTPTime>>16), w.now
	}
}

// firstOf is the first packet of an RTCP compound.
func firstOf(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	return b[:min(len(b), 4*(int(binary.BigEndian.Uint16(b[2:]))+1))]
}

func (w *world) ntp() uint64 {
	t := w.scene.start.Add(w.now)
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// nextUp is the RTCP endpoint of an RTP endpoint.
func nextUp(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }
