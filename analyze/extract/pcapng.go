package extract

import (
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// pcapgo's writer knows neither comments nor link types above 255, so this is
// our own: draft-ietf-opsawg-pcapng, little endian, times in nanoseconds.

// WritePcapng writes the extract as a pcapng. Each packet's comment says which
// frame of which capture it was.
func (x *Capture) WritePcapng(w io.Writer) error {
	p := pcapngWriter{w: w}
	if err := p.begin("latchscope extract"); err != nil {
		return err
	}
	for _, i := range x.Interfaces {
		if err := p.iface(i); err != nil {
			return err
		}
	}
	for k := range x.Packets {
		if err := p.packet(&x.Packets[k], x.comments(&x.Packets[k])...); err != nil {
			return err
		}
	}
	return nil
}

// comments of a packet: where it came from, and what the extract's notes say of
// the frames.
func (x *Capture) comments(p *Packet) []string {
	out := []string{x.origin(p)}
	for _, no := range p.Frames {
		if text := x.Annotations[trace.FrameOf(p.File, no)]; text != "" {
			out = append(out, text)
		}
	}
	return out
}

// pcapngWriter writes the blocks of a pcapng, one section.
type pcapngWriter struct {
	w    io.Writer
	body []byte
}

const (
	sectionHeader, interfaceDescription, enhancedPacket = 0x0a0d0d0a, 1, 6

	optionComment, optionName, optionApplication, optionResolution = 1, 2, 4, 9
)

func (p *pcapngWriter) begin(application string) error {
	body := []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	return block(p.w, sectionHeader, option(body, optionApplication, application))
}

// iface adds an interface; they are numbered in order. Times are nanoseconds.
func (p *pcapngWriter) iface(i Interface) error {
	body := binary.LittleEndian.AppendUint16(nil, uint16(i.Link))
	body = append(body, 0, 0)
	body = binary.LittleEndian.AppendUint32(body, snaplen)
	body = option(body, optionName, i.Name)
	body = option(body, optionResolution, "\x09")
	return block(p.w, interfaceDescription, body)
}

func (p *pcapngWriter) packet(k *Packet, comments ...string) error {
	body := binary.LittleEndian.AppendUint32(p.body[:0], uint32(k.Iface))
	body = binary.LittleEndian.AppendUint32(body, uint32(uint64(k.Time)>>32))
	body = binary.LittleEndian.AppendUint32(body, uint32(uint64(k.Time)))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(k.Data)))
	body = binary.LittleEndian.AppendUint32(body, k.Len)
	body = pad(append(body, k.Data...))
	for _, c := range comments {
		body = option(body, optionComment, c)
	}
	p.body = body
	return block(p.w, enhancedPacket, body)
}

// origin says where a packet came from. A path may name a customer.
func (x *Capture) origin(p *Packet) string {
	file := fmt.Sprintf("file %d", p.File)
	if !x.Redacted && int(p.File) < len(x.Paths) {
		file = filepath.Base(x.Paths[p.File])
	}
	if len(p.Frames) == 1 {
		return fmt.Sprintf("%s, frame %d", file, p.Frames[0])
	}
	return fmt.Sprintf("%s, frames %s", file, strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Frames), " ", ", "), "[]"))
}

// option appends an option; the block's writer ends the list.
func option(b []byte, code uint16, value string) []byte {
	value = value[:min(len(value), 0xffff)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func block(w io.Writer, kind uint32, body []byte) error {
	total := uint32(12 + len(body) + 4)
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, total)
	b = append(b, body...)
	b = append(b, 0, 0, 0, 0) // end of options
	b = binary.LittleEndian.AppendUint32(b, total)
	_, err := w.Write(b)
	return err
}
