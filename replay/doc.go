// Package replay runs the media of a traced call through latching engines.
//
// A call of a trace becomes a [Case]: what arrived at the media server's two
// sides, what the parties signalled, and what the capture shows became of every
// packet. A Case is played to engines of package latch, as captured or with
// some things otherwise ([WhatIf]); [Case.FitEngine] asks which engine explains
// the capture, [Case.Remedies] what could be changed about one.
package replay
