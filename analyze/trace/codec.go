package trace

import "github.com/latchscope/latchscope/analyze/rtp"

// Codec is the stream's payload type by the SDP of its time.
func (s *Stream) Codec() string {
	name, _ := s.Encoding()
	return name
}

// Encoding is the name of the stream's payload type and its clock in Hz, by the SDP
// of its time, else by RFC 3551; empty and 0 where nothing tells.
func (s *Stream) Encoding() (name string, clock uint32) {
	var formats []Format
	if s.Place.Port != nil {
		formats = s.Place.Port.Formats
	}
	name, clock = codecOf(s.PT, formats)
	if name == "" && s.Place.Own != nil {
		name, clock = codecOf(s.PT, s.Place.Own.Formats)
	}
	if name == "" && s.Place.Leg != nil {
		for _, p := range s.Place.Leg.Ports {
			if name, clock = codecOf(s.PT, p.Formats); name != "" {
				break
			}
		}
	}
	return name, clock
}

// codecOf names a payload type by what SDP said of it, else by RFC 3551.
func codecOf(pt uint8, formats []Format) (string, uint32) {
	for _, f := range formats {
		if f.PT == pt && f.Name != "" {
			return f.Name, f.Clock
		}
	}
	name, clock, _ := rtp.StaticCodec(pt)
	return name, clock
}

// PayloadTypes are those that packets of the stream had, the first packet's first;
// seven at most are known.
func (s *Stream) PayloadTypes() []uint8 {
	out := []uint8{s.PT}
	for _, t := range s.Tracked.Types {
		if t != 0 {
			out = append(out, t&^128)
		}
	}
	return out
}
