package sip

// Defect is something that a message does wrong, and the offset in the input
// of the line that does it.
type Defect struct {
	Code   DefectCode
	Offset int
}

// DefectCode names a kind of defect.
type DefectCode uint8

const (
	_                     DefectCode = iota
	BadVersion                       // not SIP/2.0
	BadStatus                        // status code no number from 100 to 699
	BadRequestLine                   // surplus blanks, brackets or blanks in the Request-URI
	LFOnly                           // a line ends without CR
	CROnly                           // lines end without LF
	StrayBlankLine                   // a bare LF between headers
	FoldedHeader                     // a header goes on in the next line: lawful, and rare enough to trip others
	BadHeader                        // a line without a colon, or without a name
	TooManyHeaders                   // more header lines, or Via values, than are read
	DuplicateHeader                  // a header that may stand once stands again; the first counts
	MissingBlankLine                 // the body follows the headers at once
	Truncated                        // the input ends within the headers
	MissingCallID                    // or it is empty
	MissingCSeq                      // no CSeq
	BadCSeq                          // no number below 2^32 and a method
	CSeqMethodMismatch               // CSeq's method is not the request's
	MissingFrom                      // no From
	MissingTo                        // no To
	MissingVia                       // no Via
	BadAddress                       // From, To or Contact: quotes or brackets that do not close, or no URI
	BadVia                           // a Via without transport or host
	MissingFromTag                   // RFC 2543 allowed it, RFC 3261 does not
	BadContentLength                 // no number
	ContentLengthTooLarge            // fewer bytes follow than Content-Length says
	ContentLengthTooSmall            // more bytes follow: see Message.Extra
	BadNumber                        // Expires, Session-Expires, Max-Forwards, RSeq or RAck out of range
	defectCodes
)

// defectNames are stable words for reports.
var defectNames = [defectCodes]string{
	BadVersion:            "bad-version",
	BadStatus:             "bad-status",
	BadRequestLine:        "bad-request-line",
	LFOnly:                "lf-only",
	CROnly:                "cr-only",
	StrayBlankLine:        "stray-blank-line",
	FoldedHeader:          "folded-header",
	BadHeader:             "bad-header",
	TooManyHeaders:        "too-many-headers",
	DuplicateHeader:       "duplicate-header",
	MissingBlankLine:      "missing-blank-line",
	Truncated:             "truncated",
	MissingCallID:         "missing-call-id",
	MissingCSeq:           "missing-cseq",
	BadCSeq:               "bad-cseq",
	CSeqMethodMismatch:    "cseq-method-mismatch",
	MissingFrom:           "missing-from",
	MissingTo:             "missing-to",
	MissingVia:            "missing-via",
	BadAddress:            "bad-address",
	BadVia:                "bad-via",
	MissingFromTag:        "missing-from-tag",
	BadContentLength:      "bad-content-length",
	ContentLengthTooLarge: "content-length-too-large",
	ContentLengthTooSmall: "content-length-too-small",
	BadNumber:             "bad-number",
}

// String is the defect's name, such as "missing-call-id".
func (c DefectCode) String() string {
	if c == 0 || c >= defectCodes {
		return "unknown"
	}
	return defectNames[c]
}

// Has tells whether the message has the defect.
func (m *Message) Has(c DefectCode) bool { return m.defects&(1<<c) != 0 }

// defect notes c once, so that a hostile message cannot make the list grow.
func (m *Message) defect(c DefectCode, offset int) {
	if m.defects&(1<<c) != 0 {
		return
	}
	m.defects |= 1 << c
	m.Defects = append(m.Defects, Defect{Code: c, Offset: offset})
}
