// Package capture reads packet captures: pcap and pcapng, plain or compressed,
// from files, directories and standard input, to the last whole record. It
// knows records, clocks and interfaces, and nothing of what a packet means.
package capture

// Frame is one recorded packet.
type Frame struct {
	Data  []byte   // captured bytes; they belong to the Batch the frame came in
	Time  int64    // nanoseconds since the Unix epoch, by the file's own clock, from Earliest to Latest
	No    int64    // from 1, per file, as Wireshark numbers them
	Len   uint32   // length on the wire; larger than len(Data) where the snap length cut
	Link  LinkType // of the interface that saw it
	Iface int32    // index of the interface within the file; 0 in a pcap
}

// Batch is a run of frames in file order together with the memory they alias.
// A Batch may be handed to another goroutine and read there while the File
// fills another one; it is reused by passing it to File.Next again.
type Batch struct {
	Frames []Frame
	buf    []byte
}

// room is frames and one more, which holds whatever it held when it was last
// used. Written field by field it costs less than a value that is copied in:
// that is loaded before its parts have left the processor.
func room(frames []Frame) []Frame {
	if len(frames) < cap(frames) {
		return frames[:len(frames)+1]
	}
	return append(frames, Frame{})
}

func (f *Frame) set(data []byte, time, no int64, size uint32, link LinkType, iface int32) {
	f.Data, f.Time, f.No, f.Len, f.Link, f.Iface = data, time, no, size, link, iface
}
