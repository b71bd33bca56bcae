package trace

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
)

// Messages are SIP messages, mostly in time order. There may be a million of them, of
// which a pointer each, and those in it, would be the most that a collector of garbage
// has to follow: they are numbers in a Store.
type Messages struct {
	*Store
	Numbers []uint32 // of Records
}

// Store keeps messages and what they share, each under a number.
type Store struct {
	Records  arena.Table[Record]
	Passages arena.Table[Passage]
	Dialogs  arena.Table[Dialog]
	Kinds    arena.Table[Kind]
	Contents arena.Table[Content]
}

// Record is a Message as it is kept. What is 0 is not there.
type Record struct {
	Moment
	Branch                         Branch
	Passage, Dialog, Kind, Content uint32 // numbers in the Store
	CSeq                           uint32
	Copy, Twice, Repeat            bool
}

// Content is what a message says beside its dialog. Only those of one Call-ID share it.
type Content struct {
	SDP     *SDP
	Tracked *tracked.Head
}

// Message is the one with a number, and valid until the Store gets another.
func (s *Store) Message(number uint32) Message {
	r := s.Records.At(number)
	m := Message{Moment: r.Moment, Branch: r.Branch, CSeq: r.CSeq, Number: number, Copy: r.Copy, Twice: r.Twice, Repeat: r.Repeat}
	if r.Passage != 0 {
		m.Passage = s.Passages.At(r.Passage)
	}
	if r.Dialog != 0 {
		m.Dialog = s.Dialogs.At(r.Dialog)
	}
	if r.Kind != 0 {
		m.Kind = s.Kinds.At(r.Kind)
	}
	if r.Content != 0 {
		c := s.Contents.At(r.Content)
		m.SDP, m.Tracked = c.SDP, c.Tracked
	}
	return m
}

// Join takes over what the messages of another Store share, and returns what makes a
// Record of it one of s.
func (s *Store) Join(o *Store) func(Record) Record {
	passages, dialogs := s.Passages.Join(&o.Passages), s.Dialogs.Join(&o.Dialogs)
	kinds, contents := s.Kinds.Join(&o.Kinds), s.Contents.Join(&o.Contents)
	return func(r Record) Record {
		for _, x := range [...]struct {
			number *uint32
			more   uint32
		}{{&r.Passage, passages}, {&r.Dialog, dialogs}, {&r.Kind, kinds}, {&r.Content, contents}} {
			if *x.number != 0 {
				*x.number += x.more
			}
		}
		return r
	}
}

// Join is a list with what another one holds behind it. It takes both over.
func (l Messages) Join(more Messages) Messages {
	if l.Store == nil {
		return more
	}
	if more.Store != nil {
		own := l.Store.Join(more.Store)
		for i := range more.Numbers {
			l.Append(own(*more.Record(i)))
		}
	}
	return l
}

// Sweep lets go of all records but those of the list, and of what none of these shares,
// but for some dialogs.
func (l Messages) Sweep(dialogs []uint32) {
	s := l.Store
	p, d := make([]bool, s.Passages.Len()+1), make([]bool, s.Dialogs.Len()+1)
	k, c := make([]bool, s.Kinds.Len()+1), make([]bool, s.Contents.Len()+1)
	r := make([]bool, s.Records.Len()+1)
	for _, n := range dialogs {
		d[n] = true
	}
	for _, n := range l.Numbers {
		m := s.Records.At(n)
		r[n], p[m.Passage], d[m.Dialog], k[m.Kind], c[m.Content] = true, true, true, true, true
	}
	s.Records.Sweep(r)
	s.Passages.Sweep(p)
	s.Dialogs.Sweep(d)
	s.Kinds.Sweep(k)
	s.Contents.Sweep(c)
}

// Append adds a Record of the Store.
func (l *Messages) Append(r Record) uint32 {
	n := l.Records.Add(r)
	l.Numbers = append(arena.Doubled(l.Numbers), n)
	return n
}

// MessagesOf are messages in a Store of their own.
func MessagesOf(list ...Message) (l Messages) {
	add := l.Appender()
	for _, m := range list {
		add.Add(m)
	}
	return l
}

// Len is how many there are.
func (l Messages) Len() int { return len(l.Numbers) }

// At is the i-th, from 0.
func (l Messages) At(i int) Message { return l.Message(l.Numbers[i]) }

// Record is the i-th as it is kept.
func (l Messages) Record(i int) *Record { return l.Records.At(l.Numbers[i]) }

// Kind is the sort of the i-th.
func (l Messages) Kind(i int) *Kind { return l.Kinds.At(l.Record(i).Kind) }

// All are the messages, one after the other, with their indexes.
func (l Messages) All() iter.Seq2[int, Message] {
	return func(yield func(int, Message) bool) {
		for i, n := range l.Numbers {
			if !yield(i, l.Message(n)) {
				return
			}
		}
	}
}

// Appender adds messages to a list. What stands behind the same pointer in several of
// them is kept once.
type Appender struct {
	to       *Messages
	passages map[*Passage]uint32
	dialogs  map[*Dialog]uint32
	kinds    map[*Kind]uint32
	contents map[contentOf]uint32
}

type contentOf struct {
	callID string
	Content
}

// Appender is one for the list.
func (l *Messages) Appender() *Appender {
	if l.Store == nil {
		l.Store = new(Store)
	}
	return &Appender{l, map[*Passage]uint32{}, map[*Dialog]uint32{}, map[*Kind]uint32{}, map[contentOf]uint32{}}
}

// Add adds a message, and returns its number.
func (a *Appender) Add(m Message) uint32 {
	s := a.to.Store
	r := Record{
		Moment: m.Moment, Branch: m.Branch, CSeq: m.CSeq, Copy: m.Copy, Twice: m.Twice, Repeat: m.Repeat,
		Passage: shared(a.passages, m.Passage, &s.Passages), Dialog: shared(a.dialogs, m.Dialog, &s.Dialogs), Kind: shared(a.kinds, m.Kind, &s.Kinds),
	}
	if c := (Content{m.SDP, m.Tracked}); c != (Content{}) {
		key := contentOf{Content: c}
		if m.Dialog != nil {
			key.callID = m.CallID
		}
		if r.Content = a.contents[key]; r.Content == 0 {
			r.Content = s.Contents.Add(c)
			a.contents[key] = r.Content
		}
	}
	return a.to.Append(r)
}

// shared is the number of what stands behind a pointer.
func shared[T any](known map[*T]uint32, p *T, in *arena.Table[T]) uint32 {
	if p == nil {
		return 0
	}
	n, ok := known[p]
	if !ok {
		n = in.Add(*p)
		known[p] = n
	}
	return n
}
