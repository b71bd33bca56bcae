package analyze

// latest remembers the messages that were kept last, to know one that is
// recorded once more (another interface, a retransmission) without reading it
// again.
type latest struct{ slots []heard }

// heard is a message that was kept.
type heard struct {
	hash    uint64 // of all its bytes, with a secret seed: nobody makes two meet
	message *Message
	note    *notes
}

// rememberedMessages is how many messages are remembered, a power of two.
const rememberedMessages = 4096

// find is the message with a hash, or nothing.
func (l *latest) find(hash uint64) heard {
	if l.slots != nil {
		if h := l.slots[hash%rememberedMessages]; h.hash == hash {
			return h
		}
	}
	return heard{}
}

func (l *latest) add(h heard) {
	if l.slots == nil {
		l.slots = make([]heard, rememberedMessages)
	}
	l.slots[h.hash%rememberedMessages] = h
}

// forget lets go of all messages.
func (l *latest) forget() { clear(l.slots) }
