package report

import (
	"strconv"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Endpoint is an endpoint in JSON: a string as Report.endpoint writes it, null where
// nothing is known.
type Endpoint struct {
	At endpoint.Endpoint
	As string // what stands for it, where names are rewritten
}

// MarshalJSON writes the endpoint, or null.
func (e Endpoint) MarshalJSON() ([]byte, error) { return e.append(nil), nil }

func (e Endpoint) append(b []byte) []byte {
	switch {
	case e.As != "":
		return appendString(b, e.As)
	case e.At.IsZero():
		return append(b, "null"...)
	}
	return append(e.appendText(append(b, '"')), '"')
}

func (e Endpoint) appendText(b []byte) []byte {
	if e.At.Port == 0 { // not known
		return e.At.IP().AppendTo(b)
	}
	return e.At.AddrPort().AppendTo(b)
}

// String is the endpoint as text, "" where nothing is known.
func (e Endpoint) String() string {
	if e.As != "" || e.At.IsZero() {
		return e.As
	}
	return string(e.appendText(nil))
}

// StreamEnd is an end of a stream in JSON: an Endpoint that is "" where it is the address
// :: with port 0, as that of a packet may be. It is never null.
type StreamEnd struct{ Endpoint }

// MarshalJSON writes the endpoint.
func (e StreamEnd) MarshalJSON() ([]byte, error) { return e.append(nil), nil }

func (e StreamEnd) append(b []byte) []byte {
	if e.As == "" && e.At.IsZero() {
		return append(b, `""`...)
	}
	return e.Endpoint.append(b)
}

// written is e in JSON.
func (r *Report) written(e endpoint.Endpoint) Endpoint {
	if r.rewrite == nil {
		return Endpoint{At: e}
	}
	return Endpoint{As: r.endpoint(e)}
}

// Word is a string in JSON that is null where it is empty.
type Word string

// MarshalJSON writes the word, or null.
func (w Word) MarshalJSON() ([]byte, error) { return w.append(nil), nil }

func (w Word) append(b []byte) []byte {
	if w == "" {
		return append(b, "null"...)
	}
	return appendString(b, string(w))
}

// Number is a number in JSON that is null where it is zero: such are never seen.
type Number int

// MarshalJSON writes the number, or null.
func (n Number) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

func (n Number) append(b []byte) []byte {
	if n == 0 {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// SSRC is an SSRC in JSON: "0x0badcafe".
type SSRC uint32

// MarshalJSON writes the eight digits in quotes.
func (n SSRC) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

func (n SSRC) append(b []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, `"0x`...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, hex[n>>shift&15])
	}
	return append(b, '"')
}
