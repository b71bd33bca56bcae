// Package srtp says whether the authentication tag of an SRTP packet (RFC 3711)
// was made with a key that a session description names (a=crypto, RFC 4568).
// It says no more: payloads are not made readable, and keys leave the package
// neither as text nor in any other form.
//
// A Keyring takes the keys of session descriptions while a capture is read, and
// forgets them when it is wiped, which is when the tags have been looked at. A
// Checker is one key made ready for packets.
package srtp
