package collect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/sip"
)

// Of connections those used last are known, and how many were forgotten is told
// as it is.
func TestConnections(t *testing.T) {
	key := func(n int) streamKey { return streamKey{src: endpoint.Endpoint{Port: uint16(n)}} }
	c := connections{limit: 2}
	put := func(n, want int) {
		t.Helper()
		if got := c.put(key(n), new(sip.Framer)); got != want {
			t.Errorf("for connection %d were %d forgotten, want %d", n, got, want)
		}
	}
	put(1, 0)
	put(2, 0)
	put(3, 0) // 1 and 2 are the older ones now
	if c.get(key(1)) == nil {
		t.Error("1 is not known") // and was used last
	}
	put(4, 1) // 2 goes
	for n, known := range map[int]bool{1: true, 2: false, 3: true, 4: true} {
		if got := c.get(key(n)) != nil; got != known {
			t.Errorf("%d is known: %v", n, got)
		}
	}
	c.drop(key(4))
	if c.get(key(4)) != nil {
		t.Error("4 was dropped")
	}
}

// A message that a file's end cuts off does not swallow the one that the next file
// begins with.
func TestConnectionsAtTheEndOfAFile(t *testing.T) {
	c, k := connections{limit: 1}, streamKey{src: endpoint.Endpoint{Port: 1}}
	f := new(sip.Framer)
	c.put(k, f)
	c.put(streamKey{src: endpoint.Endpoint{Port: 2}}, new(sip.Framer)) // k is an older one
	var got []string
	take := func(msg []byte) { got = append(got, string(msg)) }
	f.Write([]byte("OPTIONS sip:a SIP/2.0\r\nContent-Length: 400\r\n\r\nabc"), take)
	c.border()
	next := "BYE sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"
	c.get(k).Write([]byte(next), take)
	if len(got) != 1 || got[0] != next {
		t.Errorf("got %q", got)
	}
}
