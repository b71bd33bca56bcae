package ng

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"sort"
	"strings"
)

// Message is a command or a reply.
type Message struct {
	Cookie  string
	JSON    bool   // else it is in bencoding
	Command string // "offer", "answer", "delete", ...; empty in a reply
	Result  string // "ok", "error", "pong", ...; empty in a command
	Reason  string // of an error

	CallID, FromTag, ToTag, ViaBranch string

	SDP      string
	From     netip.Addr // where the proxy got the SIP message from, if it says so
	Settings []string   // flags and options that change what happens to media: "strict-source", "ICE=remove"
	Streams  []Stream   // of a reply: what the engine knows of the call
}

// Stream is a port of the engine and who it takes for the party behind it. Its
// words are those of rtpengine's reply to query and delete.
type Stream struct {
	Tag        string         // of the party
	Line       int            // m= line, from 0
	RTCP       bool           // else RTP
	Local      netip.AddrPort // the engine's own port, which the party sends to
	Endpoint   netip.AddrPort // where the engine sends to: announced, or learned from a source
	Advertised netip.AddrPort // what SDP announced
	Confirmed  bool           // learned for good: it latched
	Packets    int64          // that came from the party
	Errors     int64
}

// maxCookie is how long a cookie may be; proxies make some 20 bytes.
const maxCookie = 128

// Looks reports whether a datagram may be a message: a cookie, and the beginning
// of a dictionary.
func Looks(b []byte) bool {
	i := bytes.IndexByte(b[:min(len(b), maxCookie+1)], ' ')
	if i < 1 || len(b) < i+4 {
		return false
	}
	switch rest := b[i+1:]; rest[0] {
	case 'd':
		if rest[1] < '1' || rest[1] > '9' {
			return false
		}
		return named(rest, "7:command", "6:result")
	case '{':
		return named(rest, `"command"`, `"result"`)
	}
	return false
}

func named(b []byte, command, result string) bool {
	return bytes.Contains(b, []byte(command)) || bytes.Contains(b, []byte(result))
}

// Parse reads a datagram. It is false where that is no message, or not a whole one.
func Parse(b []byte, m *Message) bool {
	*m = Message{}
	if !Looks(b) {
		return false
	}
	cookie, body, _ := bytes.Cut(b, []byte(" "))
	var v any
	if m.JSON = body[0] == '{'; m.JSON {
		if json.Unmarshal(body, &v) != nil {
			return false
		}
	} else {
		var ok bool
		if v, _, ok = bdecode(body, 0); !ok {
			return false
		}
	}
	d := dict(v)
	m.Cookie, m.Command, m.Result = string(cookie), text(d["command"]), text(d["result"])
	if m.Command == "" && m.Result == "" {
		return false
	}
	m.Reason, m.SDP = text(d["error-reason"]), text(d["sdp"])
	m.CallID, m.FromTag, m.ToTag, m.ViaBranch = text(d["call-id"]), text(d["from-tag"]), text(d["to-tag"]), text(d["via-branch"])
	if m.Command != "" {
		m.From = received(d)
		m.Settings = settings(d)
	} else {
		m.Streams = streams(dict(d["tags"]))
	}
	return true
}

// received is where the proxy got the message from: ["IP4", "192.0.2.1"].
func received(d map[string]any) netip.Addr {
	list := list(first(d, "received-from", "received from"))
	if len(list) == 0 {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(text(list[len(list)-1]))
	return a.Unmap()
}

// streams lists what the engine knows of the parties, in order of their tags.
func streams(tags map[string]any) []Stream {
	names := make([]string, 0, len(tags))
	for name := range tags {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []Stream
	for _, name := range names {
		for i, media := range list(dict(tags[name])["medias"]) {
			for _, v := range list(dict(media)["streams"]) {
				d := dict(v)
				if len(out) == maxStreams {
					return out
				}
				flags := list(d["flags"])
				stats := dict(d["stats"])
				s := Stream{
					Tag: name, Line: i, Endpoint: addrPort(dict(d["endpoint"])), Advertised: addrPort(dict(d["advertised endpoint"])),
					Packets: number(stats["packets"]), Errors: number(stats["errors"]),
					Confirmed: slices.Contains(flags, any("confirmed")), RTCP: slices.Contains(flags, any("RTCP")) && !slices.Contains(flags, any("RTP")),
				}
				if a, err := netip.ParseAddr(text(d["local address"])); err == nil {
					s.Local = netip.AddrPortFrom(a.Unmap(), uint16(number(d["local port"])))
				}
				out = append(out, s)
			}
		}
	}
	return out
}

// maxStreams is how many streams of one call are read.
const maxStreams = 256

func addrPort(d map[string]any) netip.AddrPort {
	a, err := netip.ParseAddr(text(d["address"]))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(number(d["port"])))
}

func first(d map[string]any, keys ...string) any {
	for _, k := range keys {
		if v, ok := d[k]; ok {
			return v
		}
	}
	return nil
}

func dict(v any) map[string]any { d, _ := v.(map[string]any); return d }
func list(v any) []any          { l, _ := v.([]any); return l }
func text(v any) string         { s, _ := v.(string); return s }

func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		if v > -1e15 && v < 1e15 {
			return int64(v)
		}
	}
	return 0
}

// options are the keys of a command that change what happens to media, in the
// order in which they are listed. Keys with a blank are the older spelling of
// those with a dash.
var options = [...]string{
	"ICE", "ICE-lite", "DTLS", "DTLS-reverse", "SDES", "OSRTP", "transport-protocol", "address-family", "rtcp-mux", "media-address",
	"direction", "interface", "replace", "endpoint-learning", "delete-delay", "media-timeout", "tos", "ptime", "codec",
}

// maxSettings bounds what is kept of one command, and how long one may be.
const maxSettings, maxSetting = 64, 64

// settings are the flags, in the order given, then the options.
func settings(d map[string]any) (out []string) {
	add := func(s string) {
		if s != "" && len(s) <= maxSetting && len(out) < maxSettings && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, v := range list(d["flags"]) {
		add(text(v))
	}
	for _, s := range strings.Fields(text(first(d, "rtpp-flags", "rtpp_flags"))) {
		add(s)
	}
	for _, key := range options {
		v := first(d, key, strings.ReplaceAll(key, "-", " "))
		switch v := v.(type) {
		case string:
			add(key + "=" + v)
		case int64, float64:
			add(key + "=" + decimal(number(v)))
		case []any:
			var words []string
			for _, w := range v {
				if s := text(w); s != "" {
					words = append(words, s)
				}
			}
			if len(words) > 0 {
				add(key + "=" + strings.Join(words, ","))
			}
		}
	}
	return out
}
