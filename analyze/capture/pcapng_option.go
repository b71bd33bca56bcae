package capture

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Options of pcapng blocks (section 3.5): code, length, value, padding to four
// bytes; the last may be an opt_endofopt.
const (
	optEnd     = 0
	optComment = 1
)

// options goes through the options in b.
type options struct {
	b    []byte
	big  bool
	code uint16
	val  []byte
	bad  bool // an option overruns b; what was before it holds
}

func (o *options) next() bool {
	if len(o.b) < 4 {
		o.bad = len(o.b) > 0
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if o.big {
		order = binary.BigEndian
	}
	o.code = order.Uint16(o.b)
	size := int(order.Uint16(o.b[2:]))
	if o.code == optEnd {
		return false
	}
	if size > len(o.b)-4 {
		o.bad = true
		return false
	}
	o.val = o.b[4 : 4+size]
	o.b = o.b[min(4+(size+3)&^3, len(o.b)):]
	return true
}

// u64 is the value as a number of 64 bits.
func (o *options) u64() (uint64, bool) {
	if len(o.val) != 8 {
		return 0, false
	}
	if o.big {
		return binary.BigEndian.Uint64(o.val), true
	}
	return binary.LittleEndian.Uint64(o.val), true
}

// text is the value as a text of at most most bytes, unchecked but for the
// zeros that some writers put behind it.
func (o *options) text(most int) string {
	return strings.TrimRight(string(o.val[:min(len(o.val), most)]), "\x00")
}

func (p *pcapngFile) overrun(f *File, o options) {
	if o.bad {
		f.warn.add("bad-option", 0, 1, fmt.Sprintf("options that overrun their block, the first behind or in frame %d; what they say is not known", f.no))
	}
}

// section takes a Section Header Block (section 4.1).
func (p *pcapngFile) section(f *File, body []byte, pos int) bool {
	if len(body) < sectionMin-blockFrame {
		return false
	}
	if major, minor := p.u16(body[4:]), p.u16(body[6:]); major != 1 {
		f.stop("bad-block", f.no+1, fmt.Sprintf("the section at byte %d, behind frame %d, is of the unknown version %d.%d; reading stopped there",
			f.offset+int64(pos), f.no, major, minor))
		return true
	}
	f.info.Sections++
	p.base, p.kept, p.seen = len(p.ifaces), 0, 0
	o := options{b: body[16:], big: p.big}
	most := f.in.set.opt.Limits.MaxText
	for o.next() {
		if o.code == optComment {
			f.info.Comments++
		}
		if f.info.Sections > 1 {
			continue
		}
		switch o.code {
		case 2:
			f.info.Hardware = o.text(most)
		case 3:
			f.info.OS = o.text(most)
		case 4:
			f.info.Application = o.text(most)
		}
	}
	p.overrun(f, o)
	return true
}

// iface takes an Interface Description Block (section 4.2).
func (p *pcapngFile) iface(f *File, body []byte) bool {
	if len(body) < 8 {
		return false
	}
	p.seen++
	limits := &f.in.set.opt.Limits
	if len(p.ifaces) >= limits.MaxInterfaces {
		return true
	}
	in := Interface{Link: LinkType(p.u16(body)), Snaplen: p.u32(body[4:]), Resolution: Resolution{10, 6}}
	shift := int64(0)
	o := options{b: body[8:], big: p.big}
	for o.next() {
		switch o.code {
		case optComment:
			f.info.Comments++
		case 2:
			in.Name = o.text(limits.MaxText)
		case 3:
			in.Description = o.text(limits.MaxText)
		case 9: // if_tsresol: the top bit says powers of two
			if len(o.val) == 1 {
				in.Resolution = Resolution{10, o.val[0] & 0x7f}
				if o.val[0]&0x80 != 0 {
					in.Resolution.Base = 2
				}
			}
		case 11: // if_filter: a byte for the kind, 0 is libpcap's language
			if len(o.val) > 1 && o.val[0] == 0 {
				o.val = o.val[1:]
				in.Filter = o.text(limits.MaxText)
			}
		case 13:
			if len(o.val) == 1 {
				in.FCSLen = int(o.val[0])
			}
		case 14: // if_tsoffset, seconds
			if n, ok := o.u64(); ok {
				shift = int64(n)
			}
		}
	}
	p.overrun(f, o)
	f.info.Interfaces = append(f.info.Interfaces, in)
	p.ifaces = append(p.ifaces, port{clock: newClock(in.Resolution, shift), link: in.Link, snaplen: in.Snaplen})
	p.kept++
	return true
}

// stats takes an Interface Statistics Block (section 4.6). The last of an
// interface stands: its counts run from the start of the capture.
func (p *pcapngFile) stats(f *File, body []byte) bool {
	if len(body) < 12 {
		return false
	}
	id := p.u32(body)
	if uint64(id) >= uint64(p.kept) {
		if uint64(id) >= uint64(p.seen) {
			f.warn.add("bad-statistics", 0, 1, "statistics of an interface that the file does not describe")
		}
		return true
	}
	in := &f.info.Interfaces[p.base+int(id)]
	o := options{b: body[12:], big: p.big}
	for o.next() {
		n, ok := o.u64()
		switch c := (Counter{n, ok}); o.code {
		case optComment:
			f.info.Comments++
		case 4:
			in.Received = c
		case 5:
			in.Dropped = c
		case 7:
			in.OSDropped = c
		}
	}
	p.overrun(f, o)
	return true
}

// secretsTLS marks a Decryption Secrets Block (section 4.7) that holds the key
// log of TLS sessions, as text.
const secretsTLS = 0x544c534b

// secrets takes a Decryption Secrets Block. What is not for TLS is passed over.
func (p *pcapngFile) secrets(f *File, body []byte) {
	if len(body) < 8 || p.u32(body) != secretsTLS {
		return
	}
	log := body[8:]
	log = log[:min(int64(p.u32(body[4:])), int64(len(log)))]
	if int64(len(f.secrets)+len(log)) > f.in.set.opt.Limits.MaxRecord {
		f.warn.add("limit", f.no+1, 1, "session keys beyond what is kept at a time were passed over")
		return
	}
	f.secrets = append(append(f.secrets, log...), '\n')
}

// Secrets is the key log of TLS sessions that stood in the file in front of or
// among the packets that Next gave last, for these and those to come; nil if there
// was none. It is told nowhere else.
func (f *File) Secrets() []byte { return f.secrets }
