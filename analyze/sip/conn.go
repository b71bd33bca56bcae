package sip

import (
	"bytes"
	"net/netip"
)

// Conn is a c= line (RFC 8866 section 5.7): where the writer wants media.
// Multicast, 0.0.0.0 and :: (hold, RFC 3264 section 8.4 and RFC 2543) stay as
// they are.
type Conn struct {
	Addr    netip.Addr // invalid where Host is a name
	Host    []byte     // as given, without TTL
	TTL     int        // of IPv4 multicast
	Present bool
}

// parse reads "IN IP4 224.2.1.1/127/3", in any case, and the address alone.
func (c *Conn) parse(v []byte) {
	*c = Conn{Present: true}
	if plain := "IN IP4 "; len(v) > len(plain) && string(v[:len(plain)]) == plain {
		if a, ok := parseIPv4(v[len(plain):]); ok { // as nearly all are
			c.Addr, c.Host = netip.AddrFrom4(a), v[len(plain):]
			return
		}
	}
	for n := 0; n < 3; n++ {
		var w []byte
		if w, v = word(v); len(w) == 0 {
			return
		}
		host, ttl := w, []byte(nil)
		if i := bytes.IndexByte(w, '/'); i >= 0 {
			host, ttl = w[:i], w[i+1:]
		}
		// The first two words are no addresses, unless they were left out.
		if c.Addr = parseAddr(host); c.Addr.IsValid() || n == 2 {
			c.Host = host
			x, _ := digits(ttl, 255)
			if c.Addr.Is4() {
				c.TTL = int(x)
			}
			return
		}
	}
}
