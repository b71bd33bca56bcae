package ledger

import (
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// lawful are payload types that need no agreement to do no harm: comfort noise
// (RFC 3389, and 19 by old habit), and those of events and redundancy by name.
func lawful(pt uint8, name string) bool {
	switch strings.ToLower(name) {
	case "telephone-event", "cn", "red", "tone", "audio/telephone-event":
		return true
	}
	return pt == 13 || pt == 19
}

// lists reports whether a side of a leg ever named a payload type of audio.
func lists(l *trace.Leg, side trace.Side, pt uint8) bool {
	for _, p := range l.Ports {
		if p.Side == side && p.Media.Kind == "audio" && slices.ContainsFunc(p.Formats, func(f trace.Format) bool { return f.PT == pt }) {
			return true
		}
	}
	return false
}

// CannotPlay reports whether none of a stream's payload types stands in the session
// descriptions of whoever gets it, so that it cannot play them. A type of the
// sender's own list is taken for what that list calls it: numbers may differ
// between the two directions (RFC 3264 section 5.1), codecs may not.
func CannotPlay(s *trace.Stream) bool {
	l := s.Place.Leg
	if l == nil || s.Place.From < 0 {
		return false
	}
	types := s.PayloadTypes()
	if len(types) == 1 && lists(l, 1-s.Place.From, types[0]) {
		return false // as nearly always
	}
	numbers, codecs, own := map[uint8]bool{}, map[string]bool{}, map[uint8]string{}
	described := false
	for _, p := range l.Ports {
		if p.Media.Kind != "audio" {
			continue
		}
		for _, f := range p.Formats {
			name := codecOf(f.Name)
			if name == "" {
				name = codecOf(staticName(f.PT))
			}
			if p.Side == s.Place.From {
				own[f.PT] = name
				continue
			}
			described = true
			numbers[f.PT] = true
			if name != "" {
				codecs[name] = true
			}
		}
	}
	if !described {
		return false
	}
	judged := false
	for _, pt := range types {
		if lawful(pt, own[pt]) {
			continue
		}
		if numbers[pt] || codecs[own[pt]] {
			return false
		}
		judged = true
	}
	return judged
}

// staticName is what RFC 3551 calls the static types that phones use.
func staticName(pt uint8) string {
	return map[uint8]string{0: "PCMU", 3: "GSM", 4: "G723", 8: "PCMA", 9: "G722", 18: "G729"}[pt]
}
