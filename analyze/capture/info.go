package capture

// Info is what is known of a file beside its frames. It is complete once Next
// has returned false.
type Info struct {
	Path        string     // as named; "-" is standard input
	Format      string     // "pcap" or "pcapng"
	Compression string     // "", "gzip", "zstd" or "xz"
	LinkTypes   []LinkType // of the interfaces, each once, in order of first mention
	Packets     int64      // delivered
	LastFrame   int64      // number of the last frame; more than Packets where some were numbered but not delivered
	Bytes       int64      // of the input as given, compressed if it was
	SHA256      string     // of these bytes, hexadecimal; "" where not computed
	First, Last int64      // earliest and latest time, ns since the epoch; 0 without packets
	Interfaces  []Interface
	Hardware    string // pcapng: the machine, the system and the program that wrote the first section
	OS          string
	Application string
	Sections    int // pcapng sections; 0 for pcap
	Comments    int // pcapng opt_comment options of sections, interfaces, statistics and packets
	Warnings    []Warning
	Truncated   bool // the end of the file was not reached: it is cut short or damaged, or reading was stopped
}

// Interface is where packets were recorded. A pcap has one; a pcapng has those
// of all its sections, counted through. Texts are the file's own, unchecked.
type Interface struct {
	Name        string
	Description string
	Filter      string // capture filter, in libpcap's language
	Link        LinkType
	Snaplen     uint32 // 0: not limited
	FCSLen      int    // bytes of frame check sequence at the end of each packet, as the file says; 0 also where it does not
	Resolution  Resolution
	Packets     int64   // delivered
	Received    Counter // isb_ifrecv: packets the interface saw
	Dropped     Counter // isb_ifdrop: lost by the interface
	OSDropped   Counter // isb_osdrop: lost by the operating system
}

// Counter is a number that a file may or may not give.
type Counter struct {
	N     uint64
	Known bool
}

// Resolution is the unit of a file's timestamps: Base to the power of
// -Exponent seconds, as if_tsresol has it (draft-ietf-opsawg-pcapng, section
// 4.2). Microseconds are {10, 6}.
type Resolution struct {
	Base     uint8 // 10 or 2
	Exponent uint8 // 0 to 127
}
