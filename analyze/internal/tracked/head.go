package tracked

// Head is what is kept of the headers that tell parties and calls, until these
// are known.
type Head struct {
	FromURI  string
	FromName string
	ToURI    string
	ToName   string
	Asserted string // URI of P-Asserted-Identity
	Agent    string

	// Of an INVITE request only:
	RequestURI string
	Related    []string // values that may name another dialog's Call-ID
	Keys       []string // values that name the call on all its legs (RFC 7989 and the like)
}
