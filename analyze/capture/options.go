package capture

import "io"

// Options say how a Set is read. The zero value of any field but Limits is
// good; zero Limits stand for DefaultLimits.
type Options struct {
	Limits Limits

	// Hash asks for the SHA-256 of inputs larger than Limits.HashLimit too.
	Hash bool

	// Progress, where not nil, is told how many bytes of all inputs together,
	// as given, have been read in their first pass: about every MiB, and at the
	// end of each file. It is called on the goroutines that read.
	Progress func(readBytes int64)

	// Interrupted, where not nil, is asked between batches (and while standard
	// input is copied) whether to stop. Once it says yes, Next returns false and
	// Info carries the warning "interrupted". It may be called on several
	// goroutines; ctx.Err() != nil is all that it needs to be.
	Interrupted func() bool

	// Aside, where not nil, is asked about each regular file that is named, or found
	// in a directory (member), before it is looked at: what it takes is neither an
	// input nor worth a warning.
	Aside func(path string, member bool) bool

	// RecordedTimes asks for the times of packets as they were recorded, as far as
	// an int64 holds them. Without it a time that the packets around contradict is
	// not believed: see the warnings time-range and time-damaged.
	RecordedTimes bool

	chunk  int                       // bytes of file a batch aims at; 0: chunkSize. Tests make it small
	frames int                       // frames a batch holds at most; 0: batchFrames
	wrap   func(io.Reader) io.Reader // around the bytes as given, for tests
}

const (
	chunkSize   = 256 << 10
	batchFrames = 4096
)

func (o *Options) setDefaults() {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if o.chunk == 0 {
		o.chunk = chunkSize
	}
	if o.frames == 0 {
		o.frames = batchFrames
	}
}

// Limits bound what a hostile or damaged input may cost. Reading stops at a
// bound with a Warning; nothing here is an error.
type Limits struct {
	// MaxRecord is the largest pcap record believed, in bytes. A record of more
	// than 256 KiB is believed only up to the file's own snap length, too.
	MaxRecord int64
	// MaxBlock is the largest pcapng block believed, in bytes. Of those that are
	// read and not passed over (packets, sections, interfaces, statistics) none
	// may be larger than MaxRecord.
	MaxBlock int64
	// MaxInterfaces is how many pcapng interfaces of one file are kept; packets
	// of later ones are counted, not delivered.
	MaxInterfaces int
	// MaxText is how many bytes of a name or a filter are kept.
	MaxText int
	// MaxDecompressed is how many bytes are taken out of one compressed file.
	MaxDecompressed int64
	// MaxWindow is the largest zstd window or xz dictionary allocated, in bytes.
	MaxWindow int64
	// HashLimit is the size in bytes up to which an input is hashed unasked.
	HashLimit int64
}

// DefaultLimits are generous for captures and small for a machine.
func DefaultLimits() Limits {
	return Limits{
		MaxRecord:       16 << 20,
		MaxBlock:        128 << 20, // about what Wireshark believes
		MaxInterfaces:   16384,
		MaxText:         256,
		MaxDecompressed: 64 << 30,
		MaxWindow:       128 << 20, // zstd --long=27; xz -9 needs 64 MiB
		HashLimit:       64 << 20,
	}
}
