package sip

// Framer finds the SIP messages in one direction of a byte stream.
type Framer struct {
	Max int // largest message; 0 is 256 KiB
}

// Write takes the next bytes of the stream and yields each message that they
// complete. The message is valid during the call only.
func (fr *Framer) Write(b []byte, yield func(msg []byte)) {}

// Gap tells that bytes of the stream were lost, or that it has ended. What was
// begun is yielded, cut as it is, if its start line was seen.
func (fr *Framer) Gap(yield func(msg []byte)) {}

// Reset forgets everything, for another stream.
func (fr *Framer) Reset() {}
