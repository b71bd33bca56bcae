package collect

// latest remembers the messages that were kept last, to know one that is
// recorded once more (another interface, a retransmission) without reading it
// again.
type latest struct {
	hashes []uint64 // apart, so that all of them are at hand
	kept   []heardMessage
}

// heardMessage is a message that was kept.
type heardMessage struct {
	message uint32 // in the Store; 0: none
	note    *callIDState
}

// remembered is how many messages are known again, a power of two.
const remembered = 4096

// find is the message with a hash of all its bytes, or nothing. The hash's seed
// is secret: nobody makes two messages meet.
func (l *latest) find(hash uint64) heardMessage {
	if i := hash % remembered; l.hashes != nil && l.hashes[i] == hash {
		return l.kept[i]
	}
	return heardMessage{}
}

func (l *latest) add(hash uint64, h heardMessage) {
	if l.hashes == nil {
		l.hashes, l.kept = make([]uint64, remembered), make([]heardMessage, remembered)
	}
	l.hashes[hash%remembered], l.kept[hash%remembered] = hash, h
}

// forget lets go of all messages.
func (l *latest) forget() { clear(l.kept) }
