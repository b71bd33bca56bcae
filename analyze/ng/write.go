package ng

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// Append writes the message as Parse reads it: what is not in a Message is not
// written.
func (m *Message) Append(b []byte) []byte {
	d := map[string]any{}
	put := func(key, v string) {
		if v != "" {
			d[key] = v
		}
	}
	put("command", m.Command)
	put("result", m.Result)
	put("error-reason", m.Reason)
	put("call-id", m.CallID)
	put("from-tag", m.FromTag)
	put("to-tag", m.ToTag)
	put("via-branch", m.ViaBranch)
	put("sdp", m.SDP)
	if m.From.IsValid() {
		d["received-from"] = []any{family(m.From), m.From.String()}
	}
	var flags []any
	for _, s := range m.Settings {
		key, value, option := strings.Cut(s, "=")
		switch {
		case !option:
			flags = append(flags, s)
		case key == "direction" || key == "replace" || key == "interface" || key == "rtcp-mux" || key == "SDES":
			var words []any
			for w := range strings.SplitSeq(value, ",") {
				words = append(words, w)
			}
			d[key] = words
		default:
			d[key] = value
		}
	}
	if flags != nil {
		d["flags"] = flags
	}
	if len(m.Streams) > 0 {
		d["tags"] = tags(m.Streams)
	}
	b = append(append(b, m.Cookie...), ' ')
	if !m.JSON {
		return bencode(b, d)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(d) // a map of strings and numbers: never fails
	return append(b, bytes.TrimSpace(out.Bytes())...)
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IP4"
	}
	return "IP6"
}

// tags writes streams as a reply to query holds them.
func tags(list []Stream) map[string]any {
	lines := map[string][][]any{}
	for _, s := range list {
		l := lines[s.Tag]
		for len(l) <= s.Line && len(l) < maxStreams {
			l = append(l, nil)
		}
		if s.Line < 0 || s.Line >= len(l) {
			continue
		}
		d := map[string]any{"stats": map[string]any{"packets": s.Packets, "errors": s.Errors}}
		kind := "RTP"
		if s.RTCP {
			kind = "RTCP"
		}
		words := []any{kind}
		if s.Confirmed {
			words = append(words, "confirmed")
		}
		d["flags"] = words
		if s.Local.IsValid() {
			d["local address"], d["local port"] = s.Local.Addr().String(), int64(s.Local.Port())
		}
		for key, ap := range map[string]netip.AddrPort{"endpoint": s.Endpoint, "advertised endpoint": s.Advertised} {
			if ap.IsValid() {
				d[key] = map[string]any{"address": ap.Addr().String(), "port": int64(ap.Port())}
			}
		}
		l[s.Line] = append(l[s.Line], d)
		lines[s.Tag] = l
	}
	out := map[string]any{}
	for tag, l := range lines {
		medias := []any{}
		for _, streams := range l {
			medias = append(medias, map[string]any{"streams": append([]any{}, streams...)})
		}
		out[tag] = map[string]any{"tag": tag, "medias": medias}
	}
	return out
}
