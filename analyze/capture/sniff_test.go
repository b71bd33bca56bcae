package capture

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestForeign(t *testing.T) {
	capture := pcapBytes(le, magicMicro, 65535, 1, three()...)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	w.WriteHeader(&tar.Header{Name: "a.pcap", Size: int64(len(capture)), Mode: 0o600})
	w.Write(capture)
	w.Close()
	logger := func() []byte {
		var b []byte
		for i := range 4 {
			b = binary.BigEndian.AppendUint32(b, 13)
			b = binary.BigEndian.AppendUint32(b, 1_700_000_000)
			b = binary.BigEndian.AppendUint32(b, uint32(i))
			b = append(b, 1, 2, 3, 0, 4)
		}
		return b
	}()
	erf := func() []byte {
		var b []byte
		for i := range 4 {
			b = binary.LittleEndian.AppendUint64(b, 1_700_000_000<<32+uint64(i))
			b = append(b, 2, 4)
			b = binary.BigEndian.AppendUint16(b, 32)
			b = append(b, 0, 0, 0, 14)
			b = append(b, payload(i, 16)...)
		}
		return b
	}()
	for _, c := range []struct {
		name, file string
		want       string
	}{
		{"text", "On Monday the phones went silent.\n", "test: not a packet capture; it looks like text. Save it as pcap or pcapng in Wireshark."},
		{"latin-1", "Die T\xfcr f\xe4llt zu.\n", "it looks like text."},
		{"UTF-8", strings.Repeat("Тишина. ", 20), "it looks like text."},
		{"UTF-16", "\xff\xfeH\x00i\x00", "text (UTF-16)"},
		{"SIP", "INVITE sip:bob@example.com SIP/2.0\r\n", "text"},
		{"empty", "", "test: not a packet capture; it looks like an empty file"},
		{"zeros", strings.Repeat("\x00", 5000), "zeros only"},
		{"HTML", "\n <!DOCTYPE html><html>", "an HTML page"},
		{"XML", "<?xml version=\"1.0\"?><a/>", "XML"},
		{"PDML", "<?xml version=\"1.0\"?>\n<pdml version=\"0\">", "packets exported as XML"},
		{"JSON", "[\n {\"_index\": \"packets\"}]", "JSON"},
		{"LFS", "version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"},
		{"candump", "(1436509052.249713) vcan0 044#2A366C2BBA\n", "candump"},
		{"hex", "0000  00 11 22 33\n", "hex dump"},
		{"zip", "PK\x03\x04\x14\x00", "zip archive. Unpack it first."},
		{"tar", archive.String(), "tar archive. Unpack"},
		{"tar.gz", string(gzipped(archive.Bytes())), "gzip data, and inside a tar archive"},
		{"gzip of text", string(gzipped([]byte("hello"))), "gzip data, and inside text"},
		{"gzip of nothing", string(gzipped(nil)), "cannot be read; it is gzip data of which nothing comes out"},
		{"gzip twice", string(gzipped(gzipped(capture))), "gzip data, and inside gzip data. Unpack"},
		{"gzip cut", string(gzipped(capture)[:6]), "cannot be read; it is gzip data that was cut short"},
		{"xz cut", string(xzed(capture)[:8]), "cannot be read; it is xz data that was cut short"},
		{"zstd cut", string(zstded(capture)[:5]), "cannot be read; it is zstd data that was cut short"},
		{"gzip damaged", string(append(bytes.Clone(gzipped(capture)[:10]), "\xff\xff\xff\xff\xff\xff\xff\xff"...)), "cannot be read; it is damaged gzip data"},
		{"bzip2", "BZh91AY&SY", "bzip2 data that was cut short"},
		{"ELF", "\x7fELF\x02\x01\x01", "ELF"},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00", "PNG"},
		{"PDF", "%PDF-1.7\n", "PDF"},
		{"WAV", "RIFF\x24\x08\x00\x00WAVEfmt ", "WAV recording"},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04", "snoop"},
		{"NetMon", "GMBU\x00\x02", "Network Monitor"},
		{"rtpdump", "#!rtpplay1.0 127.0.0.1/5004\n", "rtpdump"},
		{"PacketLogger", string(logger), "PacketLogger"},
		{"ERF", string(erf), "ERF"},
		{"capture behind something", "\x00\x01\x02HTTP" + string(capture), "holds a capture from byte 7 on"},
		{"pcapng behind something", "\x00\x01\x02HTTP" + string(newNG(be).section().b), "holds a capture from byte 7 on"},
		{"binary", "\x01\x02\x03\x04\x05\x06\x07\x08\xff", "unknown binary data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readInput(inMemory([]byte(c.file), Options{}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if _, ok := err.(*FormatError); !ok || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%T %q", err, err)
			}
		})
	}
}

func TestShow(t *testing.T) {
	for path, want := range map[string]string{
		"-": "standard input", "a b.pcap": "a b.pcap", "é/日本.pcap": "é/日本.pcap",
		"a\nb": `"a\nb"`, "\x1b[31m": `"\x1b[31m"`, "bad\xff": `"bad\xff"`,
	} {
		if got := show(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}
