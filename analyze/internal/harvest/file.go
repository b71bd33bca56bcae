package harvest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Magic begins every harvest. Its line ends tell whether somebody took it for text
// on its way.
const Magic = "\x89LSH\r\n\x1a\n"

// version of the format. Another one is not read.
const version = 2

// window is how far back the compression refers, which bounds what reading it
// costs.
const window = 1 << 20

var errTooLarge = errors.New("it is larger than the limit for a harvest")

// Is reports whether head is the beginning of a harvest.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(Magic)) }

// Write writes a harvest, which must not have been correlated.
func Write(w io.Writer, h *collect.Harvest) error {
	if _, err := w.Write(append([]byte(Magic), version)); err != nil {
		return err
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderCRC(true), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return err
	}
	c := &coder{w: bufio.NewWriterSize(z, 64<<10), lim: unlimited}
	c.harvest(h)
	if c.err == nil {
		c.err = c.w.Flush()
	}
	if err := z.Close(); c.err == nil {
		c.err = err
	}
	return c.err
}

// WriteFlat writes what is in the frame of a harvest, for who packs several together.
func WriteFlat(w io.Writer, h *collect.Harvest) error {
	c := &coder{w: bufio.NewWriter(w), lim: unlimited}
	c.harvest(h)
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}

// ReadFlat reads what WriteFlat wrote.
func ReadFlat(r io.Reader, lim trace.Limits) (*collect.Harvest, error) {
	lim = lim.WithDefaults()
	c := &coder{r: bufio.NewReader(r), left: lim.Harvest, lim: lim}
	h := new(collect.Harvest)
	c.harvest(h)
	return h, c.err
}

// unlimited is what may be written: whatever was collected.
var unlimited = trace.Limits{Streams: 1 << 28, Messages: 1 << 28, Errors: 1 << 28, Flows: 1 << 28, Reports: 1 << 28, Gaps: 1 << 28, Closeup: 1 << 40}

// Read reads a harvest, within limits. Its error says in one line what is wrong
// with it.
func Read(r io.Reader, lim trace.Limits) (*collect.Harvest, error) {
	head := make([]byte, len(Magic)+1)
	if _, err := io.ReadFull(r, head); err != nil || !Is(head) {
		return nil, errors.New("not a harvest")
	}
	if v := head[len(Magic)]; v != version {
		return nil, fmt.Errorf("a harvest of version %d, and this program reads %d", v, version)
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	lim = lim.WithDefaults()
	c := &coder{r: bufio.NewReaderSize(z, 64<<10), left: lim.Harvest, lim: lim}
	h := new(collect.Harvest)
	c.harvest(h)
	if c.err == nil {
		if _, err := c.r.ReadByte(); err != io.EOF { // which also looks at the checksum
			c.fail("something follows its end")
		}
	}
	if errors.Is(c.err, io.ErrUnexpectedEOF) {
		c.err = errors.New("it is cut short")
	}
	if c.err != nil {
		return nil, fmt.Errorf("a damaged harvest: %w", c.err)
	}
	return h, nil
}
