// Package oracle holds latchscope's parsers, and the calls that its tests stage,
// against the parsers of others: sipgo, and pion's SDP, RTP and STUN. It is a
// module of its own, so that who imports latchscope does not get theirs.
//
//	cd analyze/oracle && go test ./...
package oracle
