package ledger

// unauthentic takes the stretches out of a span in which the tags of SRTP packets
// fail with the key that was agreed on: whoever gets them drops them. It emits
// these, and gives what is left to the caller, stretch by stretch.
func (d *direction) unauthentic(st stretch, rest func(stretch)) {
	if d.line.kind == "audio" {
		for _, m := range d.trace.MismatchesOf(st.seg.s) {
			from, to := max(st.from, m.From.Time), min(st.to, m.To.Time+st.seg.s.Interval())
			if to-from < longPause {
				continue
			}
			if from > st.from {
				part := st
				part.to = from
				rest(part)
			}
			d.emit(Span{
				State: Unplayable, Confidence: Likely, At: d.refuser(), Seen: st.seg.s, Lost: st.seg.s,
				Packets: int64(float64(m.Packets) * float64(to-from) / float64(max(m.To.Time-m.From.Time, to-from))),
			}, from, to)
			st.from = to
		}
	}
	if st.from < st.to {
		rest(st)
	}
}

// refuser is who drops what passed the last step in sight.
func (d *direction) refuser() string {
	if d.ahead {
		return "server"
	}
	return "listener"
}
