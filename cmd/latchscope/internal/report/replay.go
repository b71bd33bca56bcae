package report

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// ReplaySchema is the name and version of a replay's JSON.
const ReplaySchema = "latchscope.replay/1"

// Replay is what there is to say about the replays of one call.
type Replay struct {
	Schema   string         `json:"schema"`
	Tool     Tool           `json:"tool"`
	Call     int            `json:"call"`
	CallIDs  []string       `json:"call_ids"`
	Observed ReplayObserved `json:"observed"`
	Runs     []ReplayRun    `json:"runs"`
	Fit      *ReplayFit     `json:"fit,omitempty"`
	Sweep    *ReplaySweep   `json:"sweep,omitempty"`
	Remedies []ReplayRemedy `json:"remedies,omitempty"`
	Pauses   *ReplayPauses  `json:"pauses,omitempty"`
	Limits   []string       `json:"limits"`
	Agent    string         `json:"agent,omitempty"` // what the media server calls itself in SIP, or "rtpengine" by its control protocol

	from, to string
	zero     int64 // the call's beginning
	near     float64
	rewrite  Rewrite
	kase     *replay.Case
}

// ReplayObserved is what the capture itself shows.
type ReplayObserved struct {
	Directions []detect.Direction `json:"directions"`
	Lock       *int               `json:"lock_packets"`
	Timeout    *float64           `json:"timeout_s"`
}

// ReplayRun is one engine's replay.
type ReplayRun struct {
	Engine     string            `json:"engine"`
	Evidence   string            `json:"evidence,omitempty"` // how well the profile is known
	Parameters latch.Config      `json:"parameters"`
	Live       bool              `json:"live"`
	Changes    []string          `json:"changes"`
	Basis      ReplayBasis       `json:"basis"`
	Verdict    replay.Judgement  `json:"verdict"`
	Directions []ReplayDirection `json:"directions"`
	Events     []ReplayEvent     `json:"events"`
	Exposure   *ReplayExposure   `json:"exposure,omitempty"`
	Differ     *ReplayDiffer     `json:"disagreement,omitempty"`
	Notes      []string          `json:"notes,omitempty"`

	rows  []PictureRow
	meant bool    // to be the engine that was there
	off   float64 // s: between the silences of the run and those observed, at most
}

// ReplayBasis says apart what was replayed and what is inferred.
type ReplayBasis struct {
	Latch string `json:"latch"`
	NAT   string `json:"nat"`
}

// ReplayDirection is what became of one direction.
type ReplayDirection struct {
	Direction   string           `json:"direction"`
	Endpoint    string           `json:"endpoint"`
	From        string           `json:"from"`
	To          string           `json:"to"`
	Verdict     replay.Judgement `json:"verdict"`
	Silence     *Seconds         `json:"silence_s"`
	Start       *Seconds         `json:"start_s"`
	End         *Seconds         `json:"end_s"`
	In          int64            `json:"packets_in"`
	Relayed     int64            `json:"packets_relayed"`
	Dropped     int64            `json:"packets_dropped"`
	Misdirected int64            `json:"packets_misdirected"`
	Withheld    int64            `json:"packets_withheld"`
	Refused     int64            `json:"packets_refused"`
}

// ReplayEvent is one thing that happened in a replay, with the frame that
// stands for it; a frame of 0 is a packet that the capture does not hold.
type ReplayEvent struct {
	Time        Seconds `json:"time_s"`
	File        int32   `json:"file"`
	Frame       uint32  `json:"frame"`
	Event       string  `json:"event"`
	Direction   string  `json:"direction"`
	Source      string  `json:"source"`
	Destination string  `json:"destination,omitempty"`
	Reason      string  `json:"reason,omitempty"`
	Packets     int64   `json:"packets,omitempty"`
	Until       Seconds `json:"until_s,omitempty"`
}

// ReplayExposure says what a stranger needs to take a locked port over.
type ReplayExposure struct {
	Quiet    *Seconds `json:"quiet_s"`  // how long the locked source must be quiet; null: he never can
	Packets  int      `json:"packets"`  // of his that it takes
	Openings *int     `json:"openings"` // pauses in this capture that are as long; null: he need not wait for one
	Heard    bool     `json:"heard"`    // his packets are passed on in any case

	signalling bool // he can after an offer or answer
	stream     bool // he can with the call's SSRC and sequence numbers
}

// ReplayDiffer is how many packets a run and the capture differ about.
type ReplayDiffer struct {
	Packets  int `json:"packets"`
	Compared int `json:"compared"`
}

// ReplayPauses are the capture's own pauses.
type ReplayPauses struct {
	Count   int     `json:"count"` // of at least 80 ms
	Longest Seconds `json:"longest_s"`
}

// ReplaySetup is what a run was made of.
type ReplaySetup struct {
	Engine string // where it is not the profile's name
	Config latch.Config
	Shown  *latch.Config // parameters as the report has them, where not Config's
	Ifs    []replay.WhatIf
	Live   bool
	Worst  *replay.Result // at another fraction of a second, where the engine compares whole ones
	Differ *replay.Disagreement
	Meant  bool // to be the engine that was there
	Notes  []string
}

// NewReplay begins a report about one call; runs are added to it.
func NewReplay(c *replay.Case, o detect.Observed, version string, rewrite Rewrite) *Replay {
	r := &Replay{
		Schema: ReplaySchema, Tool: Tool{"latchscope", version},
		CallIDs: []string{}, Runs: []ReplayRun{}, Limits: []string{},
		rewrite: rewrite, kase: c, zero: c.Start,
		near: max(0.020, float64(c.Talker.Streams[0].Interval())/1e9),
	}
	if c.Call != nil {
		r.Call = c.Call.ID
		r.from, r.to = r.as(URI, c.Call.From), r.as(URI, c.Call.To)
		for _, id := range c.Call.CallIDs() {
			r.CallIDs = append(r.CallIDs, r.as(CallID, id))
		}
	}
	for _, d := range o.Directions {
		d.Endpoint, d.From, d.To = r.as(Address, d.Endpoint), r.as(Address, d.From), r.as(Address, d.To)
		r.Observed.Directions = append(r.Observed.Directions, d)
	}
	r.Observed.Lock, r.Observed.Timeout = o.Estimated.LockPackets, o.Estimated.Timeout
	r.Agent = r.as(Prose, c.Agent)
	for _, n := range c.Notes {
		r.Limits = append(r.Limits, r.as(Prose, n))
	}
	return r
}

// NoReplay is the report about a call in which there is nothing to replay.
func NoReplay(c *trace.Call, version, why string, rewrite Rewrite) *Replay {
	r := &Replay{
		Schema: ReplaySchema, Tool: Tool{"latchscope", version}, Call: c.ID,
		CallIDs: []string{}, Runs: []ReplayRun{}, Limits: []string{why}, rewrite: rewrite,
	}
	r.from, r.to = r.as(URI, c.From), r.as(URI, c.To)
	for _, id := range c.CallIDs() {
		r.CallIDs = append(r.CallIDs, r.as(CallID, id))
	}
	r.Observed.Directions = []detect.Direction{}
	return r
}

// SetPauses tells the capture's own pauses, which every run's exposure is held
// against.
func (r *Replay) SetPauses(p replay.Pauses) {
	r.Pauses = &ReplayPauses{Count: len(p)}
	if len(p) > 0 {
		r.Pauses.Longest = Seconds(p[0].Seconds())
	}
}

// Limit adds a line about what could not be done.
func (r *Replay) Limit(text string) { r.Limits = append(r.Limits, r.as(Prose, text)) }

func (r *Replay) as(k Kind, s string) string {
	if r.rewrite == nil || s == "" {
		return s
	}
	return r.rewrite(k, s)
}

func (r *Replay) endpoint(e endpoint.Endpoint) string {
	switch {
	case e.IsZero():
		return ""
	case replay.Unseen(e):
		return "the other party"
	}
	return r.as(Address, e.String())
}
