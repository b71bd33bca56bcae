package sip

// attribute reads an a= line at session level.
func (s *Session) attribute(v []byte) {
	name, v := splitAttribute(v)
	switch {
	case is(name, "ice-lite"):
		s.ICELite = true
	case is(name, "ice-ufrag"):
		s.ice = true
	case is(name, "fingerprint"):
		s.fingerprint = true
	case is(name, "group"):
		s.group(v)
	case is(name, "silencesupp"):
		s.silenceSupp = silenceSupp(v)
	default:
		if d, ok := direction(name); ok {
			s.Direction = d
		}
	}
}

// attribute reads an a= line below an m= line.
func (m *Media) attribute(v []byte) {
	name, v := splitAttribute(v)
	if len(name) == 0 {
		return
	}
	switch name[0] | 0x20 {
	case 'r':
		switch {
		case is(name, "rtpmap"):
			m.rtpmap(v)
			return
		case is(name, "rtcp"):
			m.rtcp(v)
			return
		case is(name, "rtcp-mux"):
			m.RTCPMux = true
			return
		}
	case 'f':
		switch {
		case is(name, "fmtp"):
			m.fmtp(v)
		case is(name, "fingerprint"):
			m.Fingerprint = true
		}
		return
	case 'c':
		switch {
		case is(name, "candidate"):
			m.candidate(v)
		case is(name, "crypto"):
			m.Crypto = true
			if len(m.Secrets) < maxSecrets {
				m.Secrets = append(m.Secrets, v)
			}
		}
		return
	case 'k', 'z':
		if is(name, "key-mgmt") || is(name, "zrtp-hash") {
			m.KeyMgmt = true
		}
		return
	case 'p':
		if is(name, "ptime") {
			x, _ := digits(trimLeft(v), 1<<15)
			m.Ptime = int(x)
		}
		return
	case 'm':
		if is(name, "mid") && m.Mid == nil {
			m.Mid = trim(v)
		}
		return
	case 't':
		if hasPrefix(name, "t38fax") {
			m.T38 = true
		}
		return
	}
	switch {
	case is(name, "ice-ufrag"):
		m.ICE = true
	case is(name, "silencesupp"):
		m.SilenceSupp = silenceSupp(v)
	default:
		if d, ok := direction(name); ok {
			m.Direction, m.hasDirection = d, true
		}
	}
}

// splitAttribute takes "name:value" or "name" apart.
func splitAttribute(v []byte) (name, value []byte) {
	for i, c := range v {
		if c == ':' {
			return trimRight(v[:i]), v[i+1:]
		}
	}
	return v, nil
}

func direction(name []byte) (Direction, bool) {
	if len(name) != 8 {
		return 0, false
	}
	for d := SendRecv; d <= Inactive; d++ {
		if is(name, d.String()) {
			return d, true
		}
	}
	return 0, false
}

// silenceSupp reads "on - - - -" (RFC 3108 section 5.6.3.3).
func silenceSupp(v []byte) Toggle {
	w, _ := word(v)
	switch {
	case is(w, "on"):
		return On
	case is(w, "off"):
		return Off
	}
	return Unset
}

// rtcp reads "53020 IN IP4 126.16.64.4" (RFC 3605).
func (m *Media) rtcp(v []byte) {
	v = trimLeft(v)
	x, n := digits(v, 1<<16-1)
	if n == 0 || x > 1<<16-1 {
		return
	}
	m.RTCPPort = uint16(x)
	if v = trimLeft(v[n:]); len(v) > 0 {
		var c Conn
		c.parse(v)
		m.RTCPAddr = c.Addr
	}
}

// group reads "BUNDLE audio video" (RFC 9143 section 7).
func (s *Session) group(v []byte) {
	w, v := word(v)
	if !is(w, "bundle") || len(s.Bundle) > 0 {
		return
	}
	for len(s.Bundle) < maxBundle {
		if w, v = word(v); len(w) == 0 {
			return
		}
		s.Bundle = append(s.Bundle, w)
	}
}
