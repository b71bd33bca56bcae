// Package extract takes a part of some captures: what still shows a finding or
// a call, without all else.
//
//  1. NewWanted, Call and Stream say what is wanted of a trace: the signalling of
//     calls, and the media between their endpoints around some stretches of time.
//  2. Take reads the captures again and takes it: one Capture for each capture
//     point that saw any of it. Frames are copied as they were, or, with
//     Options.Pseudonyms, built anew by package redact.
//  3. WritePcap and WritePcapng write a Capture down.
package extract
