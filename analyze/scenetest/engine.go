package scenetest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// policy is how a media relay learns where a party really sends from. One
// literal for each kind; see policies.
type policy struct {
	name     string
	sdpOnly  bool          // never learns
	learn    int           // packets in a row from one source that lock it
	window   time.Duration // so long after signalling every new source is followed
	deaf     bool          // relays nothing while it learns
	withhold bool          // sends nothing to a party behind a NAT, and nothing once released, until it has learned
	mismatch verdict       // for a packet from elsewhere, once locked
	again    int           // so many mismatches in a row are followed
	timeout  time.Duration // the locked source's silence that releases it
	reset    bool          // an offer after the first makes it learn anew
}

// verdict is what becomes of a packet from a source that is not the latched one.
type verdict uint8

const (
	drop verdict = iota
	relay
	follow
)

// parsePolicy reads lock:PACKETS:TIMEOUT, delayed, immediate, sdp, again:N,
// each with +strict, +handover, +deaf or +reset.
func parsePolicy(text string) (policy, error) {
	words := strings.Split(text, "+")
	parts := strings.Split(words[0], ":")
	p := policy{name: text}
	switch parts[0] {
	case "lock":
		if len(parts) != 3 {
			return p, fmt.Errorf("engine %q: want lock:PACKETS:TIMEOUT", text)
		}
		n, err := strconv.Atoi(parts[1])
		if err != nil || n < 1 || n > 1000 {
			return p, fmt.Errorf("engine %q: %q is no number of packets", text, parts[1])
		}
		t, err := duration(parts[2])
		if err != nil {
			return p, fmt.Errorf("engine %q: %w", text, err)
		}
		p.learn, p.timeout, p.withhold, p.reset = n, t, true, true
	case "delayed":
		p.learn, p.window, p.mismatch = 1, 3*time.Second, relay
	case "immediate":
		p.learn, p.mismatch = 1, relay
	case "again":
		if len(parts) != 2 {
			return p, fmt.Errorf("engine %q: want again:PACKETS", text)
		}
		n, err := strconv.Atoi(parts[1])
		if err != nil || n < 1 || n > 1000 {
			return p, fmt.Errorf("engine %q: %q is no number of packets", text, parts[1])
		}
		p.learn, p.again = 1, n
	case "sdp":
		p.sdpOnly = true
	default:
		return p, fmt.Errorf("engine %q: want lock:N:T, delayed, immediate, again:N or sdp", text)
	}
	for _, w := range words[1:] {
		switch w {
		case "strict":
			p.mismatch = drop
		case "handover":
			p.mismatch = follow
		case "deaf":
			p.deaf = true
		case "reset":
			p.reset = true
		default:
			return p, fmt.Errorf("engine %q: want +strict, +handover, +deaf or +reset", text)
		}
	}
	return p, nil
}

// latch is one side of one relayed stream.
type latch struct {
	policy
	sdp      netip.AddrPort
	source   netip.AddrPort // learned; what is sent goes here
	locked   bool
	released bool
	natted   bool // the party is behind a NAT, as its registration showed
	run      int  // packets in a row from last
	last     netip.AddrPort
	heard    time.Duration // last packet of the locked source
	signaled time.Duration
}

// signal tells the latch of an offer or answer.
func (l *latch) signal(now time.Duration, reoffer bool) {
	l.signaled = now
	if l.window > 0 || reoffer && l.reset {
		l.locked, l.run = false, 0
	}
}

// hear judges a packet and says what it did to the latch, if anything.
func (l *latch) hear(now time.Duration, from netip.AddrPort) (pass bool, what string) {
	if l.sdpOnly {
		return true, ""
	}
	if l.locked && l.timeout > 0 && now-l.heard >= l.timeout {
		l.locked, l.released, l.run, l.source, what = false, true, 0, netip.AddrPort{}, "released"
	}
	if from == l.last {
		l.run++
	} else {
		l.last, l.run = from, 1
	}
	if l.locked && from == l.source {
		l.heard = now
		return true, what
	}
	if l.locked {
		if l.again > 0 && l.run >= l.again || l.mismatch == follow {
			l.source, l.heard = from, now
			return true, "moved"
		}
		return l.mismatch == relay, what
	}
	if l.window > 0 {
		l.source = from
		if now-l.signaled <= l.window {
			return true, what
		}
	}
	if l.run >= l.learn {
		l.source, l.locked, l.heard = from, true, now
		return true, "locked"
	}
	return !l.deaf, what
}

// destination is where packets to this side go; none: they are withheld.
func (l *latch) destination() (netip.AddrPort, bool) {
	switch {
	case l.source.IsValid():
		return l.source, true
	case !l.sdp.IsValid() || l.withhold && (l.released || l.natted):
		return netip.AddrPort{}, false
	}
	return l.sdp, true
}
