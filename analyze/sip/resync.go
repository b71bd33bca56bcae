package sip

import "bytes"

// maxLine is how long a start line may be that a Framer finds.
const maxLine = 8 << 10

// resync passes over what is no message, up to a line that begins one or to a
// WebSocket frame that carries one. It returns how many bytes to drop; 0 means
// that it has found something (the state tells), or that more bytes are needed.
func (fr *Framer) resync(in []byte) int {
	for p := 0; ; {
		if !fr.inLine {
			switch n, deflate, v := upgrade(in[p:]); {
			case v == perhaps || v == yes && p > 0:
				return p
			case v == yes:
				if fr.state = socketed; deflate {
					fr.packed = new(inflater)
				}
				return n
			}
			v := judge(in[p:min(len(in), p+maxLine)])
			if v == perhaps && len(in)-p < maxLine {
				return p
			}
			if v == yes {
				if p == 0 {
					fr.state = framed
				}
				return p
			}
			fr.inLine = true
		}
		next := len(in)
		lf := bytes.IndexByte(in[p:], '\n')
		if lf >= 0 {
			next = p + lf + 1
		}
		for i := p; i < next; i++ {
			if in[i]&0x7c != 0 || in[i]&3 == 0 || in[i]&3 == 3 {
				continue // no text or binary frame, begun or whole
			}
			switch fr.judgeSocket(in[i:]) {
			case yes:
				if i == 0 {
					fr.state = socketed
				}
				return i
			case perhaps:
				return i
			}
		}
		p = next
		fr.inLine = lf < 0
		if p == len(in) {
			return p
		}
	}
}
