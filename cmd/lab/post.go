//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/netip"
	"sync"
)

// post is where a machine takes and sends SIP.
type post struct {
	local  netip.AddrPort
	udp    *net.UDPConn
	tcp    net.Listener
	handle func(m *message, from link)

	mu    sync.Mutex
	conns []net.Conn
	wait  sync.WaitGroup
}

// link is the way to whoever sent a message.
type link struct {
	remote, local netip.AddrPort
	transport     string
	send          func([]byte) error
}

func openPost(r *room, at netip.AddrPort, handle func(*message, link)) (*post, error) {
	p := &post{local: at, handle: handle}
	err := r.do(func() (err error) {
		if p.udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); err != nil {
			return err
		}
		if p.tcp, err = net.Listen("tcp", at.String()); err != nil {
			p.udp.Close()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p.wait.Add(2)
	go p.readDatagrams()
	go p.accept()
	return p, nil
}

func (p *post) readDatagrams() {
	defer p.wait.Done()
	buf := make([]byte, 65536)
	for {
		n, from, err := p.udp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 16 {
			continue // an ICMP error of old, or a keepalive
		}
		m, err := readMessage(bufio.NewReader(bytes.NewReader(buf[:n])))
		if err == nil {
			p.handle(m, p.over(from))
		}
	}
}

// over is the link to an address by UDP.
func (p *post) over(to netip.AddrPort) link {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	return link{to, p.local, "UDP", func(b []byte) error {
		_, err := p.udp.WriteToUDPAddrPort(b, to)
		return err
	}}
}

// dial is the link to an address by TCP.
func (p *post) dial(r *room, to netip.AddrPort) (link, error) {
	var c net.Conn
	err := r.do(func() (err error) {
		c, err = net.Dial("tcp", to.String())
		return err
	})
	if err != nil {
		return link{}, err
	}
	return p.converse(c), nil
}

func (p *post) accept() {
	defer p.wait.Done()
	for {
		c, err := p.tcp.Accept()
		if err != nil {
			return
		}
		p.converse(c)
	}
}

func (p *post) converse(c net.Conn) link {
	l := link{address(c.RemoteAddr()), address(c.LocalAddr()), "TCP", func(b []byte) error {
		_, err := c.Write(b)
		return err
	}}
	p.mu.Lock()
	p.conns = append(p.conns, c)
	p.mu.Unlock()
	p.wait.Add(1)
	go func() {
		defer p.wait.Done()
		in := bufio.NewReader(c)
		for {
			m, err := readMessage(in)
			if err != nil {
				return
			}
			p.handle(m, l)
		}
	}()
	return l
}

func address(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func (p *post) close() {
	p.udp.Close()
	p.tcp.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wait.Wait()
}
