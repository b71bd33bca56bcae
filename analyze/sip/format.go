package sip

// Format is an entry of the m= line: an RTP payload type, or, for other
// transports, a word such as "t38".
type Format struct {
	PT       uint8  // NoPT for a word
	Name     []byte // encoding name as spelt; nil where unknown
	Clock    int    // Hz; 0 where unknown
	Channels int    // 0 where unknown
}

// staticFormats are the payload types that need no rtpmap (RFC 3551 section 6).
var staticFormats = [35]Format{
	0:  {0, []byte("PCMU"), 8000, 1},
	3:  {3, []byte("GSM"), 8000, 1},
	4:  {4, []byte("G723"), 8000, 1},
	5:  {5, []byte("DVI4"), 8000, 1},
	6:  {6, []byte("DVI4"), 16000, 1},
	7:  {7, []byte("LPC"), 8000, 1},
	8:  {8, []byte("PCMA"), 8000, 1},
	9:  {9, []byte("G722"), 8000, 1}, // 8000 by an old mistake; it samples at 16 kHz
	10: {10, []byte("L16"), 44100, 2},
	11: {11, []byte("L16"), 44100, 1},
	12: {12, []byte("QCELP"), 8000, 1},
	13: {13, []byte("CN"), 8000, 1},
	14: {14, []byte("MPA"), 90000, 0},
	15: {15, []byte("G728"), 8000, 1},
	16: {16, []byte("DVI4"), 11025, 1},
	17: {17, []byte("DVI4"), 22050, 1},
	18: {18, []byte("G729"), 8000, 1},
	25: {25, []byte("CelB"), 90000, 0},
	26: {26, []byte("JPEG"), 90000, 0},
	28: {28, []byte("nv"), 90000, 0},
	31: {31, []byte("H261"), 90000, 0},
	32: {32, []byte("MPV"), 90000, 0},
	33: {33, []byte("MP2T"), 90000, 0},
	34: {34, []byte("H263"), 90000, 0},
}

// StaticFormat is what RFC 3551 fixes for a payload type. Its Name must not be
// written to.
func StaticFormat(pt uint8) (Format, bool) {
	if int(pt) >= len(staticFormats) || staticFormats[pt].Clock == 0 {
		return Format{PT: pt}, false
	}
	return staticFormats[pt], true
}

// addFormat takes a word of the m= line.
func (m *Media) addFormat(w []byte, rtp bool) {
	if x, n := digits(w, 127); rtp && n == len(w) && x <= 127 {
		f, _ := StaticFormat(uint8(x))
		m.ComfortNoise = m.ComfortNoise || x == 13
		m.Formats = append(m.Formats, f)
		return
	}
	m.Formats = append(m.Formats, Format{PT: NoPT, Name: w})
	m.T38 = m.T38 || is(w, "t38")
}

// rtpmap applies "96 opus/48000/2" (RFC 8866 section 6.6) to the format, if
// the m= line lists it.
func (m *Media) rtpmap(v []byte) {
	v = trimLeft(v)
	pt, n := digits(v, 127)
	if n == 0 || pt > 127 {
		return
	}
	f := m.format(uint8(pt))
	if f == nil {
		return
	}
	w := trim(v[n:])
	if len(w) == 0 {
		return
	}
	f.Name, f.Clock, f.Channels = w, 0, 0
	for i, c := range w {
		if c != '/' {
			continue
		}
		f.Name = trimRight(w[:i])
		rest := trimLeft(w[i+1:])
		clock, n := digits(rest, 1<<31-1)
		f.Clock = int(clock)
		if rest = rest[n:]; len(rest) > 1 && rest[0] == '/' {
			ch, _ := digits(rest[1:], 1<<15)
			f.Channels = int(ch)
		}
		break
	}
	if f.Channels == 0 && m.Kind == Audio {
		f.Channels = 1
	}
	switch {
	case is(f.Name, "telephone-event"):
		if m.TelephoneEvent == NoPT {
			m.TelephoneEvent = f.PT
		}
	case is(f.Name, "cn"):
		m.ComfortNoise = true
	}
}

// fmtp reads, of "18 annexb=no" (RFC 8866 section 6.15), what tells whether
// the talker may fall silent.
func (m *Media) fmtp(v []byte) {
	_, v = word(v)
	for len(v) > 0 {
		var name, value []byte
		name, value, v = nextParam(v)
		switch {
		case is(name, "annexb"):
			m.AnnexB = toggle(value, "no")
		case is(name, "usedtx"):
			m.DTX = toggle(value, "0")
		}
	}
}

func toggle(value []byte, off string) Toggle {
	switch {
	case value == nil:
		return Unset
	case is(value, off):
		return Off
	}
	return On
}
