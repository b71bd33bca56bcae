package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// selection says which calls a command is about. Flags of different kinds narrow
// it down, several of one kind widen it.
type selection struct {
	calls    []string
	numbers  []string
	ips      []string
	since    string
	until    string
	severity *choice
	audio    []string

	nets []netip.Prefix
}

func (s *selection) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&s.calls, "call", "c", nil, "only these calls: numbers such as 3,7-9, or a Call-ID (id:CALL-ID where it looks like numbers; `N|CALL-ID`, repeatable)")
	flags.StringArrayVarP(&s.numbers, "number", "n", nil, "only calls from or to what ends in `NUMBER`, with or without + (From, To, P-Asserted-Identity, Request-URI; repeatable)")
	flags.StringArrayVar(&s.ips, "ip", nil, "only calls whose signalling or media has this `ADDRESS`, or one of a network such as 10.0.0.0/8 (repeatable)")
	flags.StringVar(&s.since, "since", "", "only calls that end at or after `TIME`: a clock (14:03, 2026-11-28T14:03:05Z) or seconds from the first packet (90)")
	flags.StringVar(&s.until, "until", "", "only calls that begin at or before `TIME`")
	s.severity = chooseFlag(cmd, "severity", "", "only calls with a finding of this severity or above", "info", "warning", "critical")
	flags.StringSliceVarP(&s.audio, "audio", "a", nil, "only calls whose audio was `VERDICT`: "+strings.Join(audioWords(), ", ")+" (several with commas)")
	for _, name := range []string{"call", "number", "ip", "since", "until"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	_ = cmd.RegisterFlagCompletionFunc("audio", completeList(audioWords()))
}

// completeList completes the last of some words with commas between them.
func completeList(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, got string) ([]string, cobra.ShellCompDirective) {
		head := got[:strings.LastIndexByte(got, ',')+1]
		var out []string
		for _, w := range words {
			if !slices.Contains(strings.Split(head, ","), w) {
				out = append(out, head+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// any reports whether anything is selected.
func (s *selection) any() bool {
	return len(s.calls)+len(s.numbers)+len(s.ips)+len(s.audio) > 0 || s.since+s.until+s.severity.value != ""
}

// check finds what is wrong before anything is read.
func (s *selection) check() error {
	for _, a := range s.audio {
		if !slices.Contains(audioWords(), a) {
			return &usageError{"--audio: " + (&choiceError{a, audioWords()}).Error(), ""}
		}
	}
	for _, ip := range s.ips {
		net, err := netip.ParsePrefix(ip)
		if err != nil {
			addr, err := netip.ParseAddr(strings.Trim(ip, "[]"))
			if err != nil {
				return &usageError{"--ip: " + quoted(ip) + " is neither an address nor a network", "such as 192.0.2.10 or 10.0.0.0/8"}
			}
			net = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		s.nets = append(s.nets, net)
	}
	for _, n := range s.numbers {
		if digitsOf(n) == "" {
			return &usageError{"--number: " + quoted(n) + " is no number and no name", ""}
		}
	}
	for name, text := range map[string]string{"--since": s.since, "--until": s.until} {
		if text == "" {
			continue
		}
		if _, err := parseInstant(text); err != nil {
			return &usageError{name + ": " + err.Error(), "a clock such as 14:03 or 2026-11-28T14:03:05Z, or seconds from the first packet"}
		}
	}
	return nil
}

// String names what is selected, for a message.
func (s *selection) String() string {
	var parts []string
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				parts = append(parts, name+" "+v)
			}
		}
	}
	add("--call", s.calls...)
	add("--number", s.numbers...)
	add("--ip", s.ips...)
	add("--since", s.since)
	add("--until", s.until)
	add("--severity", s.severity.value)
	add("--audio", strings.Join(s.audio, ","))
	return strings.Join(parts, " ")
}

// nothing is what there is to say where no call is selected.
func (s *selection) nothing(calls int) error {
	return outcome{exitFound, fmt.Sprintf("no call matches %s; there %s", s, areCalls(calls))}
}

func areCalls(n int) string {
	if n == 1 {
		return "is 1 call"
	}
	return fmt.Sprintf("are %d calls", n)
}

// of picks the calls. It is an error of usage where --call names one that is
// not there.
func (s *selection) of(a *examined, zone zone) ([]*trace.Call, error) {
	named, err := s.named(a.trace)
	if err != nil {
		return nil, err
	}
	from, to, err := s.window(a.trace, zone)
	if err != nil {
		return nil, err
	}
	worst := worstFindings(a.result)
	floor := map[string]detect.Severity{"info": detect.Info, "warning": detect.Warn, "critical": detect.Critical}[s.severity.value]
	var out []*trace.Call
	for _, c := range a.trace.Calls {
		switch {
		case named != nil && !named[c],
			len(s.numbers) > 0 && !s.numbered(a.trace, c),
			len(s.nets) > 0 && !s.at(c),
			floor > 0 && worst[c] < floor,
			len(s.audio) > 0 && !slices.Contains(s.audio, a.account.Audio(c).String()):
		case from == nil && to == nil:
			out = append(out, c)
		default:
			begin, end := lifetime(a.trace, c)
			if (from == nil || end >= *from) && (to == nil || begin <= *to) {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// worstFindings is the highest severity that was found of each call.
func worstFindings(r detect.Result) map[*trace.Call]detect.Severity {
	worst := map[*trace.Call]detect.Severity{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if c := callOf(f); c != nil {
			worst[c] = max(worst[c], f.Severity)
		}
	}
	return worst
}

// named are the calls of --call; nil where all are meant.
func (s *selection) named(t *trace.Trace) (map[*trace.Call]bool, error) {
	if len(s.calls) == 0 {
		return nil, nil
	}
	out := map[*trace.Call]bool{}
	for _, name := range s.calls {
		list, err := callsNamed(t, name)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			out[c] = true
		}
	}
	return out, nil
}

// callsNamed are the calls that "3,7-9" or a Call-ID stands for. A Call-ID may
// be all digits, too: numbers go first, id: in front forces a Call-ID.
func callsNamed(t *trace.Trace, name string) ([]*trace.Call, error) {
	id, forced := strings.CutPrefix(name, "id:")
	if !forced {
		if list := callsNumbered(t, name); list != nil {
			return list, nil
		}
	}
	var out []*trace.Call
	for _, c := range t.Calls {
		if slices.Contains(c.CallIDs(), id) {
			out = append(out, c)
		}
	}
	if out == nil {
		return nil, &noSuchCall{name, len(t.Calls)}
	}
	return out, nil
}

// callsNumbered are the calls of a list of numbers and ranges, nil where it is
// none, or where one of its numbers is no call's.
func callsNumbered(t *trace.Trace, list string) []*trace.Call {
	var out []*trace.Call
	for _, part := range strings.Split(list, ",") {
		a, b, ranged := strings.Cut(part, "-")
		if !ranged {
			b = a
		}
		from, err := strconv.Atoi(a)
		to, err2 := strconv.Atoi(b)
		if err != nil || err2 != nil || from < 1 || from > to || to > len(t.Calls) {
			return nil
		}
		out = append(out, t.Calls[from-1:to]...)
	}
	return out
}

// noSuchCall says that a call was asked for that is not in the captures.
type noSuchCall struct {
	name  string
	calls int // how many there are
}

func (e *noSuchCall) Error() string {
	text := "--call: no call " + quoted(e.name) + ": "
	switch e.calls {
	case 0:
		return text + "there are no calls in this capture"
	case 1:
		return text + "the only call in this capture is number 1"
	}
	return text + fmt.Sprintf("the calls in this capture are numbered 1 to %d", e.calls)
}

// numbered reports whether one of the call's numbers ends in one of --number.
func (s *selection) numbered(t *trace.Trace, c *trace.Call) bool {
	for _, l := range c.Legs {
		for _, uri := range t.Identities(l) {
			have := digitsOf(userOf(uri))
			if slices.ContainsFunc(s.numbers, func(n string) bool { return strings.HasSuffix(have, digitsOf(n)) }) {
				return true
			}
		}
	}
	return false
}

// userOf is the user or number of a SIP or tel URI.
func userOf(uri string) string {
	if _, rest, ok := strings.Cut(uri, ":"); ok {
		uri = rest
	}
	if i := strings.IndexAny(uri, "@;"); i >= 0 {
		uri = uri[:i]
	}
	return uri
}

// digitsOf is a number without the + in front and the visual separators that
// RFC 3966 allows; a name is itself, in small letters.
func digitsOf(s string) string {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "+"))
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, s)
}

// at reports whether an address of the call's signalling or media is one of --ip.
func (s *selection) at(c *trace.Call) bool {
	in := func(a netip.Addr) bool {
		return slices.ContainsFunc(s.nets, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
	}
	for _, l := range c.Legs {
		for _, p := range l.Parties {
			for _, h := range p.Hosts {
				if in(h.IP()) {
					return true
				}
			}
		}
		for _, p := range l.Ports {
			if in(p.Addr.IP()) {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Streams, func(s *trace.Stream) bool { return in(s.Src.IP()) || in(s.Dst.IP()) })
}

// lifetime is the first and the last moment of a call, as far as it was seen.
func lifetime(t *trace.Trace, c *trace.Call) (begin, end int64) {
	begin = c.Start().Time
	if !c.End.IsZero() {
		return begin, c.End.Time
	}
	end = begin
	for _, l := range c.Legs {
		for _, m := range l.Messages.All() {
			end = max(end, m.Time)
		}
	}
	for _, s := range c.Streams {
		end = max(end, s.Last.Time)
	}
	return begin, end
}
