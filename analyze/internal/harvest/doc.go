// Package harvest writes down what a pass over captures collected, so that it can
// travel: from a probe to whoever puts many probes together. It reads it again,
// as bytes of a stranger: bounded, and checked before anybody trusts a number.
//
// # The format
//
// A harvest is 8 bytes that name it, a version (one byte, 2), and one zstd frame
// with a checksum (RFC 8878). What is in the frame:
//
//   - Numbers are zigzag varints, as in protocol buffers; hashes and bit sets are 8
//     bytes, little-endian; fractions are IEEE 754 in 8 bytes.
//   - Times are nanoseconds since 1970, each as the difference to the one before in
//     the stream; frame numbers alike.
//   - A list is its length and its elements. What recurs (texts, endpoints, the
//     parts that messages share) is written once: 0 is none, n the n-th that was
//     written, one more than there are so far a new one, which follows.
//
// The sections, in order: captures (JSON: what is known of each file, its capture
// point and its taps), counts of SIP messages, warnings, messages, ICMP errors,
// streams (with what the bytes of their packets said: levels, and stretches that
// are not of the agreed key), receiver reports, flows, commands to media engines,
// and by capture the packets that a second look may want.
//
// Not in it: audio, but for eight bytes of hash of some packets; SIP bodies beyond
// media lines; keys and passwords (a=crypto, ICE, digests and what RFC 3261 lets a
// URI hold are not collected, or left out here); of a packet that an ICMP error
// quotes, more than tells what it was.
package harvest
