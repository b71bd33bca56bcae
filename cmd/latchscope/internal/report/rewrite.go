package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Kind says what a string of a report is.
type Kind uint8

const (
	Address Kind = iota + 1 // "203.0.113.20:30002", or without its port
	URI                     // sip:..., as in From and To
	Name                    // a display name, a User-Agent
	CallID
	Codec // a payload's name, from SDP
	Path  // of a capture
	Prose // a sentence or a filter of our own wording that may quote any of these
)

// Rewrite replaces names and addresses that should not leave the house. All of
// a report's foreign text passes through it exactly once.
type Rewrite func(Kind, string) string

func (r *Report) as(k Kind, s string) string {
	if r.rewrite == nil || s == "" {
		return s
	}
	return r.rewrite(k, s)
}

func (r *Report) text(s string) string { return r.as(Prose, s) }

// endpoint is e as the contract writes it; nothing where nothing is known.
func (r *Report) endpoint(e endpoint.Endpoint) string {
	return r.as(Address, Endpoint{At: e}.String())
}

// data is a finding's own data as JSON: strings rewritten, numbers in seconds
// rounded, all else and the order of the fields as the detector has it.
func (r *Report) data(v any) json.RawMessage {
	if v == nil {
		return json.RawMessage("{}")
	}
	raw, err := json.Marshal(v)
	if err != nil || string(raw) == "null" {
		return json.RawMessage("{}") // a detector's mistake must not cost the report
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var out bytes.Buffer
	if err := r.copyJSON(dec, &out, ""); err != nil && err != io.EOF {
		return raw
	}
	return out.Bytes()
}

// copyJSON copies one value; key is the field it stands in.
func (r *Report) copyJSON(dec *json.Decoder, out *bytes.Buffer, key string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case json.Delim:
		out.WriteByte(byte(tok))
		for n := 0; dec.More(); n++ {
			if n > 0 {
				out.WriteByte(',')
			}
			if tok == '{' {
				name, err := dec.Token()
				if err != nil {
					return err
				}
				key = name.(string)
				writeString(out, key)
				out.WriteByte(':')
			}
			if err := r.copyJSON(dec, out, key); err != nil {
				return err
			}
		}
		end, err := dec.Token()
		if err != nil {
			return err
		}
		out.WriteByte(byte(end.(json.Delim)))
	case json.Number:
		s := tok.String()
		if f, err := tok.Float64(); err == nil && strings.HasSuffix(key, "_s") {
			s = rounded(f)
		}
		out.WriteString(s)
	case string:
		if !verbatim(key) {
			tok = r.text(tok)
		}
		writeString(out, tok)
	case bool:
		out.WriteString(strconv.FormatBool(tok))
	case nil:
		out.WriteString("null")
	}
	return nil
}

// verbatim tells fields of data that hold words of the contract, or times.
func verbatim(key string) bool {
	switch key {
	case "time", "trigger", "component", "direction", "state", "evidence":
		return true
	}
	return false
}

func writeString(out *bytes.Buffer, s string) {
	b, _ := json.Marshal(s)
	out.Write(b)
}

// rounded is a number of seconds as JSON shows it.
func rounded(s float64) string { return string(appendRounded(nil, s)) }
