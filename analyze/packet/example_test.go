package packet_test

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
)

func ExampleDecoder() {
	// One IPv4 packet with a UDP datagram of two bytes, as LINKTYPE_RAW has it.
	frame := capture.Frame{Link: capture.Raw, No: 1, Len: 30, Data: []byte{
		0x45, 0, 0, 30, 0, 7, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 203, 0, 113, 20,
		0x13, 0xc4, 0x13, 0xc4, 0, 10, 0, 0, 'h', 'i'}}

	d := packet.NewDecoder(packet.Options{})
	var list []packet.Datagram
	list = d.Decode(&frame, list) // once for each frame, in file order
	list = d.Flush(list)          // at the end of the file
	for _, g := range list {
		fmt.Printf("frame %d: %v > %v %q\n", g.Frame, g.Src, g.Dst, g.Payload)
	}
	// Output: frame 1: 192.0.2.1:5060 > 203.0.113.20:5060 "hi"
}
