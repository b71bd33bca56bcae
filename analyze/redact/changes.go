package redact

import "fmt"

// Changes counts what a redacted capture has otherwise than the original.
type Changes struct {
	tunnels, links, fragments, tcp, cut, unknown int
}

// Notes say it in sentences, in a fixed order.
func (c *Changes) Notes() []string {
	var out []string
	for _, n := range []struct {
		count int
		text  string
	}{
		{c.tunnels, "packets inside tunnels or behind labels, written without these: %d"},
		{c.links, "packets of a link layer that cannot be redacted, written as raw IP: %d"},
		{c.fragments, "datagrams that came in fragments, written in one piece: %d"},
		{c.tcp, "messages over TCP (or WebSocket), written as segments of their own with new sequence numbers: %d"},
		{c.cut, "packets that the capture had cut, and still are: %d"},
		{c.unknown, "packets between the media ports that are nothing known, left out: %d"},
	} {
		if n.count > 0 {
			out = append(out, fmt.Sprintf(n.text, n.count))
		}
	}
	return out
}
