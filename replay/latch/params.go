package latch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Param is one parameter of a Policy as text: what --set takes and what
// listings show.
type Param struct {
	Name, Value, Doc string
	Idle             bool // it makes no difference with the others as they are
}

// param ties a name to a field. Its two functions are each other's inverse.
type param struct {
	name, doc string
	get       func(*Policy) string
	set       func(*Policy, string) error
}

// params are the parameters in the order in which listings show them.
func params() []param {
	return []param{
		choiceParam("bind", "when the port opens: offer, answer, or own-sdp (this party's own)", func(p *Policy) *Bind { return &p.Bind }),
		choiceParam("learn_from", "when packets begin to be judged: own-sdp (this party's), or negotiated (offer and answer)", func(p *Policy) *LearnFrom { return &p.LearnFrom }),
		choiceParam("pre_sdp", "packets before that: relay, drop, learn, or queue (read when it is time)", func(p *Policy) *PreSDP { return &p.PreSDP }),
		boolParam("flush", "the first packet after each time that learning begins counts, but is not passed on", func(p *Policy) *bool { return &p.Flush }),
		choiceParam("counts", "which datagrams the latch looks at: media, rtp (empty ones too), negotiated (types in SDP), or any", func(p *Policy) *Counts { return &p.Counts }),
		{"match", "what counts as the same source: ip+port, ip, or prefix/N", getMatch, setMatch},
		boolParam("match_moves", "with a looser match, the latch moves to the exact ip:port", func(p *Policy) *bool { return &p.MatchMoves }),
		choiceParam("sdp_hit", "a packet from SDP's address while learning: none, switch, lock, or ignore (it teaches nothing)", func(p *Policy) *SDPHit { return &p.SDPHit }),
		countParam("lock_packets", "packets that make a source the latched one; 0: no learning", func(p *Policy) *uint16 { return &p.LearnPackets }),
		choiceParam("lock_counter", "which packets count: consecutive, per-source, consecutive-mismatches, all-mismatches", func(p *Policy) *Counter { return &p.LearnCounter }),
		boolParam("lock_in_sequence", "sequence numbers must follow each other after a first packet that only seeds", func(p *Policy) *bool { return &p.LearnInSeq }),
		durationParam("lock_span", "the counted packets must take at least this long", func(p *Policy) *time.Duration { return &p.LearnSpan }),
		countParam("lock_window", "learning ends after this many packets; 0: never", func(p *Policy) *uint16 { return &p.LearnWindow }),
		choiceParam("while_learning", "packets of sources not latched yet: relay or drop", func(p *Policy) *Verdict { return &p.WhileLearning }),
		durationParam("hold_off", "no lock until this long after signalling", func(p *Policy) *time.Duration { return &p.HoldOff }),
		boolParam("whole_seconds", "hold_off compares whole seconds of the clock: 3s are 3 to 4", func(p *Policy) *bool { return &p.WholeSeconds }),
		choiceParam("hold_off_rule", "sources during hold_off: follow, ranked, or switchable", func(p *Policy) *HoldOffRule { return &p.HoldOffRule }),
		choiceParam("ranks_kept", "with ranked: until-signalling, or one-packet", func(p *Policy) *RanksKept { return &p.RanksKept }),
		boolParam("ranked_drop", "a dropping lock drops what is outranked already while learning", func(p *Policy) *bool { return &p.RankedDrop }),
		boolParam("ranked_lock", "with ranked: a packet from SDP's address locks at once", func(p *Policy) *bool { return &p.RankedLock }),
		durationParam("return_after", "what was learned before is sent to again only this long after signalling", func(p *Policy) *time.Duration { return &p.ReturnAfter }),
		boolParam("after_rtcp", "nothing is learned until RTCP came, too", func(p *Policy) *bool { return &p.AfterRTCP }),
		boolParam("marker_locks", "a packet with the marker bit locks at once", func(p *Policy) *bool { return &p.MarkerLocks }),
		choiceParam("locked_mismatch", "packets from elsewhere while locked: relay, drop, or follow", func(p *Policy) *Mismatch { return &p.LockedMismatch }),
		countParam("relatch_packets", "packets from elsewhere that move the lock; 0: none do", func(p *Policy) *uint16 { return &p.RelatchPackets }),
		choiceParam("relatch_counter", "which packets count towards relatch_packets", func(p *Policy) *Counter { return &p.RelatchCounter }),
		durationParam("timeout", "silence of the latched source after which the lock opens; 0s: never", func(p *Policy) *time.Duration { return &p.RelatchSilence }),
		countParam("relatch_distance", "the latched SSRC may move if its sequence goes forward by no more; 0: may not", func(p *Policy) *uint16 { return &p.RelatchDistance }),
		durationParam("any_source_within", "for this long after new signalling any source moves the lock", func(p *Policy) *time.Duration { return &p.AnySourceWithin }),
		boolParam("follow_both", "with locked_mismatch=follow: the other side learns anew, too", func(p *Policy) *bool { return &p.FollowBoth }),
		durationParam("sequence_every", "the sequence of the latched SSRC is noted no more often than this", func(p *Policy) *time.Duration { return &p.SequenceEvery }),
		boolParam("may_freeze", "no SSRC is noted within any_source_within; a lock that has none never moves", func(p *Policy) *bool { return &p.MayFreeze }),
		countParam("new_ssrc_packets", "packets in a row of another SSRC that make it the one to learn from; 0: the SSRC does not matter", func(p *Policy) *uint16 { return &p.NewSSRCPackets }),
		boolParam("new_ssrc_at_once", "the first packet of another SSRC is learned from, whatever was learned", func(p *Policy) *bool { return &p.NewSSRCAtOnce }),
		choiceParam("snap_back", "source that may always take the lock back: none, sdp, or first", func(p *Policy) *SnapBack { return &p.SnapBack }),
		{"reset", "signalling that makes it learn anew: never, or signalling, re-offer, answer, unhold, sdp-changed, sdp-differs, own-re-offer joined by +",
			func(p *Policy) string { return p.Reset.String() }, setter(func(p *Policy) *Reset { return &p.Reset }, parseReset)},
		choiceParam("after_reset", "what survives that: forget, keep, accept, or remember", func(p *Policy) *AfterReset { return &p.AfterReset }),
		choiceParam("disarm", "signalling after which nothing is learned any more: never, sdp, or sdp-changed", func(p *Policy) *Disarm { return &p.Disarm }),
		choiceParam("destination", "where it sends: sdp, source (before learning SDP), or source-only", func(p *Policy) *Destination { return &p.Destination }),
		choiceParam("hold_sends", "what stops sending to a party on hold: address (0.0.0.0), direction (sendonly, inactive too), ignored, changes (0.0.0.0 counts as another address), or learned (that, and what is learned is sent to)", func(p *Policy) *HoldSends { return &p.HoldSends }),
		countParam("errors_end", "ICMP errors in a row that end the call; 0: they do not", func(p *Policy) *uint16 { return &p.ErrorsEnd }),
		choiceParam("rtcp", "the RTCP latch: same, once, or follows", func(p *Policy) *RTCPRule { return &p.RTCP }),
		countParam("rtcp_packets", "RTCP packets that lock or move it, with once and follows", func(p *Policy) *uint16 { return &p.RTCPPackets }),
		boolParam("rtcp_guess", "until RTCP is heard, send it beside RTP's latched port", func(p *Policy) *bool { return &p.RTCPGuess }),
		{"ignored_payload_types", "payload types that do not count: none, or numbers joined by commas",
			func(p *Policy) string { return p.Ignored.String() }, setter(func(p *Policy) *PayloadTypes { return &p.Ignored }, parsePayloadTypes)},
	}
}

// Params lists the policy's parameters in a fixed order. Setting them all on
// another policy makes it equal to this one.
func (p Policy) Params() []Param {
	all := params()
	list := make([]Param, len(all))
	for i, q := range all {
		list[i] = Param{q.name, q.get(&p), q.doc, p.idle(q.name)}
	}
	return list
}

// idle reports whether a parameter only matters with others that are not set.
func (p *Policy) idle(name string) bool {
	switch name {
	case "ranked_drop", "ranked_lock", "ranks_kept":
		return p.HoldOffRule != HoldOffRanked
	case "whole_seconds":
		return p.HoldOff == 0 && p.ReturnAfter == 0
	case "after_reset":
		return p.Reset == 0 || p.LearnPackets == 0
	case "reset":
		return p.LearnPackets == 0
	}
	return false
}

// Set changes one parameter by its name, or by an engine's word for a group of
// them (see Aliases). The policy is unchanged if there is an error; whether the
// parameters fit each other is for Validate to say, once all are set.
func (p *Policy) Set(name, value string) error {
	for _, q := range append(params(), aliases()...) {
		if q.name != name {
			continue
		}
		changed := *p
		if err := q.set(&changed, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*p = changed
		return nil
	}
	var names []string
	for _, q := range append(params(), aliases()...) {
		names = append(names, q.name)
	}
	return fmt.Errorf("there is no parameter %q; did you mean %s?", name, nearest(name, names))
}

func setter[T any](field func(*Policy) *T, parse func(string) (T, error)) func(*Policy, string) error {
	return func(p *Policy, text string) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		*field(p) = v
		return nil
	}
}

func choiceParam[T choice](name, doc string, field func(*Policy) *T) param {
	return param{name, doc, func(p *Policy) string { return choiceText(*field(p)) }, setter(field, parseChoice[T])}
}

func boolParam(name, doc string, field func(*Policy) *bool) param {
	return param{name, doc, func(p *Policy) string { return strconv.FormatBool(*field(p)) }, setter(field, parseBool)}
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true", "yes", "on":
		return true, nil
	case "false", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

func countParam(name, doc string, field func(*Policy) *uint16) param {
	parse := func(text string) (uint16, error) {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is not a number between 0 and 65535", text)
		}
		return uint16(n), nil
	}
	return param{name, doc, func(p *Policy) string { return strconv.Itoa(int(*field(p))) }, setter(field, parse)}
}

func durationParam(name, doc string, field func(*Policy) *time.Duration) param {
	parse := func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is not a duration such as 10s or 200ms", text)
		}
		return d, nil
	}
	return param{name, doc, func(p *Policy) string { return field(p).String() }, setter(field, parse)}
}

func getMatch(p *Policy) string {
	if p.Match == MatchPrefix {
		return fmt.Sprintf("prefix/%d", p.PrefixBits)
	}
	return choiceText(p.Match)
}

func setMatch(p *Policy, text string) error {
	word, bits, hasBits := strings.Cut(text, "/")
	m, err := parseChoice[Match](word)
	if err != nil {
		return err
	}
	n := uint64(0)
	if hasBits || m == MatchPrefix {
		if n, err = strconv.ParseUint(bits, 10, 8); err != nil || n < 1 || n > 32 || m != MatchPrefix {
			return fmt.Errorf("%q is not a prefix between prefix/1 and prefix/32", text)
		}
	}
	p.Match, p.PrefixBits = m, uint8(n)
	return nil
}
