package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Hints to a person who named something that is no capture.
const (
	hintSave    = "Save it as pcap or pcapng in Wireshark."
	hintConvert = "Wireshark and editcap can convert it to pcapng."
	hintUnpack  = "Unpack it first."
)

// foreign is the error for an input that begins with head and is no capture
// that can be read: what it is instead, as far as its content tells.
func foreign(path, packed string, head []byte) *FormatError {
	looks, hint := resemblance(head)
	e := &FormatError{Path: path, Looks: looks, Hint: hint}
	switch {
	case packed != "" && len(head) == 0:
		e.Looks, e.Hint, e.Broken = packed+" data of which nothing comes out", "", true
	case packed != "":
		e.Looks = packed + " data, and inside " + looks
	case isPcapStart(head):
		e.Looks, e.Hint, e.Broken = fmt.Sprintf("a pcap that was cut short after %d bytes", len(head)), "", true
	case isSectionStart(head):
		e.Looks, e.Hint, e.Broken = "a pcapng that was cut short, or its first block is damaged", "", true
	}
	return e
}

// resemblance names what begins with head, and says what may help.
func resemblance(head []byte) (looks, hint string) {
	for _, s := range signatures() {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.magic)) {
			return s.looks, s.hint
		}
	}
	switch {
	case len(head) == 0:
		return "an empty file", ""
	case len(bytes.Trim(head, "\x00")) == 0:
		return "zeros only, as of a file that was never written", ""
	case compression(head) != "":
		return compression(head) + " data", hintUnpack
	case isText(head):
		return textKind(head)
	case isPacketLogger(head):
		return "an Apple PacketLogger file", hintConvert
	case isERF(head):
		return "an Endace ERF file", hintConvert
	}
	if at := capturesAt(head); at > 0 {
		return fmt.Sprintf("something that holds a capture from byte %d on", at), "Cut off what is in front of it."
	}
	return "unknown binary data", hintSave
}

// signature is what files of one kind have at one place.
type signature struct {
	at          int
	magic       string
	looks, hint string
}

func signatures() []signature {
	return []signature{
		// other captures
		{0, "snoop\x00\x00\x00", "a snoop file", hintConvert},
		{0, "btsnoop\x00", "a Bluetooth HCI log (btsnoop)", ""},
		{0, "RTSS", "a Microsoft Network Monitor 1 file", hintConvert},
		{0, "GMBU", "a Microsoft Network Monitor 2 file", hintConvert},
		{0, "TRSNIFF data", "a Sniffer file", hintConvert},
		{0, "XCP\x00", "a NetXRay file", hintConvert},
		{0, "ObserverPktBuffe", "a Network Instruments Observer file", hintConvert},
		{0, "iptrace 1.0", "an AIX iptrace file", hintConvert},
		{0, "iptrace 2.0", "an AIX iptrace file", hintConvert},
		{0, "\x7fver", "a Savvius *Peek file", hintConvert},
		{0, "\x54\x52\x00\x64\x00", "an HP-UX nettl file", hintConvert},
		{0, "#!rtpplay1.0", "an rtpdump file", "It holds one stream without signalling; a capture is needed."},
		{0, "HEP3", "a HEP stream", "Record it as pcap, with sngrep or tcpdump."},
		{0, "\x89LSH\r\n\x1a\n", "a harvest of latchscope", "It has no packets: analyze, list and compare read it."},
		// containers
		{0, "PK\x03\x04", "a zip archive", hintUnpack},
		{0, "PK\x05\x06", "an empty zip archive", ""},
		{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", hintUnpack},
		{0, "Rar!\x1a\x07", "a RAR archive", hintUnpack},
		{0, "\x5d\x00\x00", "lzma data", hintUnpack},
		{0, "\x1f\x9d", "compress (.Z) data", hintUnpack},
		{257, "ustar", "a tar archive", hintUnpack},
		// what is at hand when a name was mistyped
		{0, "\x7fELF", "a program (ELF)", ""},
		{0, "MZ", "a Windows program", ""},
		{0, "\xcf\xfa\xed\xfe", "a macOS program", ""},
		{0, "\xca\xfe\xba\xbe", "a macOS program or a Java class", ""},
		{0, "\xff\xd8\xff", "a JPEG picture", hintSave},
		{0, "\x89PNG\r\n\x1a\n", "a PNG picture", hintSave},
		{0, "GIF8", "a GIF picture", hintSave},
		{0, "%PDF-", "a PDF document", hintSave},
		{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", hintSave},
		{8, "WAVEfmt", "a WAV recording", "It has no packets; a capture is needed."},
		{0, ".snd", "an AU recording", "It has no packets; a capture is needed."},
		{0, "OggS", "an Ogg recording", "It has no packets; a capture is needed."},
		{0, "ID3", "an MP3 recording", "It has no packets; a capture is needed."},
		{0, "fLaC", "a FLAC recording", "It has no packets; a capture is needed."},
		{4, "ftyp", "an MP4 recording", "It has no packets; a capture is needed."},
		{0, "SQLite format 3\x00", "an SQLite database", ""},
		{0, "\xff\xfe", "text (UTF-16)", hintSave},
		{0, "\xfe\xff", "text (UTF-16)", hintSave},
	}
}

// isText tells whether head is text in UTF-8 or an 8-bit code: no control
// characters but white space and escape.
func isText(head []byte) bool {
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b || c == 0x7f {
			return false
		}
	}
	odd := 0 // in 8-bit text most characters are ASCII
	for b := head; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			odd++
		}
		b = b[n:]
	}
	return odd*4 <= len(head)
}

// textKind tells kinds of text apart.
func textKind(head []byte) (looks, hint string) {
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	line, _, _ := bytes.Cut(start, []byte("\n"))
	lower := bytes.ToLower(start[:min(len(start), 256)])
	switch {
	case bytes.HasPrefix(lower, []byte("<pdml")), bytes.Contains(lower, []byte("<pdml")), bytes.Contains(lower, []byte("<psml")):
		return "packets exported as XML", hintSave
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page", "A download may have gone wrong."
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "XML", hintSave
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return "JSON", hintSave
	case bytes.HasPrefix(start, []byte("version https://git-lfs")):
		return "a Git LFS pointer", "Fetch the file itself with git lfs pull."
	case isCandump(line):
		return "a candump log", ""
	case bytes.HasPrefix(start, []byte("0000 ")), bytes.HasPrefix(start, []byte("000000 ")):
		return "a hex dump", "text2pcap makes a capture of it."
	}
	return "text", hintSave
}

// isCandump tells whether line is "(1436509052.249713) vcan0 044#2A366C2BBA".
func isCandump(line []byte) bool {
	f := bytes.Fields(line)
	return len(f) == 3 && len(f[0]) > 2 && f[0][0] == '(' && f[0][len(f[0])-1] == ')' &&
		bytes.IndexByte(f[0], '.') > 0 && bytes.IndexByte(f[2], '#') > 0
}

// isSectionStart tells a pcapng by its first four bytes alone.
func isSectionStart(head []byte) bool { return bytes.HasPrefix(head, []byte("\x0a\x0d\x0d\x0a")) }

// isPcapStart tells whether head is the beginning of a pcap's magic number.
func isPcapStart(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	for _, magic := range []string{"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"} {
		if bytes.HasPrefix([]byte(magic), head) {
			return true
		}
	}
	return false
}

// capturesAt is where in head a pcap or pcapng begins, 0 if nowhere.
func capturesAt(head []byte) int {
	for _, magic := range []string{
		"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "\xa1\xb2\xc3\xd4\x00\x02\x00\x04",
		"\x4d\x3c\xb2\xa1\x02\x00\x04\x00", "\xa1\xb2\x3c\x4d\x00\x02\x00\x04",
	} {
		if at := bytes.Index(head, []byte(magic)); at > 0 {
			return at
		}
	}
	for at := 1; ; at++ {
		next := bytes.Index(head[min(at, len(head)):], []byte("\x0a\x0d\x0d\x0a"))
		if next < 0 {
			return 0
		}
		at += next
		if _, ok := isPcapng(head[at:]); ok {
			return at
		}
	}
}

// isPacketLogger tells by the first records, which are a big-endian length,
// seconds, microseconds, and a type, as Wireshark does.
func isPacketLogger(head []byte) bool {
	for n := 0; n < 3; n++ {
		if len(head) < 13 {
			return n > 0
		}
		size, micros := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[8:])
		if size < 8 || size > 65_536 || micros >= 1_000_000 || head[12] > 0x0f && head[12] < 0xfb {
			return false
		}
		head = head[min(4+int(size), len(head)):]
	}
	return true
}

// isERF tells by the first records: a little-endian time, a type, flags, the
// record's length and that on the wire. Times must not go back, nor beyond 2106.
func isERF(head []byte) bool {
	last := uint64(0)
	for n := 0; n < 3; n++ {
		if len(head) < 16 {
			return n > 0
		}
		t := binary.LittleEndian.Uint64(head)
		kind, size := head[8]&0x7f, int(binary.BigEndian.Uint16(head[10:]))
		if kind == 0 || kind > 48 || size < 16 || t < last || t>>32 < 500_000_000 {
			return false
		}
		last = t
		head = head[min(size, len(head)):]
	}
	return true
}
