package extract

import (
	"context"
	"fmt"
	"io"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Annotate copies all frames of the captures of one point to w as a pcapng, with
// comments on those that notes names, so that Wireshark shows them. Frames keep
// their order and, of a single file, their numbers; nothing is held in memory.
func Annotate(ctx context.Context, w io.Writer, set *capture.Set, t *trace.Trace, point int, notes map[trace.Ref]string) error {
	p := pcapngWriter{w: w}
	if err := p.begin("latchscope analyze"); err != nil {
		return err
	}
	interfaces := int32(0)
	for i, in := range set.Files {
		if i >= len(t.Captures) || t.Captures[i].Point != point {
			continue
		}
		n, err := annotateFile(ctx, &p, in, int32(i), interfaces, notes)
		if err != nil {
			return err
		}
		interfaces += n
	}
	return ctx.Err()
}

// annotateFile copies one file, whose interfaces are numbered from base on, and
// returns how many there were.
func annotateFile(ctx context.Context, p *pcapngWriter, in *capture.Input, file, base int32, notes map[trace.Ref]string) (int32, error) {
	f, err := in.Open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	type port struct {
		iface int32
		link  capture.LinkType
	}
	known := map[port]int32{}
	var batch capture.Batch
	for ctx.Err() == nil && f.Next(&batch) {
		for i := range batch.Frames {
			fr := &batch.Frames[i]
			at, ok := known[port{fr.Iface, fr.Link}]
			if !ok {
				at = base + int32(len(known))
				known[port{fr.Iface, fr.Link}] = at
				name := fmt.Sprintf("if%d", at)
				if info := f.Info(); int(fr.Iface) < len(info.Interfaces) && info.Interfaces[fr.Iface].Name != "" {
					name = info.Interfaces[fr.Iface].Name
				}
				if err := p.iface(Interface{Name: name, Link: fr.Link}); err != nil {
					return 0, err
				}
			}
			var comments []string
			if text := notes[trace.FrameOf(file, fr.No)]; text != "" {
				comments = append(comments, text)
			}
			k := Packet{Data: fr.Data, Time: fr.Time, Iface: at, Len: max(fr.Len, uint32(len(fr.Data)))}
			if err := p.packet(&k, comments...); err != nil {
				return 0, err
			}
		}
	}
	return int32(len(known)), f.Err()
}
