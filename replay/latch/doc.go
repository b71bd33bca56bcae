// Package latch is how media relays latch (RFC 7362), as data and one state
// machine.
//
// Latching is what a relay does for hosted NAT traversal: it waits for the
// first packets and trusts the source it sees over the address in SDP. Engines
// differ in how they learn that source, in what they do with other sources once
// they have locked on one, and in what makes them learn anew. All of that is
// data here, a [Policy]; the [Engine] is one state machine that reads it, and a
// [Profile] is a Policy under the name of the engine that behaves so, with what
// is known about it. The package knows nothing of captures.
//
// Words used throughout. The engine has two sides, A and B, one for each party
// of the call. Uplink is what arrives at a side from its party, downlink what
// the engine sends to that party: a packet that arrives at one side is sent to
// the current destination of the other. A latch is what a side knows about the
// source of its party; RTP and RTCP have one each.
package latch
