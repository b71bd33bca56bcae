package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
)

// zone is where clocks are read: --timezone.
type zone = *time.Location

// instant is a time as the command line says it.
type instant struct {
	offset time.Duration // from the first packet, if neither layout nor clock
	layout string        // of text
	text   string
	clock  bool // without a day
}

// Layouts in which a time may be given, with seconds and fractions or without.
var (
	clockLayouts = []string{"15:04", "15:04:05"}
	dateLayouts  = []string{time.RFC3339, "2006-01-02T15:04Z07:00"} // these name their zone
	localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}
)

// parseInstant reads "90", "90s", "14:03", "14:03:05.5" or a date with a time.
func parseInstant(text string) (instant, error) {
	if s, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimPrefix(text, "+"), "s"), 64); err == nil && s >= -1e9 && s <= 1e9 {
		return instant{offset: time.Duration(s * float64(time.Second))}, nil
	}
	for _, list := range [][]string{clockLayouts, dateLayouts, localLayouts} {
		for _, layout := range list {
			if _, err := time.Parse(layout, text); err == nil {
				return instant{layout: layout, text: text, clock: len(layout) <= len("15:04:05")}, nil
			}
		}
	}
	return instant{}, fmt.Errorf("%s is no time", quoted(text))
}

// at is the instant in the times of a capture, whose first packet was at first.
// A clock without a day is the first such after the beginning, by the minute.
func (i instant) at(first int64, where zone) int64 {
	if i.layout == "" {
		return first + int64(i.offset)
	}
	t, _ := time.ParseInLocation(i.layout, i.text, where)
	if !i.clock {
		return t.UnixNano()
	}
	begin := time.Unix(0, first).In(where)
	at := time.Date(begin.Year(), begin.Month(), begin.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), where)
	return at.UnixNano()
}

// window is the stretch of time that --since and --until select; nil is open.
// Clocks are those of the day of the first packet. An end that would come before
// its beginning, or before the capture, is the next day's, unless that is far
// behind the capture; so is a beginning before the capture, if it was still going on
// then.
func (s *selection) window(t *trace.Trace, where zone) (from, to *int64, err error) {
	read := func(text string, not, last int64) *int64 {
		if text == "" {
			return nil
		}
		i, e := parseInstant(text)
		if e != nil {
			err = e
			return nil
		}
		at := i.at(t.First.Time, where)
		if day := int64(24 * time.Hour); i.clock && at < not && at+day <= last {
			at += day
		}
		return &at
	}
	const minute = int64(time.Minute)
	from = read(s.since, t.First.Time-minute, t.Last.Time)
	least := t.First.Time
	if from != nil {
		least = *from
	}
	return from, read(s.until, least, t.Last.Time+int64(12*time.Hour)), err
}
