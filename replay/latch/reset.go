package latch

import (
	"fmt"
	"strings"
)

// Reset is the set of signalling events that make a latch learn anew. The zero
// set is "never". Signalling and ReOffer concern the whole call, since such
// engines restart both sides at once; the rest concern the side whose SDP it is.
type Reset uint8

const (
	ResetSignalling Reset = 1 << iota // any offer or answer of the call
	ResetReOffer                      // an offer after the first answer, new SDP or not
	ResetAnswer                       // the first final answer of the call, on both sides
	ResetUnhold                       // this party's SDP ends a hold
	ResetSDPChanged                   // this party's SDP names another address than before
	ResetSDPDiffers                   // this party's SDP names another address than the latched one
	ResetOwnReOffer                   // this party's SDP in an exchange after the first answer

	resetAll = 1<<iota - 1
)

func (Reset) names() []string {
	return []string{"signalling", "re-offer", "answer", "unhold", "sdp-changed", "sdp-differs", "own-re-offer"}
}

// String is "never", or the events joined by a plus sign.
func (r Reset) String() string {
	if r == 0 {
		return "never"
	}
	var words []string
	for i, n := range r.names() {
		if r&(1<<i) != 0 {
			words = append(words, n)
		}
	}
	return strings.Join(words, "+")
}

func parseReset(text string) (Reset, error) {
	if text == "never" {
		return 0, nil
	}
	var r Reset
next:
	for word := range strings.SplitSeq(text, "+") {
		for i, n := range r.names() {
			if n == word {
				r |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("%q is neither never nor one of %s (joined by +)", word, strings.Join(r.names(), ", "))
	}
	return r, nil
}
