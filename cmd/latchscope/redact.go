package main

import (
	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// redaction is what a command line says about pseudonyms.
type redaction struct {
	on         bool
	key        string
	dropAgents bool
	names      *redact.Pseudonyms // once drawn
}

func (r *redaction) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&r.on, "redact", false, "put pseudonyms in place of names, numbers, hosts and addresses")
	flags.StringVar(&r.key, "key", "", "with --redact: draw the pseudonyms from `SECRET`, so that runs with one key fit together (default: a new one each time)")
	flags.BoolVar(&r.dropAgents, "redact-agents", false, "with --redact: replace User-Agent and Server, too")
	_ = cmd.RegisterFlagCompletionFunc("key", cobra.NoFileCompletions)
}

// check finds flags that mean nothing without --redact.
func (r *redaction) check(cmd *cobra.Command) error {
	for _, name := range []string{"key", "redact-agents"} {
		if cmd.Flags().Changed(name) && !r.on {
			return &usageError{"--" + name + " is for --redact, which is not given", "add --redact"}
		}
	}
	if cmd.Flags().Changed("key") && len(r.key) < 8 {
		return &usageError{"--key is too short to keep a secret", "at least eight characters"}
	}
	return nil
}

// pseudonyms are nil where nothing is to be redacted.
func (r *redaction) pseudonyms() *redact.Pseudonyms {
	if !r.on {
		return nil
	}
	if r.names == nil {
		key := []byte(r.key)
		if len(key) == 0 {
			key = redact.RandomKey()
		}
		r.names = redact.NewPseudonyms(key)
		r.names.KeepAgents, r.names.Alone = !r.dropAgents, r.key == ""
	}
	return r.names
}

// paths is the rewriting of the captures' paths; nil where nothing is to be
// redacted.
func (r *redaction) paths() func(string) string {
	if p := r.pseudonyms(); p != nil {
		return p.Path
	}
	return nil
}

// report is the rewriting of reports about a trace; nil where nothing is to be
// redacted.
func (r *redaction) report(t *trace.Trace) report.Rewrite {
	p := r.pseudonyms()
	if p == nil {
		return nil
	}
	prose := p.Prose(t)
	return func(kind report.Kind, s string) string {
		switch kind {
		case report.URI:
			return p.URI(s)
		case report.Name:
			return prose.Name(s)
		case report.Codec:
			return p.Codec(s)
		case report.CallID:
			return p.Text(s)
		case report.Path:
			return p.Path(s)
		}
		return prose.Text(s)
	}
}
