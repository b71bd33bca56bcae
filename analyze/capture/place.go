package capture

import (
	"io"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture/internal/inflate"
)

// Place is a point between two frames of an input from which reading can go on:
// see File.Place, File.GoOn and Input.OpenAt.
type Place struct {
	offset int64           // in the capture, decompressed
	points *inflate.Points // where decompression can go on; nil for plain inputs
	no     int64           // frames before it
	prev   int64           // time of the last of them
	begun  bool            // there was one
	state  *sections       // pcapng: what was described before it; nil in a pcap
}

// Before tells whether p comes before o in their file.
func (p Place) Before(o Place) bool { return p.offset < o.offset }

// sections is what a pcapng has described up to some place. All places between
// two descriptions share one.
type sections struct {
	walker     pcapngFile
	interfaces []Interface
}

// maxPlaceInterfaces is up to how many interfaces a pcapng has places: each
// interface may come with a copy of those before it.
const maxPlaceInterfaces = 256

// Place is where the next batch begins. It is false at the end, and in the rare
// places of a pcapng where there is more to remember than a Place holds.
func (f *File) Place() (Place, bool) {
	if f.done || f.skip > 0 || f.inside {
		return Place{}, false
	}
	p := Place{offset: f.offset, points: f.points, no: f.no, prev: f.track.prev, begun: f.track.packets > 0 || f.track.resumed}
	if ng, ok := f.format.(*pcapngFile); ok {
		if len(ng.ifaces) > maxPlaceInterfaces {
			return Place{}, false
		}
		if f.told == nil || !ng.same(&f.told.walker) {
			f.told = &sections{*ng, slices.Clone(f.info.Interfaces)}
			f.told.walker.ifaces = slices.Clone(ng.ifaces)
		}
		p.state = f.told
	}
	return p, true
}

// same tells whether nothing was described between two states of a walker.
func (p *pcapngFile) same(o *pcapngFile) bool {
	return p.big == o.big && p.base == o.base && p.kept == o.kept && p.seen == o.seen && len(p.ifaces) == len(o.ifaces)
}

// OpenAt begins a pass that is not the first at a place which such a pass
// over this input came by. Frames are numbered as in that pass; Info counts
// from the place on. In a compressed input what is between the place and the last
// point before it where decompression can go on is decompressed and passed over.
func (in *Input) OpenAt(p Place) (*File, error) {
	f, err := in.open(false, p.points)
	if err != nil {
		return nil, err
	}
	if p.points == nil {
		err = f.from(p.offset, p.offset)
	} else if point := p.points.Before(p.offset); point.Out > f.offset+int64(len(f.carry)) {
		f.unpack.close() // from here on nobody else reads the source
		if err = f.from(point.In, point.Out); err == nil {
			f.unpack = &unpacker{kind: f.unpack.kind, r: inflate.GzipAt(f.src, point), left: in.set.opt.Limits.MaxDecompressed - point.Out}
			f.unpack.readAhead()
			f.stream = f.unpack
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	f.goOn(p)
	return f, nil
}

// from goes on at an offset of the input as given, which is out in the capture. What
// was read is forgotten.
func (f *File) from(offset, out int64) error {
	in := f.in
	var raw io.Reader
	left := in.size - offset
	if f.fd != nil {
		if _, err := f.fd.Seek(offset, io.SeekStart); err != nil {
			return inputError(in.path, err)
		}
		raw = io.LimitReader(f.fd, left)
	} else {
		raw = io.NewSectionReader(in.held, offset, left)
	}
	f.src.give(raw, &in.set.opt)
	f.src.read = offset
	f.src.ended, f.eof, f.ending = false, false, nil
	f.offset, f.carry = out, f.carry[:0]
	return nil
}

// GoOn passes over what is between where the File is and p, further on in a
// compressed input. It is false, and does nothing, where to open the input at p takes
// no more than that.
func (f *File) GoOn(p Place) bool {
	if p.points == nil || f.done || p.offset < f.offset || p.points.Before(p.offset).Out > f.offset {
		return false
	}
	f.goOn(p)
	return true
}

// goOn passes over what comes before p.
func (f *File) goOn(p Place) {
	pass := p.offset - f.offset
	carried := min(pass, int64(len(f.carry)))
	f.carry = f.carry[:copy(f.carry, f.carry[carried:])]
	f.offset += carried
	f.skip = pass - carried
	f.need, f.inside = 0, false
	f.no, f.track.prev, f.track.resumed = p.no, p.prev, p.begun
	if s := p.state; s != nil {
		walker := s.walker
		walker.ifaces = slices.Clone(walker.ifaces)
		f.format, f.info.Interfaces = &walker, slices.Clone(s.interfaces)
	}
}
