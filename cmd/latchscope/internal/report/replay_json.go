package report

import (
	"bytes"
	"encoding/json"
	"io"
)

// ReplayJSON writes one replay as an object; several, or one of a list that was
// asked for, as an array.
func ReplayJSON(w io.Writer, list []*Replay, array bool) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	var err error
	if array {
		if list == nil {
			list = []*Replay{}
		}
		err = enc.Encode(list)
	} else {
		err = enc.Encode(list[0])
	}
	if err != nil {
		return err
	}
	_, err = w.Write(inert(out.Bytes()))
	return err
}
