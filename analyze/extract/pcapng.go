package extract

import (
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// pcapgo's writer knows neither comments nor link types above 255, so this is
// our own: draft-ietf-opsawg-pcapng, little endian, times in nanoseconds.

// WritePcapng writes the extract as a pcapng. Each packet's comment says which
// frame of which capture it was.
func (x *Capture) WritePcapng(w io.Writer) error {
	const sectionHeader, interfaceDescription, enhancedPacket = 0x0a0d0d0a, 1, 6
	const (
		comment     = 1
		application = 4
		name        = 2
		resolution  = 9
	)
	body := []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if err := block(w, sectionHeader, option(body, application, "latchscope extract")); err != nil {
		return err
	}
	for _, i := range x.Interfaces {
		body = binary.LittleEndian.AppendUint16(nil, uint16(i.Link))
		body = append(body, 0, 0)
		body = binary.LittleEndian.AppendUint32(body, snaplen)
		body = option(body, name, i.Name)
		body = option(body, resolution, "\x09")
		if err := block(w, interfaceDescription, body); err != nil {
			return err
		}
	}
	for k := range x.Packets {
		p := &x.Packets[k]
		body = binary.LittleEndian.AppendUint32(body[:0], uint32(p.Iface))
		body = binary.LittleEndian.AppendUint32(body, uint32(uint64(p.Time)>>32))
		body = binary.LittleEndian.AppendUint32(body, uint32(uint64(p.Time)))
		body = binary.LittleEndian.AppendUint32(body, uint32(len(p.Data)))
		body = binary.LittleEndian.AppendUint32(body, p.Len)
		body = pad(append(body, p.Data...))
		if err := block(w, enhancedPacket, option(body, comment, x.origin(p))); err != nil {
			return err
		}
	}
	return nil
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
