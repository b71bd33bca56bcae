package scenetest

import (
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// view reads what a capture point sees of all that passes, and how its clock is set:
// sees=in|out member=NUMBER/MEMBERS step=TIME:BY.
func (p *parser) view(st *statement, c *captureSpec) {
	c.sees = st.oneOf("sees", "", "", "in", "out")
	if text := st.option("member", ""); text != "" {
		number, members, _ := strings.Cut(text, "/")
		n, err := strconv.ParseUint(number, 10, 8)
		of, err2 := strconv.ParseUint(members, 10, 8)
		if err != nil || err2 != nil || n < 1 || n > of {
			st.fail("member=%s: want NUMBER/MEMBERS", text)
		}
		c.member = [2]uint64{n, of}
	}
	if text := st.option("step", ""); text != "" {
		at, by, _ := strings.Cut(text, ":")
		c.stepAt = st.time(at)
		d, err := duration(by)
		if err != nil {
			st.fail("step=%s: want TIME:DURATION", text)
		}
		c.stepBy = d
	}
}

// shows reports whether a packet passes by the capture point's cable. The members of
// an aggregated link share the flows by their addresses and ports, each direction for
// itself; signalling is copied whole.
func (c *captureSpec) shows(dir direction, p *packet) bool {
	if c.sees == "in" && dir != in || c.sees == "out" && dir != out {
		return false
	}
	if c.member[1] == 0 || len(p.msgs) > 0 {
		return true
	}
	b, _ := p.src.AppendText(nil)
	b, _ = p.dst.AppendText(b)
	return uint64(crc32.ChecksumIEEE(b))>>3%c.member[1] == c.member[0]-1
}

// set is by how much the capture's clock was set until then.
func (c *captureSpec) set(now time.Duration) time.Duration {
	if c.stepBy != 0 && now >= c.stepAt {
		return c.stepBy
	}
	return 0
}
