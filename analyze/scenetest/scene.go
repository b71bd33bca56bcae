package scenetest

import (
	"net/netip"
	"time"
)

// Scene is a staged call: what Parse made of a text. It is immutable, and Run
// may be called as often as one likes.
type Scene struct {
	Name   string
	About  string // the opening comment: what is true of the scene
	Expect []Expectation

	seed     uint64
	start    time.Time
	end      time.Duration
	hosts    []hostSpec
	nats     []natSpec
	servers  []serverSpec
	calls    []callSpec
	actions  []action
	captures []captureSpec
}

// linkSpec is one access line, the same in both directions.
type linkSpec struct {
	delay  time.Duration
	jitter time.Duration
	loss   float64 // 0..1
}

// hostSpec is a telephone, a gateway, or anybody else with one address.
type hostSpec struct {
	name   string
	addr   netip.Addr
	behind string // name of its NAT
	link   linkSpec
	user   string
	inner  bool // on the server's inner side
	noRTCP bool // never binds the RTCP port
	icmp   icmpSpec
	linger time.Duration // media ports stay open so long after the BYE
}

// natSpec is a router that translates.
type natSpec struct {
	name       string
	addrs      []netip.Addr
	inside     netip.Addr
	link       linkSpec
	ports      string // keep, lowest, next, random
	base       uint16
	dropOnICMP bool
	idle       time.Duration
	alternate  time.Duration // leaves by another address every so often
	balance    bool          // each packet of media leaves by whichever address
	icmp       icmpSpec      // what it says about packets to a port without a mapping
}

// serverSpec is a B2BUA or proxy with a media relay.
type serverSpec struct {
	name    string
	addr    netip.Addr // signalling
	media   netip.Addr
	inner   netip.Addr    // faces the hosts marked inner
	lan     [2]netip.Addr // its own addresses for media and for signalling, if the internet's are translated
	link    linkSpec
	policy  policy
	atOffer bool // media ports are bound at the offer; else at the answer
	proxy   bool
	noMedia bool // a proxy that leaves SDP and media alone
	noRoute bool // and that records no route
	rewrite bool
	recrypt bool
	base    uint16
	icmp    icmpSpec
	linger  time.Duration
}

// icmpSpec is how a machine refuses.
type icmpSpec struct {
	off     bool
	limited bool // as Linux: a burst of six, then one a second
	quote8  bool // quotes the IP header and 8 bytes; else as much as fits
}

type callSpec struct {
	name     string
	from, to string // host names
	fromPort uint16
	toPort   uint16
	via      string
	portA    uint16 // the server's media port towards from
	portB    uint16
	tcp      bool
	nagle    time.Duration // TCP: messages written within this share a segment
	mss      int
	hidden   bool // signalling on a road nobody captures, as with TLS elsewhere
	codec    codec
	srtp     bool
	suite    suite
	keyless  bool // SRTP without a=crypto
	callID   string
	after    string // the call that this one goes on with: the INVITE behind a 302
	forkOf   string // the call whose INVITE this is, sent to another callee too
	rtcp     string // "": the next port up; mux: the port of RTP; odd: another, named by a=rtcp
}

type captureSpec struct {
	name     string
	at       string
	only     string // "", outer, inner
	link     string
	format   string
	snaplen  int
	offset   time.Duration
	drift    float64 // parts per million
	dup      bool
	dupVLAN  uint16
	vlan     uint16
	drops    float64
	from, to time.Duration
	sees     string        // only what comes "in" or goes "out"
	member   [2]uint64     // of an aggregated link: number, of so many; media only
	stepAt   time.Duration // when its clock is set
	stepBy   time.Duration
}

// action is one timed statement. Which fields mean something depends on verb.
type action struct {
	line   int
	at     time.Duration
	until  time.Duration // -1: the call's end
	call   string
	node   string // host, NAT or server
	verb   string
	status int
	talk   talkSpec
	rule   rule
	sdp    bool
	port   uint16
	addr   netip.Addr
	n      int
	every  time.Duration
	kind   string
	target netip.AddrPort
	toCall string // target by reference: the port that toNode is to send to
	toNode string
	ssrc   uint32
	fork   int
	pad    int
	wait   time.Duration

	expires int
	words   map[string]bool
	guards  protection
}

// talkSpec is one talker's manner of speaking.
type talkSpec struct {
	ssrc   uint32
	seq    uint16
	ts     uint32
	ptime  time.Duration
	kind   string // speech, tone, silence, hush
	pauses []span
	cn     bool
	rtcp   bool
	bye    bool // says RTCP BYE at the end
	fork   int
	port   uint16 // leaves from this port instead of the announced one
	pt     int    // payload type instead of the codec's; -1: the codec's
}

type span struct{ from, until time.Duration }

// codec is what a payload type costs on the wire.
type codec struct {
	name  string
	pt    uint8
	clock uint32
	bytes int // per 20 ms
}

var codecs = [...]codec{
	{"PCMU", 0, 8000, 160},
	{"PCMA", 8, 8000, 160},
	{"G729", 18, 8000, 20},
	{"G722", 9, 8000, 160},
	{"opus", 111, 48000, 60},
}
