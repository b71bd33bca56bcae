package ledger

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Party is one end of a call: the outer side of a leg.
type Party struct {
	Name string     // "caller", "callee", "party3", ...
	Leg  *trace.Leg // nil where there is no signalling
	Side trace.Side // of Leg
}

// Hop is one stretch of the way from talker to listener: a leg of the call, or
// several that share their media path.
type Hop struct {
	Name    string // "callee to server"
	Legs    []*trace.Leg
	From    trace.Side // who sends here
	Point   int        // the capture point that shows it
	InView  bool       // the capture shows, or would have shown, packets of this hop
	Assumed bool       // the far host is taken for the party itself, though nothing says so
	Streams []*trace.Stream
	Seen    []Sight // what its packets looked like at each point that shows them
}

// Row is the account of one party's voice on its way to another's ear.
type Row struct {
	Call       *trace.Call
	Line       int    // of its kind of media, from 0
	Media      string // "audio" or "video"
	From, To   Party
	Source     endpoint.Endpoint // where the talker sends from, at last
	Target     endpoint.Endpoint // where packets for the listener go, at last
	Start, End trace.Moment
	Hops       []Hop
	Spans      []Span // from Start to End, without hole or overlap
	Quality    Quality
	Verdict    Verdict
}

// Span is a stretch of a row in one state.
type Span struct {
	From, To   trace.Moment // To is the From of the next
	State      State
	Confidence Confidence
	At         string        // where the audio was lost: "server", "talker", "path", "listener", or empty
	Packets    int64         // that were due and did not come, where the state is silent
	Astray     int64         // packets that Lost's source sent to where Lost goes meanwhile, where it went astray or was refused
	Seen       *trace.Stream // where the audio was seen last before it was lost; nil where nowhere
	Lost       *trace.Stream // where it was first missed, or the stream that went astray
	Proof      trace.Moment  // what confirms the state, beyond its edges; zero where nothing does
	Why        string        // in a few words what that is, "" where Proof is zero

	across  bool // see Across
	unbegun bool // stopped or vanished, and nothing had been passed on before
}

// Duration of the span in nanoseconds.
func (s *Span) Duration() int64 { return s.To.Time - s.From.Time }

// Across reports whether the audio vanished between two capture points with a
// server between them of which neither shows both sides: it may not have passed it
// on, or have never got it.
func (s *Span) Across() bool { return s.across }

// Quality is what loss that is too short to be silence does to a row.
type Quality struct {
	Due       int64   // packets due at the last hop in view, silence left out
	Lost      int64   // of these, not there, or lost behind that hop
	After     int64   // of the lost, those lost behind the last hop in view, as the listener reports
	Percent   float64 // Lost of Due
	Worst     float64 // percent in the worst ten seconds
	Window    Window  // these ten seconds; zero where it is not known when packets were lost
	LostFrom  int64   // when the first of them was lost, beside silences; 0 where that is not known
	LostTo    int64   // and the last
	MeanBurst float64 // packets lost in a row, on the average
	Bad       int     // the longest run of ten-second windows with R under 70
	Codec     string
	R         float64 // 0 where the codec is not on the scale: see Rated
	MOS       float64
	Rated     bool
}

// Window is the ten seconds of a row in which most packets were lost.
type Window struct {
	From, To int64         // ns since 1970
	Lost     int64         // packets
	R        float64       // of these seconds alone
	In       *trace.Stream // which shows Gap; nil where only reports tell of the loss
	Gap      trace.Gap     // the longest run of lost packets
}

// Direction names the row as the report's contract does: "callee-to-caller".
func (r *Row) Direction() string { return joined(r.From.Name, "-to-", r.To.Name) }

// joined is two names with a word between them, of which nearly every row has one of
// a few.
func joined(from, between, to string) string {
	switch [3]string{from, between, to} {
	case [3]string{"caller", "-to-", "callee"}:
		return "caller-to-callee"
	case [3]string{"callee", "-to-", "caller"}:
		return "callee-to-caller"
	case [3]string{"caller", " to ", "server"}:
		return "caller to server"
	case [3]string{"server", " to ", "caller"}:
		return "server to caller"
	case [3]string{"callee", " to ", "server"}:
		return "callee to server"
	case [3]string{"server", " to ", "callee"}:
		return "server to callee"
	}
	return from + between + to
}

// Sum returns how long the row is in the states that f accepts, in nanoseconds.
func (r *Row) Sum(f func(State) bool) int64 {
	var n int64
	for i := range r.Spans {
		if f(r.Spans[i].State) {
			n += r.Spans[i].Duration()
		}
	}
	return n
}

// Silent returns how long the listener heard nothing although audio was due, in
// nanoseconds.
func (r *Row) Silent() int64 { return r.Sum(State.Silent) }

// Due returns for how long audio was due, in nanoseconds.
func (r *Row) Due() int64 { return r.Sum(State.Due) }

// In returns how long the row is in one state, in nanoseconds.
func (r *Row) In(s State) int64 { return r.Sum(func(o State) bool { return o == s }) }
