package rtp

// State is all that a Stats knows, for whoever writes it down and reads it again
// on another machine: see Stats.State and Restore.
type State struct {
	First, Highest int64 // unwrapped sequence numbers
	Seen           [2]uint64
	Skipped        uint32
	Confirms       uint16 // the number that would confirm a jump
	Phase          uint8
	LastPT         uint8
	Arrival, TS    int64
	Jitter, Sum    float64 // ms
	Max            float32 // ms
	FirstTS        uint32
	Packets        uint32
	Reordered      uint32
	Duplicates     uint32
	Restarts       uint16
	Clocked        bool
}

// State is what the statistics know.
func (s *Stats) State() State {
	return State{
		First: s.ExtFirst, Highest: s.ExtHighest, Seen: s.seen, Skipped: s.skipped, Confirms: s.bad, Phase: s.state, LastPT: s.lastPT,
		Arrival: s.arrival, TS: s.ts, Jitter: s.jitter, Sum: s.jitterSum, Max: s.jitterMax, FirstTS: s.firstTS,
		Packets: s.Packets, Reordered: s.Reordered, Duplicates: s.Duplicates, Restarts: s.Restarts, Clocked: s.clocked,
	}
}

// Restore makes statistics of what State gave.
func Restore(o State) Stats {
	return Stats{
		Unwrapper: Unwrapper{ExtFirst: o.First, ExtHighest: o.Highest, seen: o.Seen, skipped: o.Skipped, bad: o.Confirms, state: min(o.Phase, jumped), lastPT: o.LastPT},
		arrival:   o.Arrival, ts: o.TS, jitter: o.Jitter, jitterSum: o.Sum, jitterMax: o.Max, firstTS: o.FirstTS,
		Packets: o.Packets, Reordered: o.Reordered, Duplicates: o.Duplicates, Restarts: o.Restarts, clocked: o.Clocked,
	}
}

// Kept are the fingerprints that a sketch remembers, as it keeps them, so that
// SketchOf makes an equal one of them.
func (s *Sketch) Kept() []uint32 { return s.kept[:s.Len()] }

// SketchOf is the sketch that remembers what Kept gave.
func SketchOf(kept []uint32) *Sketch {
	s := new(Sketch)
	for _, k := range kept {
		s.Add(uint64(^k) << 32)
	}
	return s
}
