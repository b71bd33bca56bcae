package trace

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
)

// spoken are n messages that share some of what they say, and lack some of it; who is in all
// that they say.
func spoken(n int, who string, r *rand.Rand) (out []Message) {
	host := func() endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(9))}), 5060))
	}
	var passages []*Passage
	var dialogs []*Dialog
	var kinds []*Kind
	var descriptions []*SDP
	var heads []*tracked.Head
	for i := range 4 {
		name := fmt.Sprint(who, i)
		passages = append(passages, &Passage{Src: host(), Dst: host(), Tap: uint32(i), Transport: Transport(r.IntN(3))})
		dialogs = append(dialogs, &Dialog{CallID: name, FromTag: "f" + name, ToTag: "t" + name})
		kinds = append(kinds, &Kind{Method: "INVITE", Status: int16(100 * i), Reason: name})
		descriptions = append(descriptions, &SDP{Media: []Media{{Addr: host(), Terms: &Terms{Kind: name}}}})
		heads = append(heads, &tracked.Head{FromURI: name})
	}
	passages, dialogs, kinds, descriptions, heads = append(passages, nil), append(dialogs, nil), append(kinds, nil), append(descriptions, nil), append(heads, nil)
	for i := range n {
		out = append(out, Message{
			Moment: Moment{Ref: FrameOf(int32(r.IntN(3)), int64(i+1)), Time: int64(i+1) * millisecond}, Branch: Branch(r.Uint64()), CSeq: r.Uint32(),
			Passage: passages[r.IntN(5)], Dialog: dialogs[r.IntN(5)], Kind: kinds[r.IntN(5)], SDP: descriptions[r.IntN(5)], Tracked: heads[r.IntN(5)],
			Copy: r.IntN(2) == 0, Twice: r.IntN(2) == 0, Repeat: r.IntN(2) == 0,
		})
	}
	return out
}

// says holds that a list says what was put into it, in this order, however it is read.
func says(t *testing.T, name string, l Messages, want []Message) {
	t.Helper()
	if l.Len() != len(want) {
		t.Fatalf("%s: %d messages, want %d", name, l.Len(), len(want))
	}
	next := 0
	for i, m := range l.All() {
		if i != next || !reflect.DeepEqual(m, l.At(i)) || !reflect.DeepEqual(m, l.Message(m.Number)) || m.Number != l.Numbers[i] {
			t.Fatalf("%s: message %d is another one when it is read otherwise", name, i)
		}
		next++
		r := l.Record(i)
		if r.Moment != want[i].Moment || r.Branch != want[i].Branch || r.CSeq != want[i].CSeq || r.Copy != want[i].Copy || r.Twice != want[i].Twice || r.Repeat != want[i].Repeat {
			t.Fatalf("%s: message %d is kept as %+v", name, i, r)
		}
		if m.Kind != nil && l.Kind(i) != m.Kind {
			t.Fatalf("%s: message %d is of another kind", name, i)
		}
		if m.SDP != want[i].SDP || m.Tracked != want[i].Tracked {
			t.Fatalf("%s: message %d has another one's SDP or headers", name, i)
		}
		m.Number = want[i].Number
		if !reflect.DeepEqual(m, want[i]) {
			t.Fatalf("%s: message %d is\n%+v, want\n%+v", name, i, m, want[i])
		}
	}
	if next != l.Len() {
		t.Errorf("%s: %d of %d messages one after the other", name, next, l.Len())
	}
}

// TestMessagesComeBack: what is added comes back as it was, what it lacks included.
func TestMessagesComeBack(t *testing.T) {
	for seed := range uint64(20) {
		list := spoken(200, "a", rand.New(rand.NewPCG(seed, 1)))
		says(t, "a list", MessagesOf(list...), list)
		var l Messages
		add := l.Appender()
		for i, m := range list {
			if n := add.Add(m); l.At(i).Number != n {
				t.Fatalf("message %d has number %d, %d by what is said when it is added", i, l.At(i).Number, n)
			}
		}
		says(t, "one after the other", l, list)
		more := spoken(50, "b", rand.New(rand.NewPCG(seed, 2)))
		add = l.Appender() // once more
		for _, m := range more {
			add.Add(m)
		}
		says(t, "by two", l, append(list, more...))
	}
	says(t, "none", Messages{}, nil)
	for range MessagesOf(Message{CSeq: 1}, Message{CSeq: 2}).All() {
		break // who has enough is asked no more
	}
}

// TestMessagesShare: what stands behind one pointer in several messages is kept once, what they
// lack not at all.
func TestMessagesShare(t *testing.T) {
	type counts struct{ records, passages, dialogs, kinds, contents int }
	p, d, k, s, h := new(Passage), new(Dialog), new(Kind), new(SDP), new(tracked.Head)
	for _, c := range []struct {
		name string
		list []Message
		want counts
	}{
		{"nothing", []Message{{}, {}}, counts{records: 2}},
		{"all the same", []Message{{Passage: p, Dialog: d, Kind: k, SDP: s, Tracked: h}, {Passage: p, Dialog: d, Kind: k, SDP: s, Tracked: h}}, counts{2, 1, 1, 1, 1}},
		{"some the same", []Message{{Passage: p, Dialog: d, Kind: k}, {Passage: new(Passage), Dialog: d, Kind: new(Kind)}}, counts{2, 2, 1, 2, 0}},
		{"the same SDP, and other headers", []Message{{SDP: s, Tracked: h}, {SDP: s}, {Tracked: h}, {SDP: s, Tracked: new(tracked.Head)}, {SDP: s}}, counts{records: 5, contents: 4}},
		{"another SDP", []Message{{SDP: s}, {SDP: new(SDP)}, {SDP: s}}, counts{records: 3, contents: 2}},
	} {
		l := MessagesOf(c.list...)
		if got := (counts{l.Records.Len(), l.Passages.Len(), l.Dialogs.Len(), l.Kinds.Len(), l.Contents.Len()}); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	l := MessagesOf(Message{Dialog: d}, Message{Dialog: d}, Message{Dialog: &Dialog{CallID: "other"}})
	l.At(0).Dialog.CallID = "changed"
	if l.At(1).CallID != "changed" || l.At(2).CallID != "other" {
		t.Errorf("a dialog that two messages share is %q in the second and %q in the third", l.At(1).CallID, l.At(2).CallID)
	}
}

// TestRecordsHaveNoPointers: what is kept of a message alone is nothing that a collector of
// garbage follows.
func TestRecordsHaveNoPointers(t *testing.T) {
	var look func(name string, typ reflect.Type)
	look = func(name string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				look(name+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		case reflect.Array:
			look(name, typ.Elem())
		case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		default:
			t.Errorf("%s is a %s", name, typ.Kind())
		}
	}
	look("Record", reflect.TypeFor[Record]())
}

// TestMessagesJoin: lists that are joined say what both said, one behind the other.
func TestMessagesJoin(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, n := range [][2]int{{60, 80}, {60, 0}, {0, 80}, {0, 0}} {
			name := fmt.Sprintf("seed %d, %d and %d", seed, n[0], n[1])
			a, b := spoken(n[0], "a", r), spoken(n[1], "b", r)
			both := slices.Concat(a, b)
			says(t, name, MessagesOf(a...).Join(MessagesOf(b...)), both)

			// A Store alone takes over what is shared; the records are for who joins them.
			l, more := MessagesOf(a...), MessagesOf(b...)
			own := l.Store.Join(more.Store)
			says(t, name+", before", l, a)
			if l.Records.Len() != len(a) {
				t.Errorf("%s: %d records were joined", name, l.Records.Len()-len(a))
			}
			for i := range more.Len() {
				l.Append(own(*more.Record(i)))
			}
			says(t, name+", by records", l, both)
			says(t, name+", the second", more, b)
		}
	}
	list := spoken(10, "a", rand.New(rand.NewPCG(1, 1)))
	says(t, "without a Store", Messages{}.Join(MessagesOf(list...)), list)
	says(t, "with none", MessagesOf(list...).Join(Messages{}), list)
	says(t, "neither", Messages{}.Join(Messages{}), nil)
}

// TestMessagesSweep: a Store lets go of what no message of a list has, and of nothing else;
// dialogs that are named besides stay, too. What it let go of makes room for others.
func TestMessagesSweep(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		list := spoken(5+r.IntN(15), "a", r)
		l := MessagesOf(list...)
		all := l.Numbers
		var left []Message
		l.Numbers = nil
		records, passages, dialogs, kinds, contents := map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}
		for i, n := range all {
			if r.IntN(4) == 0 {
				m := l.Records.At(n)
				records[n], passages[m.Passage], dialogs[m.Dialog], kinds[m.Kind], contents[m.Content] = true, true, true, true, true
				l.Numbers, left = append(l.Numbers, n), append(left, list[i])
			}
		}
		named := func(of int, kept map[uint32]bool) (numbers []uint32) {
			for n := range uint32(of + 1) { // 0 is named, too, where something is not there
				if r.IntN(4) == 0 {
					numbers = append(numbers, n)
					kept[n] = true
				}
			}
			return numbers
		}
		namedDialogs, wasDialog := named(l.Dialogs.Len(), dialogs), map[uint32]Dialog{}
		for _, n := range namedDialogs {
			if n != 0 {
				wasDialog[n] = *l.Dialogs.At(n)
			}
		}
		l.Sweep(namedDialogs)
		check := func(when string) {
			says(t, fmt.Sprintf("seed %d, %s", seed, when), l, left)
			for n, want := range wasDialog {
				if *l.Dialogs.At(n) != want {
					t.Errorf("seed %d, %s: dialog %d, which is named, is another one", seed, when, n)
				}
			}
		}
		check("swept")
		letGo(t, "records", &l.Records, records)
		letGo(t, "passages", &l.Passages, passages)
		letGo(t, "dialogs", &l.Dialogs, dialogs)
		letGo(t, "kinds", &l.Kinds, kinds)
		letGo(t, "contents", &l.Contents, contents)
		check("with others in the room that was made")
	}
}

// letGo holds that a table has room where nothing is kept, and there alone. It fills that.
func letGo[T any](t *testing.T, name string, table *arena.Table[T], kept map[uint32]bool) {
	t.Helper()
	all := uint32(table.Len())
	free := map[uint32]bool{}
	for n := table.Add(*new(T)); n <= all; n = table.Add(*new(T)) {
		free[n] = true
	}
	for n := uint32(1); n <= all; n++ {
		if free[n] == kept[n] {
			t.Errorf("%s: number %d is free: %v, is kept: %v", name, n, free[n], kept[n])
		}
	}
}
