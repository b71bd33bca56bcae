package collect

import (
	"context"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A file that begins after another one has ended carries it on, as in a ring buffer;
// but where two machines' clocks are further apart than the captures are long, it is
// another capture point that recorded the same calls. What it begins with tells: no
// call is set up twice, and no stream goes back to where it was.

// laterOn is how long after the end of a file one of the same ring may begin without
// being looked into: a request is repeated for 32 s (64*T1, RFC 3261 section 17.1.1.2).
const laterOn = 64 * second

// opening is what a file begins with: up to one batch.
func opening(ctx context.Context, in *capture.Input, limits trace.Limits) (messages trace.Messages, streams []*trace.Stream, err error) {
	f, err := in.Open()
	if err != nil {
		return messages, nil, err
	}
	defer f.Close()
	c := newCollector(0, Options{Limits: limits})
	dec := packet.NewDecoder(packet.Options{Limits: limits.Packet})
	var taps []packet.Tap
	r := reading{ctx: ctx, file: f, dec: dec, taps: tapMap{dec: dec, all: &taps}}
	var l batch
	r.fill(&l)
	c.takeAll(&l)
	return c.out.Messages, c.streams.list, nil
}

// setUp is what no two INVITEs have in common that are not the same. The 100 that each
// server answers at once stands for one that is not in the recording.
type setUp struct {
	callID, tag string
	cseq        uint32
}

func setUpBy(m *trace.Message) (setUp, bool) {
	return setUp{m.CallID, m.FromTag, m.CSeq}, m.Method == "INVITE" && (m.Request() && m.ToTag == "" || m.Status == 100)
}

// recordedAgain reports whether a file opens with calls that were set up in earlier
// ones already, or if it has no INVITEs, with a stream that goes back to where it was.
func recordedAgain(messages []trace.Messages, streams []*trace.Stream, open trace.Messages, flows []*trace.Stream) bool {
	invites := map[setUp]bool{}
	for _, m := range open.All() {
		if k, ok := setUpBy(&m); ok {
			invites[k] = true
		}
	}
	if len(invites) > 0 {
		for _, list := range messages {
			for _, m := range list.All() {
				if k, ok := setUpBy(&m); ok && invites[k] {
					return true
				}
			}
		}
		return false
	}
	back := map[uint32]*trace.Stream{}
	for _, s := range flows {
		if s.Stats.Packets >= 10 && back[s.SSRC] == nil {
			back[s.SSRC] = s
		}
	}
	for _, s := range streams {
		o := back[s.SSRC]
		if o == nil || o.PT != s.PT || s.Last.TS == s.First.TS {
			continue
		}
		if int32(o.First.TS-s.First.TS) >= 0 && int32(s.Last.TS-o.First.TS) > 0 {
			return true
		}
	}
	return false
}
