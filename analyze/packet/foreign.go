package packet

import (
	"bytes"

	"github.com/latchscope/latchscope/analyze/tls"
)

// portIAX2 is where Asterisk speaks its own protocol (RFC 5456).
const portIAX2 = 4569

// Signalling that is not SIP is not read, but named and counted, so that a
// report can say what there is instead of what there is not. Where a protocol
// has no mark of its own its port must be the usual one, too.

// foreignDatagram is the kind of a UDP payload's signalling, 0 if it is none of
// these.
func foreignDatagram(src, dst uint16, b []byte) warnCode {
	const mgcp1, mgcp2, ras, rasDiscovery, megacoText, megaco = 2427, 2727, 1719, 1718, 2944, 2945
	on := func(port uint16) bool { return src == port || dst == port }
	switch {
	case isMGCP(b, on(mgcp1) || on(mgcp2)):
		return warnMGCP
	case on(portIAX2) && isIAX2(b):
		return warnIAX2
	case (on(ras) || on(rasDiscovery)) && len(b) >= 5:
		return warnH323
	case (on(megacoText) || on(megaco)) && isMegaco(b):
		return warnMegaco
	}
	return 0
}

// foreignSegment is the same for the payload of a TCP segment.
func foreignSegment(src, dst uint16, b []byte) warnCode {
	const h225, sccp, sips = 1720, 2000, 5061
	on := func(port uint16) bool { return src == port || dst == port }
	switch {
	case tls.Looks(b) && on(sips):
		return warnSIPS
	case tls.Looks(b):
		return warnTLS
	case on(h225) && isQ931(b):
		return warnH323
	case on(sccp) && isSCCP(b):
		return warnSCCP
	}
	return 0
}

// mgcpVerbs are the commands of RFC 3435 section 3.2.1.2, and RFC 3149's.
var mgcpVerbs = [...]string{"EPCF", "CRCX", "MDCX", "DLCX", "RQNT", "NTFY", "AUEP", "AUCX", "RSIP", "MESG"}

// isMGCP tells an MGCP command by its first line, and on MGCP's port a response:
// "200 1203 OK", "200 1203".
func isMGCP(b []byte, port bool) bool {
	line, _, _ := bytes.Cut(b[:min(len(b), 256)], []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) < 5 || line[4] != ' ' && line[3] != ' ' {
		return false
	}
	if line[4] == ' ' {
		for _, verb := range mgcpVerbs {
			if string(bytes.ToUpper(line[:4])) == verb {
				return bytes.Contains(bytes.ToUpper(line), []byte(" MGCP ")) || port
			}
		}
		return false
	}
	if !port || !allDigits(line[:3]) {
		return false
	}
	transaction, _, _ := bytes.Cut(line[4:], []byte(" "))
	return len(transaction) > 0 && len(transaction) <= 9 && allDigits(transaction)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// isMegaco tells the text form of H.248 (RFC 3525 annex B).
func isMegaco(b []byte) bool {
	return len(b) > 3 && b[0] == '!' && b[1] == '/' || len(b) > 7 && bytes.EqualFold(b[:7], []byte("MEGACO/"))
}

// isIAX2 tells a full frame by its type, or a mini frame (RFC 5456 section 8.1).
func isIAX2(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	if b[0]&0x80 == 0 {
		return b[0]|b[1] != 0 || len(b) >= 6 // a mini frame, or a meta frame behind a zero
	}
	return len(b) >= 12 && b[10] >= 1 && b[10] <= 12
}

// isQ931 tells H.225 call signalling: TPKT (RFC 1006) around Q.931.
func isQ931(b []byte) bool {
	return len(b) >= 4 && b[0] == 3 && b[1] == 0 && be16(b[2:]) >= 4 && (len(b) == 4 || b[4] == 8)
}

// isSCCP tells a message of Cisco's Skinny protocol: a length, a version below
// 32, a message number below 0x400, all of them little-endian.
func isSCCP(b []byte) bool {
	return len(b) >= 12 && le32(b) >= 4 && le32(b) <= 4096 && le32(b[4:]) < 32 && le32(b[8:]) < 0x400
}
