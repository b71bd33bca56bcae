package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/group"
)

// harvesting is what harvest was asked for.
type harvesting struct {
	readFlags
	output string
}

func harvestCommand(t *terminal) *cobra.Command {
	var h harvesting
	cmd := &cobra.Command{
		Use:   "harvest FILE... -o HARVEST",
		Short: "Write what captures come to into a small file, to be put together elsewhere",
		Long: `Reads captures once and writes down what an analysis collects of them: messages,
streams, errors, and the packets near what may be trouble. A harvest takes a small
part of a capture's room, and analyze, list and compare read it as they read a
capture: those of many probes, or of the files of a ring buffer, come to what one
pass over all captures would.

FILE is as for analyze. Captures of a folder that do not belong together make a
harvest each; --output then is a folder.

A harvest holds no audio, no keys and no passwords; numbers, names and addresses it
does. What needs the captures themselves (replay, extract) does not read it.`,
		Example: `  latchscope harvest -o probe1.harvest trunk.pcap
  latchscope harvest -o harvests/ captures/
  latchscope analyze probe1.harvest probe2.harvest
  latchscope compare monday/ tuesday/`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return h.run(cmd, args, t) },
	}
	cmd.Flags().StringVarP(&h.output, "output", "o", "", "write the harvest to `FILE`, or harvests to a folder")
	h.readFlags.register(cmd)
	return cmd
}

func (h *harvesting) run(cmd *cobra.Command, args []string, t *terminal) error {
	if h.output == "" {
		return &usageError{"harvest writes a file", "add --output FILE"}
	}
	in, err := h.open(cmd.Context(), args, t, false)
	if err != nil {
		return err
	}
	defer in.close()
	if err := in.notOver(h.output); err != nil {
		return err
	}
	toFolder := folder(h.output)
	if len(in.sets) > 1 && !toFolder {
		return &usageError{fmt.Sprintf("these are %d captures that do not belong together: they make a harvest each", len(in.sets)),
			"let --output be a folder, or add --join"}
	}
	paths := []string{h.output}
	if toFolder {
		if err := makeFolder(h.output); err != nil {
			return err
		}
		names := newFileNames(h.output, ".harvest")
		paths = nil
		for _, g := range in.sets {
			paths = append(paths, names.of(pathOf(g)))
		}
	}
	for i, g := range in.sets {
		if err := h.one(in, g, paths[i], t); err != nil {
			return err
		}
	}
	in.tell(t)
	if in.ctx.Err() != nil || in.whole.Stopped() {
		return outcome{exitInterrupted, "interrupted; the harvest covers only what had been read"}
	}
	return nil
}

// one writes the harvest of a set, and says what it takes.
func (h *harvesting) one(in *inputs, g group.Group, path string, t *terminal) error {
	got, err := analyze.Gather(in.ctx, g.Set, analyze.Options{Secrets: in.keys.secrets()})
	if err != nil {
		return err
	}
	in.bar.done()
	written := &countingWriter{}
	if err := deliver(t.out, path, func(w io.Writer) error {
		written.w = w
		return got.Write(written)
	}); err != nil {
		return err
	}
	if path != "-" && path != os.DevNull {
		each := ""
		if n := got.Calls(); n > 0 {
			each = fmt.Sprintf(", %d a call", written.n/int64(n))
		}
		t.note(fmt.Sprintf("%s: %s, %d bytes%s", path, calls(got.Calls()), written.n, each))
	}
	return nil
}

func calls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// countingWriter counts what is written.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
