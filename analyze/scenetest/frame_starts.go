package scenetest

import "encoding/binary"

// FrameStarts are the offsets at which the records of a classic pcap begin, for tests
// that cut a capture as a ring buffer does: none where it is another format, or its
// frames are not in order of time.
func FrameStarts(pcap []byte) (starts []int) {
	const fileHeader, recordHeader = 24, 16
	if len(pcap) < fileHeader || binary.LittleEndian.Uint32(pcap) != 0xa1b2c3d4 {
		return nil
	}
	last := int64(0)
	for at := fileHeader; at+recordHeader <= len(pcap); {
		starts = append(starts, at)
		now := int64(binary.LittleEndian.Uint32(pcap[at:]))*1e6 + int64(binary.LittleEndian.Uint32(pcap[at+4:]))
		if now < last {
			return nil
		}
		last = now
		at += recordHeader + int(binary.LittleEndian.Uint32(pcap[at+8:]))
	}
	return starts
}
