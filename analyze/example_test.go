package analyze_test

import (
	"context"
	"fmt"
	"log"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A test of a media server records what it does, and asks who sent from where.
func ExampleFiles() {
	t, err := analyze.Files(context.Background(), "../testdata/lab/blog_lock3.server_any.pcap")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range t.Calls {
		fmt.Printf("call %d: %s, %d legs\n", c.ID, c.State, len(c.Legs))
		for _, k := range c.Talkers {
			for _, m := range k.Moves {
				fmt.Printf("  moved from port %d to %d, by SDP: %t\n", m.From.Src.Port, m.To.Src.Port, m.Announced == trace.BySDP)
			}
		}
	}
	// Output:
	// call 1: completed, 2 legs
	//   moved from port 4000 to 6073, by SDP: false
}
