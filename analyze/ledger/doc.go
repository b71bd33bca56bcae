// Package ledger accounts for the audio of calls, second by second. It is the
// one place where silence is measured: detectors explain its spans, replay is
// held against it, and every report draws it.
//
// The unit is the Row: one party's voice on its way to another party's ear, for
// as long as offer and answer tie the two. The way is a chain of hops; a capture
// sees some of them. A row is measured in these steps:
//
//  1. parties.go finds who talks to whom, and from when to when.
//  2. way.go lists the sightings of that voice, from the talker to the listener:
//     hop by hop, capture point by capture point, one side of a NAT after the
//     other.
//  3. flow.go says when packets passed each sighting, and which of them carry
//     this talker's voice; target.go adds two steps behind the last sighting,
//     the packets that went to where the listener is, and those that nobody
//     refused.
//  4. classify.go walks from the listener's end towards the talker. Where
//     packets pass the last step, the audio left towards the listener; where
//     they do not, the last step that they did pass says where they were lost.
//     Where none was passed, source.go says whether the talker paused.
//  5. edges.go puts agreed silence, the first and the last second and short
//     holes in their place, so that the spans tile the row.
//  6. quality.go counts loss and rates it; verdict.go draws the conclusion.
//
// A Ledger says what was lost, where, and how sure that is. It gives no reasons.
package ledger
