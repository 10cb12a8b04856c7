package batch

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// slots is how many packets are received by one system call, and slotSize how
	// long they may be: as Ethernet's jumbo frames. Longer ones are lost.
	slots, slotSize = 64, 9 << 10
	// maxReceives is how many system calls there may be in a turn: 30,000 packets a
	// second.
	maxReceives = 24
)

// often is how often ports are read. The 200 KB that Linux gives a socket by default
// hold some 90 packets as network cards deliver them, which is a key frame: no more
// must come between two turns. With more room, longer periods gain nothing: the cost
// is in the packets.
const often = 50 * time.Millisecond

// enlarge gives a socket a larger buffer, as far as that is allowed.
func enlarge(fd int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
}

// datagram is the kernel's struct mmsghdr.
type datagram struct {
	header unix.Msghdr
	size   uint32
}

// receiver is where a loop receives packets: pieces of its buffer.
type receiver struct {
	messages [slots]datagram
	parts    [slots]unix.Iovec
}

func newReceiver(buf []byte) *receiver {
	r := &receiver{}
	for i := range r.messages {
		r.parts[i].Base = &buf[i*slotSize]
		r.parts[i].SetLen(slotSize)
		r.messages[i].header.Iov = &r.parts[i]
		r.messages[i].header.SetIovlen(1)
	}
	return r
}

// receive returns how many packets it took from a socket.
func (r *receiver) receive(fd int) int {
	for range maxReceives {
		// It does not block, so the scheduler need not know.
		n, _, err := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.messages)), slots, unix.MSG_DONTWAIT, 0, 0)
		switch err {
		case 0:
			return int(n)
		case unix.EAGAIN:
			return 0
		}
		// Interrupted, or what we have sent was not wanted. Either is over now,
		// and nothing that can happen to a packet is the end of a port.
	}
	return 0
}

// packet returns packet i of those that came; nil when it was too long.
func (r *receiver) packet(i int) []byte {
	m := &r.messages[i]
	if m.header.Flags&unix.MSG_TRUNC != 0 {
		return nil
	}
	return unsafe.Slice(r.parts[i].Base, m.size)
}

// turn receives what there is to receive.
func (p *Ports) turn(l *Loop, now time.Duration) bool {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.take == nil {
		return false
	}
	if l.receiver == nil {
		l.receiver = newReceiver(l.buf)
	}
	left := maxReceives
	for channel, fd := range p.socket {
		for full := true; full && left > 0; left-- {
			if p.came, p.channel = l.receiver.receive(fd), byte(channel); p.came > 0 {
				p.take(p.frames)
			}
			full = p.came == slots
		}
	}
	return true
}

// split gives out the packets that came.
func (p *Ports) split(yield func(Frame) bool) {
	for i := range p.came {
		if b := p.loop.receiver.packet(i); b != nil && !yield(Frame{p.channel, b}) {
			return
		}
	}
}
