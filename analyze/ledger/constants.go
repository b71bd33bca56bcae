package ledger

import (
	"time"

	"github.com/latchscope/latchscope/analyze/capture"
)

// Everything that decides about silence stands here, with its reason.
const (
	second      = int64(time.Second)
	millisecond = int64(time.Millisecond)
	day         = 24 * 3600 * second

	// A silence is at least so long, and so many packets were due in it: shorter
	// holes are loss, which concealment covers.
	minSilence = 100 * millisecond
	minPackets = 3

	// From here on one silence, or all of them together, are what a listener
	// complains about.
	lostOnce  = 500 * millisecond
	lostInSum = second

	// A talker who pauses for less within a silence leaves the listener in it:
	// between two words he is still missed. Behind a relay, which may renumber, a
	// pause that is longer needs a sign.
	longPause = 2 * second

	// In the first second after the answer latches learn and phones switch; in
	// the last one BYEs race with audio.
	edge = second

	// What is under way to an address that has just been given up, or from a
	// branch that has just lost, is nobody's fault for a round trip; where the
	// capture shows none, it is taken for this.
	straggle = second / 2

	// Reports that stand still show that nothing arrives if they span so long.
	standing = 4 * second

	// Fewer packets that reports miss are no silence.
	mostlyLost = 50

	// A report that names no later packet than one so long ago has missed those since.
	lateReport = second / 2

	// So many intervals without a report, and the reports have ceased: RFC 3550
	// section 6.3.5 gives up a member after five, whose intervals vary by half.
	missedReports = 3

	// A burst of loss is rated by windows of ten seconds.
	window = 10 * second

	// R under it is heard by many (ITU-T G.109: "many users dissatisfied" from 70
	// down).
	fairR = 70

	// never and always are times that no frame bears, and near enough to those of
	// frames that a difference fits into an int64.
	never, always = int64(capture.Earliest - day), int64(capture.Latest + day)
)

// throng bounds what is compared with each other in a call that was made to
// hurt: no hop has so many streams, no line so many ports at a time.
const throng = 256

// mostLegs is how many answered legs of one call are put together.
const mostLegs = 64

// muchLost is how many packets a row must have lost before the length of the
// runs in which it lost them can decide whether that was heard.
const muchLost = 40

// mostErrors is how many ICMP errors about the media of one call are looked at.
const mostErrors = 1024
