package main

import "testing"

func TestListNames(t *testing.T) {
	var rows []fileRow
	for _, path := range []string{"/srv/a/one.pcap", "/srv/a/two.pcap", "/srv/b/two.pcap", `C:\dumps\three.pcap`, "four.pcap", "/srv/a/one.pcap"} {
		rows = append(rows, fileRow{File: &path})
	}
	rows = append(rows, fileRow{}) // the total
	names := listNames(rows)
	for path, want := range map[string]string{
		"/srv/a/one.pcap": "one.pcap", "/srv/a/two.pcap": "a/two.pcap", "/srv/b/two.pcap": "b/two.pcap",
		`C:\dumps\three.pcap`: "three.pcap", "four.pcap": "four.pcap",
	} {
		if names[path] != want {
			t.Errorf("%s is named %q, want %q", path, names[path], want)
		}
	}
}
