package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/replay"
)

func replayCommand(t *terminal) *cobra.Command {
	var flags replayFlags
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Run captured media through latching engines and say whether a fix holds",
		Long: `Reads packet captures and runs the media of one call through latching engines:
what each would have relayed, dropped and sent elsewhere, and how long the
silence would have been, beside what the capture shows.

Without --engine it is the lock that the capture suggests, then the same with the
fixes that the report advises. latchscope engines lists the engines and their
parameters.

A replay shows what the latch would have done with the packets as they were
captured. That a NAT would have kept its port without an ICMP error is inferred;
both are said apart. RTP, keepalives and ICMP errors are replayed; RTCP is not.

Exit status: 0 done; 1 a run leaves a silence at or above --fail-on, or there
are fewer calls than --require-calls; 2 wrong usage; 3 an input could not be
read, or the daemon not driven; 130 interrupted.`,
		Example: `  latchscope replay call.pcap
  latchscope replay call.pcap --engine session-lock --set timeout=2s
  latchscope replay call.pcap --engine session-lock --what-if icmp=off
  latchscope replay call.pcap --set timeout=0.2s..10s
  latchscope replay call.pcap --matrix
  latchscope replay call.pcap --fit
  latchscope replay call.pcap --engine session-lock --live
  latchscope replay call.pcap --engine rtpengine --spawn --set endpoint_learning=immediate`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return replayFiles(cmd, args, t, &flags)
		},
	}
	flags.register(cmd)
	return cmd
}

func replayFiles(cmd *cobra.Command, args []string, t *terminal, flags *replayFlags) error {
	if err := flags.check(cmd); err != nil {
		return err
	}
	all := flags.takeAll()
	in, err := flags.open(cmd.Context(), args, t, false)
	if err != nil {
		return err
	}
	defer in.close()
	if err := notOverInput(flags.output, in.whole); err != nil {
		return err
	}
	where, _ := flags.location()
	one, calls, err := in.selected(&flags.selection, where, "replay")
	if err != nil {
		return err
	}
	ctx, tr := in.ctx, one.trace
	if ctx.Err() != nil {
		return outcome{exitInterrupted, "interrupted; nothing was replayed"}
	}
	if len(tr.Calls) < flags.requireCalls {
		return outcome{exitFound, fmt.Sprintf("%d calls found, --require-calls asks for %d", len(tr.Calls), flags.requireCalls)}
	}
	if n := one.judged(tr.Calls); n < flags.requireJudged {
		return outcome{exitFound, fmt.Sprintf("--require-judged asks for %d, judged: %d of %d", flags.requireJudged, n, len(tr.Calls))}
	}
	chosen, note, err := subjects(one, calls, all)
	if err != nil {
		return err
	}
	array := all || len(calls) > 1
	in.bar.now("replaying")
	r := replayer{trace: tr, set: one.set, flags: flags, term: t, bar: in.bar, pauses: replay.PausesOf(tr), rewrite: flags.redact.report(tr)}
	list, err := r.all(ctx, chosen)
	in.tell(t)
	if note != "" {
		t.note(note)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	interrupted := err != nil
	if interrupted && len(list) == 0 {
		return outcome{exitInterrupted, "interrupted"}
	}
	write := func(w io.Writer) error {
		if flags.format.value == "json" {
			return report.ReplayJSON(w, list, array)
		}
		switch flags.format.value {
		case "markdown":
			return report.ReplayMarkdown(w, list, flags.textOptions(t))
		case "html":
			return report.ReplayHTML(w, list, flags.textOptions(t))
		}
		return report.ReplayText(w, list, flags.textOptions(t))
	}
	if err := deliver(t.out, flags.output, write); err != nil {
		return err
	}
	if interrupted {
		return outcome{exitInterrupted, "interrupted; the report covers only what had been replayed"}
	}
	return flags.judgeReplay(list)
}

func (f *replayFlags) textOptions(t *terminal) report.TextOptions {
	width := f.width
	if width == 0 {
		width = max(t.width(f.output != ""), page.MinWidth)
	}
	return report.TextOptions{Width: width, Color: t.colour(f.color.value, f.output != ""), ASCII: f.ascii(t)}
}

// judgeReplay turns the silences that the runs leave into an exit status.
func (f *replayFlags) judgeReplay(list []*report.Replay) error {
	var floor float64
	switch f.failOn.value {
	case "":
		return nil
	case "critical":
		floor = 0.5
	default:
		floor = 0.1
	}
	for _, r := range list {
		if r.Left() >= floor {
			return outcome{status: exitFound}
		}
	}
	return nil
}

// subject is a call and the talker in it that a replay is about.
type subject struct {
	call     *trace.Call
	talker   *trace.Talker // nil: nothing to replay
	observed detect.Observed
}

func (s subject) lost() float64 {
	worst := 0.0
	for _, d := range s.observed.Directions {
		if d.Silence != nil {
			worst = max(worst, *d.Silence)
		}
	}
	return worst
}

// subjectOf measures the talkers of a call and takes the one that suffered most.
func subjectOf(tr *trace.Trace, accounts *ledger.Ledger, c *trace.Call) subject {
	s := subject{call: c}
	for _, k := range replay.TalkersOf(c) {
		x := subject{c, k, detect.Observe(tr, accounts, k)}
		if s.talker == nil || x.lost() > s.lost() {
			s = x
		}
	}
	return s
}

// takeAll reports whether --call all is given, and takes it out of the selection.
func (f *replayFlags) takeAll() bool {
	n := len(f.selection.calls)
	f.selection.calls = slices.DeleteFunc(f.selection.calls, func(s string) bool { return s == "all" })
	if len(f.selection.calls) == n {
		return false
	}
	f.selection.calls = nil // the others are among them
	return true
}

// subjects are the calls that are replayed: those that were selected, all, or
// the one that lost most audio, which the note names.
func subjects(one *examined, calls []*trace.Call, all bool) (list []subject, note string, err error) {
	tr := one.trace
	if len(tr.Calls) == 0 {
		return nil, "", errors.New("there is no call in these captures: nothing to replay")
	}
	if calls != nil {
		for _, c := range calls {
			list = append(list, subjectOf(tr, one.account, c))
		}
		return list, "", nil
	}
	for _, c := range tr.Calls {
		list = append(list, subjectOf(tr, one.account, c))
	}
	if all {
		return list, "", nil
	}
	best := slices.MaxFunc(list, func(a, b subject) int {
		return cmp.Or(cmp.Compare(a.lost(), b.lost()), cmp.Compare(talks(a), talks(b)), cmp.Compare(b.call.ID, a.call.ID))
	})
	if len(list) > 1 || best.lost() > 0 {
		why := "no call lost audio"
		if best.lost() > 0 {
			why = fmt.Sprintf("it lost most audio (%.2f s)", best.lost())
		}
		note = fmt.Sprintf("replaying call %d of %d: %s; --call chooses another", best.call.ID, len(list), why)
	}
	return []subject{best}, note, nil
}

func talks(s subject) int {
	if s.talker == nil {
		return 0
	}
	return 1
}

// replayer runs the calls that were chosen.
type replayer struct {
	trace  *trace.Trace
	set    *capture.Set
	flags  *replayFlags
	term   *terminal
	bar    *progress
	pauses replay.Pauses

	rewrite report.Rewrite // one for all calls, so that names stay the same
}

// all replays the calls in batches: the captures are read once for as many as
// memory holds.
func (r *replayer) all(ctx context.Context, list []subject) (out []*report.Replay, err error) {
	for _, batch := range batches(r.trace, list, analyze.DefaultLimits().Closeup/2) {
		var talkers []*trace.Talker
		for _, s := range batch {
			if s.talker != nil {
				talkers = append(talkers, s.talker)
			}
		}
		var cases []*replay.Case
		if len(talkers) > 0 {
			if cases, err = replay.Gather(ctx, r.trace, r.set, analyze.Options{}, talkers); err != nil {
				return out, err
			}
		}
		for _, s := range batch {
			r.bar.now("replaying call %d, %d of %d", s.call.ID, len(out)+1, len(list))
			if s.talker == nil {
				out = append(out, report.NoReplay(s.call, version, "No media that a server receives belongs to this call in the capture: there is nothing to replay.", r.rewrite))
				continue
			}
			cases[0].Heed(s.observed.Rows[0], s.observed.Rows[1])
			one, err := r.one(ctx, s, cases[0])
			cases = cases[1:]
			if one != nil {
				out = append(out, one)
			}
			if err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// batches cuts a list so that the packets of each part fit.
func batches(t *trace.Trace, list []subject, most int) (out [][]subject) {
	var part []subject
	held := 0
	for _, s := range list {
		n := 0
		if s.talker != nil {
			for _, st := range replay.Streams(t, s.talker) {
				n += int(st.Stats.Packets)
			}
		}
		if len(part) > 0 && held+n > most {
			out, part, held = append(out, part), nil, 0
		}
		part, held = append(part, s), held+n
	}
	return append(out, part)
}
