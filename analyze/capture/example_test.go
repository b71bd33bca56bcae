package capture_test

import (
	"bytes"
	"fmt"
	"log"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/latchscope/latchscope/analyze/capture"
)

// Read what a pipe brings, once to look and once to look closer.
func ExampleOpenSet() {
	var pipe bytes.Buffer
	w := pcapgo.NewWriter(&pipe)
	w.WriteFileHeader(65535, layers.LinkTypeEthernet)
	for i := range 3 {
		at := time.Date(2026, 3, 1, 12, 0, i, 0, time.UTC)
		w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: 60, Length: 60}, make([]byte, 60))
	}
	pipe.Truncate(pipe.Len() - 10) // the recorder was killed

	set, err := capture.OpenSet([]string{"-"}, &pipe, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	for _, input := range set.Files {
		for pass := 1; pass <= 2; pass++ {
			file, err := input.Open()
			if err != nil {
				log.Fatal(err)
			}
			var batch capture.Batch
			for file.Next(&batch) {
				for _, frame := range batch.Frames {
					fmt.Println(pass, frame.No, time.Unix(0, frame.Time).UTC().Format(time.TimeOnly), frame.Link, len(frame.Data))
				}
			}
			if file.Err() != nil {
				log.Fatal(file.Err())
			}
			for _, warning := range file.Info().Warnings {
				fmt.Println(pass, warning.Code, warning.Text)
			}
			file.Close()
		}
	}
	// Output:
	// 1 1 12:00:00 ETHERNET 60
	// 1 2 12:00:01 ETHERNET 60
	// 1 cut-short the file ends inside record 3, at byte 176 of the capture; everything before it was read
	// 2 1 12:00:00 ETHERNET 60
	// 2 2 12:00:01 ETHERNET 60
	// 2 cut-short the file ends inside record 3, at byte 176 of the capture; everything before it was read
}
