package extract

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/latchscope/latchscope/analyze/capture"
)

// MixedLinks says that a pcap cannot hold an extract: it has one link type.
type MixedLinks struct{ Links []capture.LinkType }

func (e *MixedLinks) Error() string {
	return fmt.Sprintf("a pcap holds packets of one link type, and these are of %d (%v): write a pcapng", len(e.Links), e.Links)
}

// snaplen that the header claims: more than any packet here has.
const snaplen = 262144

// WritePcap writes the extract as a pcap with times in nanoseconds.
func (x *Capture) WritePcap(w io.Writer) error {
	link := capture.Ethernet
	var links []capture.LinkType
	for _, i := range x.Interfaces {
		if len(links) == 0 || links[0] != i.Link {
			links = append(links, i.Link)
		}
	}
	if len(links) > 1 {
		return &MixedLinks{links}
	}
	if len(links) == 1 {
		link = links[0]
	}
	out := pcapgo.NewWriterNanos(w)
	if link < 256 {
		if err := out.WriteFileHeader(snaplen, layers.LinkType(link)); err != nil {
			return err
		}
	} else if err := wideHeader(w, link); err != nil {
		return err
	}
	for i := range x.Packets {
		p := &x.Packets[i]
		ci := gopacket.CaptureInfo{Timestamp: time.Unix(0, p.Time), CaptureLength: len(p.Data), Length: int(p.Len)}
		if err := out.WritePacket(ci, p.Data); err != nil {
			return err
		}
	}
	return nil
}

// wideHeader writes a file header for link types that gopacket has no room for
// (Linux cooked v2 is 276).
func wideHeader(w io.Writer, link capture.LinkType) error {
	const magicNanoseconds = 0xa1b23c4d
	b := make([]byte, 24)
	binary.LittleEndian.PutUint32(b, magicNanoseconds)
	binary.LittleEndian.PutUint16(b[4:], 2)
	binary.LittleEndian.PutUint16(b[6:], 4)
	binary.LittleEndian.PutUint32(b[16:], snaplen)
	binary.LittleEndian.PutUint32(b[20:], uint32(link))
	_, err := w.Write(b)
	return err
}
