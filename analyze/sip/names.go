package sip

// header is a header field that the scanner reads.
type header uint8

const (
	otherHeader header = iota
	hCallID
	hCSeq
	hFrom
	hTo
	hVia
	hContact
	hRoute
	hRecordRoute
	hContentType
	hContentEncoding
	hContentLength
	hUserAgent
	hServer
	hExpires
	hSessionExpires
	hMaxForwards
	hRSeq
	hRAck
	hRequire
	hSupported
	hCredentials
	hReplaces
	hReferTo
	hReferredBy
	hReason
	hEarlyMedia
	hEvent
	hSessionID
	hChargingVector
	hDialog   // Join, Target-Dialog, In-Reply-To: Call-IDs by definition
	hIdentity // P-Asserted-Identity (RFC 3325)
	hIgnored  // known, of no use here, and met in most messages
)

// headerSet is a set of headers.
type headerSet uint32

func (s headerSet) has(h header) bool { return s&(1<<h) != 0 }
func (s *headerSet) add(h header)     { *s |= 1 << h }

// single are the headers that may stand once (RFC 3261 section 7.3.1, table 2)
// and of which the first counts.
const single headerSet = 1<<hCallID | 1<<hCSeq | 1<<hFrom | 1<<hTo | 1<<hContentType |
	1<<hContentEncoding | 1<<hContentLength | 1<<hExpires | 1<<hSessionExpires | 1<<hMaxForwards |
	1<<hRSeq | 1<<hRAck | 1<<hReplaces | 1<<hReferTo | 1<<hReferredBy | 1<<hEvent | 1<<hSessionID

// headerOf knows a header by its name in any case, or its compact form
// (RFC 3261 section 7.3.3 and the registry of RFC 3968).
func headerOf(name []byte) header {
	if len(name) == 0 {
		return otherHeader
	}
	// Length and first letter leave one candidate, or two.
	first := name[0] | 0x20
	h, full := otherHeader, ""
	switch len(name) {
	case 1:
		return compact(first)
	case 2:
		h, full = hTo, "To"
	case 3:
		h, full = hVia, "Via"
	case 4:
		switch first {
		case 'f':
			h, full = hFrom, "From"
		case 'c':
			h, full = hCSeq, "CSeq"
		case 'r':
			if name[1]|0x20 == 's' {
				h, full = hRSeq, "RSeq"
			} else {
				h, full = hRAck, "RAck"
			}
		case 'j':
			h, full = hDialog, "Join"
		case 'd':
			h, full = hIgnored, "Date"
		}
	case 5:
		switch first {
		case 'r':
			h, full = hRoute, "Route"
		case 'e':
			h, full = hEvent, "Event"
		case 'a':
			h, full = hIgnored, "Allow"
		}
	case 6:
		switch first {
		case 'r':
			h, full = hReason, "Reason"
		case 's':
			h, full = hServer, "Server"
		case 'a':
			h, full = hIgnored, "Accept"
		}
	case 7:
		switch first {
		case 'c':
			if name[1]|0x20 == 'a' {
				h, full = hCallID, "Call-ID"
			} else {
				h, full = hContact, "Contact"
			}
		case 'e':
			h, full = hExpires, "Expires"
		case 'r':
			h, full = hRequire, "Require"
		}
	case 8:
		switch {
		case first != 'r':
		case name[2]|0x20 == 'f':
			h, full = hReferTo, "Refer-To"
		default:
			h, full = hReplaces, "Replaces"
		}
	case 9:
		h, full = hSupported, "Supported"
	case 10:
		switch first {
		case 'u':
			h, full = hUserAgent, "User-Agent"
		case 's':
			h, full = hSessionID, "Session-ID"
		}
	case 11:
		switch first {
		case 'i':
			h, full = hDialog, "In-Reply-To"
		case 'r':
			h, full = hReferredBy, "Referred-By"
		}
	case 12:
		switch first {
		case 'c':
			h, full = hContentType, "Content-Type"
		case 'r':
			h, full = hRecordRoute, "Record-Route"
		case 'm':
			h, full = hMaxForwards, "Max-Forwards"
		}
	case 13:
		switch first {
		case 'p':
			h, full = hEarlyMedia, "P-Early-Media"
		case 'a':
			h, full = hCredentials, "Authorization"
		case 't':
			h, full = hDialog, "Target-Dialog"
		}
	case 14:
		h, full = hContentLength, "Content-Length"
	case 15:
		h, full = hSessionExpires, "Session-Expires"
	case 16:
		h, full = hContentEncoding, "Content-Encoding"
	case 17:
		h, full = hChargingVector, "P-Charging-Vector"
	case 19:
		switch first {
		case 'p':
			if name[1] == '-' {
				h, full = hIdentity, "P-Asserted-Identity"
			} else {
				h, full = hCredentials, "Proxy-Authorization"
			}
		}
	}
	if len(name) == len(full) && (string(name) == full || equalFold(name, full)) {
		return h
	}
	return otherHeader
}

func compact(lower byte) header {
	switch lower {
	case 'i':
		return hCallID
	case 'f':
		return hFrom
	case 't':
		return hTo
	case 'v':
		return hVia
	case 'm':
		return hContact
	case 'l':
		return hContentLength
	case 'c':
		return hContentType
	case 'e':
		return hContentEncoding
	case 'k':
		return hSupported
	case 'x':
		return hSessionExpires
	case 'r':
		return hReferTo
	case 'b':
		return hReferredBy
	case 'o':
		return hEvent
	}
	return otherHeader
}
