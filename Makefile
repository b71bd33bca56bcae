# For the people who carry on. Everything here is one public command or two.

.PHONY: all build test race vet lint fuzz verify lab lab-golden bench release soak growth oracle clean mutants

all: vet test build

build: ## the binary, as it is released
	CGO_ENABLED=0 go build -trimpath -o latchscope ./cmd/latchscope

test: ## what CI runs
	go test ./...
	cd analyze/oracle && go test ./...

race:
	go test -race ./...

vet:
	go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"

lint: vet ## needs the network once, for the tool
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

FUZZTIME ?= 60s
fuzz: ## every fuzz target in turn, FUZZTIME each; a find does not hide the next, the sum is at the end
	@failed=; for pkg in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "== $$pkg $$f"; \
	    go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x -parallel 1 $$pkg || failed="$$failed $$pkg:$$f"; \
	  done; done; \
	if [ -n "$$failed" ]; then echo "== FOUND SOMETHING, kept in testdata/fuzz:"; printf '%s\n' $$failed; exit 1; fi; \
	echo "== nothing was found"

verify: build ## the product guards itself
	./latchscope verify testdata

LAB ?= dist/lab
lab: ## Linux, root, and the packages named in testdata/lab/README.md: plays and records every scenario, and checks it
	go run ./cmd/lab -o $(LAB)
	LATCHSCOPE_LAB=$(abspath $(LAB)) go test -count=1 -run 'TestRecordings|TestGolden|TestTshark' ./cmd/lab

lab-golden: ## records the kept captures anew
	go run ./cmd/lab -golden -o testdata/lab

bench: ## side by side with capinfos and tcpdump; add -slow for tshark and sngrep
	go run ./cmd/bench
	go run ./cmd/bench -growth -runs 3
	go run ./cmd/bench -hurt -runs 3

release: ## archives for six systems, reproducible, with checksums and licences
	go run ./cmd/release -o dist

soak: ## damaged captures for ten minutes
	LATCHSCOPE_SOAK=10m go test -run Soak -v -timeout 0 ./cmd/latchscope/internal/e2e

growth: ## what hostile captures cost at 1, 2, 4 and 8 times their size
	LATCHSCOPE_GROWTH=8 go test -run Bounds -v -timeout 0 ./cmd/latchscope/internal/e2e

oracle: ## every capture against tshark
	LATCHSCOPE_ORACLE=all go test -run Tshark -v ./cmd/latchscope/internal/e2e

clean:
	rm -rf latchscope dist

MUTANTS ?=
mutants: ## one small change at a time: does a test notice? MUTANTS='-only talker.go -every 5'; hours for all
	go run ./cmd/mutants $(MUTANTS)
