// Package e2e holds no code but tests: captures that are damaged, hostile or
// merely huge go through everything at once, from the bytes of a file to the
// last format of the report. What each room promises of itself is tested there;
// here is tested what only holds if all of them keep their word.
//
// Three tests run short by default and as long as wanted:
//
//	go test -fuzz FuzzCapture ./cmd/latchscope/internal/e2e
//	LATCHSCOPE_SOAK=10m go test -run Soak -v -timeout 0 ./cmd/latchscope/internal/e2e
//	LATCHSCOPE_GROWTH=8 go test -run Bounds -v -timeout 0 ./cmd/latchscope/internal/e2e
package e2e
