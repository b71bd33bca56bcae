package ledger

import (
	"fmt"
	"strings"
	"testing"
)

// A pause belongs to a silence that goes on behind it, in the same way or in a few packets
// that are lost in another. Packets too few to be a silence make none of the pause between
// them.
func TestBridge(t *testing.T) {
	spans := func(text string) (out []Span) {
		at := int64(0)
		for _, f := range strings.Fields(text) {
			var s Span
			var ms int64
			var word string
			if _, err := fmt.Sscanf(strings.NewReplacer(":", " ", "x", " ").Replace(f), "%s %d %d", &word, &ms, &s.Packets); err != nil {
				t.Fatal(f, err)
			}
			for i, name := range states {
				if name == word {
					s.State = State(i)
				}
			}
			s.From.Time, s.To.Time = at, at+ms*millisecond
			at = s.To.Time
			out = append(out, s)
		}
		return out
	}
	for _, c := range []struct{ name, in, want string }{
		{"a pause within", "sent:500x0 misdirected:900x40 paused:800x0 misdirected:300x15 sent:500x0", "sent 500, misdirected 2000, sent 500"},
		{"a long pause", "misdirected:900x40 paused:2000x0 misdirected:300x15 sent:500x0", "misdirected 900, paused 2000, misdirected 300, sent 500"},
		{"noise on its way astray", "misdirected:900x40 paused:400x0 misdirected:0x1 paused:400x0 misdirected:300x15", "misdirected 2000"},
		{"noise before it", "misdirected:0x1 paused:400x0 misdirected:0x1 paused:400x0 misdirected:300x15", "misdirected 1100"},
		{"two packets in another way behind the pause", "misdirected:900x40 paused:800x0 stopped:180x2 sent:500x0", "misdirected 1880, sent 500"},
		{"no pause between", "misdirected:900x40 stopped:180x2 sent:500x0", "misdirected 900, stopped 180, sent 500"},
		{"less than a hole that counts", "misdirected:900x40 paused:800x0 stopped:90x2 sent:500x0", "misdirected 900, paused 800, stopped 90, sent 500"},
		{"another silence behind the pause", "misdirected:900x40 paused:800x0 stopped:300x15 sent:500x0", "misdirected 900, paused 800, stopped 300, sent 500"},
		{"single packets around a pause", "sent:500x0 stopped:100x1 paused:800x0 stopped:100x1 sent:500x0", "sent 500, stopped 100, paused 800, stopped 100, sent 500"},
		{"a few packets, a pause, and a few in another way", "vanished:100x1 paused:800x0 stopped:180x2 sent:500x0", "vanished 100, paused 800, stopped 180, sent 500"},
	} {
		var got []string
		for _, s := range bridge(spans(c.in)) {
			got = append(got, fmt.Sprintf("%s %d", s.State, s.Duration()/millisecond))
		}
		if g := strings.Join(got, ", "); g != c.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.name, c.in, g, c.want)
		}
	}
}
