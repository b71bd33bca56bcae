package report

import (
	"bytes"
	"html"
	"io"
	"strings"
)

// ReplayMarkdown writes replays as Markdown: the text as it stands, in a block
// that keeps its columns.
func ReplayMarkdown(w io.Writer, list []*Replay, opt TextOptions) error {
	text, err := replayBlock(list, opt)
	if err != nil {
		return err
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`" // what a capture holds must not end the block
	}
	_, err = io.WriteString(w, "# Replay\n\n"+fence+"text\n"+text+fence+"\n")
	return err
}

// ReplayHTML writes replays as a page of its own, without scripts and without
// anything from elsewhere.
func ReplayHTML(w io.Writer, list []*Replay, opt TextOptions) error {
	text, err := replayBlock(list, opt)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>latchscope: replay</title>\n"+
		"<style>pre { font: 14px/1.35 monospace; overflow-x: auto }</style>\n</head>\n<body>\n<h1>Replay</h1>\n<pre>"+
		html.EscapeString(text)+"</pre>\n</body>\n</html>\n")
	return err
}

func replayBlock(list []*Replay, opt TextOptions) (string, error) {
	var b bytes.Buffer
	opt.Color = false
	err := ReplayText(&b, list, opt)
	return b.String(), err
}
