package report

// Capture is one input.
type Capture struct {
	Path        string    `json:"path"`
	Format      string    `json:"format"`
	Compression *string   `json:"compression"`
	LinkTypes   []string  `json:"link_types"`
	Packets     int64     `json:"packets"`
	Bytes       int64     `json:"bytes"`
	SHA256      *string   `json:"sha256"`
	First       Time      `json:"first_time"`
	Last        Time      `json:"last_time"`
	Point       int       `json:"point"`
	ClockOffset Seconds   `json:"clock_offset_s"`
	Duplicates  int64     `json:"duplicates"`
	Truncated   bool      `json:"truncated"`
	Dropped     *uint64   `json:"dropped"` // by the recording machine's own count; null where it kept none
	Warnings    []Warning `json:"warnings"`
}

// Warning is something to know about a capture.
type Warning struct {
	Code  string `json:"code"`
	Frame *int64 `json:"frame"`
	Count int64  `json:"count"`
	Text  string `json:"text"`
}

func (r *Report) capture(i int32) Capture {
	c := &r.trace.Captures[i]
	out := Capture{
		Path:        r.as(Path, c.Path),
		Format:      c.Format,
		Compression: optional(c.Compression),
		LinkTypes:   []string{},
		Packets:     c.Packets,
		Bytes:       c.Bytes,
		SHA256:      optional(c.SHA256),
		Point:       c.Point,
		ClockOffset: Seconds(float64(c.Offset) / 1e9),
		Duplicates:  c.Duplicates,
		Truncated:   c.Truncated,
		Warnings:    []Warning{},
	}
	for _, l := range c.LinkTypes {
		out.LinkTypes = append(out.LinkTypes, l.String())
	}
	if c.Packets > 0 {
		out.First, out.Last = Time{c.First + c.Offset, true}, Time{c.Last + c.Offset, true}
	}
	for _, n := range c.Interfaces {
		for _, d := range []struct {
			n     uint64
			known bool
		}{{n.Dropped.N, n.Dropped.Known}, {n.OSDropped.N, n.OSDropped.Known}} {
			if !d.known {
				continue
			}
			if out.Dropped == nil {
				out.Dropped = new(uint64)
			}
			*out.Dropped += d.n
		}
	}
	for _, w := range c.Warnings { // those of reading the file (Info) among them
		out.Warnings = append(out.Warnings, r.warning(w.Code, w.Frame, w.Count, w.Text))
	}
	for _, w := range r.trace.Warnings {
		if w.File == i {
			out.Warnings = append(out.Warnings, r.warning(w.Code, w.Frame, w.Count, w.Text))
		}
	}
	return out
}

func (r *Report) warning(code string, frame, count int64, text string) Warning {
	w := Warning{Code: code, Count: count, Text: r.text(text)}
	if frame > 0 {
		w.Frame = &frame
	}
	return w
}

// Frame is a frame number within a file.
type Frame struct {
	File int32
	No   uint32
}
