package capture

import (
	"io"
	"slices"
)

// Place is a point between two frames of an uncompressed input from which
// reading can go on: see File.Place and Input.OpenAt.
type Place struct {
	offset int64
	no     int64     // frames before it
	prev   int64     // time of the last of them
	begun  bool      // there was one
	state  *sections // pcapng: what was described before it; nil in a pcap
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

// Place is where the next batch begins. It is false in compressed inputs, at
// the end, and in the rare places of a pcapng where there is more to remember
// than a Place holds.
func (f *File) Place() (Place, bool) {
	if f.unpack != nil || f.done || f.skip > 0 || f.inside {
		return Place{}, false
	}
	p := Place{offset: f.offset, no: f.no, prev: f.track.prev, begun: f.track.packets > 0 || f.track.resumed}
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
// from the place on.
func (in *Input) OpenAt(p Place) (*File, error) {
	f, err := in.open(false)
	if err != nil {
		return nil, err
	}
	var raw io.Reader
	left := in.size - p.offset
	if f.fd != nil {
		if _, err := f.fd.Seek(p.offset, io.SeekStart); err != nil {
			f.Close()
			return nil, inputError(in.path, err)
		}
		raw = io.LimitReader(f.fd, left)
	} else {
		raw = io.NewSectionReader(in.held, p.offset, left)
	}
	f.src.give(raw, &in.set.opt)
	f.src.read = p.offset
	f.src.ended, f.eof, f.carry = false, false, f.carry[:0]
	f.offset, f.no, f.track.prev, f.track.resumed = p.offset, p.no, p.prev, p.begun
	if s := p.state; s != nil {
		walker := s.walker
		walker.ifaces = slices.Clone(walker.ifaces)
		f.format, f.info.Interfaces = &walker, slices.Clone(s.interfaces)
	}
	return f, nil
}
