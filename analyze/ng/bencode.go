package ng

import (
	"bytes"
	"sort"
	"strconv"
)

// maxDepth is how deep dictionaries and lists may stand in each other; what the
// engine says of a call comes to eight.
const maxDepth = 32

// bdecode reads one value of bencoding: string, int64, []any or map[string]any. It
// is false where the value is not whole.
func bdecode(b []byte, depth int) (v any, rest []byte, ok bool) {
	if len(b) == 0 || depth > maxDepth {
		return nil, nil, false
	}
	switch b[0] {
	case 'i':
		end := bytes.IndexByte(b, 'e')
		if end < 2 {
			return nil, nil, false
		}
		n, err := strconv.ParseInt(string(b[1:end]), 10, 64)
		return n, b[end+1:], err == nil
	case 'l':
		list := []any{}
		for b = b[1:]; ; {
			if len(b) > 0 && b[0] == 'e' {
				return list, b[1:], true
			}
			if v, b, ok = bdecode(b, depth+1); !ok {
				return nil, nil, false
			}
			list = append(list, v)
		}
	case 'd':
		dict := map[string]any{}
		for b = b[1:]; ; {
			if len(b) > 0 && b[0] == 'e' {
				return dict, b[1:], true
			}
			var key string
			if key, b, ok = bstring(b); !ok {
				return nil, nil, false
			}
			if v, b, ok = bdecode(b, depth+1); !ok {
				return nil, nil, false
			}
			dict[key] = v
		}
	}
	s, rest, ok := bstring(b)
	return s, rest, ok
}

// bstring reads "5:offer".
func bstring(b []byte) (s string, rest []byte, ok bool) {
	colon := bytes.IndexByte(b[:min(len(b), 8)], ':')
	if colon < 1 {
		return "", nil, false
	}
	n, err := strconv.ParseUint(string(b[:colon]), 10, 31)
	b = b[colon+1:]
	if err != nil || int(n) > len(b) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

// bencode appends a value as bdecode reads it. Keys come in order, as BEP 3 wants.
func bencode(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		b = strconv.AppendInt(b, int64(len(v)), 10)
		return append(append(b, ':'), v...)
	case int64:
		return append(strconv.AppendInt(append(b, 'i'), v, 10), 'e')
	case []any:
		b = append(b, 'l')
		for _, x := range v {
			b = bencode(b, x)
		}
		return append(b, 'e')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		b = append(b, 'd')
		for _, k := range keys {
			b = bencode(bencode(b, k), v[k])
		}
		return append(b, 'e')
	}
	return b
}
