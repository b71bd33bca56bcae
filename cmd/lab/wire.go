//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A wire connects interfaces of several rooms like a switch with long cables:
// whatever leaves one of them reaches the others after the delay, in order.
type wire struct {
	delay time.Duration
	log   *journal
	mu    sync.Mutex
	ends  []*end
	gone  sync.WaitGroup
}

// end is where a wire enters a room.
type end struct {
	tap   *os.File
	mac   [6]byte
	queue chan flight
	// Called around each frame that is delivered here, and with each that comes
	// from here; any may be nil.
	before, after, leaving func(frame []byte)
}

type flight struct {
	due   time.Time
	frame []byte
}

func newWire(delay time.Duration, log *journal) *wire { return &wire{delay: delay, log: log} }

// plug brings the wire into a room as an interface of that name.
func (w *wire) plug(r *room, name string) (*end, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &end{queue: make(chan flight, 4096)}
	err := r.do(func() (err error) {
		e.tap, err = openTAP(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.name, name, err)
	}
	e.mac = macOf(r.name, name)
	if err := r.script(fmt.Sprintf("link set %s address %s\nlink set %s up", name, macText(e.mac), name)); err != nil {
		e.tap.Close()
		return nil, err
	}
	w.ends = append(w.ends, e)
	w.gone.Add(2)
	go w.read(e)
	go w.deliver(e)
	return e, nil
}

// openTAP makes a TAP interface in the namespace of the calling thread.
func openTAP(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	req, err := unix.NewIfreq(name)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	req.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// macOf is a locally administered address that tells machines apart and is the
// same in every run.
func macOf(room, name string) [6]byte {
	sum := uint32(2166136261)
	for _, c := range []byte(room + "/" + name) {
		sum = (sum ^ uint32(c)) * 16777619
	}
	return [6]byte{0x02, 0x4c, byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}
}

func macText(m [6]byte) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// read takes what leaves a room and puts it on its way.
func (w *wire) read(e *end) {
	defer w.gone.Done()
	defer close(e.queue)
	buf := make([]byte, 65536)
	for {
		n, err := e.tap.Read(buf)
		if err != nil {
			return
		}
		if n >= 14 {
			if e.leaving != nil {
				e.leaving(buf[:n])
			}
			e.queue <- flight{time.Now().Add(w.delay), bytes.Clone(buf[:n])}
		}
	}
}

func (w *wire) deliver(from *end) {
	defer w.gone.Done()
	for f := range from.queue {
		time.Sleep(time.Until(f.due))
		w.log.lateness(f.due)
		w.mu.Lock()
		ends := w.ends
		w.mu.Unlock()
		for _, to := range ends {
			if to != from && (f.frame[0]&1 == 1 || [6]byte(f.frame) == to.mac) {
				to.take(f.frame)
			}
		}
	}
}

func (e *end) take(frame []byte) {
	if e.before != nil {
		e.before(frame)
	}
	_, _ = e.tap.Write(frame) // a closed room takes nothing more
	if e.after != nil {
		e.after(frame)
	}
}

// close cuts the wire; the interfaces go with it.
func (w *wire) close() {
	w.mu.Lock()
	for _, e := range w.ends {
		e.tap.Close()
	}
	w.mu.Unlock()
	w.gone.Wait()
}
