package rtpengine

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/replay/latch"
)

// Flags are the words of NG for parameters of the command line.
func Flags(sets []latch.Setting) ([]string, error) {
	var flags []string
	for _, s := range sets {
		var flag string
		switch s.Name {
		case "endpoint_learning":
			if !slices.Contains([]string{"off", "immediate", "delayed", "heuristic"}, s.Value) {
				return nil, fmt.Errorf("endpoint_learning: %q is not one of off, immediate, delayed, heuristic", s.Value)
			}
			flags = append(flags, "endpoint-learning-"+s.Value)
			continue
		case "strict_source":
			flag = "strict-source"
		case "media_handover":
			flag = "media-handover"
		default:
			return nil, fmt.Errorf("the daemon takes endpoint_learning, strict_source and media_handover, not %q", s.Name)
		}
		switch s.Value {
		case "true", "yes", "on":
			flags = append(flags, flag)
		case "false", "no", "off":
		default:
			return nil, fmt.Errorf("%s: %q is neither true nor false", s.Name, s.Value)
		}
	}
	return flags, nil
}
