package redact

import (
	"net/netip"
	"strings"
)

// SDP is a session description with pseudonyms (RFC 8866): where media goes and
// what it is stays true of the redacted capture, keys and names go.
func (p *Pseudonyms) SDP(b []byte) []byte {
	var out strings.Builder
	s := string(b)
	for s != "" {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			i = len(s)
		}
		n := lineEnd(s[i:])
		out.WriteString(p.sdpLine(s[:i]))
		out.WriteString(s[i : i+n])
		s = s[i+n:]
	}
	return []byte(out.String())
}

func (p *Pseudonyms) sdpLine(s string) string {
	if len(s) < 2 || s[1] != '=' {
		return p.Text(s)
	}
	v := s[2:]
	switch s[0] {
	case 'v', 'b', 't', 'r', 'z':
		return s[:2] + p.times(v)
	case 'm':
		return s[:2] + p.codec(v)
	case 'o':
		return s[:2] + p.origin(v)
	case 'c':
		return s[:2] + p.connection(v)
	case 'k':
		return s[:2] + conceal(v)
	case 'a':
		name, value, ok := strings.Cut(v, ":")
		if !ok {
			if isAttribute(strings.ToLower(name)) {
				return s
			}
			return s[:2] + p.Token(v)
		}
		low := strings.ToLower(name)
		if !isAttribute(low) {
			name = p.Word(name)
		}
		return s[:2] + name + ":" + p.attribute(low, value)
	}
	return s[:2] + p.Text(v) // s=, i=, u=, e=, p= and what is unknown
}

// times rewrites what is made of numbers and the marks of a bandwidth.
func (p *Pseudonyms) times(v string) string {
	f := strings.Split(v, " ")
	for i, w := range f {
		kind, number, marked := strings.Cut(w, ":")
		switch {
		case shortNumber(strings.TrimRight(w, "dhms"), 10):
		case marked && shortNumber(number, 9) && (kind == "AS" || kind == "CT" || kind == "TIAS" || kind == "RR" || kind == "RS"):
		default:
			f[i] = p.Token(w)
		}
	}
	return strings.Join(f, " ")
}

// Codec is what stands for the name of a codec: itself, unless nobody knows it.
func (p *Pseudonyms) Codec(name string) string { return p.codec(name) }

// codec rewrites a description of media: what stays are its words, and numbers.
func (p *Pseudonyms) codec(v string) string {
	var b strings.Builder
	for v != "" {
		n := strings.IndexAny(v, " \t/;=,:[]()")
		if n == 0 {
			b.WriteByte(v[0])
			v = v[1:]
			continue
		}
		if n < 0 {
			n = len(v)
		}
		b.WriteString(p.unlessCodec(v[:n]))
		v = v[n:]
	}
	return b.String()
}

func (p *Pseudonyms) unlessCodec(w string) string {
	low := strings.ToLower(w)
	if codecWord(low) || isSpoken(low) || shortNumber(w, 6) || len(w) <= 6 && isHexWord(w) {
		return w
	}
	if from, to, ok := strings.Cut(w, "-"); ok && shortNumber(from, 3) && shortNumber(to, 3) { // the events of a telephone: 0-15
		return w
	}
	return p.Token(w)
}

// isHexWord tells numbers in hexadecimal, such as H.264's profile-level-id.
func isHexWord(s string) bool {
	digits := 0
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
		if isDigit(s[i]) {
			digits++
		}
	}
	return digits > 1
}

// origin keeps session and version: they tell changes from repetitions.
func (p *Pseudonyms) origin(v string) string {
	f := strings.Split(v, " ")
	for i, w := range f {
		switch {
		case (i == 1 || i == 2) && allDigits(w) && len(w) <= 20, (i == 3 || i == 4) && netWord(w):
		case i >= 5:
			f[i] = p.Host(w)
		default:
			f[i] = p.Token(w)
		}
	}
	return strings.Join(f, " ")
}

func netWord(s string) bool {
	switch strings.ToUpper(s) {
	case "IN", "IP4", "IP6", "":
		return true
	}
	return false
}

// connection is "IN IP4 address/ttl"; whatever is no word of the protocol is
// taken for the address.
func (p *Pseudonyms) connection(v string) string {
	f := strings.Split(v, " ")
	for i, w := range f {
		if !netWord(w) {
			host, rest := cut(w, '/')
			if strings.Trim(rest, "/0123456789") != "" {
				rest = p.Word(rest)
			}
			f[i] = p.Host(host) + rest
		}
	}
	return strings.Join(f, " ")
}

func (p *Pseudonyms) attribute(name, v string) string {
	switch name {
	case "rtpmap", "fmtp", "ptime", "maxptime", "rtcp-fb", "setup", "mid", "group", "extmap", "t38faxversion", "t38maxbitrate", "t38faxratemanagement",
		"t38faxmaxbuffer", "t38faxmaxdatagram", "t38faxudpec", "t38faxfillbitremoval", "t38faxtranscodingmmr", "t38faxtranscodingjbig", "t38vendorinfo",
		"silencesupp", "framerate", "quality", "orient", "type", "charset", "sdplang", "lang", "content", "ice-options", "curr", "des", "conf", "sqn",
		"cdsc", "cpar", "pcfg", "acfg", "acap", "tcap", "imageattr", "rtcp-xr", "bundle-only", "end-of-candidates", "ssrc-group", "simulcast", "rid",
		"maxprate", "cat", "fmtp-ext", "sendrecv", "sendonly", "recvonly", "inactive", "x-nat", "rtcp-rsize", "extmap-allow-mixed", "gpmd":
		return p.codec(v)
	case "rtcp":
		port, rest, _ := strings.Cut(v, " ")
		if !isPort(port) {
			return p.Text(v)
		}
		if rest == "" {
			return port
		}
		return port + " " + p.connection(rest)
	case "candidate":
		return p.candidate(v)
	case "remote-candidates", "alt":
		return p.addressesIn(v)
	case "crypto":
		return crypto(v)
	case "ice-pwd", "key-mgmt", "zrtp-hash", "tls-id", "identity", "encryption", "3ge2ae", "dtls-id":
		return conceal(v)
	case "fingerprint":
		algorithm, hash, _ := strings.Cut(v, " ")
		if !strings.HasPrefix(strings.ToLower(algorithm), "sha-") || !shortNumber(algorithm[4:], 3) {
			algorithm = conceal(algorithm)
		}
		return algorithm + " " + zeros(hash)
	case "ssrc":
		id, rest, _ := strings.Cut(v, " ")
		what, value, ok := strings.Cut(rest, ":")
		if !shortNumber(id, 10) {
			return p.Text(v)
		}
		if !ok {
			return id + " " + p.word(rest)
		}
		switch what {
		case "cname", "msid", "mslabel", "label", "fmtp", "previous-ssrc":
		default:
			what = p.Word(what)
		}
		return id + " " + what + ":" + p.Text(value)
	}
	return p.Text(v)
}

// candidate is an ICE candidate (RFC 8839 section 5.1). Its foundation may be
// made of the address, and becomes another word.
func (p *Pseudonyms) candidate(v string) string {
	f := strings.Fields(v)
	if len(f) < 6 {
		return p.Text(v)
	}
	for i := range f {
		switch {
		case i == 0:
			f[i] = p.Word(f[i])
		case i == 4:
			f[i] = p.Host(f[i])
		case i > 4 && (f[i-1] == "raddr"):
			f[i] = p.Host(f[i])
		case i > 6 && (f[i-1] == "ufrag" || f[i-1] == "pwd"):
			f[i] = p.Word(f[i])
		case !candidateWord(f[i]):
			f[i] = p.Token(f[i])
		}
	}
	return strings.Join(f, " ")
}

func candidateWord(s string) bool {
	if allDigits(s) && len(s) <= 10 {
		return true
	}
	switch strings.ToLower(s) {
	case "udp", "tcp", "typ", "host", "srflx", "prflx", "relay", "raddr", "rport", "tcptype", "active", "passive", "so", "generation", "ufrag", "pwd",
		"network-id", "network-cost":
		return true
	}
	return false
}

// addressesIn rewrites the addresses among some words and keeps short numbers.
func (p *Pseudonyms) addressesIn(v string) string {
	f := strings.Split(v, " ")
	for i, w := range f {
		if _, err := netip.ParseAddr(w); err == nil || !allDigits(w) || len(w) > 5 {
			f[i] = p.Token(w)
		}
	}
	return strings.Join(f, " ")
}

// crypto keeps tag, suite and the parameters of a key (RFC 4568), not the key.
func crypto(v string) string {
	var out []string
	for w := range strings.SplitSeq(v, " ") {
		if i := indexFold(w, "inline:"); i >= 0 {
			keys := strings.Split(w[i+len("inline:"):], ";")
			for k, key := range keys {
				// A suite may be followed by more than one key.
				if j := indexFold(key, "inline:"); j >= 0 {
					key = key[j+len("inline:"):]
				}
				bare, rest := cut(key, '|')
				keys[k] = "inline:" + sameKey(bare) + conceal(rest)
			}
			w = strings.Join(keys, ";")
		} else if !shortNumber(w, 9) && !strings.HasPrefix(w, "AES_") && !strings.HasPrefix(w, "AEAD_") && !strings.HasPrefix(w, "F8_") || len(w) > 32 || strings.Trim(w, "ABCDEFGHILMNSV_0123456789") != "" {
			w = conceal(w)
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

// sameKey is a base64 key of the same length that opens nothing.
func sameKey(s string) string {
	pad := len(s) - len(strings.TrimRight(s, "="))
	return strings.Repeat("A", len(s)-pad) + strings.Repeat("=", pad)
}

func zeros(s string) string {
	b := []byte(s)
	for i, c := range b {
		if isHex(c) || isLetter(c) || c >= 0x80 {
			b[i] = '0'
		}
	}
	return string(b)
}
