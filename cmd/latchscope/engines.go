package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/replay/latch"
)

func enginesCommand(t *terminal) *cobra.Command {
	var format *choice
	cmd := &cobra.Command{
		Use:   "engines [NAME]",
		Short: "List the latching engines, their parameters and where these are known from",
		Long: `Lists the built-in profiles of latching engines: what each does, the parameters
that say so, and where they are known from. With a name it shows one of them,
with all of its parameters and what they mean. A bare name is the newest version
of an engine; NAME@VERSION is another.`,
		Example: `  latchscope engines
  latchscope engines session-lock
  latchscope engines rtpengine-delayed@10.5`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{"engines takes one name at a time", ""}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return profileNames(latch.Versions()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			profiles := latch.Profiles()
			if len(args) == 1 {
				p, ok := latch.Lookup(args[0])
				if _, _, exact := strings.Cut(args[0], "@"); !ok && exact {
					return &usageError{latch.UnknownProfile(args[0]).Error(), "latchscope engines lists them"}
				}
				if !ok {
					return &usageError{"unknown engine " + quoted(args[0]), didYouMean(args[0], profileNames(profiles), "latchscope engines lists them")}
				}
				profiles = []latch.Profile{p}
			}
			var out strings.Builder
			switch {
			case format.value == "json":
				if err := enginesJSON(&out, profiles); err != nil {
					return err
				}
			case len(args) == 1:
				engine(&out, profiles[0])
			default:
				engines(&out, profiles)
			}
			_, err := io.WriteString(t.out, out.String())
			return writing("the list", err)
		},
	}
	format = chooseFlag(cmd, "format", "text", "how to write the list", "text", "json")
	return cmd
}

func profileNames(profiles []latch.Profile) []string {
	var out []string
	for _, p := range profiles {
		out = append(out, p.String())
	}
	return out
}

const enginesWidth = 96

// engines lists each with what sets it apart from doing nothing.
func engines(w io.Writer, profiles []latch.Profile) {
	for i, p := range profiles {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%-22s  %s\n", p.Name, p.Title)
		hang(w, origin(p), 24)
		hang(w, versionsOf(p), 24)
		var set []string
		plain := latch.Policy{}.Params()
		for j, q := range p.Policy.Params() {
			if q.Value != plain[j].Value && !q.Idle {
				set = append(set, q.Name+"="+q.Value)
			}
		}
		hang(w, strings.Join(set, "  "), 24)
	}
}

// engine shows all there is to one.
func engine(w io.Writer, p latch.Profile) {
	fmt.Fprintf(w, "%s: %s\n\n", p, p.Title)
	hang(w, origin(p), 0)
	if p.Engine != "" {
		hang(w, sentence(p.Evidence()), 0)
	}
	if p.Measured.Why != "" {
		hang(w, "What differs: "+p.Measured.Why+".", 0)
	}
	hang(w, versionsOf(p), 0)
	if p.Doc != "" {
		fmt.Fprintln(w)
		hang(w, p.Doc, 0)
	}
	fmt.Fprintln(w, "\nParameters (latchscope replay --engine "+p.String()+" --set NAME=VALUE)")
	wide := 0
	for _, q := range p.Policy.Params() {
		wide = max(wide, len(q.Name)+1+len(q.Value))
	}
	for _, q := range p.Policy.Params() {
		lines := page.Wrap(q.Doc, enginesWidth-wide-4)
		fmt.Fprintf(w, "  %-*s  %s\n", wide, q.Name+"="+q.Value, lines[0])
		for _, l := range lines[1:] {
			fmt.Fprintf(w, "  %-*s  %s\n", wide, "", l)
		}
	}
	if len(p.ConfigNames) > 0 {
		fmt.Fprintln(w, "\nIn its own configuration")
		for _, c := range p.ConfigNames {
			fmt.Fprintf(w, "  %-*s  %s\n", wide, c.Param, c.Words)
		}
	}
}

// origin says what was looked at, and how well it is known.
func origin(p latch.Profile) string {
	s := p.Engine
	if p.Release != "" {
		s += " " + p.Release
	}
	if s = strings.TrimSpace(s); s != "" {
		s += "; "
	}
	return fmt.Sprintf("%s%s (%s)", s, p.Source, p.Confidence)
}

// versionsOf says which versions of a profile there are, and how well each is
// known; "" where there is only one.
func versionsOf(p latch.Profile) string {
	var words []string
	for _, v := range latch.Versions() {
		if v.Name == p.Name && v.Version != "" {
			words = append(words, p.Name+"@"+v.Version+" ("+v.Evidence()+")")
		}
	}
	if len(words) < 2 {
		return ""
	}
	return "Versions, the newest first: " + strings.Join(words, "; ") + "."
}

// sentence makes words one.
func sentence(words string) string { return strings.ToUpper(words[:1]) + words[1:] + "." }

func hang(w io.Writer, text string, indent int) {
	if text == "" {
		return
	}
	for _, l := range page.Wrap(text, enginesWidth-indent) {
		fmt.Fprintf(w, "%*s%s\n", indent, "", l)
	}
}

func enginesJSON(w io.Writer, profiles []latch.Profile) error {
	type profile struct {
		Name       string            `json:"name"`
		Title      string            `json:"title"`
		Engine     string            `json:"engine"`
		Version    string            `json:"version"` // what exactly was read or measured
		Versions   []string          `json:"versions"`
		Evidence   string            `json:"evidence"`
		Packets    int               `json:"measured_packets"`
		Differ     int               `json:"measured_differ"`
		Source     string            `json:"source"`
		Confidence string            `json:"confidence"`
		Doc        string            `json:"doc"`
		Parameters map[string]string `json:"parameters"`
	}
	list := []profile{}
	for _, p := range profiles {
		out := profile{
			Name: p.String(), Title: p.Title, Engine: p.Engine, Version: p.Release, Versions: []string{}, Source: p.Source,
			Confidence: p.Confidence.String(), Evidence: p.Evidence(), Packets: p.Measured.Packets, Differ: p.Measured.Differ,
			Doc: p.Doc, Parameters: map[string]string{},
		}
		for _, v := range latch.Versions() {
			if v.Name == p.Name && v.Version != "" {
				out.Versions = append(out.Versions, v.Version)
			}
		}
		for _, q := range p.Policy.Params() {
			out.Parameters[q.Name] = q.Value
		}
		list = append(list, out)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}
