package latch

import (
	"testing"
	"time"
)

// An RTCP latch of its own has neither hold-off nor ranks nor memory, whatever RTP's has: it
// counts packets. One that is as RTP's keeps all but what only RTP has.
func TestForRTCP(t *testing.T) {
	p := Policy{
		LearnPackets: 3, LearnCounter: CountPerSource, LearnSpan: time.Second, LearnInSeq: true, WhileLearning: Drop,
		HoldOff: 3 * time.Second, WholeSeconds: true, HoldOffRule: HoldOffRanked, RankedDrop: true, RankedLock: true,
		ReturnAfter: 3 * time.Second, RelatchPackets: 10, RelatchSilence: time.Second, RelatchDistance: 536, AnySourceWithin: 10 * time.Second, SnapBack: SnapBackSDP,
		RTCP: RTCPFollows, RTCPPackets: 2, Flush: true, MayFreeze: true,
	}
	own := p.forRTCP()
	if own.HoldOff != 0 || own.WholeSeconds || own.HoldOffRule != HoldOffFollow || own.RankedDrop || own.RankedLock || own.ReturnAfter != 0 ||
		own.RelatchPackets != 2 || own.RelatchSilence != 0 || own.AnySourceWithin != 0 || own.SnapBack != SnapBackNone || own.LearnSpan != 0 {
		t.Errorf("of its own: %+v", own)
	}
	if own.LearnPackets != 2 || own.LearnCounter != CountMismatches || own.WhileLearning != Relay || own.LockedMismatch != MismatchRelay {
		t.Errorf("of its own: %+v", own)
	}
	p.RTCP = RTCPSame
	same := p.forRTCP()
	if same.HoldOff != p.HoldOff || !same.WholeSeconds || !same.RankedDrop || !same.RankedLock || same.LearnPackets != 3 || same.RelatchPackets != 10 || same.AnySourceWithin != p.AnySourceWithin {
		t.Errorf("as RTP's: %+v", same)
	}
	for name, q := range map[string]Policy{"of its own": own, "as RTP's": same} {
		if q.LearnInSeq || q.RelatchDistance != 0 || q.Flush || q.MayFreeze {
			t.Errorf("%s: what only RTP has: %+v", name, q)
		}
	}
}

// From 13.5 on a packet from SDP's address confirms at once, before it does not.
func TestRankedLockByVersion(t *testing.T) {
	for name, want := range map[string]bool{"rtpengine-heuristic": true, "rtpengine-heuristic@13.4": false, "rtpengine-heuristic@10.5": false} {
		p, ok := Lookup(name)
		if !ok || p.Policy.RankedLock != want {
			t.Errorf("%s: found %v, %v", name, ok, p.Policy.RankedLock)
		}
	}
}
