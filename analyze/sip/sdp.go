package sip

// Bounds on what is kept of a session description.
const (
	maxMedia      = 128
	maxFormats    = 128 // payload types are 7 bits
	maxCandidates = 128 // a medium
	maxBundle     = maxMedia
	maxSecrets    = 8 // a=crypto lines a medium
)

// Session is a session description (RFC 8866): of its lines, those that say
// where media goes and what it is. The zero value is ready for ParseSDP, which
// reuses its slices.
type Session struct {
	Origin    Origin
	Name      []byte // s=
	Conn      Conn   // session level
	Direction Direction
	Media     []Media
	Bundle    [][]byte // the mids of the first a=group:BUNDLE (RFC 9143)
	ICELite   bool

	ice, fingerprint bool
	silenceSupp      Toggle
}

// Direction is who may send (RFC 3264 section 5.1), from the view of the side
// that wrote the description.
type Direction uint8

const (
	SendRecv Direction = iota // also where nothing is said
	SendOnly
	RecvOnly
	Inactive
)

// String is the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	}
	return "sendrecv"
}

// Toggle is a setting that may be left open.
type Toggle uint8

const (
	Unset Toggle = iota
	Off
	On
)

// ParseSDP reads a session description, lines in any order and with any line
// ends. It is false only where b has no line that one would have.
func ParseSDP(b []byte, s *Session) bool {
	s.reset()
	var m *Media
	found, skip := false, false
	ls := linesOf(b, 0) // not in the loop, which would copy it each time
	for ls.pos < len(b) {
		start, end, _ := ls.next()
		eq := start + 1
		if eq >= end || b[eq] != '=' {
			for start < end && isBlank(b[start]) {
				start++
			}
			eq = start + 1
			for eq < end && isBlank(b[eq]) { // "m =video" is in RFC 4475 section 3.1.1.8
				eq++
			}
			if eq >= end || b[eq] != '=' {
				continue
			}
		}
		v := trim(b[eq+1 : end])
		switch lowerByte(b[start]) {
		case 'v':
			found = true
		case 'o':
			found = true
			s.Origin.parse(v)
		case 's':
			s.Name = v
		case 'm':
			found = true
			if m, skip = s.addMedia(), false; m == nil {
				skip = true
				continue
			}
			m.parse(v)
		case 'c':
			found = true
			switch {
			case skip:
			case m == nil:
				s.Conn.parse(v)
			case !m.Conn.Present: // several are layers of multicast: the first is the base
				m.Conn.parse(v)
			}
		case 'a':
			switch {
			case skip:
			case m == nil:
				s.attribute(v)
			default:
				m.attribute(v)
			}
		}
	}
	s.inherit()
	return found
}

func (s *Session) reset() {
	media, bundle := s.Media[:0], s.Bundle[:0]
	*s = Session{}
	s.Media, s.Bundle = media, bundle
}

// addMedia is another Media, with the slices of one that a former description
// left there; nil where there are too many.
func (s *Session) addMedia() *Media {
	n := len(s.Media)
	switch {
	case n == maxMedia:
		return nil
	case n < cap(s.Media):
		s.Media = s.Media[:n+1]
	default:
		s.Media = append(s.Media, Media{})
	}
	m := &s.Media[n]
	formats, candidates, secrets := m.Formats[:0], m.Candidates[:0], m.Secrets[:0]
	*m = Media{}
	m.Formats, m.Candidates, m.Secrets, m.TelephoneEvent = formats, candidates, secrets, NoPT
	return m
}

// inherit hands the session level's values down to the media that do not say
// otherwise (RFC 8866 section 5.7, RFC 8839 section 5).
func (s *Session) inherit() {
	for i := range s.Media {
		m := &s.Media[i]
		if !m.Conn.Present {
			m.Conn = s.Conn
		}
		if !m.hasDirection {
			m.Direction = s.Direction
		}
		if m.SilenceSupp == Unset {
			m.SilenceSupp = s.silenceSupp
		}
		m.ICE = m.ICE || s.ice
		m.Fingerprint = m.Fingerprint || s.fingerprint
	}
}
