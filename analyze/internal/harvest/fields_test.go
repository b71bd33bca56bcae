package harvest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestFields holds the format against what is collected: whoever adds a field
// learns here that it does not travel by itself. What stands behind the bar is not
// written: correlation fills it in, or nobody needs it where no capture is.
func TestFields(t *testing.T) {
	for _, tt := range []struct {
		value  any
		fields string
	}{
		{collect.Harvest{}, "Captures Messages Errors Streams Reports Flows Controls SIP Others Warnings Kept Looked | Joined Clocks"},
		{trace.Capture{}, "Info Point Taps Warnings | Offset Step Duplicates Missed Index Relays Carried"},
		{trace.Warning{}, "Code File Frame Count Text"},
		{trace.Message{}, "Moment Passage Dialog Kind Branch Tracked SDP CSeq | Number Copy Twice Repeat"},
		{trace.Record{}, "Moment Branch Passage Dialog Kind Content CSeq | Copy Twice Repeat"},
		{trace.Content{}, "SDP Tracked"},
		{trace.Passage{}, "Src Dst Tap Transport"},
		{trace.Dialog{}, "CallID FromTag ToTag"},
		{trace.Kind{}, "Status Method Defects Expires Reason Pieces"},
		{tracked.Head{}, "FromURI FromName ToURI ToName Asserted Agent RequestURI Related Keys"},
		{trace.SDP{}, "Media"},
		{trace.Media{}, "Addr Terms"},
		{trace.Terms{}, "Kind RTCP Mux Direction Secure Keyless T38 ICE Formats Candidates"},
		{trace.Format{}, "PT Name Clock"},
		{trace.ICMPError{}, "Moment Tap By To Quote TTL | Copies Twice Call Leg Stream Port Seq Toward RTCP Media Quoted Dropped"},
		{packet.Quote{}, "Type Code V6 Proto Src Dst IPID Len Payload"},
		{trace.Stream{}, "Src Dst SSRC Tap Clock PT TTL VLAN Point Duplicates Stats Tracked Last Flat First Breaks | Duplicate ID Call CopyOf Prev Next Place RelayOf Talker"},
		{trace.Breaks{}, "Gaps Dropped Straggler Leap Later | Earlier"},
		{trace.Gap{}, "Before After"},
		{trace.Mark{}, "Time Frame Seq TS File PT Marker"},
		{tracked.Stream{}, "Sketch SketchEnd Owner LastPT Candidate Types | Recent"},
		{rtp.State{}, "First Highest Seen Skipped Confirms Phase LastPT Arrival TS Jitter Sum Max FirstTS Packets Reordered Duplicates Restarts Clocked"},
		{trace.ReportTrack{}, "Src Dst File SSRC Sender Reports"},
		{trace.Report{}, "Moment Highest Lost"},
		{trace.Flow{}, "Src Dst File Tap Class First Last Packets Nominated Success"},
		{trace.Control{}, "Moment Reply Client Engine Tap Command Dialog Heard Said Given Settings Result Refusal Belief | Call"},
		{trace.Belief{}, "Tag Line RTCP Local Peer Announced Confirmed Packets"},
		{collect.Looked{}, "Level Mismatches"},
		{trace.Level{}, "Seconds Loudest Noise"},
		{trace.Mismatch{}, "From To Kind Why Off Packets Suite Sent Negotiated"},
		{collect.KeptStream{}, "Src Dst SSRC Tap Windows Packets"},
		{collect.KeptPacket{}, "Time Frame Stamp IPID Size Fingerprint"},
	} {
		typ := reflect.TypeOf(tt.value)
		known := map[string]bool{}
		for _, name := range strings.Fields(tt.fields) {
			known[name] = true
		}
		for i := range typ.NumField() {
			if name := typ.Field(i).Name; !known[name] {
				t.Errorf("%s.%s is new: write it in this package, and count the version up, or list it as left out", typ, name)
			}
			delete(known, typ.Field(i).Name)
		}
		delete(known, "|")
		for name := range known {
			t.Errorf("%s has no %s any more", typ, name)
		}
	}
	// Stats are written by their State: that has all of them.
	var n int
	for _, typ := range []reflect.Type{reflect.TypeFor[rtp.Stats](), reflect.TypeFor[rtp.Unwrapper]()} {
		n += typ.NumField()
	}
	if have := reflect.TypeFor[rtp.State]().NumField(); have != n-1 {
		t.Errorf("rtp.Stats has %d fields, its State %d", n-1, have)
	}
}
