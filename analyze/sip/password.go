package sip

import "strings"

// WithoutPassword is a URI without the password that RFC 3261 section 19.1.1
// lets stand in its user part and asks nobody to use.
func WithoutPassword(uri string) string {
	scheme := strings.IndexByte(uri, ':') + 1
	end := strings.LastIndexByte(uri, '@')
	if end < scheme {
		return uri
	}
	if i := strings.IndexByte(uri[scheme:end], ':'); i >= 0 {
		return uri[:scheme+i] + uri[end:]
	}
	return uri
}
