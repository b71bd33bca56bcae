package e2e

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
)

// TestSoak sends damaged captures through one process, one after the other, and
// prints what became of them. It takes two seconds, or what LATCHSCOPE_SOAK
// says; LATCHSCOPE_SEED begins elsewhere. A failure names the seed that repeats
// it: LATCHSCOPE_SEED=N LATCHSCOPE_SOAK=1ns.
func TestSoak(t *testing.T) {
	length := 2 * time.Second
	if s := os.Getenv("LATCHSCOPE_SOAK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := strconv.ParseUint(os.Getenv("LATCHSCOPE_SEED"), 10, 64)
	dir := t.TempDir()
	all := seeds(t)
	var read [][]capture.Frame
	for _, s := range all {
		list, _, ok := frames(t, file(t, dir, "seed", s.data), capture.Options{})
		if !ok {
			t.Fatal(s.name)
		}
		read = append(read, thinned(list, 3000))
	}
	outcomes := map[string]int{}
	var begun, ended uint64
	end := time.Now().Add(length)
	n := 0
	for ; n == 0 || time.Now().Before(end); n++ {
		seed := first + uint64(n)
		rng := rand.New(rand.NewPCG(seed, 0))
		i := rng.IntN(len(read))
		data := spoil(rng, read[i])
		what := "no capture"
		complaints := noted(t, func(t testing.TB) {
			if lawful(t, dir, data) {
				what = outcome(must(t, analyze.Options{}, dir+"/a.cap"))
			}
		})
		if len(complaints) > 0 {
			what = "unlawful"
			if outcomes[what] < 20 {
				t.Errorf("seed %d, from %s: %s", seed, all[i].name, complaints[0])
			}
		}
		outcomes[what]++
		if n == 200 || n%2000 == 0 && n > 0 {
			held := heap()
			if n == 200 {
				begun = held
			}
			ended = held
			t.Logf("%d captures, %d KiB held", n, held>>10)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(outcomes)) {
		t.Logf("%6d %s", outcomes[k], k)
	}
	t.Logf("%6d captures in all", n)
	if grown := int64(ended) - int64(begun); begun > 0 && grown > 4<<20 {
		t.Errorf("%d KiB more are held after %d captures", grown>>10, n)
	}
}

func outcome(r run) string {
	switch {
	case len(r.result.Findings) > 0:
		return "read, something found"
	case len(r.trace.Calls) == 0:
		return "read, no calls in it"
	}
	return "read, nothing found"
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// spoil damages a capture in one to six ways: as networks do, as disks do, and
// as somebody does who means it.
func spoil(rng *rand.Rand, in []capture.Frame) []byte {
	list := slices.Clone(in)
	for i := range list {
		list[i].Data = slices.Clone(list[i].Data)
	}
	for range 1 + rng.IntN(6) {
		if len(list) == 0 {
			break
		}
		ways[rng.IntN(len(ways))](rng, &list)
	}
	data, ok := pcapOf(list)
	if !ok || rng.IntN(4) == 0 {
		data = pcapngOf(list)
	}
	switch rng.IntN(8) {
	case 0: // cut
		data = data[:rng.IntN(len(data)+1)]
	case 1: // bits fall over anywhere
		for range 1 + rng.IntN(20) {
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		}
	case 2: // a hole in the file
		if len(data) > 100 {
			at := 40 + rng.IntN(len(data)-50)
			clear(data[at:min(len(data), at+rng.IntN(5000))])
		}
	case 3: // a piece is missing
		if len(data) > 100 {
			at := 40 + rng.IntN(len(data)-50)
			data = append(data[:at], data[min(len(data), at+rng.IntN(500)):]...)
		}
	}
	return data
}

var ways = []func(*rand.Rand, *[]capture.Frame){
	func(rng *rand.Rand, l *[]capture.Frame) { // loss
		p := rng.Float64()
		*l = slices.DeleteFunc(*l, func(capture.Frame) bool { return rng.Float64() < p*p })
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // a burst of loss
		at := rng.IntN(len(*l))
		*l = slices.Delete(*l, at, min(len(*l), at+rng.IntN(500)))
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // recorded twice, at once or later
		var out []capture.Frame
		later := int64(rng.IntN(3)) * int64(rng.IntN(1e9))
		for _, f := range *l {
			out = append(out, f)
			if rng.IntN(4) == 0 {
				f.Time += later
				out = append(out, f)
			}
		}
		*l = out
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // another order, within reach or at all
		reach := 1 + rng.IntN(20)
		if rng.IntN(8) == 0 {
			reach = len(*l)
		}
		for i := range *l {
			j := min(len(*l)-1, i+rng.IntN(reach))
			(*l)[i], (*l)[j] = (*l)[j], (*l)[i]
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // the clock steps
		at, by := rng.IntN(len(*l)), int64(rng.IntN(2e9)-1e9)
		if rng.IntN(4) == 0 {
			by *= 1e7 // months
		}
		for i := at; i < len(*l); i++ {
			(*l)[i].Time += by
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // all at one time
		for i := range *l {
			(*l)[i].Time = (*l)[0].Time
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // or nearly
		for i := range *l {
			(*l)[i].Time = (*l)[0].Time + rng.Int64N(1<<rng.IntN(20))
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // bits fall over in packets
		p := rng.Float64() * 0.2
		for _, f := range *l {
			if rng.Float64() < p && len(f.Data) > 0 {
				f.Data[rng.IntN(len(f.Data))] ^= 1 << rng.IntN(8)
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // and in what matters: addresses, ports, RTP and ICMP headers
		for range 1 + rng.IntN(200) {
			if d := (*l)[rng.IntN(len(*l))].Data; len(d) > 60 {
				d[14+rng.IntN(46)] = byte(rng.Uint32())
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // the same few ports for everybody
		for _, f := range *l {
			if len(f.Data) > 60 && rng.IntN(3) == 0 {
				binary.BigEndian.PutUint16(f.Data[34+2*rng.IntN(2):], uint16(34660+rng.IntN(4)))
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // the same few SSRCs for everybody
		for _, f := range *l {
			if len(f.Data) > 60 && rng.IntN(3) == 0 {
				binary.BigEndian.PutUint32(f.Data[50:], rng.Uint32()%3)
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // packets cut short
		snap := rng.IntN(200)
		for i := range *l {
			if f := &(*l)[i]; len(f.Data) > snap && rng.IntN(2) == 0 {
				f.Data = f.Data[:snap]
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // words of SIP and SDP for other ones
		words := []string{"INVITE", "BYE", "ACK", "200 OK", "183 Session", "m=audio", "c=IN IP4", "a=sendonly", "tag=", "branch=", "Call-ID", "\r\n", "CANCEL", "UPDATE"}
		for _, f := range *l {
			if len(f.Data) > 250 {
				for range rng.IntN(4) {
					w := words[rng.IntN(len(words))]
					copy(f.Data[42+rng.IntN(len(f.Data)-60):], w)
				}
			}
		}
	},
	func(rng *rand.Rand, l *[]capture.Frame) { // packets of one kind in another's place
		for range 1 + rng.IntN(50) {
			i, j := rng.IntN(len(*l)), rng.IntN(len(*l))
			(*l)[i].Data = slices.Clone((*l)[j].Data)
			(*l)[i].Len = (*l)[j].Len
		}
	},
}
