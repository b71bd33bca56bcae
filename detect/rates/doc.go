// Package rates compares what went wrong in two populations of calls: before an
// update and after it, say. Not one call is the question then, but a rate.
//
// A population is made in these steps:
//
//  1. Of lists the calls of a trace: which causes each of them shows, which it
//     would have shown had they been there, and what it is grouped by.
//  2. Compare counts, for each cause, the calls in which it was visible and those
//     that have it, on both sides.
//  3. newcombe.go gives an interval of the difference of the two proportions, and
//     holm.go says at which level, since whoever looks at many rows finds a
//     difference in one of them by chance.
//
// From too few calls nothing is concluded: a row then says how many it would take.
package rates
