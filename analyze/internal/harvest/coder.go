package harvest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// coder writes values down, or reads them: one description of each serves both,
// so that the two cannot differ. After an error it does nothing any more.
type coder struct {
	w    *bufio.Writer
	r    *bufio.Reader // nil when writing
	left int64         // bytes that may still be read
	err  error
	lim  trace.Limits

	time, frame int64 // the last ones
	captures    []trace.Capture

	texts     values[string]
	endpoints values[endpoint.Endpoint]
}

func (c *coder) reading() bool { return c.r != nil }

func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// ReadByte lets binary.ReadVarint read.
func (c *coder) ReadByte() (byte, error) {
	if c.left--; c.left < 0 {
		return 0, errTooLarge
	}
	b, err := c.r.ReadByte()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (c *coder) raw(b []byte) {
	switch {
	case c.err != nil:
	case !c.reading():
		_, c.err = c.w.Write(b)
	default:
		if c.left -= int64(len(b)); c.left < 0 {
			c.err = errTooLarge
			return
		}
		if _, err := io.ReadFull(c.r, b); err != nil {
			c.err = io.ErrUnexpectedEOF
		}
	}
}

func (c *coder) varint(v *int64) {
	switch {
	case c.err != nil:
	case c.reading():
		*v, c.err = binary.ReadVarint(c)
	default:
		var b [binary.MaxVarintLen64]byte
		c.raw(b[:binary.PutVarint(b[:], *v)])
	}
}

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

// num is any whole number that fits into an int64.
func num[T integer](c *coder, v *T) {
	x := int64(*v)
	c.varint(&x)
	if c.reading() {
		if *v = T(x); int64(*v) != x {
			c.fail("a number of %d does not fit", x)
		}
	}
}

// bits are 64 of them, with no order of size.
func bits[T ~uint64](c *coder, v *T) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(*v))
	c.raw(b[:])
	if c.reading() {
		*v = T(binary.LittleEndian.Uint64(b[:]))
	}
}

func (c *coder) fraction(f *float64) {
	b := math.Float64bits(*f)
	bits(c, &b)
	if *f = math.Float64frombits(b); c.reading() && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
		c.fail("a fraction that is none")
	}
}

func (c *coder) flags(list ...*bool) {
	var b [1]byte
	for i, f := range list {
		if *f {
			b[0] |= 1 << i
		}
	}
	c.raw(b[:])
	for i, f := range list {
		*f = b[0]&(1<<i) != 0
	}
}

// count is the length of a list, which has so many elements at most.
func (c *coder) count(n, most int) int {
	num(c, &n)
	if c.err == nil && (n < 0 || n > most) {
		c.fail("%d of what there may be %d of", n, most)
	}
	if c.err != nil {
		return 0
	}
	return n
}

// list is a list of values. Room is made as elements come, not as many as a
// stranger says will.
func list[T any](c *coder, l *[]T, most int, each func(*T)) {
	n := c.count(len(*l), most)
	for i := range n {
		if c.reading() {
			*l = append(*l, *new(T))
		}
		each(&(*l)[i])
		if c.err != nil {
			return
		}
	}
}

// pointers is a list of values that stand behind pointers.
func pointers[T any](c *coder, l *[]*T, most int, each func(*T)) {
	list(c, l, most, func(p **T) {
		if c.reading() {
			*p = new(T)
		}
		each(*p)
	})
}

// values are those that recur, written once each.
type values[T comparable] struct {
	known map[T]int64
	list  []T
}

func recurring[T comparable](c *coder, t *values[T], v *T, zero T, fill func(*T)) {
	if c.err != nil {
		return
	}
	if !c.reading() {
		id := int64(0)
		if *v != zero {
			var ok bool
			if id, ok = t.known[*v]; !ok {
				if t.known == nil {
					t.known = map[T]int64{}
				}
				id = int64(len(t.known)) + 1
				t.known[*v] = id
				c.varint(&id)
				fill(v)
				return
			}
		}
		c.varint(&id)
		return
	}
	id := int64(0)
	c.varint(&id)
	switch n := int64(len(t.list)); {
	case c.err != nil:
	case id == 0:
		*v = zero
	case id > 0 && id <= n:
		*v = t.list[id-1]
	case id == n+1:
		fill(v)
		t.list = append(t.list, *v)
	default:
		c.fail("the %d. of %d", id, n)
	}
}

// mostText is how long a text may be, in bytes.
const mostText = 64 << 10

func (c *coder) text(s *string) {
	recurring(c, &c.texts, s, "", func(s *string) {
		b := []byte(*s)
		n := c.count(len(b), mostText)
		if c.reading() {
			b = make([]byte, n)
		}
		c.raw(b[:n])
		*s = string(b)
	})
}

func (c *coder) endpoint(e *endpoint.Endpoint) {
	recurring(c, &c.endpoints, e, endpoint.Endpoint{}, func(e *endpoint.Endpoint) {
		c.raw(e.Addr[:])
		num(c, &e.Port)
	})
}

// shared are values behind pointers that several share.
type shared[T any] struct{ values[*T] }

func behind[T any](c *coder, t *shared[T], p **T, fill func(*T)) {
	recurring(c, &t.values, p, nil, func(p **T) {
		if c.reading() {
			*p = new(T)
		}
		fill(*p)
	})
}

// at is a time. Those that no capture can have are refused: differences of any two
// must fit.
func (c *coder) at(t *int64) {
	d := *t - c.time
	c.varint(&d)
	if c.reading() {
		*t = c.time + d
		if *t < capture.Earliest || *t > capture.Latest {
			c.fail("a time that no capture has")
			*t = 0
		}
	}
	c.time = *t
}

func (c *coder) number(frame *uint32) {
	d := int64(*frame) - c.frame
	c.varint(&d)
	n := c.frame + d
	if n < 0 || n > trace.LastNumber {
		c.fail("frame %d", n)
		n = 0
	}
	*frame, c.frame = uint32(n), n
}

// file is the index of a capture.
func (c *coder) file(f *int32) {
	num(c, f)
	if c.err == nil && (*f < 0 || int(*f) >= len(c.captures)) {
		c.fail("file %d of %d", *f, len(c.captures))
	}
}

func (c *coder) moment(m *trace.Moment) {
	c.file(&m.File)
	c.number(&m.Frame)
	c.at(&m.Time)
}

// perhaps is a moment that may never have been.
func (c *coder) perhaps(m *trace.Moment) {
	there := !m.IsZero()
	if c.flags(&there); there {
		c.moment(m)
	}
}
