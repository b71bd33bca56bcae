package latch

import (
	"fmt"
	"strconv"
	"strings"
)

// PayloadTypes is a set of RTP payload types, 0 to 127.
type PayloadTypes [2]uint64

// PayloadTypesOf is the set of the given types; what is above 127 is left out.
func PayloadTypesOf(types ...uint8) PayloadTypes {
	var s PayloadTypes
	for _, t := range types {
		if t < 128 {
			s[t>>6] |= 1 << (t & 63)
		}
	}
	return s
}

// Has tells whether the set holds a payload type.
func (s PayloadTypes) Has(pt uint8) bool { return pt < 128 && s[pt>>6]&(1<<(pt&63)) != 0 }

// String is "none", or the types joined by commas.
func (s PayloadTypes) String() string {
	var words []string
	for t := range uint8(128) {
		if s.Has(t) {
			words = append(words, strconv.Itoa(int(t)))
		}
	}
	if words == nil {
		return "none"
	}
	return strings.Join(words, ",")
}

func parsePayloadTypes(text string) (PayloadTypes, error) {
	var s PayloadTypes
	if text == "none" {
		return s, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		t, err := strconv.ParseUint(word, 10, 7)
		if err != nil {
			return PayloadTypes{}, fmt.Errorf("%q is not a payload type between 0 and 127", word)
		}
		s[t>>6] |= 1 << (t & 63)
	}
	return s, nil
}

// ignores reports whether a packet is of a payload type that does not count.
func (p *Policy) ignores(ev *Event) bool {
	return ev.Kind == KindRTP && (p.Ignored.Has(ev.PT) || ev.Other && p.Counts == CountsNegotiated)
}
