package latch

// Bind is the moment at which the port of a side opens.
type Bind uint8

const (
	BindOffer  Bind = iota // with the first offer of the call
	BindAnswer             // with the first answer, be it provisional
	BindOwnSDP             // when this party's own SDP has come: the callee's with its 18x or 200
)

func (Bind) names() []string { return []string{"offer", "answer", "own-sdp"} }

// LearnFrom is the moment from which a party's packets are judged.
type LearnFrom uint8

const (
	LearnFromOwnSDP     LearnFrom = iota // its own SDP has come
	LearnFromNegotiated                  // an offer and an answer have, be it a provisional one
)

func (LearnFrom) names() []string { return []string{"own-sdp", "negotiated"} }

// PreSDP is what happens to packets of a party before LearnFrom.
type PreSDP uint8

const (
	PreSDPRelay PreSDP = iota // sent on, but nothing is learned from them
	PreSDPDrop                // discarded, without an ICMP error
	PreSDPLearn               // sent on and learned from
	PreSDPQueue               // left in the socket, and read all at once when it is time
)

func (PreSDP) names() []string { return []string{"relay", "drop", "learn", "queue"} }

// Counts says which datagrams a latch looks at. The others are not passed on.
type Counts uint8

const (
	CountsMedia      Counts = iota // RTP with a payload
	CountsRTP                      // anything with an RTP header
	CountsNegotiated               // RTP with a payload, of a type that SDP names
	CountsAny                      // any datagram: empty ones, STUN, a line break (RFC 6263)
)

func (Counts) names() []string { return []string{"media", "rtp", "negotiated", "any"} }

// Match is how closely a source must resemble the latched one.
type Match uint8

const (
	MatchEndpoint Match = iota // address and port
	MatchAddress               // address only
	MatchPrefix                // the first PrefixBits of the address
)

func (Match) names() []string { return []string{"ip+port", "ip", "prefix"} }

// SDPHit is what a packet from the address in SDP does while learning.
type SDPHit uint8

const (
	SDPHitNone   SDPHit = iota // it counts like any other
	SDPHitSwitch               // it is the source from now on; learning goes on while HoldOff lasts
	SDPHitLock                 // it is the source, and learning is over
	SDPHitIgnore               // it passes and teaches nothing: learning goes on
)

func (SDPHit) names() []string { return []string{"none", "switch", "lock", "ignore"} }

// Counter says which packets are counted together.
type Counter uint8

const (
	CountConsecutive Counter = iota // of one source, none of another in between
	CountPerSource                  // of one source, whatever came in between (the last four sources are remembered)
	CountMismatches                 // of any sources but the known one, none of the known one in between
	CountAll                        // of any sources but the known one, whatever came in between
)

func (Counter) names() []string {
	return []string{"consecutive", "per-source", "consecutive-mismatches", "all-mismatches"}
}

// Verdict is whether a packet goes through.
type Verdict uint8

const (
	Relay Verdict = iota
	Drop
)

func (Verdict) names() []string { return []string{"relay", "drop"} }

// HoldOffRule is what is done with sources while HoldOff lasts.
type HoldOffRule uint8

const (
	HoldOffFollow     HoldOffRule = iota // the latest source that was learned is used; after HoldOff the first one locks
	HoldOffRanked                        // the source that resembles SDP most is used and, after HoldOff, locks
	HoldOffSwitchable                    // a source that was learned is used until another passes; after HoldOff it is locked
)

func (HoldOffRule) names() []string { return []string{"follow", "ranked", "switchable"} }

// RanksKept is how long HoldOffRanked remembers the sources that it heard.
type RanksKept uint8

const (
	RanksUntilSignalling RanksKept = iota // the next signalling; with WholeSeconds, one in another second
	RanksForOnePacket                     // not at all: every packet is the best
)

func (RanksKept) names() []string { return []string{"until-signalling", "one-packet"} }

// Mismatch is what a locked latch does with a packet from elsewhere.
type Mismatch uint8

const (
	MismatchRelay  Mismatch = iota // sent on; the destination stays
	MismatchDrop                   // discarded
	MismatchFollow                 // sent on, and the latch moves there unconfirmed: it learns again
)

func (Mismatch) names() []string { return []string{"relay", "drop", "follow"} }

// SnapBack names the source that may always take the lock back.
type SnapBack uint8

const (
	SnapBackNone  SnapBack = iota
	SnapBackSDP            // the address in SDP
	SnapBackFirst          // the first source that was locked
)

func (SnapBack) names() []string { return []string{"none", "sdp", "first"} }

// AfterReset is what survives when signalling makes a latch learn anew.
type AfterReset uint8

const (
	AfterResetForget   AfterReset = iota // nothing: the destination is SDP's again, or none
	AfterResetKeep                       // the old source is used until another is learned, unless SDP's address changed
	AfterResetAccept                     // the old source is still taken from, but SDP's address is sent to until a packet is taken
	AfterResetRemember                   // as keep, but what was learned outlives a change of SDP: with ReturnAfter its packets do not win the destination back until then
)

func (AfterReset) names() []string { return []string{"forget", "keep", "accept", "remember"} }

// Disarm is the signalling after which a latch learns nothing any more and
// sends to where SDP says. With DisarmSDP a new SSRC arms it
// again; with DisarmSDPChanged only SDP does that names this party's first
// address, while nothing can be learned.
type Disarm uint8

const (
	DisarmNever      Disarm = iota
	DisarmSDP               // any further SDP of this party, once a packet was heard
	DisarmSDPChanged        // further SDP of this party, but for what arms again
)

func (Disarm) names() []string { return []string{"never", "sdp", "sdp-changed"} }

// HoldSends says when a party's hold stops what is sent to it.
type HoldSends uint8

const (
	HoldSendsAddress   HoldSends = iota // its SDP names no address: 0.0.0.0 or port 0
	HoldSendsDirection                  // that, or its direction is sendonly or inactive
	HoldSendsIgnored                    // never: it is sent to as before
	HoldSendsChanges                    // as HoldSendsAddress, and that counts as a change of its address, to and fro
	HoldSendsLearned                    // 0.0.0.0 is an address like another, to which nothing gets; what is learned is sent to
)

func (HoldSends) names() []string {
	return []string{"address", "direction", "ignored", "changes", "learned"}
}

// Destination is where a side sends.
type Destination uint8

const (
	DestinationSDP        Destination = iota // where SDP says
	DestinationSource                        // to the latched source, before that where SDP says
	DestinationSourceOnly                    // to the latched source, before that nowhere
)

func (Destination) names() []string { return []string{"sdp", "source", "source-only"} }

// RTCPRule is how the RTCP latch differs from that of RTP.
type RTCPRule uint8

const (
	RTCPSame    RTCPRule = iota // the same policy, on its own
	RTCPOnce                    // RTCPPackets from elsewhere lock it until the next reset
	RTCPFollows                 // it moves whenever RTCPPackets in a row come from elsewhere
)

func (RTCPRule) names() []string { return []string{"same", "once", "follows"} }
