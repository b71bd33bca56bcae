package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var starvedLatch = Detector{
	Code:  "starved-latch",
	Title: "a party that never sends, and therefore hears nothing",
	Doc: `A media server that learns a party's address from the party's own packets (latching,
RFC 7362) has nothing to learn from where the party sends none, and returns nothing: one
mute side makes two silent ones.

Detected where one party sends and its packets arrive at the server, the other never
sends anything although SDP says that it may (sendrecv), and the server sends it nothing
at all. data.endpoint is where that party said that it listens.

What to do: let the party send from the answer on (comfort noise or keepalives, RFC 6263,
even while muted), or let the server send to the address in SDP until it has learned.`,
	Rank:     41,
	Link:     func(*Finding) string { return "the server had nothing to learn from" },
	Key:      func(f *Finding) []string { return []string{f.Data.(StarvedLatch).Endpoint} },
	Explains: []ledger.State{ledger.Stopped},
	Yields:   true,
	Run:      findStarved,
	Visible:  bothWaysJudged,
	Quiet:    quietStarved,
}

// StarvedLatch is the data of starved-latch.
type StarvedLatch struct {
	Endpoint string  `json:"endpoint"` // where the party that never sends said it listens
	Silence  float64 `json:"silence_s"`
}

func findStarved(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for row := range l.Troubled() {
		if row.Media != "audio" || row.Call.State == trace.MediaOnly || !wholly(row, ledger.Stopped) {
			continue
		}
		back := opposite(l.Rows(row.Call), row)
		if back == nil || !wholly(back, ledger.Missing, ledger.Absent) || len(back.Streams()) > 0 {
			continue
		}
		if h := row.Hops[len(row.Hops)-1]; len(h.Streams) > 0 {
			continue // the server did send it something
		}
		out = append(out, starved(row, back))
	}
	return out
}

func starved(row, back *ledger.Row) Finding {
	claims := append(silentSpans(row, ledger.Stopped), silentSpans(back, ledger.Missing, ledger.Absent)...)
	start, end, silent, packets := extent(silentSpans(row, ledger.Stopped))
	d := StarvedLatch{Endpoint: row.Target.String(), Silence: inSeconds(silent)}
	f := Finding{
		Severity: severityOf(d.Silence), Confidence: min(Likely, sure(claims)), Call: row.Call, Leg: legOf(row), Start: start, End: end, Data: d,
		Claims: claims, Evidence: edgesOf(claims), Streams: row.Streams()[:1],
		Party:   row.Target.IP().String(),
		Summary: fmt.Sprintf("%s of silence both ways: the %s never sends, and the server returns nothing to it", seconds(d.Silence), row.To.Name),
		Detail: fmt.Sprintf("%s of the %s arrived at the server and none was sent on; of the %s not one packet came, though its SDP says that it sends. A server that learns addresses from packets had nothing to learn from.",
			plural(packets, "packet"), row.From.Name, row.To.Name),
		Filter: portFilter(row.Target),
	}
	f.Actions = []Action{
		{Owner: ownerOf(row.To), What: "Send from the answer on, even while muted.", Why: "Not one packet of it came.", Cost: "Some packets in silence.", Standard: "RFC 6263", Proof: Likely, Side: true},
		{Owner: "media-server", What: "Send to the address in SDP until a source is learned.", Why: "It waited for packets that never came.", Cost: "Packets may go to a private address for a while.", Standard: "RFC 7362", Proof: Likely},
	}
	return f
}
