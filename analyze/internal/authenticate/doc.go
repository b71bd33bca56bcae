// Package authenticate holds the authentication tags of SRTP packets against the
// keys that SDP agrees on, in the second look:
//
//  1. agreement.go pairs offers and answers, and says whose key was in force when.
//  2. check.go chooses the packets to look at: a second at the beginning, one at
//     the end, one after every new description, and a few every minute. Whoever
//     fails there is looked at from beginning to end.
//  3. track.go follows one talker as its receiver would (RFC 3711 section 3.3), and
//     says what protected the packets that the receiver cannot use.
package authenticate
