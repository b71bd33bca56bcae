package capture

// Warning is something about an input that a reader of the report should know.
// Damage is data: it is told here, never by an error. Everything of one Code in
// one file is one Warning.
//
// The codes of a file:
//
//	cut-short          it ends inside a record, a block or a compressed stream
//	bad-record         reading stopped at a record that cannot be
//	bad-block          the same for a pcapng block
//	bad-packet         a packet block that contradicts itself; its frame is kept as far as it goes
//	bad-option         a pcapng option that overruns its block
//	bad-statistics     pcapng statistics of an interface that the file does not describe
//	bad-compression    the compressed data is corrupt; reading stopped there
//	trailing-garbage   something that is no compressed data follows the compressed data
//	limit              a bound of Limits was hit
//	snaplen-cut        packets of which only the beginning was recorded
//	length-below-data  packets whose length on the wire is said to be less than was recorded
//	time-backwards     packets recorded before an earlier one
//	time-range         times outside 1900 to 2119; these packets carry their predecessor's
//	time-damaged       times that the packets around do not support; the same
//	time-step          the clock goes on by more than a year from one packet to the next
//	no-clock           the times of the file say nothing about durations: all the same, falling, jumping
//	no-time            packets without a time; they carry their predecessor's
//	empty-record       records that are all zero: numbered, not delivered
//	unknown-interface  packets of an interface that the file does not describe: numbered, not delivered
//	interface-drops    the recording machine lost packets, by its own count
//	unknown-block      pcapng blocks of a type that is not known here
//	file-changed       the file is not what it was when the Set was opened
//	interrupted        Options.Interrupted said so
//
// and of a Set:
//
//	not-a-capture      a member of a directory that is none
//	unreadable         a member of a directory that could not be read
//	not-a-file         a member of a directory that is not a regular file
//	named-twice        an input that was named before; it is read once
type Warning struct {
	Code  string
	Frame int64 // number of the first frame concerned; 0 where no frame is
	Count int64 // how often; at least 1
	Text  string
}

// warnings gathers the Warnings of one file. Codes are few, so it stays small
// whatever the file holds.
type warnings []Warning

// add counts n more of code. The text of the first is kept.
func (ws *warnings) add(code string, frame, n int64, text string) {
	for i := range *ws {
		if (*ws)[i].Code == code {
			(*ws)[i].Count += n
			return
		}
	}
	*ws = append(*ws, Warning{Code: code, Frame: frame, Count: n, Text: text})
}

// has tells whether code was added, so that a text need not be made in vain.
func (ws warnings) has(code string) bool {
	for i := range ws {
		if ws[i].Code == code {
			return true
		}
	}
	return false
}
