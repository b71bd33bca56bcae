package extract

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Packet is one packet of an extract.
type Packet struct {
	Data   []byte
	Frames []int64 // that it came from: several where it was put together
	Time   int64   // in the clock of its capture point
	File   int32
	Iface  int32 // index into Capture.Interfaces
	Len    uint32
}

// Interface is where packets of an extract were seen.
type Interface struct {
	Name string
	Link capture.LinkType
}

// Capture is what was taken of what one capture point saw. Points have clocks
// of their own, so each has a capture of its own.
type Capture struct {
	Point      int
	Packets    []Packet
	Interfaces []Interface
	Notes      []string // what is not as it was
	Redacted   bool
	Paths      []string // of the captures; Packet.File is an index

	encrypted   int                  // packets of TLS connections among them
	Annotations map[trace.Ref]string // further comments of packets, by the frames they came from
}

// Options of Take.
type Options struct {
	Pseudonyms *redact.Pseudonyms // nil: packets as they were
	Limit      int64              // bytes that an extract may hold; 0: 1 GiB
	Secrets    *tls.Secrets       // keys of TLS sessions, as the analysis had them; nil: those in the captures
}

// TooLarge says that an extract would not fit into Options.Limit.
type TooLarge struct{ Limit int64 }

func (e *TooLarge) Error() string {
	return fmt.Sprintf("what is to be extracted is larger than %d MiB", e.Limit>>20)
}

// Take reads the captures again and takes what is wanted: an extract for each
// capture point that saw any of it.
func Take(ctx context.Context, set *capture.Set, w *Wanted, opt Options) ([]*Capture, error) {
	if opt.Limit == 0 {
		opt.Limit = 1 << 30
	}
	var paths []string
	for i := range w.trace.Captures {
		paths = append(paths, w.trace.Captures[i].Path)
	}
	points := map[int]*Capture{}
	changes := map[int]*redact.Changes{}
	var held int64
	for i, in := range set.Files {
		if i >= len(w.trace.Captures) {
			break
		}
		c := &w.trace.Captures[i]
		x := points[c.Point]
		if x == nil {
			x = &Capture{Point: c.Point, Redacted: opt.Pseudonyms != nil, Paths: paths}
			points[c.Point], changes[c.Point] = x, new(redact.Changes)
		}
		r := reader{
			x: x, w: w, opt: opt, file: int32(i), offset: c.Offset, step: c.Step, held: held,
			ifaces: map[int32]int32{}, flows: map[flowKey]*flow{}, relays: c.Relays,
		}
		var err error
		if opt.Pseudonyms != nil {
			err = r.redacted(ctx, in, redact.NewBuilder(opt.Pseudonyms, changes[c.Point]))
		} else {
			err = r.verbatim(ctx, in)
		}
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		held = r.held
	}
	var out []*Capture
	for point := range len(set.Files) {
		x := points[point]
		if x == nil || len(x.Packets) == 0 {
			continue
		}
		slices.SortStableFunc(x.Packets, func(a, b Packet) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.File, b.File), cmp.Compare(a.Frames[0], b.Frames[0]))
		})
		x.Notes = changes[point].Notes()
		if x.encrypted > 0 {
			x.Notes = append(x.Notes, fmt.Sprintf("packets of TLS connections, encrypted as they were; whoever reads them needs the session keys (--keylog), which no extract holds: %d", x.encrypted))
		}
		out = append(out, x)
	}
	return out, nil
}

// reader takes what is wanted out of one file.
type reader struct {
	x       *Capture
	w       *Wanted
	opt     Options
	file    int32
	offset  int64
	step    trace.ClockStep
	lines   map[streamKey]trace.Timeline // when its streams' packets are due; nil until asked for
	held    int64
	ifaces  map[int32]int32 // of the file to those of the extract
	flows   map[flowKey]*flow
	relays  *packet.Relays // what TURN said at the file's point
	tooMuch bool
}

// each decodes a file frame by frame.
func (r *reader) each(ctx context.Context, in *capture.Input, take func(*capture.Frame, []packet.Datagram, []packet.Tap)) (capture.Info, error) {
	f, err := in.Open()
	if err != nil {
		return capture.Info{}, err
	}
	defer f.Close()
	keys := r.opt.Secrets
	if keys == nil {
		keys = new(tls.Secrets)
	}
	dec := packet.NewDecoder(packet.Options{WantTCP: sip.LooksStream, Relays: r.relays, Secrets: keys})
	var batch capture.Batch
	var list []packet.Datagram
	var last capture.Frame
	for ctx.Err() == nil && !r.tooMuch && f.Next(&batch) {
		if log := f.Secrets(); log != nil {
			keys.Add(log)
		}
		for i := range batch.Frames {
			last = batch.Frames[i]
			list = dec.Decode(&last, list[:0])
			take(&last, list, dec.Taps())
		}
	}
	if err := f.Err(); err != nil {
		return capture.Info{}, err
	}
	if r.tooMuch {
		return capture.Info{}, &TooLarge{r.opt.Limit}
	}
	last.Data, last.No = nil, 0 // what was still waiting came in no frame of its own
	take(&last, dec.Flush(list[:0]), dec.Taps())
	return f.Info(), nil
}

func (r *reader) add(p Packet) {
	r.held += int64(len(p.Data)) + 96
	if r.held > r.opt.Limit {
		r.tooMuch = true
		return
	}
	p.File = r.file
	r.x.Packets = append(r.x.Packets, p)
}

// iface is the extract's number of an interface of the file.
func (r *reader) iface(n int32, link capture.LinkType) int32 {
	if at, ok := r.ifaces[n]; ok && r.x.Interfaces[at].Link == link {
		return at
	}
	at := int32(len(r.x.Interfaces))
	r.x.Interfaces = append(r.x.Interfaces, Interface{Link: link, Name: fmt.Sprintf("if%d", at)})
	r.ifaces[n] = at
	return at
}

// nameInterfaces gives them the names they had.
func (r *reader) nameInterfaces(info capture.Info) {
	for n, at := range r.ifaces {
		if int(n) < len(info.Interfaces) && info.Interfaces[n].Name != "" {
			r.x.Interfaces[at].Name = info.Interfaces[n].Name
		}
	}
}
