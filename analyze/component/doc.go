// Package component cuts the harvests of many files into groups of calls that can be
// judged apart from each other, on different machines: twenty-four files of a busy
// trunk are not one thing of which one worker must hold everything.
//
// What belongs together is found in these steps:
//
//  1. node.go lists what there is: dialogs by their Call-ID, and RTP streams, in the
//     times of one clock.
//  2. tie.go ties those that one analysis would put in relation: a Call-ID, and one
//     that names another; an address and port that SDP announces, for as long as it is
//     in force (never an address alone: an SBC's would join every call); an SSRC whose
//     sequence goes on or is seen twice; and, less surely, an INVITE that may have set
//     off another, the same payload, a port that unannounced streams share.
//  3. group.go makes components of them, and of components in order of time groups of
//     a few hundred calls. A component of more than that, as hostile Call-IDs make
//     one, is cut, and said.
//  4. beside.go adds to each group some calls of its neighbours, which are not judged
//     there but say what is known of its hosts: that the capture shows them, whether
//     they moved or were refused at the same time.
//  5. cut.go cuts each file's harvest accordingly.
//
// The pieces of a group, joined (see analyze.Join), say of its calls what one
// analysis of all files says.
package component
