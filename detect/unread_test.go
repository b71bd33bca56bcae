package detect

import (
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// TestSignallingLimits holds what is said of media without signalling: that it was
// encrypted only where something encrypted was seen.
func TestSignallingLimits(t *testing.T) {
	capture := func(warnings ...trace.Warning) trace.Capture { return trace.Capture{Warnings: warnings} }
	mgcp := trace.Warning{Code: "signalling-mgcp", Frame: 7, Count: 4}
	for _, tt := range []struct {
		name         string
		trace        trace.Trace
		calls, media int
		want         []string
	}{
		{name: "calls", trace: trace.Trace{Others: []trace.MethodCount{{Method: "OPTIONS", Count: 3}}}, calls: 1},
		{name: "nothing at all"},
		{name: "nothing but media", media: 2, trace: trace.Trace{Captures: []trace.Capture{capture()}},
			want: []string{"Media without signalling (2 conversations): none of it is in this capture. Moves of a source may have been announced in it; add it to the capture."}},
		{name: "MGCP", media: 1, trace: trace.Trace{Captures: []trace.Capture{capture(mgcp)}},
			want: []string{"MGCP (first in frame 7, 4 packets) is not read: calls that it sets up are not judged.",
				"Media without signalling that could be read (1 conversation): moves of a source may have been announced in it."}},
		{name: "MGCP beside SIP, in two captures", calls: 1, trace: trace.Trace{Captures: []trace.Capture{capture(), capture(mgcp)}},
			want: []string{"MGCP (first in frame 7 of capture 2, 4 packets) is not read: calls that it sets up are not judged."}},
		{name: "snap length", media: 1, trace: trace.Trace{Warnings: []trace.Warning{{Code: "sip-cut", Frame: 1, Count: 1}}},
			want: []string{"SIP that the snap length cut (first in frame 1, 1 packet). What stood behind the cut is not known: record with -s 0.",
				"Media without signalling that could be read (1 conversation): moves of a source may have been announced in it."}},
		{name: "SIPS before other TLS", media: 1, trace: trace.Trace{Captures: []trace.Capture{capture(
			trace.Warning{Code: "tls-encrypted", Frame: 1, Count: 90}, trace.Warning{Code: "sips-encrypted", Frame: 3, Count: 9})}},
			want: []string{"Media without signalling (1 conversation). There is SIP over TLS that is encrypted (first in frame 3, 9 packets). Its session keys let it be read (--keylog). Moves of a source may have been announced in it."}},
		{name: "registrations", trace: trace.Trace{Others: []trace.MethodCount{{Method: "REGISTER", Count: 4}, {Method: "OPTIONS", Count: 2}}},
			want: []string{"SIP, but no call: 6 messages (REGISTER ×4, OPTIONS ×2)."}},
	} {
		if got := signallingLimits(&tt.trace, tt.calls, tt.media); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}
