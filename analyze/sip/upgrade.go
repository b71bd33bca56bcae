package sip

import (
	"bytes"
	"compress/flate"
	"io"
)

// LooksStream is Looks for the bytes of one TCP segment: a message, a WebSocket
// frame with one in it (RFC 7118), or the HTTP upgrade in front of these. It is
// what tells which connections are worth being put together.
func LooksStream(b []byte) bool {
	return Looks(b) || looksSocket(b) || looksUpgrade(b)
}

// looksSocket tells whether a WebSocket frame with a message begins here. What
// is compressed tells nothing by itself.
func looksSocket(b []byte) bool {
	if len(b) < 3 || b[0]&0x7c != 0 || b[0]&3 == 0 || b[0]&3 == 3 {
		return false
	}
	h, v := readSocketHeader(b, maxStreamMessage)
	if v != yes || h.packed {
		return false
	}
	var few [512]byte
	return Looks(h.payload(few[:0], b[:min(len(b), h.size+len(few))]))
}

// looksUpgrade tells an HTTP upgrade to WebSocket of which the subprotocol is
// SIP (RFC 7118 section 4.1), a request or the response.
func looksUpgrade(b []byte) bool {
	if !isUpgrade(b) {
		return false
	}
	protocol := headerValue(b, "sec-websocket-protocol")
	return bytes.Contains(bytes.ToLower(protocol), []byte("sip"))
}

func isUpgrade(b []byte) bool {
	return bytes.HasPrefix(b, []byte("GET ")) || bytes.HasPrefix(b, []byte("HTTP/1.1 101"))
}

// headerValue is the value of the first HTTP header of a name in lower case.
func headerValue(b []byte, name string) []byte {
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		if k, v, ok := bytes.Cut(line, []byte(":")); ok && is(trim(k), name) {
			return trim(v)
		}
		b = rest
	}
	return nil
}

// upgrade finds the end of an HTTP upgrade to WebSocket at the head of b.
func upgrade(b []byte) (n int, deflate bool, v verdict) {
	for _, start := range [...]string{"GET ", "HTTP/1.1 101"} {
		if !bytes.HasPrefix(b, []byte(start)) {
			if bytes.HasPrefix([]byte(start), b) {
				return 0, false, perhaps
			}
			continue
		}
		end := bytes.Index(b[:min(len(b), maxLine)], []byte("\r\n\r\n"))
		if end < 0 {
			if len(b) < maxLine {
				return 0, false, perhaps
			}
			return 0, false, no
		}
		head := b[:end]
		if !is(headerValue(head, "upgrade"), "websocket") {
			return 0, false, no
		}
		extensions := headerValue(head, "sec-websocket-extensions")
		return end + 4, bytes.Contains(bytes.ToLower(extensions), []byte("permessage-deflate")), yes
	}
	return 0, false, no
}

// inflater undoes permessage-deflate (RFC 7692 section 7.2.2). Messages may refer
// to the ones before; where the two have agreed that they do not, knowing these
// does no harm.
type inflater struct {
	r    io.ReadCloser
	dict []byte // the last 32 KiB that came out
}

// inflate appends to dst what b holds, up to max bytes. It fails where b is
// damaged, or refers to what was not seen.
func (f *inflater) inflate(dst, b []byte, max int) ([]byte, bool) {
	const window = 32 << 10
	src := io.MultiReader(bytes.NewReader(b), bytes.NewReader([]byte{0, 0, 0xff, 0xff}))
	if f.r == nil {
		f.r = flate.NewReaderDict(src, f.dict)
	} else if err := f.r.(flate.Resetter).Reset(src, f.dict); err != nil {
		return dst, false
	}
	at := len(dst)
	out := bytes.NewBuffer(dst)
	// The end of a message is no end of deflate's stream.
	if _, err := io.Copy(out, io.LimitReader(f.r, int64(max))); err != nil && err != io.ErrUnexpectedEOF {
		return dst, false
	}
	dst = out.Bytes()
	f.dict = append(f.dict, dst[at:]...)
	f.dict = append(f.dict[:0], f.dict[len(f.dict)-min(len(f.dict), window):]...)
	return dst, true
}
