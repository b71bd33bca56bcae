package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

// Take one call out of a capture, with pseudonyms, and read it back. The
// capture comes from a staged call here; a file's name in place of "-" does it
// for a recorded one.
func ExampleTake() {
	ctx := context.Background()
	scene, err := scenetest.Load(os.DirFS("../../testdata/scenes"), "story.scene")
	if err != nil {
		log.Fatal(err)
	}
	run, err := scene.Run()
	if err != nil {
		log.Fatal(err)
	}
	set, err := capture.OpenSet([]string{"-"}, bytes.NewReader(run.Captures[0].Bytes), capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(ctx, set, analyze.Options{})
	if err != nil {
		log.Fatal(err)
	}

	wanted := extract.NewWanted(tr)
	wanted.Call(tr.Calls[0], extract.All, nil)
	names := redact.NewPseudonyms([]byte("a secret of ours"))
	taken, err := extract.Take(ctx, set, wanted, extract.Options{Pseudonyms: names})
	if err != nil {
		log.Fatal(err)
	}
	for _, point := range taken {
		var file bytes.Buffer
		if err := point.WritePcapng(&file); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("point %d: %d of %d packets\n", point.Point, len(point.Packets), tr.Captures[0].Packets)
		fmt.Println("the public address is still in it:", bytes.Contains(file.Bytes(), []byte("198.51.100.7")))
	}
	// Output:
	// point 0: 3958 of 3958 packets
	// the public address is still in it: false
}
