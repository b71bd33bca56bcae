// Package ng reads NG, the protocol by which a SIP proxy tells rtpengine what to
// do: a datagram holds a cookie, a blank, and a dictionary in bencoding (BEP 3) or
// in JSON. A command names a call and hands over a session description; the reply,
// under the same cookie, holds the description as the engine rewrote it, or what
// the engine knows of the call
// (https://rtpengine.readthedocs.io/en/latest/ng_control_protocol.html).
//
// Reading is tolerant of what it does not know and believes no message without a
// command or a result. What is kept is what says something about media; callbacks,
// metadata and keys are not.
package ng
