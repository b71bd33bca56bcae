//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// forgetFlow deletes the connection tracking entry of a UDP flow, by the tuple
// of its first packet, in the room's kernel. It is what conntrack -D does, but
// at once: the story turns on a few milliseconds.
func (r *room) forgetFlow(src, dst netip.AddrPort) error {
	return r.do(func() error {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.Sendto(fd, deleteRequest(src, dst), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
		buf := make([]byte, 4096)
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil || n < 20 {
			return fmt.Errorf("no answer from connection tracking: %w", err)
		}
		if code := -int32(binary.NativeEndian.Uint32(buf[16:])); code != 0 && unix.Errno(code) != unix.ENOENT {
			return fmt.Errorf("deleting the flow of %s: %w", src, unix.Errno(code))
		}
		return nil
	})
}

// Numbers of linux/netfilter/nfnetlink_conntrack.h.
const (
	ctDelete     = 1<<8 | 2 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
	ctTupleOrig  = 1
	ctTupleIP    = 1
	ctTupleProto = 2
	ctIPv4Src    = 1
	ctIPv4Dst    = 2
	ctIPv6Src    = 3
	ctIPv6Dst    = 4
	ctProtoNum   = 1
	ctProtoSrc   = 2
	ctProtoDst   = 3
)

func deleteRequest(src, dst netip.AddrPort) []byte {
	family, from, to := byte(unix.AF_INET), uint16(ctIPv4Src), uint16(ctIPv4Dst)
	if src.Addr().Is6() {
		family, from, to = unix.AF_INET6, ctIPv6Src, ctIPv6Dst
	}
	ip := append(attribute(from, src.Addr().AsSlice()), attribute(to, dst.Addr().AsSlice())...)
	proto := attribute(ctProtoNum, []byte{unix.IPPROTO_UDP})
	proto = append(proto, attribute(ctProtoSrc, binary.BigEndian.AppendUint16(nil, src.Port()))...)
	proto = append(proto, attribute(ctProtoDst, binary.BigEndian.AppendUint16(nil, dst.Port()))...)
	tuple := append(attribute(ctTupleIP|unix.NLA_F_NESTED, ip), attribute(ctTupleProto|unix.NLA_F_NESTED, proto)...)
	body := append([]byte{family, 0, 0, 0}, attribute(ctTupleOrig|unix.NLA_F_NESTED, tuple)...)

	msg := binary.NativeEndian.AppendUint32(nil, uint32(16+len(body)))
	msg = binary.NativeEndian.AppendUint16(msg, ctDelete)
	msg = binary.NativeEndian.AppendUint16(msg, unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	msg = append(msg, make([]byte, 8)...)
	return append(msg, body...)
}

// attribute is one netlink attribute, padded.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
