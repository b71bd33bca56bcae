package detect

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// heardStreams are what a relay of a call sent on of strangers' streams: somebody's
// ear got these.
func heardStreams(c *trace.Call, list []*trace.Stream) []*trace.Stream {
	var out []*trace.Stream
	for _, on := range c.Streams {
		if on.CopyOf != nil || on.RelayOf == nil || len(out) == mostRivals {
			continue
		}
		for _, s := range list {
			if on.RelayOf == s {
				out = append(out, on)
			}
		}
	}
	return out
}

// passedBeside reports whether packets of others than the strangers left for the same
// ear while theirs did.
func passedBeside(t *trace.Trace, c *trace.Call, heard []*trace.Stream) bool {
	for _, h := range heard {
		for _, s := range c.Streams {
			if s.CopyOf == nil && s.Dst == h.Dst && s.RelayOf != nil && s.RelayOf != h.RelayOf && !slices.Contains(heard, s) &&
				t.Sent([]*trace.Stream{s}, h.First.Time-1, h.Last.Time+1)*2 > int64(h.Stats.Packets) {
				return true
			}
		}
	}
	return false
}

// strayed reports whether a call's account has a silence that went to an endpoint.
func strayed(l *ledger.Ledger, c *trace.Call, to endpoint.Endpoint) bool {
	for _, r := range l.Rows(c) {
		for i := range r.Spans {
			if s := &r.Spans[i]; s.State.Silent() && s.Lost != nil && s.Lost.Dst == to {
				return true
			}
		}
	}
	return false
}

// Beside reports whether the party's own packets were passed on meanwhile.
func (d Competing) Beside() bool { return d.beside }

// Heard are the streams by which a stranger's packets went on to a party's ear.
func (d Competing) Heard() []*trace.Stream { return d.heard }

// heardFrames are the first and the last packet of each.
func (d Competing) heardFrames() []Frames {
	var out []Frames
	for _, s := range d.heard[:min(len(d.heard), 2)] {
		out = append(out, Frames{s.Start().Ref, s.Start().Ref}, Frames{s.End().Ref, s.End().Ref})
	}
	return out
}

// heardText says to whose ear a stranger's packets went, and as what.
func (d Competing) heardText(f *Finding, n *Names) string {
	text := fmt.Sprintf("%s of the stranger's %s passed on", plural(*d.PassedOn, "packet"), wasWere(*d.PassedOn))
	if len(d.heard) > 0 {
		text += " to " + The(n.Host(d.heard[0].Dst.IP()))
	}
	whose := "the party"
	if own := ownArriving(f.Call, f.Streams); own != nil {
		whose = The(n.Host(own.Src.IP()))
	}
	if d.beside {
		text += fmt.Sprintf(", between %s's own", whose)
	} else {
		text += fmt.Sprintf(", instead of %s's own", whose)
	}
	return text + "."
}

// ownArriving is the first stream of the party's own to the port that a stranger's
// streams go to, nil where it sends none.
func ownArriving(c *trace.Call, list []*trace.Stream) *trace.Stream {
	if c == nil || len(list) == 0 {
		return nil
	}
	var own *trace.Stream
	for _, s := range c.Streams {
		if s.CopyOf == nil && s.Dst == list[0].Dst && s.Src.IP() != list[0].Src.IP() && (own == nil || s.Start().Before(own.Start())) {
			own = s
		}
	}
	return own
}

// ssrcWords names the SSRC and payload type of a stranger's streams, "" where they have
// several.
func ssrcWords(list []*trace.Stream) string {
	for _, s := range list {
		if s.SSRC != list[0].SSRC {
			return ""
		}
	}
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf(" (SSRC 0x%08x, payload type %d)", list[0].SSRC, list[0].PT)
}

// holdAfter is for how long, in seconds, a stranger's place was kept after its last
// packet, while the party's own were not passed on; 0 where it was not.
func holdAfter(up, down *gap, last trace.Moment) float64 {
	var hold float64
	for _, g := range []*gap{up, down} {
		if value(g.Silence) > 0 && g.end.Time > last.Time && g.start.Time < last.Time {
			if n := inSeconds(g.end.Time - last.Time); hold == 0 || n < hold {
				hold = n
			}
		}
	}
	return hold
}

// findStranger is the capture that tells where a stranger's packets come from.
var findStranger = NextCapture{"at the edge of the media server's network", "by which way the stranger's packets come in (TTL, MAC address), and whether their source is forged"}

// partyBeside is the address of the party whose port a stranger sends to, and whether it
// signals from there, too: then the server knows it.
func partyBeside(c *trace.Call, s *trace.Stream) (own netip.Addr, signals bool) {
	for _, k := range c.Talkers {
		if k.Receiver() != s.Dst || k == s.Talker || k.Streams[0].CopyOf != nil {
			continue
		}
		own = k.Streams[0].Src.IP()
		for _, l := range c.Legs {
			for side := range l.Parties {
				signals = signals || slices.ContainsFunc(l.Parties[side].Hosts, func(h endpoint.Endpoint) bool { return h.IP() == own })
			}
		}
		return own, signals
	}
	return own, false
}
