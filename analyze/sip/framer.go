package sip

// maxStreamMessage is how much of one message a Framer keeps unless told
// otherwise. RFC 3261 knows no bound; notifications of some hundred KiB exist.
const maxStreamMessage = 256 << 10

// Framer finds the SIP messages in one direction of a byte stream: TCP (RFC
// 3261 section 18.3), or WebSocket (RFC 7118) with or without the HTTP upgrade
// in front. The stream may begin anywhere, and may be wrong anywhere.
//
// What it yields depends on the bytes only, never on how they were cut into
// segments. The zero value is ready, and small until it has to keep something.
type Framer struct {
	Max int // largest message, longer ones are yielded cut; 0 is 256 KiB

	pending []byte    // bytes of the stream that are not used up
	socket  []byte    // the WebSocket message that is being put together
	packed  *inflater // undoes permessage-deflate, where the upgrade agreed on it
	state   framerState
	inLine  bool  // lost: the next byte is known not to begin a line
	partial bool  // socketed: a fragmented message is open
	deflate bool  // and it is compressed
	scan    int   // framed: lines before this offset have been looked at
	head    head  // framed: set once the headers are complete
	skipped int64 // bytes passed over since the last message
}

type framerState uint8

const (
	lost     framerState = iota // looks for the next message
	framed                      // a message, keepalive or nothing stands next
	socketed                    // a WebSocket frame stands next
)

// Write takes the next bytes of the stream and yields each message that they
// complete. The message is valid during the call only.
func (fr *Framer) Write(b []byte, yield func(msg []byte)) {
	in := b
	if len(fr.pending) > 0 {
		fr.pending = append(fr.pending, b...)
		in = fr.pending
	}
	in = fr.run(in, false, yield)
	switch {
	case len(in) == 0:
		if fr.pending = fr.pending[:0]; cap(fr.pending) > 4<<10 {
			fr.pending = nil // an idle connection should cost nothing
		}
	case len(fr.pending) > 0:
		if len(in) < len(fr.pending) {
			fr.pending = fr.pending[:copy(fr.pending, in)]
		}
	default:
		fr.pending = append(fr.pending, in...)
	}
}

// Gap tells that bytes of the stream were lost here, or that it has ended. A
// message that was begun is yielded as far as it came.
func (fr *Framer) Gap(yield func(msg []byte)) {
	fr.run(fr.pending, true, yield)
	*fr = Framer{Max: fr.Max, skipped: fr.skipped}
}

// Reset forgets everything, for another stream.
func (fr *Framer) Reset() {
	*fr = Framer{Max: fr.Max}
}

// Skipped is how many bytes were passed over since the last message: a stream
// with many of them is not SIP, or is encrypted.
func (fr *Framer) Skipped() int64 { return fr.skipped }

// WebSocket tells whether the stream is in WebSocket frames.
func (fr *Framer) WebSocket() bool { return fr.state == socketed }

func (fr *Framer) max() int {
	if fr.Max > 0 {
		return fr.Max
	}
	return maxStreamMessage
}

// run works through in and returns what must wait for more bytes. If final, no
// more will come.
func (fr *Framer) run(in []byte, final bool, yield func(msg []byte)) []byte {
	for len(in) > 0 {
		n := 0
		switch fr.state {
		case lost:
			n = fr.resync(in)
			fr.skipped += int64(n)
			if n == 0 && fr.state == lost && final && Looks(in) {
				fr.state = framed // a start line that was cut
				continue
			}
			if n == 0 && fr.state != lost {
				continue
			}
		case framed:
			n = fr.frame(in, final, yield)
			if n == 0 && fr.state == lost {
				continue
			}
		case socketed:
			n = fr.socketFrame(in, yield)
			if n == 0 && fr.state == lost {
				continue
			}
		}
		if n == 0 {
			return in
		}
		in = in[n:]
	}
	return nil
}

// frame yields the message at the head of in, or passes over a keepalive. It
// returns 0 where it needs more bytes, or has become lost.
func (fr *Framer) frame(in []byte, final bool, yield func(msg []byte)) int {
	if fr.scan == 0 {
		n := 0
		for n < len(in) && (in[n] == '\r' || in[n] == '\n') { // RFC 5626 section 3.5.1
			n++
		}
		if n > 0 {
			return n
		}
		switch judge(in[:min(len(in), maxLine)]) {
		case no:
			fr.lose()
			return 0
		case perhaps:
			if len(in) < maxLine && !final {
				return 0
			}
			if len(in) >= maxLine || !Looks(in) {
				fr.lose()
				return 0
			}
		}
	}
	n, tooLong := fr.messageEnd(in, final)
	if n == 0 {
		return 0
	}
	fr.scan, fr.head, fr.skipped = 0, head{}, 0
	if tooLong {
		fr.lose() // what follows is the rest of it
	}
	yield(in[:n])
	return n
}

// lose gives up on finding a message right here.
func (fr *Framer) lose() {
	fr.state, fr.inLine, fr.scan, fr.head = lost, true, 0, head{}
	fr.socket, fr.partial, fr.packed = fr.socket[:0], false, nil
}
