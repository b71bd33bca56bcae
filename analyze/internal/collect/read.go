package collect

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/timeindex"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

func sortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), cmp.Compare[string])
}

// Collect reads a set of captures once, file after file, and gathers what is in
// them. The error is one of the environment.
func Collect(ctx context.Context, set *capture.Set, opt Options) (*Harvest, error) {
	opt.Limits = opt.Limits.WithDefaults()
	h := &Harvest{}
	var chains []*chain
	loads := pipeline{serial: opt.Serial}
	keys := opt.Secrets
	if keys == nil {
		keys = new(tls.Secrets)
	}
	for i, in := range set.Files {
		start, ok := in.Start()
		var at *chain
		for _, c := range chains {
			// A ring buffer's files follow each other; one that begins before
			// the last has ended was recorded somewhere else.
			if !ok || start >= c.last {
				at = c
				break
			}
		}
		if at == nil {
			at = &chain{collector: newCollector(len(chains), opt), relays: new(packet.Relays), keys: keys}
			chains = append(chains, at)
		}
		if err := at.read(ctx, in, int32(i), opt, &loads, h); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			h.Warnings = append(h.Warnings, trace.Warning{Code: "interrupted", File: int32(i), Text: "reading was interrupted: what was read up to there is analysed"})
			break
		}
	}
	for _, c := range chains {
		c.finish(h)
	}
	for _, w := range set.Warnings {
		h.Warnings = append(h.Warnings, trace.Warning{Code: w.Code, File: -1, Frame: w.Frame, Count: w.Count, Text: w.Text})
	}
	return h, nil
}

// chain is one capture point: the files that continue each other.
type chain struct {
	*collector
	last   int64
	taps   []packet.Tap // of all its files; Stream.Tap is an index into it
	relays *packet.Relays
	keys   *tls.Secrets // of TLS sessions, of all points; only whoever reads uses them
}

func (c *chain) read(ctx context.Context, in *capture.Input, file int32, opt Options, p *pipeline, h *Harvest) error {
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	c.file = file
	dec := packet.NewDecoder(packet.Options{Limits: opt.Limits.Packet, WantTCP: sip.LooksStream, Relays: c.relays, Secrets: c.keys})
	var index timeindex.Index
	r := reading{ctx: ctx, file: f, dec: dec, taps: tapMap{dec: dec, all: &c.taps}, keys: c.keys, index: &index, ahead: &readAhead{seed: c.seed}}
	p.run(r.fill, c.takeAll)
	if err := f.Err(); err != nil {
		return err
	}
	rest := r.flush()
	c.takeAll(&rest)
	info := f.Info()
	c.last = max(c.last, info.Last)
	cp := trace.Capture{Info: info, Point: c.point, Taps: c.taps, Index: index, Relays: c.relays, Carried: dec.Carried()}
	for _, w := range info.Warnings {
		cp.Warnings = append(cp.Warnings, trace.Warning{Code: w.Code, File: file, Frame: w.Frame, Count: w.Count, Text: w.Text})
	}
	for _, w := range dec.Warnings() {
		cp.Warnings = append(cp.Warnings, trace.Warning{Code: w.Code, File: file, Frame: w.Frame, Count: int64(w.Count), Text: w.Text})
	}
	h.Captures = append(h.Captures, cp)
	return nil
}

// finish hands over what the collector gathered.
func (c *chain) finish(h *Harvest) {
	out := &c.out
	h.Messages = joined(h.Messages, out.Messages)
	h.Errors = joined(h.Errors, out.Errors)
	h.Streams = joined(h.Streams, c.streams.list)
	h.Reports = joined(h.Reports, out.Reports)
	h.Flows = joined(h.Flows, out.Flows)
	h.Controls = joined(h.Controls, out.Controls)
	h.SIP += out.SIP
	for _, method := range sortedKeys(out.Others) {
		if h.Others == nil {
			h.Others = map[string]int64{}
		}
		h.Others[method] += out.Others[method]
	}
	for _, code := range sortedKeys(c.warnings) {
		h.Warnings = append(h.Warnings, *c.warnings[code])
	}
}

// joined is a list with what another one holds behind it, which is taken over.
func joined[T any](list, more []T) []T {
	if list == nil {
		return more
	}
	return append(list, more...)
}
