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
	batches := pipeline{serial: opt.Serial}
	keys := opt.Secrets
	if keys == nil {
		keys = new(tls.Secrets)
	}
	for i, in := range set.Files {
		start, ok := in.Start()
		at, err := chainOf(ctx, chains, in, start, ok, opt)
		if err != nil {
			return nil, err
		}
		if at == nil {
			at = &chain{collector: newCollector(len(chains), opt), relays: new(packet.Relays), keys: keys}
			chains = append(chains, at)
		}
		if err := at.read(ctx, in, int32(i), opt, &batches, h); err != nil {
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

// chainOf is the chain that a file carries on, nil if none. A ring buffer's files
// follow each other; one that begins before the last has ended was recorded somewhere
// else, and so was one that says again what was said.
func chainOf(ctx context.Context, chains []*chain, in *capture.Input, start int64, ok bool, opt Options) (*chain, error) {
	var messages trace.Messages
	var streams []*trace.Stream
	for _, c := range chains {
		switch {
		case !ok:
			return c, nil
		case start < c.last:
			continue
		case start-c.last <= laterOn:
			return c, nil
		}
		if messages.Store == nil {
			var err error
			if messages, streams, err = opening(ctx, in, opt.Limits); err != nil {
				return nil, err
			}
		}
		if !recordedAgain([]trace.Messages{c.out.Messages}, c.streams.list, messages, streams) {
			return c, nil
		}
	}
	return nil, nil
}

func (c *chain) read(ctx context.Context, in *capture.Input, file int32, opt Options, p *pipeline, h *Harvest) error {
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	c.file = file
	c.frames.border()
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
	if more := info.LastFrame - trace.LastNumber; more > 0 {
		c.bound("frames", trace.LastNumber, more, "frames after the 4,294,967,295th of a file are all cited as that one: split the file")
	}
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
	h.Messages = h.Messages.Join(out.Messages)
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
