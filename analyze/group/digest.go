package group

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// digest is what tells whether a capture belongs with another one.
type digest struct {
	path        string
	member      bool           // found in a directory, not named
	in          *capture.Input // nil for a harvest
	harvest     int            // which one, where in is nil
	series      string         // directory and name without digits: what the files of a ring buffer have in common
	first, last int64          // ns since the epoch; both 0 of a capture without packets
	calls       map[string]call
	streams     map[streamKey]extent
	collected   *collect.Harvest // of a capture; nil where it is too large to be kept
}

// call is when the turning points of a Call-ID were first seen.
type call map[point]int64

// point is a request or a final answer that turns a call: INVITE and re-INVITE,
// their 2xx, and the end.
type point struct {
	cseq   uint32 // 0 for the end, whoever sends it
	answer bool
	end    bool
}

type streamKey struct {
	ssrc     uint32
	src, dst endpoint.Endpoint
}

// extent of a stream in one capture.
type extent struct {
	first, last       int64 // times, ns
	firstSeq, lastSeq uint16
	packets           int64
}

// digestOf reads one capture. What cannot be read says nothing: whoever analyses
// it will be told. What was found is kept for whoever analyses the capture alone, up
// to a bound of all together; so is nothing that media keys were found with, which
// are not held longer than they are needed.
func digestOf(ctx context.Context, set *capture.Set, in *capture.Input, kept *atomic.Int64) digest {
	d := newDigest(in.Path(), in.Member())
	d.in = in
	keys := new(srtp.Keyring)
	defer keys.Wipe()
	h, err := collect.Collect(ctx, set.Only(in), collect.Options{Limits: trace.DefaultLimits(), Serial: true, Keys: keys})
	if err != nil {
		return d
	}
	if size := int64(h.Messages.Len() + 4*len(h.Streams) + len(h.Errors) + len(h.Flows) + len(h.Reports) + len(h.Controls)); keys.Empty() && kept.Add(size) <= mostKept {
		d.collected = h
	}
	d.of(h)
	return d
}

func newDigest(path string, member bool) digest {
	return digest{path: path, member: member, series: series(path), calls: map[string]call{}, streams: map[streamKey]extent{}}
}

// of takes what tells from a harvest.
func (d *digest) of(h *collect.Harvest) {
	for i := range h.Captures {
		c := &h.Captures[i]
		if c.Packets == 0 {
			continue
		}
		if d.first == 0 || c.First < d.first {
			d.first = c.First
		}
		d.last = max(d.last, c.Last)
	}
	for _, m := range h.Messages.All() {
		d.message(&m)
	}
	for _, x := range h.Controls { // what a media engine was told of a call is of that call
		if d.calls[x.CallID] == nil {
			d.calls[x.CallID] = call{}
		}
	}
	for _, s := range h.Streams {
		k := streamKey{s.SSRC, s.Src, s.Dst}
		e, again := d.streams[k]
		if !again || s.First.Time < e.first {
			e.first, e.firstSeq = s.First.Time, uint16(s.First.Seq)
		}
		if !again || s.Last.Time > e.last {
			e.last, e.lastSeq = s.Last.Time, uint16(s.Last.Seq)
		}
		e.packets += int64(s.Stats.Packets)
		d.streams[k] = e
	}
}

// mostKept is how many messages, and streams for four, are kept of all captures of a
// folder: some hundred megabytes. Captures beyond are read again.
const mostKept = 400_000

func (d *digest) message(m *trace.Message) {
	c := d.calls[m.CallID]
	if c == nil {
		c = call{}
		d.calls[m.CallID] = c
	}
	var p point
	switch {
	case m.Method == "BYE" && m.Request():
		p = point{end: true}
	case m.Method == "INVITE" && m.Request():
		p = point{cseq: m.CSeq}
	case m.Method == "INVITE" && m.Status >= 200 && m.Status < 300:
		p = point{cseq: m.CSeq, answer: true}
	default:
		return
	}
	if t, ok := c[p]; !ok || m.Time < t {
		c[p] = m.Time
	}
}

// series is a path without the digits of its name and without what tells that a
// file is compressed: trunk.pcap, trunk.pcap1 and trunk.pcap2.gz are of one.
func series(path string) string {
	name := strings.ToLower(filepath.Base(path))
	for _, z := range []string{".gz", ".zst", ".xz"} {
		name = strings.TrimSuffix(name, z)
	}
	letters := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, name)
	return filepath.Join(filepath.Dir(path), letters)
}
