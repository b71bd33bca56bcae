package report

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"
)

// hard are strings that JSON cannot show as they are, and some that it can.
var hard = []string{"", "sip:1001@example.org", `quote " and \ and / there`, "a\x00b\x01\x1f\x7f", "\b\f\n\r\t", "<b>&amp;</b>", "é 漢字 \U0001f4de",
	"\xff\xfe", "cut \xe6\xbc", "\xed\xa0\x80", "line\u2028par\u2029\ufffd end", "\u202e\u200b"}

var numbers = []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e-7, 123456.7890125, -0.0000004, 1e15, 1e21, 1e300, math.NaN(), math.Inf(1)}

// fill sets a value to something random: lists that are nil, empty or short,
// pointers that are nil or not.
func fill(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hard[rng.IntN(len(hard))])
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(rng.Uint64()) >> rng.IntN(64)) // cut to the type's width
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rng.Uint64() >> rng.IntN(64))
	case reflect.Float64:
		v.SetFloat(numbers[rng.IntN(len(numbers))])
	case reflect.Pointer:
		if rng.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), rng)
		}
	case reflect.Slice:
		if n := rng.IntN(5); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n))
			for i := range v.Len() {
				fill(v.Index(i), rng)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), rng)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), rng)
		}
	default:
		panic("nothing to fill in a " + v.Kind().String())
	}
}

// What a type writes itself is what encoding/json makes of it, byte for byte, behind
// what stands in the buffer already.
func TestAppend(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, typ := range []reflect.Type{reflect.TypeFor[Call](), reflect.TypeFor[Stream](), reflect.TypeFor[Verdict](), reflect.TypeFor[LedgerRow]()} {
		for range 2000 {
			v := reflect.New(typ)
			if rng.IntN(50) > 0 {
				fill(v.Elem(), rng)
			}
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v.Interface()); err != nil {
				t.Fatal(err)
			}
			got := v.Interface().(appender).appendJSON([]byte("before "))
			if string(got)+"\n" != "before "+want.String() {
				t.Fatalf("%v:\n%s\nencoding/json:\n%s", typ, got, want.Bytes())
			}
		}
	}
}

func TestAppendString(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r += 1 + r/3000 {
		s := "x" + string(r) + "y"
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		enc.Encode(s)
		if got := string(appendString(nil, s)); got+"\n" != want.String() {
			t.Errorf("%U: %s, encoding/json: %s", r, got, want.Bytes())
		}
	}
}

// Seconds are written as their shortest form to the microsecond is.
func TestAppendRounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for n := range 200_000 {
		s := float64(int64(rng.Uint64())>>rng.IntN(64)) / 1e6
		if n%3 == 0 {
			s = rng.NormFloat64() * math.Pow10(rng.IntN(16)-8)
		}
		rounded := math.Round(s*1e6) / 1e6
		want := strconv.FormatFloat(rounded, 'f', -1, 64)
		if rounded == 0 {
			want = "0"
		}
		if got := string(appendRounded(nil, s)); got != want {
			t.Fatalf("%v is %s, want %s", s, got, want)
		}
	}
}

// Times have nine digits behind the second.
func TestAppendTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		ns := int64(rng.Uint64()) >> rng.IntN(60)
		want := time.Unix(0, ns).UTC().Format(`"2006-01-02T15:04:05.000000000Z07:00"`)
		if got := string(Time{ns, true}.append(nil)); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// Eight bytes are plain where each of them is.
func TestPlain(t *testing.T) {
	var b [8]byte
	for c := range 256 {
		for other := range 256 {
			for i := range b {
				b[i] = 'a'
			}
			b[c%8], b[(c+1+other)%8] = byte(c), byte(other)
			want := !slices.ContainsFunc(b[:], func(c byte) bool { return c < ' ' || c > '~' })
			if plain(binary.LittleEndian.Uint64(b[:])) != want {
				t.Fatalf("%q: plain is %v", b, !want)
			}
		}
	}
}
