package ledger

// verdict of a row on its spans and its loss.
func (r *Row) verdict() Verdict {
	var silent, unseen, longest int64
	for i := range r.Spans {
		switch s := &r.Spans[i]; {
		case s.State.Silent():
			silent += s.Duration()
			longest = max(longest, s.Duration())
		case s.State == Unseen:
			unseen += s.Duration()
		}
	}
	switch {
	case longest >= lostOnce || silent >= lostInSum:
		return Lost
	case silent > 0, r.Quality.Heard() < fairR && r.Quality.Lost > 0:
		return Impaired
	case unseen > 0 && unseen == r.Due():
		return Unjudged
	case unseen > minSilence:
		return Partly
	}
	return Clear
}

// verdictOf draws the verdict on a call's audio: the worst of its audio rows,
// where a row of which nothing is in view beside one that is clear leaves the
// call partly judged.
func verdictOf(rows []Row) Verdict {
	worst, some := NoVerdict, false
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" {
			continue
		}
		some = some || r.Verdict == Clear || r.Verdict == Partly
		if worst == NoVerdict || r.Verdict < worst {
			worst = r.Verdict
		}
	}
	if worst == Unjudged && some {
		return Partly
	}
	return worst
}
