package sip

import (
	"bytes"
	"net/netip"
)

// parseAddr reads an IPv4 or IPv6 address, with or without brackets, as
// netip.ParseAddr does but without a string and without an error, which would
// both be allocated. Leading zeros in IPv4 are read as decimal, as phones that
// write them mean them; an IPv6 zone is left out. It is invalid for all else.
func parseAddr(b []byte) netip.Addr {
	b = unbracket(b)
	if bytes.IndexByte(b, ':') < 0 {
		if a, ok := parseIPv4(b); ok {
			return netip.AddrFrom4(a)
		}
		return netip.Addr{}
	}
	return parseIPv6(b)
}

func parseIPv4(b []byte) (a [4]byte, ok bool) {
	i := 0
	for part := range a {
		if part > 0 {
			if i == len(b) || b[i] != '.' {
				return a, false
			}
			i++
		}
		x, n := digits(b[i:], 255)
		if n == 0 || n > 3 || x > 255 {
			return a, false
		}
		a[part] = byte(x)
		i += n
	}
	return a, i == len(b)
}

// parseIPv6 reads RFC 4291 section 2.2, dotted tail included.
func parseIPv6(b []byte) netip.Addr {
	if zone := bytes.IndexByte(b, '%'); zone >= 0 {
		if zone == len(b)-1 {
			return netip.Addr{}
		}
		b = b[:zone]
	}
	var a [16]byte
	n, gap := 0, -1 // bytes read; where "::" stands
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 && n < 16 {
		x, k := uint32(0), 0
		for k < len(b) && k < 5 {
			d, ok := hexDigit(b[k])
			if !ok {
				break
			}
			x = x<<4 | uint32(d)
			k++
		}
		if k == 0 || k > 4 {
			return netip.Addr{}
		}
		if k < len(b) && b[k] == '.' {
			v4, ok := parseIPv4(b)
			if !ok || n > 12 || gap < 0 && n != 12 {
				return netip.Addr{}
			}
			copy(a[n:], v4[:])
			n, b = n+4, nil
			break
		}
		a[n], a[n+1] = byte(x>>8), byte(x)
		n, b = n+2, b[k:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}
		}
		b = b[1:]
		if b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}
			}
			gap, b = n, b[1:]
		}
	}
	if len(b) > 0 {
		return netip.Addr{}
	}
	if n < 16 {
		if gap < 0 {
			return netip.Addr{}
		}
		tail := n - gap
		copy(a[16-tail:], a[gap:n])
		clear(a[gap : 16-tail])
	} else if gap >= 0 {
		return netip.Addr{}
	}
	return netip.AddrFrom16(a)
}

func hexDigit(c byte) (byte, bool) {
	switch c = lowerByte(c); {
	case c-'0' < 10:
		return c - '0', true
	case c-'a' < 6:
		return c - 'a' + 10, true
	}
	return 0, false
}
