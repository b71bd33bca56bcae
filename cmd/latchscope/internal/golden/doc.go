// Package golden holds captures against what was once found in them: an
// expectations file stands beside each capture, is written by the program and
// may be edited by people.
//
// # The format
//
// One "key: value" a line; "#" begins a comment, alone on its line or behind a
// blank. What belongs to a call or a finding is indented. Strings and file names
// may stand bare or as in JSON; "unknown" is the word for what is not known (null).
//
//	latchscope: expectations/1
//	captures: phone.pcap "line #2.pcap" # read together; without it, the file's own capture
//	tolerance: 0.02                     # seconds, for every value whose name ends in _s
//
//	calls: 1
//	call: 1
//	  state: completed
//	  root_cause: early-rtp
//	finding: latch-silence
//	  call: 1
//	  severity: critical
//	  confidence: confirmed
//	  data.silence_s: 10.06 +- 0.05     # this one's own tolerance
//	  data.directions[0].state: dead
//
// What is not mentioned is not compared, but for findings: one that is not
// expected is a difference. Keys that nobody knows are errors.
package golden
