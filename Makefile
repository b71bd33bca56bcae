# For the people who carry on. Everything here is one public command or two.

.DEFAULT_GOAL := all
.PHONY: all help build test short race vet lint fuzz verify live lab lab-golden bench release long soak steps draws growth oracle mutants clean

all: vet test build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the binary, as it is released
	CGO_ENABLED=0 go build -trimpath -o latchscope ./cmd/latchscope

test: ## the tests, and the parsers of others as oracles
	go test ./...
	cd analyze/oracle && go test ./...
	cd cmd/latchscope-fleet && go test ./...

# The tests that leave cases to the long run, and no other: cmd/latchscope/long_test.go holds that.
LONG_ROOMS := ./analyze ./analyze/component ./analyze/scenetest ./cmd/lab ./cmd/latchscope ./cmd/latchscope/internal/e2e ./cmd/latchscope/internal/report ./detect
LONG_TESTS := FuzzCapture|TestAccountAndReplayAgree|TestAnnotationsInTshark|TestBounds|TestCapturesLeaveNoName|TestCountsAreWhatFiltersShow|TestCtrlCIsQuick|TestEveryFormatIsWellFormed|TestExtractScenes|TestHarvestHostile|TestHarvests|TestMerge|TestPageInABrowser|TestPagesInABrowser|TestRandomScenes|TestRedactedFormatsLeaveNoName|TestScenes|TestScenesOtherwise|TestSecondLook|TestSeedsAreLawful|TestSteps|TestTrunk|TestTshark|TestTwoCores
long: ## all cases of the tests that try a sample otherwise: every scene cut, merged, extracted, in every format, against Wireshark; minutes
	LATCHSCOPE_LONG=1 go test -timeout 20m -run '^($(LONG_TESTS))$$' $(LONG_ROOMS)

short: ## the tests while one works: without what takes longer than a few seconds
	go test -short ./...

race: ## the tests with the race detector
	go test -race ./...

vet: ## go vet and gofmt
	go vet ./...
	cd analyze/oracle && go vet ./...
	cd cmd/latchscope-fleet && go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"

lint: vet ## staticcheck; needs the network once, for the tool
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

FUZZTIME ?= 60s
fuzz: ## every fuzz target in turn, FUZZTIME each; a find does not hide the next, the sum is at the end
	.ci/fuzz $(FUZZTIME)

verify: build ## the golden captures: the product guards itself
	./latchscope verify testdata

live: ## replays of a whole call at real sockets, and with the real rtpengine where there is one
	LATCHSCOPE_LIVE=1 go test -count=1 -parallel 9 -v -run 'TestReplay(Live|Daemon)Lab' ./cmd/latchscope

LAB ?= dist/lab
lab: ## plays, records and checks every scenario; Linux, root, and the packages named in testdata/lab/README.md
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

soak: ## damaged captures for ten minutes; then ten thousand mutated ones of each kind through all commands
	LATCHSCOPE_SOAK=10m go test -run Soak -v -timeout 0 ./cmd/latchscope/internal/e2e
	LATCHSCOPE_REDACT=20000 go test -run Redact -v -timeout 0 ./cmd/latchscope/internal/e2e
	LATCHSCOPE_MUTATE=10000 go test -run TestMutated -v -timeout 0 ./cmd/latchscope

steps: ## how often any loop runs for damaged captures, against a budget in their size
	LATCHSCOPE_STEPS=300 go test -run TestSteps -v -timeout 0 ./cmd/latchscope

DRAWS ?= 5000
draws: ## calls drawn at random, DRAWS of them, each held against what became of its packets; a failure prints its number and its text
	LATCHSCOPE_DRAWS=$(DRAWS) go test -run RandomScenes -timeout 0 ./detect

growth: ## what hostile captures cost at 1, 2, 4 and 8 times their size
	LATCHSCOPE_GROWTH=8 go test -run Bounds -v -timeout 0 ./cmd/latchscope/internal/e2e

oracle: ## every capture against tshark
	LATCHSCOPE_ORACLE=all go test -run Tshark -v ./cmd/latchscope/internal/e2e

MUTANTS ?=
mutants: ## one small change at a time: does a test notice? hours for all; MUTANTS='-only talker.go -every 5'
	go run ./cmd/mutants $(MUTANTS)

clean: ## what the others left behind
	rm -rf latchscope dist
