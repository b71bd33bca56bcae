package capture

import (
	"fmt"
	"math"
	"time"
)

// tracker keeps what every format wants to know of all frames. Its fields are
// read into locals by the loops over records.
type tracker struct {
	packets     int64
	first, last int64 // earliest and latest time
	prev        int64 // of the frame before
	recorded    bool  // times are delivered as they are: Options.RecordedTimes
	resumed     bool  // this pass began behind other frames, the last of them at prev

	cut, cutFrame     int64 // recorded in part
	odd, oddFrame     int64 // more recorded than there was
	back, backFrame   int64 // before its predecessor
	backMost          int64 // ns
	clamp, clampFrame int64 // at no time that can be

	odds, oddsFrame     int64 // far from the frame before, and not believed
	oddsTime            int64
	steps               int64 // believed, but by more than a month
	stepMost, stepFrame int64 // the largest of those forwards
}

// time notes the time of frame no, as it is delivered.
func (t *tracker) time(ns, no int64) {
	if t.packets == 0 {
		t.first, t.last = ns, ns
	} else {
		if ns < t.prev {
			t.backwards(ns, no)
		}
		t.first = min(t.first, ns)
		t.last = max(t.last, ns)
	}
	t.prev = ns
	t.packets++
}

func (t *tracker) backwards(ns, no int64) {
	if t.back == 0 {
		t.backFrame = no
	}
	t.back++
	by := t.prev - ns
	if by < 0 { // the two ends of time
		by = math.MaxInt64
	}
	t.backMost = max(t.backMost, by)
}

func (t *tracker) shortened(no int64) {
	if t.cut == 0 {
		t.cutFrame = no
	}
	t.cut++
}

func (t *tracker) oddLength(no int64) {
	if t.odd == 0 {
		t.oddFrame = no
	}
	t.odd++
}

func (t *tracker) clamped(no int64) {
	if t.clamp == 0 {
		t.clampFrame = no
	}
	t.clamp++
}

func (t *tracker) tell(ws *warnings) {
	if t.cut > 0 {
		ws.add("snaplen-cut", t.cutFrame, t.cut, "only the beginning of these packets was recorded (snap length)")
	}
	if t.odd > 0 {
		ws.add("length-below-data", t.oddFrame, t.odd, "more bytes were recorded of these packets than they are said to have had")
	}
	if t.back > 0 {
		ws.add("time-backwards", t.backFrame, t.back,
			fmt.Sprintf("packets recorded before the one in front of them, by up to %v", time.Duration(t.backMost)))
	}
	t.tellTimes(ws)
}
