// Package rewrite writes captures back: the part of them that still shows what
// was found, on request with pseudonyms in place of everything that names a
// person, a machine or a network.
//
// What is copied as it was is copied frame by frame. What is redacted is never
// patched in place but built anew from the fields that are known (addresses,
// ports, sequence numbers, header by header of SIP), so that bytes which
// nobody looked at cannot slip through: IP options, Ethernet padding, tunnels
// and fragments end here, and lengths and checksums are right.
package rewrite
