package packet

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
)

// warnCode numbers the kinds of damage; warnTexts names them.
type warnCode uint8

const (
	warnLinkType warnCode = iota
	warnCutHeader
	warnCutPayload
	warnShort
	warnIP
	warnUDPLength
	warnQuote
	warnDepth
	warnFragIncomplete
	warnFragOverlap
	warnFragLimit
	warnTCPHole
	warnTCPLimit
	warnTCPBuffer
	warnSCTP
	warnTaps
	warnTURN
	warnMGCP
	warnMegaco
	warnIAX2
	warnH323
	warnSCCP
	warnSIPS
	warnTLS
	warnESP
	warnWiFi
	warnWiFiFragment
	warnWiFiDamaged
	warnCodes
)

var warnTexts = [warnCodes]struct{ code, text string }{
	warnLinkType:       {"link-type-unknown", "the link type is not one that can be decoded"},
	warnCutHeader:      {"snaplen-header", "the snap length cut the packet inside its headers: it was not analysed"},
	warnCutPayload:     {"snaplen-payload", "the snap length cut the payload: contents are known in part"},
	warnShort:          {"frame-malformed", "a header ends before it should: the packet was not analysed"},
	warnIP:             {"ip-malformed", "an IP header contradicts itself or the packet's length"},
	warnUDPLength:      {"udp-length", "the UDP length field contradicts the packet's length"},
	warnQuote:          {"icmp-quote-short", "an ICMP error quotes too little to tell which packet it is about"},
	warnDepth:          {"nesting-limit", "too many headers or tunnels inside each other: the rest was not analysed"},
	warnFragIncomplete: {"fragments-incomplete", "IP fragments whose datagram never became complete; where the first one is there, it was analysed alone"},
	warnFragOverlap:    {"fragments-overlap", "IP fragments overlap and differ: the bytes that came first were kept"},
	warnFragLimit:      {"fragments-limit", "more unfinished fragmented datagrams than are held: the oldest were given up"},
	warnTCPHole:        {"tcp-hole", "bytes of a TCP stream are missing in the capture"},
	warnTCPLimit:       {"tcp-connections-limit", "more TCP connections than are followed: the longest idle ones were given up"},
	warnTCPBuffer:      {"tcp-buffer-limit", "more TCP data waited for a missing segment than is held: the gap was skipped early"},
	warnSCTP:           {"sctp-incomplete", "SCTP user messages of which parts are missing"},
	warnTURN:           {"turn-unbound", "packets in TURN channels whose binding is not in the capture"},
	warnMGCP:           {"signalling-mgcp", "MGCP signalling, which is not read"},
	warnMegaco:         {"signalling-megaco", "Megaco (H.248) signalling, which is not read"},
	warnIAX2:           {"signalling-iax2", "IAX2, which is not read"},
	warnH323:           {"signalling-h323", "H.323 signalling, which is not read"},
	warnSCCP:           {"signalling-sccp", "SCCP (Skinny) signalling, which is not read"},
	warnSIPS:           {"sips-encrypted", "SIP over TLS that could not be decrypted: it takes the session keys (--keylog)"},
	warnTLS:            {"tls-encrypted", "TLS that could not be decrypted: it takes the session keys (--keylog)"},
	warnESP:            {"esp-encrypted", "IPsec (ESP) that is encrypted: what is inside was not read"},
	warnWiFi:           {"wifi-encrypted", "802.11 frames that are encrypted over the air: not read; capture behind the access point"},
	warnWiFiFragment:   {"wifi-fragments", "fragments of 802.11 frames: not put together"},
	warnWiFiDamaged:    {"wifi-damaged", "802.11 frames received with a wrong checksum: not read"},
	warnTaps:           {"taps-limit", "more interfaces than are told apart: the rest are counted as one"},
}

// warnings counts by kind, so that a file of nothing but damage costs nothing.
type warnings struct {
	frame [warnCodes]int64
	count [warnCodes]int64
	note  [warnCodes]string // particulars of the first one
}

func (w *warnings) add(c warnCode, frame int64) {
	if w.count[c] == 0 {
		w.frame[c] = frame
	}
	w.count[c]++
}

// list is the warnings by first frame, then by kind.
func (w *warnings) list() []capture.Warning {
	var out []capture.Warning
	for c, n := range w.count {
		if n == 0 {
			continue
		}
		t := warnTexts[c]
		if w.note[c] != "" {
			t.text += " (" + w.note[c] + ")"
		}
		out = append(out, capture.Warning{Code: t.code, Frame: w.frame[c], Count: n, Text: t.text})
	}
	slices.SortStableFunc(out, func(a, b capture.Warning) int { return cmp.Compare(a.Frame, b.Frame) })
	return out
}
