package report

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
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
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
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
