package packet

import (
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/tls"
)

// Options is what a Decoder may be told.
type Options struct {
	Limits Limits // zero fields take their value from DefaultLimits

	// WantTCP looks at one segment's payload and says whether its connection
	// is worth reassembling. Connections that never draw a yes, in either
	// direction, cost a few dozen bytes or nothing. Nil: no TCP at all.
	WantTCP func(payload []byte) bool

	// Relays is what TURN said so far: in the files before this one, or when it
	// was read for the first time. Nil: nothing.
	Relays *Relays

	// Secrets are the keys of TLS sessions, which may grow while a file is read:
	// a pcapng holds them in blocks of their own. Nil: none.
	Secrets *tls.Secrets
}

// Limits bounds what a Decoder holds, whatever the capture says. A limit that
// was hit is a warning.
type Limits struct {
	Fragments       int   // datagrams being put together
	FragmentBytes   int   // bytes they hold, all together
	FragmentTimeout int64 // ns of capture time until an unfinished IPv4 datagram is given up; IPv6 waits twice as long
	TCPConns        int   // connections being reassembled; and as many again of which only the handshake is known
	TCPConnBytes    int   // bytes one direction holds while it waits for a missing segment
	TCPBytes        int   // the same, all connections together
	TCPHold         int64 // ns of capture time until a missing segment is given up
	SCTPMessages    int   // SCTP user messages being put together
	SCTPBytes       int   // bytes they hold, all together
	Taps            int   // places told apart
	TunnelDepth     int   // tunnels inside tunnels
	QuoteBytes      int   // payload kept of a packet quoted by an ICMP error
}

// DefaultLimits suit captures of any size on a small machine: at most some
// 20 MiB are held, and that only where a capture is made to reach them.
func DefaultLimits() Limits {
	return Limits{
		Fragments:       1024,
		FragmentBytes:   8 << 20,
		FragmentTimeout: 30e9, // as Linux does; RFC 791 suggests 15 s, RFC 8200 section 4.5 wants 60 s
		TCPConns:        4096,
		TCPConnBytes:    1 << 20,
		TCPBytes:        8 << 20,
		TCPHold:         10e9,
		SCTPMessages:    256,
		SCTPBytes:       2 << 20,
		Taps:            4096,
		TunnelDepth:     4,
		QuoteBytes:      2048, // RFC 4443 lets an error be 1280 bytes, RFC 1812 576
	}
}

// withDefaults is l with its zero fields filled in.
func (l Limits) withDefaults() Limits {
	def := DefaultLimits()
	for _, p := range []struct{ v, d *int }{
		{&l.Fragments, &def.Fragments}, {&l.FragmentBytes, &def.FragmentBytes},
		{&l.TCPConns, &def.TCPConns}, {&l.TCPConnBytes, &def.TCPConnBytes}, {&l.TCPBytes, &def.TCPBytes},
		{&l.SCTPMessages, &def.SCTPMessages}, {&l.SCTPBytes, &def.SCTPBytes},
		{&l.Taps, &def.Taps}, {&l.TunnelDepth, &def.TunnelDepth}, {&l.QuoteBytes, &def.QuoteBytes},
	} {
		if *p.v <= 0 {
			*p.v = *p.d
		}
	}
	if l.FragmentTimeout <= 0 {
		l.FragmentTimeout = def.FragmentTimeout
	}
	if l.TCPHold <= 0 {
		l.TCPHold = def.TCPHold
	}
	return l
}

// Decoder turns the frames of one file, in file order, into datagrams. It is
// not for concurrent use. IP, UDP and TCP checksums are not verified: offload
// makes them wrong in captures taken on the sending machine, and what the
// capture holds is what there is to analyse.
type Decoder struct {
	opt   Options
	lim   Limits
	taps  tapTable
	warn  warnings
	out   []Datagram // while Decode or Flush runs
	frags fragments
	tcp   tcpTable
	sctp  sctpTable

	names  map[string]int32 // interfaces by name, see interfaceNamed
	relays *Relays

	plain    Datagram // the last one of the fast road
	slowOnly bool     // tests send packets down both roads

	// gopacket's layers, reused from packet to packet
	eth    layers.Ethernet
	dot1q  layers.Dot1Q
	llc    layers.LLC
	snap   layers.SNAP
	ip4    layers.IPv4
	udpL   layers.UDP
	tcpL   layers.TCP
	greL   layers.GRE
	sctpL  layers.SCTP
	icmp4L layers.ICMPv4
	icmp6L layers.ICMPv6
}

// NewDecoder is a Decoder for one file.
func NewDecoder(opt Options) *Decoder {
	d := &Decoder{opt: opt, lim: opt.Limits.withDefaults(), plain: Datagram{Kind: UDP}}
	d.taps = newTapTable(d.lim.Taps)
	if d.relays = opt.Relays; d.relays == nil {
		d.relays = new(Relays)
	}
	return d
}

// Decode appends to out what the frame says: mostly one datagram, none for a
// frame of no interest or an unfinished one, several for a frame that fills a
// hole in a TCP stream or carries several SCTP messages. Payloads alias the
// frame's Data unless they were put together from several frames.
//
// Datagrams come in the order of the frames that completed them. Two kinds come
// late, with the Time and Frame of the packet that carried them: TCP bytes
// behind a hole, and the first fragment of a datagram that never became
// complete.
func (d *Decoder) Decode(f *capture.Frame, out []Datagram) []Datagram {
	if dg, ok := d.Plain(f); ok {
		return append(out, *dg)
	}
	d.out = out
	d.slow(f)
	if d.frags.heads != nil {
		d.decodeHeads()
	}
	out, d.out = d.out, nil
	return out
}

// Flush appends what is still waiting at the end of the file: TCP bytes behind
// holes (flag Gap), and first fragments without the rest (flags Fragmented and
// Truncated), in the order of the frames that carried them.
func (d *Decoder) Flush(out []Datagram) []Datagram {
	d.out = out
	d.flushFragments()
	d.flushTCP()
	d.flushSCTP()
	out, d.out = d.out, nil
	return out
}

// Taps is where packets were seen so far; Datagram.Tap is an index into it.
func (d *Decoder) Taps() []Tap { return d.taps.list }

// Warnings is the damage met so far, by first frame, one for each code:
//
//	link-type-unknown      frames of a link type that cannot be decoded
//	snaplen-header         packets cut by the capture inside their headers: no datagram
//	snaplen-payload        packets cut inside their payload: a datagram with flag Truncated
//	frame-malformed        a header that ends before it should: no datagram
//	ip-malformed           an IP header that contradicts itself or the packet's length
//	udp-length             the same for UDP; below 8 there is no datagram
//	icmp-quote-short       ICMP errors that do not say which packet they are about: no datagram
//	nesting-limit          headers or tunnels inside each other beyond Limits.TunnelDepth or reason
//	fragments-incomplete   datagrams of which fragments are missing
//	fragments-overlap      fragments that overlap and differ; what came first was kept
//	fragments-limit        Limits.Fragments or FragmentBytes was hit
//	tcp-hole               bytes of a TCP stream that are not in the capture: flag Gap
//	tcp-connections-limit  Limits.TCPConns was hit
//	tcp-buffer-limit       Limits.TCPConnBytes or TCPBytes was hit
//	sctp-incomplete        SCTP user messages of which parts are missing, or a limit was hit
//	taps-limit             Limits.Taps was hit
//	turn-unbound           TURN channels whose peer is not known: the binding is not in the capture
//	signalling-mgcp        MGCP, -megaco, -iax2, -h323, -sccp: not read
//	sips-encrypted         segments of TLS on SIP's port that could not be decrypted
//	tls-encrypted          the same on other ports
//	esp-encrypted          IPsec packets that are encrypted
//	wifi-encrypted         802.11 frames that are encrypted
//	wifi-fragments         802.11 frames that hold a part of a packet: only the first is looked at
//	wifi-damaged           802.11 frames received with a wrong checksum: not read
func (d *Decoder) Warnings() []capture.Warning { return d.warn.list() }

// Carried reports whether a TCP connection had packets inside it so far: those of a
// part of a file are found by whoever reads it from its beginning only.
func (d *Decoder) Carried() bool { return d.tcp.carried }

// tap is the number of a place.
func (d *Decoder) tap(t Tap, frame int64) uint32 {
	no, full := d.taps.number(t)
	if full {
		d.warn.add(warnTaps, frame)
	}
	return no
}

// emit hands one datagram on.
func (d *Decoder) emit(dg Datagram) { d.out = append(d.out, dg) }
