//go:build linux

package main

import (
	"net"
	"time"
)

// watchRefusals notes the ICMP errors that a machine's kernel hands out, until
// the returned function is called.
func watchRefusals(r *room, host string, log *journal) (func(), error) {
	var closers []net.PacketConn
	stop := func() {
		for _, c := range closers {
			c.Close()
		}
	}
	for _, network := range []string{"ip4:icmp", "ip6:ipv6-icmp"} {
		var c net.PacketConn
		err := r.do(func() (err error) {
			any := "0.0.0.0"
			if network[2] == '6' {
				any = "::"
			}
			c, err = net.ListenPacket(network, any)
			return err
		})
		if err != nil {
			stop()
			return nil, err
		}
		closers = append(closers, c)
		go readRefusals(c, network[2] == '6', host, log)
	}
	return stop, nil
}

func readRefusals(c net.PacketConn, v6 bool, host string, log *journal) {
	buf := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		at := time.Now()
		unreachable := byte(3)
		if v6 {
			unreachable = 1
		}
		if n < 8 || buf[0] != unreachable {
			continue
		}
		quoted, ok := readIP(buf[8:n])
		if !ok {
			continue
		}
		seq, _, rtp := rtpSeq(quoted.payload)
		by := address(&net.TCPAddr{IP: from.(*net.IPAddr).IP}).Addr()
		note(log, &log.refusals, refusalNote{at, host, by, quoted.src, quoted.dst, seq, rtp})
	}
}
