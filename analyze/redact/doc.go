// Package redact replaces everything that names a person, a machine or a
// network by pseudonyms, in packets and in reports about them.
//
// A Pseudonyms gives each name always the same other one, drawn from a key:
// addresses (neighbours stay neighbours), hosts, users and numbers. On it stand
//
//   - SIP and SDP, which rewrite a message header by header and line by line,
//   - a Builder, which builds a capture's packets anew, and
//   - a Prose, which rewrites sentences of ours that quote names of a trace.
//
// What is redacted is never patched in place but built anew from the fields that
// are known (addresses, ports, sequence numbers, header by header of SIP), so
// that bytes which nobody looked at cannot slip through: IP options, Ethernet
// padding, tunnels and fragments end here, and lengths and checksums are right.
package redact
