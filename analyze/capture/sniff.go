package capture

import "bytes"

// foreign is the error for an input that begins with head and is no capture
// that can be read: what it is instead, as far as its content tells.
func foreign(path, compression string, head []byte) error {
	e := &FormatError{Path: path}
	if len(head) == 0 {
		e.Looks = "an empty file"
	}
	_ = bytes.HasPrefix
	return e
}
