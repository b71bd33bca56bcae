// Package scene stages calls. A short text says who is where, what sits
// between them and what they do; Run plays it as a discrete simulation of
// telephones, NATs, a media server and their lines, and leaves the captures
// that somebody listening at those machines would have taken, together with
// the truth: what really became of every packet.
//
// It imports none of latchscope's packages, so that what it says of a scene
// is independent of what an analysis says.
package scene
