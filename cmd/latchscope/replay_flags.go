package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// replayFlags are the shared ones and what says which engines to replay.
type replayFlags struct {
	sharedFlags
	engines engineList
	whatIfs []string
	matrix  bool
	fit     bool
	live    bool
	ng      string
	spawn   bool
}

// engineChoice is one --engine with the --set that follow it.
type engineChoice struct {
	name string // "" for the one that the capture suggests
	sets []latch.Setting
}

// engineList keeps the order of --engine and --set, which belong together.
type engineList []engineChoice

// real is the name of the engine that is no profile but the daemon itself.
const real = "rtpengine"

type engineFlag struct{ list *engineList }

func (f engineFlag) String() string { return "" }
func (f engineFlag) Type() string   { return "NAME" }
func (f engineFlag) Set(s string) error {
	*f.list = append(*f.list, engineChoice{name: s})
	return nil
}

type setFlag struct{ list *engineList }

func (f setFlag) String() string { return "" }
func (f setFlag) Type() string   { return "NAME=VALUE" }
func (f setFlag) Set(s string) error {
	set, ok := latch.ParseSetting(s)
	if !ok {
		set = latch.Setting{Name: s} // for check to refuse
	}
	if len(*f.list) == 0 {
		*f.list = engineList{{}}
	}
	last := &(*f.list)[len(*f.list)-1]
	last.sets = append(last.sets, set)
	return nil
}

func (f *replayFlags) register(cmd *cobra.Command) {
	f.sharedFlags.register(cmd)
	f.format.words = []string{"text", "json", "markdown", "html"}
	flags := cmd.Flags()
	flags.Lookup("call").Usage = "replay this call, by its number or a Call-ID, or all of them (`N|CALL-ID|all`, repeatable; default: the one that lost most audio)"
	flags.Lookup("fail-on").Usage = "exit with 1 if a run leaves a silence of this severity: from 0.1 s warning, from 0.5 s critical"
	flags.Var(engineFlag{&f.engines}, "engine", "replay through this engine (repeatable); rtpengine is the daemon itself, see --ng and --spawn")
	flags.Var(setFlag{&f.engines}, "set", "a parameter of the --engine before it (repeatable); a range such as timeout=0.2s..10s tries many")
	flags.StringArrayVar(&f.whatIfs, "what-if", nil, "what is otherwise (repeatable): `"+strings.Join(replay.WhatIfs(), "|")+"`")
	flags.BoolVar(&f.matrix, "matrix", false, "run every built-in engine, with its defaults")
	flags.BoolVar(&f.fit, "fit", false, "say which engine explains the capture best")
	flags.BoolVar(&f.live, "live", false, "behind real sockets on loopback, at the captured pace")
	flags.StringVar(&f.ng, "ng", "", "with --engine rtpengine: the `ADDRESS` of its NG port, such as 127.0.0.1:2223")
	flags.BoolVar(&f.spawn, "spawn", false, "with --engine rtpengine: start the daemon found on PATH for the time of the run")
	_ = cmd.RegisterFlagCompletionFunc("set", f.completeSet)
	_ = cmd.RegisterFlagCompletionFunc("what-if", cobra.FixedCompletions(replay.WhatIfs(), cobra.ShellCompDirectiveNoFileComp))
	var names []string
	for _, p := range latch.Profiles() {
		names = append(names, p.Name)
	}
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(append(names, real), cobra.ShellCompDirectiveNoFileComp))
}

// check finds what is wrong before anything is read.
func (f *replayFlags) check(cmd *cobra.Command) error {
	if err := f.sharedFlags.check(cmd); err != nil {
		return err
	}
	daemon := false
	for _, e := range f.engines {
		if _, ok := latch.Lookup(e.name); !ok && e.name != real && e.name != "" {
			return &usageError{"--engine: " + latch.UnknownProfile(e.name).Error(), ""}
		}
		for _, s := range e.sets {
			if s.Value == "" {
				return &usageError{"--set " + quoted(s.Name) + " is not NAME=VALUE", "such as timeout=2s"}
			}
		}
		if e.name == real {
			daemon = true
			if err := checkDaemonSets(e.sets); err != nil {
				return &usageError{"--set " + err.Error(), ""}
			}
			continue
		}
		if err := checkSets(e); err != nil {
			return &usageError{"--set " + err.Error(), "latchscope engines lists the parameters"}
		}
	}
	for _, w := range f.whatIfs {
		if err := replay.CheckWhatIf(w); err != nil {
			return &usageError{"--what-if: " + err.Error(), didYouMean(w, replay.WhatIfs(), "")}
		}
	}
	switch {
	case daemon && f.ng == "" && !f.spawn:
		return &usageError{"--engine rtpengine drives a running daemon", "say where with --ng 127.0.0.1:2223, or --spawn one"}
	case !daemon && f.ng != "":
		return &usageError{"--ng is for --engine rtpengine", ""}
	case !daemon && f.spawn:
		return &usageError{"--spawn is for --engine rtpengine", ""}
	case f.ng != "" && f.spawn:
		return &usageError{"--ng and --spawn exclude each other", ""}
	case f.live && (f.fit || f.matrix):
		return &usageError{"--live runs at the captured pace, one engine after another", "name them with --engine"}
	}
	return nil
}

// checkSets tries the parameters of one engine on its policy.
func checkSets(e engineChoice) error {
	name := e.name
	if name == "" {
		name = suggested
	}
	p, _ := latch.Lookup(name)
	sweeps := 0
	for _, s := range e.sets {
		values, ok, err := replay.Sweep(s)
		if err != nil {
			return err
		}
		if ok {
			sweeps++
			for _, v := range values {
				if _, err := (latch.Config{Profile: p}).With(latch.Setting{Name: s.Name, Value: v}).Policy(); err != nil {
					return err
				}
			}
			continue
		}
		if err := p.Policy.Set(s.Name, s.Value); err != nil {
			return err
		}
	}
	if sweeps > 1 {
		return fmt.Errorf("only one parameter can be a range")
	}
	return p.Policy.Validate()
}

// completeSet completes the parameters of the --engine before it.
func (f *replayFlags) completeSet(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	name := suggested
	if n := len(f.engines); n > 0 && f.engines[n-1].name != "" {
		name = f.engines[n-1].name
	}
	p, _ := latch.Lookup(name)
	var out []string
	for _, q := range p.Policy.Params() {
		out = append(out, q.Name+"=\t"+q.Doc)
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
